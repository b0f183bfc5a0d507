//! `/v1/pool-movements` and overrides: proposals, and what people decide of them.

use actix_web::web::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::movement::{
    self, DecidedMovements, MembershipOverride, MovementDecision, MovementDecisions, MovementQuery,
    Movements, PoolMovement,
};
use crate::app::shown::Versioned;
use crate::domain::access::{ActOnMovement, OverrideMembership, ReadAssessments};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::listing::{self, Listing};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{self, Day, Instant, When};

/// A movement as it stood by what was known at an instant, seen from a day.
#[derive(Serialize, ToSchema)]
pub struct PoolMovementAt {
    #[serde(flatten)]
    movement: PoolMovement,
    as_of: Day,
    known_at: Instant,
}

pub async fn list(
    ticket: Ticket<ReadAssessments>,
    query: Listing<MovementQuery>,
) -> Result<Shown<Page<PoolMovement>>, Problem> {
    listing::page::<Movements>(ticket, || query.read()).await
}

pub async fn get(
    ticket: Ticket<ReadAssessments>,
    id: Path<String>,
    query: Query<When>,
) -> Result<Shown<PoolMovementAt>, Problem> {
    let found = ticket.call(move |app, caller| {
        let clock = &*app.env.clock;
        Ok(match query.read()?.given(clock)? {
            Some(at) => (movement::get_at(app, &caller, &id, at)?, at),
            None => (movement::get(app, &caller, &id)?, time::now(clock)),
        })
    });
    let (found, at) = found.await?;
    let etag = Etag::version(found.version);
    let shown = PoolMovementAt {
        movement: found.record,
        as_of: Day(at.as_of),
        known_at: Instant(at.known_at),
    };
    Ok(Shown::new(shown).etag(etag))
}

pub async fn decide(
    ticket: Ticket<ActOnMovement>,
    id: Path<String>,
    once: Once<MovementDecision>,
) -> Result<Created<PoolMovement>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        Ok(movement::decide(app, &caller, &id, &body)?)
    });
    Ok(made(done.await?))
}

pub async fn decide_all(
    ticket: Ticket<ActOnMovement>,
    once: Once<MovementDecisions>,
) -> Result<Created<DecidedMovements>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        Ok(movement::decide_all(app, &caller, &body)?)
    });
    let Done { value, replayed } = done.await?;
    Ok(Created::new(value).replayed(replayed))
}

pub async fn propose_override(
    ticket: Ticket<OverrideMembership>,
    membership_id: Path<String>,
    once: Once<MembershipOverride>,
) -> Result<Created<PoolMovement>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let proposed = movement::propose_override(app, &caller, &membership_id, &body)?;
        Ok(proposed)
    });
    Ok(made(done.await?))
}

fn made(done: Done<Versioned<PoolMovement>>) -> Created<PoolMovement> {
    let url = format!("/v1/pool-movements/{}", done.value.id);
    Created::changed(done).location(url)
}

//! `/v1/enterprises/{uscc}/memberships`: in which pool an enterprise was, from when until when.

use actix_web::web::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::membership::{self, MembershipView};
use crate::domain::access::ReadRegister;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

/// All that was known at `known_at`, oldest first.
#[derive(Serialize, ToSchema)]
pub struct Memberships {
    items: Vec<Membership>,
    /// Always null: an enterprise has few.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

/// A stay in a pool (在库).
#[derive(Serialize, ToSchema)]
pub struct Membership {
    id: String,
    /// `STARTER`, `ACCELERATION` or `SPRINT`.
    #[schema(example = "STARTER")]
    pool: String,
    started_on: Day,
    /// The first day on which it is no longer in force.
    ended_on: Option<Day>,
    exit_reason: Option<String>,
    /// Whether it is in force on `as_of`.
    in_force: bool,
    /// Yearly evaluations failed in a row.
    failures: i32,
    /// The year of the last yearly evaluation that moved `failures`.
    last_yearly: Option<i32>,
    /// Since when it is `AT_RISK` (预警): the cure period runs.
    at_risk_since: Option<Day>,
    extended_until: Option<Day>,
    extension_reason: Option<String>,
    /// Kept by hand until this day.
    override_until: Option<Day>,
    override_reason: Option<String>,
    /// The movement that began or ended it.
    movement_id: Option<String>,
    recorded_at: Instant,
}

pub async fn of_enterprise(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<Memberships>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = membership::of_enterprise(app, &caller, &uscc, at)?;
        Ok(Memberships {
            items: found.into_iter().map(Membership::from).collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

impl From<MembershipView> for Membership {
    fn from(view: MembershipView) -> Self {
        Membership {
            id: view.id,
            pool: view.pool,
            started_on: Day(view.started_on),
            ended_on: view.ended_on.map(Day),
            exit_reason: view.exit_reason,
            in_force: view.in_force,
            failures: view.failures,
            last_yearly: view.last_yearly,
            at_risk_since: view.at_risk_since.map(Day),
            extended_until: view.extended_until.map(Day),
            extension_reason: view.extension_reason,
            override_until: view.override_until.map(Day),
            override_reason: view.override_reason,
            movement_id: view.movement_id,
            recorded_at: Instant(view.recorded_at),
        }
    }
}

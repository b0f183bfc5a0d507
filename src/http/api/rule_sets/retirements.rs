//! Retiring a rule set: proposed by one, decided by another.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::documents::{self, Retirement};
use crate::app::rules;
use crate::domain::access::{ApproveRules, PublishRules, ReadRuleDrafts};
use crate::http::answer::{Created, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

#[derive(Deserialize, ToSchema)]
pub struct NewRetirement {
    /// The last day on which a version is in force.
    #[schema(example = "2026-12-31", format = Date)]
    effective_until: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct RetirementDecision {
    /// `APPROVE` or `REJECT`; or, by who proposed it, `TAKE_BACK` (撤回).
    verdict: String,
    /// Needed to reject.
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Retirements {
    items: Vec<Retirement>,
    /// Always null: there are few.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

pub async fn list(
    ticket: Ticket<ReadRuleDrafts>,
    code: Path<String>,
    query: Query<When>,
) -> Result<Shown<Retirements>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = documents::retirements(app, &caller, &rules::document(&code)?, at.known_at)?;
        Ok(Retirements {
            items: found,
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

pub async fn propose(
    ticket: Ticket<PublishRules>,
    code: Path<String>,
    once: Once<NewRetirement>,
) -> Result<Created<Retirement>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let NewRetirement {
            effective_until,
            reason,
        } = body;
        let (until, reason) = (effective_until.as_deref(), reason.as_deref());
        Ok(documents::retire(
            app,
            &caller,
            &rules::document(&code)?,
            until,
            reason,
        )?)
    });
    Ok(created(done.await?))
}

pub async fn decide(
    ticket: Ticket<ApproveRules>,
    path: Path<(String, String)>,
    once: Once<RetirementDecision>,
) -> Result<Created<Retirement>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (code, id) = &*path;
        let RetirementDecision { verdict, reason } = body;
        let reason = reason.as_deref();
        let done = documents::decide_retirement(
            app,
            &caller,
            &rules::document(code)?,
            id,
            &verdict,
            reason,
        )?;
        Ok(done)
    });
    Ok(created(done.await?))
}

fn created(done: Done<Retirement>) -> Created<Retirement> {
    let Done { value, replayed } = done;
    let url = format!("/v1/rule-sets/{}/retirements", value.code);
    Created::new(value).location(url).replayed(replayed)
}

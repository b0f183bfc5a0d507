//! The steps of a version: approval, publication, withdrawal; and the retirement of a rule set.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{RuleDocument, made, numbered, url};
use crate::app::Done;
use crate::app::error::AppError;
use crate::app::rule_life::{self, RetirementView};
use crate::domain::access::{ApproveRules, DraftRules, PublishRules};
use crate::domain::date;
use crate::domain::field_error::Fault;
use crate::http::answer::Created;
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::time::{Day, Instant};

#[derive(Deserialize, ToSchema)]
pub struct Reason {
    /// At most 1,000 characters.
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct Publication {
    /// The first day it is in force; one that has passed is allowed.
    #[schema(example = "2027-01-01", format = Date)]
    effective_from: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct NewRetirement {
    /// The last day on which a version is in force.
    #[schema(example = "2026-12-31", format = Date)]
    effective_until: Option<String>,
    reason: Option<String>,
}

/// 废止 of a rule set.
#[derive(Serialize, ToSchema)]
pub struct Retirement {
    #[schema(example = "POOLS_LIFECYCLE")]
    code: String,
    effective_until: Day,
    reason: String,
    retired_by: String,
    recorded_at: Instant,
}

pub async fn approve(
    ticket: Ticket<ApproveRules>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    once: Once<Reason>,
) -> Result<Created<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (code, number) = numbered(&path)?;
        let expected = if_match.read()?;
        let reason = body.reason.as_deref();
        let done = rule_life::approve(app, &caller, code, number, &expected, reason)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    let url = url(&done.value);
    Ok(made(done, lang).location(url))
}

pub async fn publish(
    ticket: Ticket<PublishRules>,
    path: Path<(String, String)>,
    once: Once<Publication>,
) -> Result<Created<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (code, number) = numbered(&path)?;
        let required = || Fault::new("field.required");
        let day = body.effective_from.as_deref().ok_or_else(required);
        let day = day.and_then(date::parse);
        let day = day.map_err(|fault| AppError::invalid(fault.at("/effective_from")))?;
        let done = rule_life::publish(app, &caller, code, number, day)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    let url = url(&done.value);
    Ok(made(done, lang).location(url))
}

pub async fn withdraw(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String)>,
    once: Once<Reason>,
) -> Result<Created<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (code, number) = numbered(&path)?;
        let reason = body.reason.as_deref();
        let done = rule_life::withdraw(app, &caller, code, number, reason)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    let url = url(&done.value);
    Ok(made(done, lang).location(url))
}

pub async fn retire(
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
        Ok(rule_life::retire(app, &caller, &code, until, reason)?)
    });
    let Done { value, replayed } = done.await?;
    let url = format!("/v1/rule-sets/{}/versions", value.code);
    Ok(Created::new(value.into()).location(url).replayed(replayed))
}

impl From<RetirementView> for Retirement {
    fn from(view: RetirementView) -> Self {
        Retirement {
            code: view.code,
            effective_until: Day(view.effective_until),
            reason: view.reason,
            retired_by: view.retired_by,
            recorded_at: Instant(view.recorded_at),
        }
    }
}

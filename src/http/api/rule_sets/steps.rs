//! The steps of a version: approval, publication, withdrawal.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{RuleDocument, made, numbered, url};
use crate::app::error::AppError;
use crate::app::rule_life;
use crate::domain::access::{ApproveRules, DraftRules, PublishRules};
use crate::domain::date;
use crate::domain::field_error::Fault;
use crate::http::answer::Created;
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;

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

//! The steps of a version: approval, publication, withdrawal.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{RuleDocument, made, numbered, url};
use crate::app::documents::{self, Seen};
use crate::app::error::AppError;
use crate::domain::access::{ApproveRules, DraftRules, PublishRules};
use crate::domain::date;
use crate::http::answer::{Created, Shown};
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
pub struct Approval {
    /// The day it is approved for, as the document says: 409 if that says another. May be left out.
    #[schema(example = "2027-01-01", format = Date)]
    effective_from: Option<String>,
    /// At most 1,000 characters.
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct Publication {
    /// The first day it is in force, as the document says and as it was approved; may be left out, and 409 if it is another.
    #[schema(example = "2027-01-01", format = Date)]
    effective_from: Option<String>,
}

pub async fn approve(
    ticket: Ticket<ApproveRules>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    once: Once<Approval>,
) -> Result<Created<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (of, number) = numbered(&path)?;
        let day = body.effective_from.as_deref().map(date::parse).transpose();
        let seen = Seen {
            version: if_match.read()?,
            day: day.map_err(|fault| AppError::invalid(fault.at("/effective_from")))?,
        };
        let reason = body.reason.as_deref();
        let done = documents::approve(app, &caller, &of, number, &seen, reason)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    let url = url(&done.value);
    Ok(made(done, lang).location(url))
}

pub async fn take_back(
    ticket: Ticket<ApproveRules>,
    path: Path<(String, String)>,
) -> Result<Shown<RuleDocument>, Problem> {
    let done = ticket.call(move |app, caller| {
        let (of, number) = numbered(&path)?;
        let done = documents::take_back_approval(app, &caller, &of, number)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    Ok(made(done, lang))
}

pub async fn publish(
    ticket: Ticket<PublishRules>,
    path: Path<(String, String)>,
    once: Once<Publication>,
) -> Result<Created<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (of, number) = numbered(&path)?;
        let day = body.effective_from.as_deref().map(date::parse).transpose();
        let day = day.map_err(|fault| AppError::invalid(fault.at("/effective_from")))?;
        let done = documents::publish(app, &caller, &of, number, day)?;
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
        let (of, number) = numbered(&path)?;
        let reason = body.reason.as_deref();
        let done = documents::withdraw(app, &caller, &of, number, reason)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    let url = url(&done.value);
    Ok(made(done, lang).location(url))
}

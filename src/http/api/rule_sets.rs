//! `/v1/rule-sets`: rules on both time axes, and the way of a version from draft to publication.

pub mod cases;
pub mod differences;
pub mod retirements;
pub mod steps;
pub mod waivers;

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::documents::{self, Document, DocumentVersion};
use crate::app::error::AppError;
use crate::app::rules::{self, RULE_SETS};
use crate::domain::access::{DraftRules, ReadRules};
use crate::domain::document::life::State;
use crate::domain::messages::Lang;
use crate::http::answer::{Created, Shown};
use crate::http::body::Once;
use crate::http::etag::{Etag, IfMatch};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{When, recorded};

pub use crate::app::rules::face::{RuleDocument, RuleVersions};

/// A document in the form of `docs/RULES.md`: the pack file as JSON.
#[derive(Deserialize, ToSchema)]
pub struct DraftDocument {
    #[schema(value_type = Object)]
    document: serde_json::Value,
}

pub async fn list(
    ticket: Ticket<ReadRules>,
    query: Query<When>,
) -> Result<Shown<RuleVersions>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = documents::list(app, &caller, RULE_SETS, at)?;
        Ok(RuleVersions::of(found, at, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

pub async fn versions(
    ticket: Ticket<ReadRules>,
    code: Path<String>,
    query: Query<When>,
) -> Result<Shown<RuleVersions>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = documents::versions(app, &caller, &rules::document(&code)?, at)?;
        Ok(RuleVersions::of(found, at, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

pub async fn version(
    ticket: Ticket<ReadRules>,
    path: Path<(String, String)>,
    query: Query<When>,
) -> Result<Shown<RuleDocument>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let (of, number) = numbered(&path)?;
        let found = documents::get(app, &caller, &of, number, at)?;
        let etag = etag(&found);
        Ok((RuleDocument::of(found, at, caller.lang()), etag))
    });
    let (body, etag) = found.await?;
    let shown = Shown::new(body);
    Ok(match etag {
        Some(etag) => shown.etag(etag),
        None => shown,
    })
}

pub async fn create(
    ticket: Ticket<DraftRules>,
    code: Path<String>,
    once: Once<DraftDocument>,
) -> Result<Created<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let done = documents::draft(app, &caller, &rules::document(&code)?, &body.document)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    let url = url(&done.value);
    Ok(made(done, lang).location(url))
}

pub async fn put(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    once: Once<DraftDocument>,
) -> Result<Shown<RuleDocument>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (of, number) = numbered(&path)?;
        let expected = if_match.read()?;
        let document = &body.document;
        let done = documents::edit(app, &caller, &of, number, &expected, document)?;
        Ok((done, caller.lang()))
    });
    let (done, lang) = done.await?;
    Ok(made(done, lang))
}

/// What a change of a version answers: the version as it was recorded.
pub(super) fn made<const STATUS: u16>(
    done: Done<DocumentVersion>,
    lang: Lang,
) -> crate::http::answer::Answer<RuleDocument, STATUS> {
    let Done { value, replayed } = done;
    let etag = Etag::version(value.seq);
    let at = recorded(value.recorded_at);
    crate::http::answer::Answer::new(RuleDocument::of(value, at, lang))
        .etag(etag)
        .replayed(replayed)
}

fn url(version: &DocumentVersion) -> String {
    format!(
        "/v1/rule-sets/{}/versions/{}",
        version.code, version.version
    )
}

/// A draft is changed by its tag. What a published version is depends on the others, so that its tag is of what is shown.
fn etag(version: &DocumentVersion) -> Option<Etag> {
    (version.state != State::Published).then(|| Etag::version(version.seq))
}

/// Rule set and number; what is no number names nothing.
fn numbered(path: &(String, String)) -> Result<(Document, i64), AppError> {
    let number = number(&path.1)?;
    Ok((rules::document(&path.0)?, number))
}

/// The same, with what is named of the version.
fn of_version(path: &(String, String, String)) -> Result<(Document, i64, &str), AppError> {
    let (code, version, named) = path;
    Ok((rules::document(code)?, number(version)?, named))
}

fn number(text: &str) -> Result<i64, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

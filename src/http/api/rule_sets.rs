//! `/v1/rule-sets`: the published rules, on both time axes.

use actix_web::web::Path;
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::app::error::AppError;
use crate::app::rules::{self, RuleVersion};
use crate::domain::access::ReadRules;
use crate::domain::at::At;
use crate::domain::messages::Lang;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

#[derive(Serialize, ToSchema)]
pub struct RuleVersions {
    items: Vec<RuleVersionItem>,
    /// Always null: there are few.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

/// A published version of a rule set (规则集).
#[derive(Serialize, ToSchema)]
pub struct RuleVersionItem {
    #[schema(example = "POOLS")]
    code: String,
    version: i64,
    title: String,
    effective_from: Day,
    /// The first day of the version that follows.
    effective_until: Option<Day>,
    /// Whether it is in force on `as_of`; of several versions for one day the last recorded is.
    in_force: bool,
    /// Over the canonical document (RFC 8785).
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
    recorded_at: Instant,
}

/// A version with its document, in the form in which it was published.
#[derive(Serialize, ToSchema)]
pub struct RuleDocument {
    code: String,
    version: i64,
    title: String,
    effective_from: Day,
    effective_until: Option<Day>,
    in_force: bool,
    hash: String,
    recorded_at: Instant,
    #[schema(value_type = Object)]
    document: Json,
    as_of: Day,
    known_at: Instant,
}

pub async fn list(
    ticket: Ticket<ReadRules>,
    query: Query<When>,
) -> Result<Shown<RuleVersions>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = rules::list(app, &caller, at)?;
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
        let found = rules::versions(app, &caller, &code, at)?;
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
        let (code, number) = path.into_inner();
        let number: i64 = number.parse().map_err(|_| AppError::NotFound)?;
        let found = rules::get(app, &caller, &code, number, at)?;
        Ok(RuleDocument::of(found, at, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

impl RuleVersions {
    fn of(found: Vec<RuleVersion>, at: At, lang: Lang) -> Self {
        let items = found.into_iter().map(|it| RuleVersionItem::of(it, lang));
        RuleVersions {
            items: items.collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        }
    }
}

impl RuleVersionItem {
    fn of(found: RuleVersion, lang: Lang) -> Self {
        RuleVersionItem {
            title: found.title_in(lang).to_string(),
            code: found.code,
            version: found.version,
            effective_from: Day(found.effective_from),
            effective_until: found.effective_until.map(Day),
            in_force: found.in_force,
            hash: found.hash,
            recorded_at: Instant(found.recorded_at),
        }
    }
}

impl RuleDocument {
    fn of(found: RuleVersion, at: At, lang: Lang) -> Self {
        RuleDocument {
            title: found.title_in(lang).to_string(),
            code: found.code,
            version: found.version,
            effective_from: Day(found.effective_from),
            effective_until: found.effective_until.map(Day),
            in_force: found.in_force,
            hash: found.hash,
            recorded_at: Instant(found.recorded_at),
            document: found.document,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        }
    }
}

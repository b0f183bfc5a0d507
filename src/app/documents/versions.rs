//! Versions as they show themselves on a day, by what was known at an instant.

use chrono::NaiveDate;

use super::kind::{Document, Kind};
use super::register::{DocumentVersion, Register, drafted, making};
use super::waiver::Waiver;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::{ReadRuleDrafts, ReadRules};
use crate::domain::at::At;
use crate::domain::document::Name;
use crate::store::document_drafts::{self, DraftRow};
use crate::store::{Conn, document_waivers};

/// The documents of a kind with the version in force on a day, by what was known at an instant.
pub fn list(
    app: &App,
    _: &Caller<ReadRules>,
    kind: &'static dyn Kind,
    at: At,
) -> Result<Vec<DocumentVersion>, AppError> {
    app.store.read(|conn| {
        let known = Register::all(conn, kind.kind(), at.known_at)?;
        let mut names: Vec<&Name> = known.rows.iter().map(|row| &*row.name).collect();
        names.dedup();
        names
            .iter()
            .filter_map(|name| known.in_force(name, at.as_of))
            .map(|row| known.version(row, at.as_of).map_err(AppError::from))
            .collect()
    })
}

/// All versions of one document that were known at an instant, oldest first; drafts for those who may read them.
pub fn versions(
    app: &App,
    caller: &Caller<ReadRules>,
    of: &Document,
    at: At,
) -> Result<Vec<DocumentVersion>, AppError> {
    let sees_drafts = caller.also::<ReadRuleDrafts>().is_ok();
    app.store.read(|conn| {
        let known = Register::of(conn, &of.name, at.known_at)?;
        let drafts = match sees_drafts {
            true => document_drafts::of(conn, &of.name, at.known_at)?,
            false => Vec::new(),
        };
        let mut found = Vec::new();
        for row in &known.rows {
            let mut version = known.version(row, at.as_of)?;
            let draft = drafts.iter().find(|it| it.version == row.version);
            version.making = draft.map(making);
            found.push(version);
        }
        let published =
            |draft: &DraftRow| known.rows.iter().any(|row| row.version == draft.version);
        for draft in drafts.iter().filter(|draft| !published(draft)) {
            found.push(drafted(draft, at.as_of)?);
        }
        found.sort_by_key(|version| version.version);
        match found.is_empty() {
            true => Err(AppError::NotFound),
            false => Ok(found),
        }
    })
}

/// All versions of all documents of a kind, by code.
pub fn every_version(
    app: &App,
    caller: &Caller<ReadRules>,
    kind: &'static dyn Kind,
    at: At,
) -> Result<Vec<DocumentVersion>, AppError> {
    let codes = app
        .store
        .read(|conn| document_drafts::codes(conn, kind.kind(), at.known_at))?;
    let mut found = Vec::new();
    for code in codes {
        match versions(app, caller, &Document::of(kind, &code)?, at) {
            Ok(versions) => found.extend(versions),
            // Drafts only, and not for this caller.
            Err(AppError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// One version, if it was known at an instant.
pub fn get(
    app: &App,
    caller: &Caller<ReadRules>,
    of: &Document,
    number: i64,
    at: At,
) -> Result<DocumentVersion, AppError> {
    let known = versions(app, caller, of, at)?;
    let found = known.into_iter().find(|it| it.version == number);
    let mut found = found.ok_or(AppError::NotFound)?;
    if caller.also::<ReadRuleDrafts>().is_ok() {
        let standing =
            |conn: &mut Conn| document_waivers::standing(conn, &of.name, number, at.known_at);
        let standing = app.store.read(standing)?;
        found.waivers = standing.into_iter().map(Waiver::from).collect();
    }
    Ok(found)
}

/// The version in force on a day, by what is known now.
pub fn in_force_on(
    app: &App,
    caller: &Caller<ReadRules>,
    of: &Document,
    day: NaiveDate,
) -> Result<DocumentVersion, AppError> {
    let at = At {
        as_of: day,
        known_at: app.env.clock.now(),
    };
    let known = versions(app, caller, of, at)?;
    known
        .into_iter()
        .find(|it| it.in_force)
        .ok_or(AppError::NotFound)
}

//! The rule sets that were known at an instant, compiled once and read by every evaluation.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::domain::document::{Kind, life};
use crate::domain::rules::{Library, RuleError, documents};
use crate::store::document_retirements::{self, RetirementRow};
use crate::store::document_versions::{self, Count, VersionRow};
use crate::store::{Conn, StoreError};

/// What was known at the latest instants that were asked for.
#[derive(Default)]
pub struct Compiled {
    kept: RwLock<Vec<(Count, Arc<Known>)>>,
}

/// The versions known at an instant, and what they come to.
pub(in crate::app) struct Known {
    pub library: Arc<Library>,
    versions: Vec<Version>,
}

struct Version {
    code: String,
    hash: String,
    number: i64,
}

const MOST_KEPT: usize = 8;

impl Compiled {
    /// The library as known at an instant; the latest few are compiled once.
    pub(in crate::app) fn library(
        &self,
        conn: &mut Conn,
        known_at: DateTime<Utc>,
    ) -> Result<Arc<Library>, StoreError> {
        Ok(self.known(conn, known_at)?.library.clone())
    }

    pub(in crate::app) fn known(
        &self,
        conn: &mut Conn,
        known_at: DateTime<Utc>,
    ) -> Result<Arc<Known>, StoreError> {
        self.counted(
            document_versions::count(conn, Kind::RuleSet, known_at)?,
            || {
                let rows = document_versions::all(conn, Kind::RuleSet, known_at)?;
                Known::of(
                    &rows,
                    &document_retirements::all(conn, Kind::RuleSet, known_at)?,
                )
            },
        )
    }

    /// As the first so many entries of the ledger tell it.
    pub(in crate::app) fn through(
        &self,
        conn: &mut Conn,
        seq: i64,
    ) -> Result<Arc<Known>, StoreError> {
        self.counted(
            document_versions::count_through(conn, Kind::RuleSet, seq)?,
            || {
                let rows = document_versions::through(conn, Kind::RuleSet, seq)?;
                Known::of(
                    &rows,
                    &document_retirements::through(conn, Kind::RuleSet, seq)?,
                )
            },
        )
    }

    /// Versions and retirements are only ever added, so that their number tells which are known.
    fn counted(
        &self,
        count: Count,
        read: impl FnOnce() -> Result<Known, StoreError>,
    ) -> Result<Arc<Known>, StoreError> {
        let kept = |all: &Vec<(Count, Arc<Known>)>| {
            let found = all.iter().find(|(known, _)| *known == count);
            found.map(|(_, known)| known.clone())
        };
        let known = kept(&self.kept.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(known) = known {
            return Ok(known);
        }
        let known = Arc::new(read()?);
        let mut write = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        write.truncate(MOST_KEPT - 1);
        write.insert(0, (count, known.clone()));
        Ok(known)
    }
}

impl Known {
    fn of(rows: &[VersionRow], retired: &[RetirementRow]) -> Result<Known, StoreError> {
        Ok(Known {
            library: Arc::new(compile(rows, retired)?),
            versions: rows
                .iter()
                .map(|row| Version {
                    code: row.name.code.clone(),
                    hash: row.hash.clone(),
                    number: row.version,
                })
                .collect(),
        })
    }

    /// The number that the register has for a version; the latest, where one was published again.
    pub(in crate::app) fn version(&self, code: &str, hash: &str) -> Option<i64> {
        let same = |it: &&Version| it.code == code && it.hash == hash;
        self.versions.iter().rfind(same).map(|it| it.number)
    }
}

/// Why the versions do not make a library.
pub(in crate::app) enum Unsound {
    Stored(StoreError),
    /// One of them does not stand among the others.
    Document(RuleError),
}

impl From<Unsound> for StoreError {
    fn from(why: Unsound) -> Self {
        match why {
            Unsound::Stored(error) => error,
            Unsound::Document(error) => StoreError::corrupt(error),
        }
    }
}

/// Of several versions for one day the last recorded counts. What a rule set embeds is added before it.
pub(in crate::app) fn compile(
    rows: &[VersionRow],
    retired: &[RetirementRow],
) -> Result<Library, Unsound> {
    let replaced = |row: &VersionRow| {
        rows.iter().any(|other| {
            other.name == row.name
                && other.effective_from == row.effective_from
                && other.seq > row.seq
        })
    };
    let mut waiting = Vec::new();
    for row in rows.iter().filter(|row| !replaced(row)) {
        let document: Json = serde_json::from_str(&row.document)
            .map_err(|error| Unsound::Stored(StoreError::corrupt(error)))?;
        waiting.push((row, document));
    }
    waiting.sort_by_key(|(row, _)| row.seq);
    let mut library = Library::default();
    while !waiting.is_empty() {
        let names: Vec<String> = waiting.iter().map(|(_, it)| documents::name(it)).collect();
        let ready = waiting.iter().position(|(_, document)| {
            let embedded = documents::embedded(document);
            !embedded
                .iter()
                .any(|name| names.iter().any(|it| it == name))
        });
        // None is ready where they wait for each other; then the first tells what it lacks.
        let (row, document) = waiting.remove(ready.unwrap_or(0));
        let file = format!("{} {}", row.name.code, row.version);
        let ends = document_retirements::of(retired, &row.name);
        let last_day = life::last_day(row.effective_from, row.seq, &ends);
        library
            .add_until(&file, &document, last_day)
            .map_err(Unsound::Document)?;
    }
    Ok(library)
}

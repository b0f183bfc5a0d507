//! Rule sets (规则集) as the bureau keeps them: published versions in the register, found by date on both axes.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::domain::access::{PublishRules, ReadRules};
use crate::domain::at::At;
use crate::domain::clock::legal_day;
use crate::domain::field_error::Fault;
use crate::domain::ledger::{Event, Subject};
use crate::domain::messages::Lang;
use crate::domain::rules::{Library, RuleSet};
use crate::store::assessments::{DecisionRow, RunRow};
use crate::store::rule_versions::{self, RuleVersionRow};
use crate::store::{Changed, Conn, StoreError};

use super::caller::Caller;
use super::error::AppError;
use super::{App, Done};

/// A published version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleVersion {
    pub code: String,
    pub version: i64,
    pub effective_from: NaiveDate,
    /// The first day of the version that follows; none while it is the last.
    pub effective_until: Option<NaiveDate>,
    /// On the day that was asked for; of several versions for one day the last recorded counts.
    pub in_force: bool,
    pub title: String,
    pub title_en: String,
    /// `sha256:` over the canonical document.
    pub hash: String,
    pub recorded_at: DateTime<Utc>,
    pub document: Json,
}

impl RuleVersion {
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.title,
            Lang::En => &self.title_en,
        }
    }
}

/// The versions known now, compiled once and read by every evaluation.
#[derive(Default)]
pub struct Compiled {
    current: RwLock<Option<(i64, Arc<Library>)>>,
}

/// Publishes the shipped rule sets that have no version in the register yet; tells which.
pub fn publish_shipped(app: &App, caller: &Caller<PublishRules>) -> Result<Vec<String>, AppError> {
    let mut published = Vec::new();
    let shipped = Library::shipped();
    if shipped.iter().next().is_none() {
        return Err(AppError::internal("the shipped rule sets cannot be read"));
    }
    for set in shipped.iter() {
        let known = app
            .store
            .read(|conn| rule_versions::of_code(conn, &set.code, app.env.clock.now()))?;
        // What the city has published for that day stands; a newer shipped text is the city's to take over.
        if known
            .iter()
            .all(|row| row.effective_from != set.effective_from)
        {
            publish(app, caller, &set.document)?;
            published.push(set.name.clone());
        }
    }
    Ok(published)
}

/// Publishes a document as the next version of its rule set.
pub fn publish(
    app: &App,
    caller: &Caller<PublishRules>,
    document: &Json,
) -> Result<Done<RuleVersion>, AppError> {
    let set = checked(app, document)?;
    let text = serde_json_canonicalizer::to_string(document).map_err(AppError::internal)?;
    app.store.write(&caller.stamp(), move |tx| {
        let mut known = rule_versions::of_code(tx.conn, &set.code, tx.now)?;
        if let Some(same) = known
            .iter()
            .find(|row| row.hash == set.hash && row.effective_from == set.effective_from)
        {
            let day = legal_day(tx.now);
            return Ok(Changed::unchanged(version(same.clone(), &known, day)?));
        }
        let row = RuleVersionRow {
            code: set.code.clone(),
            version: known.iter().map(|row| row.version).max().unwrap_or(0) + 1,
            effective_from: set.effective_from,
            hash: set.hash.clone(),
            document: text,
            recorded_at: tx.now.naive_utc(),
            seq: tx.seq,
        };
        rule_versions::insert(tx.conn, &row)?;
        let body = json!({
            "version": row.version,
            "effective_from": row.effective_from.to_string(),
            "hash": row.hash,
        });
        let event = Event::new(
            "RULE_VERSION_PUBLISHED",
            Subject::new("rule_set", &row.code),
            body,
        );
        known.push(row.clone());
        Ok(Changed::new(
            version(row, &known, legal_day(tx.now))?,
            event,
        ))
    })
}

/// The rule sets with the version in force on a day, by what was known at an instant.
pub fn list(app: &App, _: &Caller<ReadRules>, at: At) -> Result<Vec<RuleVersion>, AppError> {
    app.store.read(|conn| {
        let all = rule_versions::all(conn, at.known_at)?;
        let mut codes: Vec<String> = all.iter().map(|row| row.code.clone()).collect();
        codes.dedup();
        codes
            .iter()
            .filter_map(|code| in_force(&all, code, at.as_of))
            .map(|row| version(row.clone(), &all, at.as_of).map_err(AppError::from))
            .collect()
    })
}

/// All versions of one rule set that were known at an instant, oldest first.
pub fn versions(
    app: &App,
    _: &Caller<ReadRules>,
    code: &str,
    at: At,
) -> Result<Vec<RuleVersion>, AppError> {
    app.store.read(|conn| {
        let known = rule_versions::of_code(conn, code, at.known_at)?;
        if known.is_empty() {
            return Err(AppError::NotFound);
        }
        known
            .iter()
            .map(|row| version(row.clone(), &known, at.as_of).map_err(AppError::from))
            .collect()
    })
}

/// One version, if it was known at an instant.
pub fn get(
    app: &App,
    caller: &Caller<ReadRules>,
    code: &str,
    number: i64,
    at: At,
) -> Result<RuleVersion, AppError> {
    let known = versions(app, caller, code, at)?;
    let found = known.into_iter().find(|it| it.version == number);
    found.ok_or(AppError::NotFound)
}

/// The version in force on a day, by what is known now.
pub fn in_force_on(
    app: &App,
    caller: &Caller<ReadRules>,
    code: &str,
    day: NaiveDate,
) -> Result<RuleVersion, AppError> {
    let at = At {
        as_of: day,
        known_at: app.env.clock.now(),
    };
    let known = versions(app, caller, code, at)?;
    known
        .into_iter()
        .find(|it| it.in_force)
        .ok_or(AppError::NotFound)
}

/// A rule set ready to apply, with the number its version has in the register.
#[derive(Debug, Clone)]
pub(super) struct InForce {
    pub set: Arc<RuleSet>,
    pub version: i64,
}

/// What `rule_set=CODE` or `CODE@date` means on a day, by what was known at an instant.
pub(super) fn find(app: &App, conn: &mut Conn, asked: &str, at: At) -> Result<InForce, AppError> {
    let library = app.rules.library(conn, at.known_at)?;
    let unknown = || AppError::invalid(Fault::new("rule_set.unknown").at("/rule_set"));
    let set = library.find(asked, at.as_of).ok_or_else(unknown)?.clone();
    let known = rule_versions::of_code(conn, &set.code, at.known_at)?;
    let row = known
        .iter()
        .rev()
        .find(|row| row.hash == set.hash)
        .ok_or_else(unknown)?;
    Ok(InForce {
        set,
        version: row.version,
    })
}

/// The rule set of a hash, as known at an instant.
fn by_hash(
    app: &App,
    conn: &mut Conn,
    code: &str,
    hash: &str,
    at: At,
) -> Result<InForce, AppError> {
    let known = rule_versions::of_code(conn, code, at.known_at)?;
    let row = known.iter().find(|row| row.hash == hash);
    let row = row.ok_or_else(|| AppError::internal("the rule set of a run is gone"))?;
    let library = app.rules.library(conn, at.known_at)?;
    let set = library.iter().find(|set| set.hash == hash).cloned();
    let set = set.ok_or_else(|| AppError::internal("the rule set of a run does not stand"))?;
    Ok(InForce {
        set,
        version: row.version,
    })
}

/// The rule set a run judges by.
pub(super) fn of_run(app: &App, conn: &mut Conn, run: &RunRow) -> Result<InForce, AppError> {
    let at = At {
        as_of: run.as_of,
        known_at: run.known_at.and_utc(),
    };
    by_hash(app, conn, &run.rule_set, &run.rule_hash, at)
}

/// The rule set a decision was made with, in force as it was known then.
pub(super) fn of_decision(
    app: &App,
    conn: &mut Conn,
    decision: &DecisionRow,
) -> Result<InForce, AppError> {
    let at = At {
        as_of: decision.as_of,
        known_at: decision.known_at.and_utc(),
    };
    by_hash(app, conn, &decision.rule_set, &decision.rule_hash, at)
}

impl Compiled {
    /// The library as known at an instant; the present one is compiled once.
    pub(super) fn library(
        &self,
        conn: &mut Conn,
        known_at: DateTime<Utc>,
    ) -> Result<Arc<Library>, StoreError> {
        let count = rule_versions::count(conn, known_at)?;
        let cached = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match cached {
            // Versions are only ever added, so that their number tells which are known.
            Some((known, library)) if known == count => Ok(library),
            _ => {
                let library = Arc::new(compile(&rule_versions::all(conn, known_at)?)?);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some((count, library.clone()));
                Ok(library)
            }
        }
    }
}

/// Of several versions for one day the last recorded counts. In the order of recording, so that what a rule set
/// embeds is there before it.
fn compile(rows: &[RuleVersionRow]) -> Result<Library, StoreError> {
    let mut standing: Vec<&RuleVersionRow> = rows
        .iter()
        .filter(|row| {
            !rows.iter().any(|other| {
                other.code == row.code
                    && other.effective_from == row.effective_from
                    && other.version > row.version
            })
        })
        .collect();
    standing.sort_by_key(|row| row.seq);
    let mut library = Library::default();
    for row in standing {
        let document: Json = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
        let file = format!("{} version {}", row.code, row.version);
        library.add(&file, document).map_err(StoreError::corrupt)?;
    }
    Ok(library)
}

/// Reads a document against the rule sets that are known, so that what it embeds is found.
fn checked(app: &App, document: &Json) -> Result<RuleSet, AppError> {
    let library = app
        .store
        .read(|conn| app.rules.library(conn, app.env.clock.now()))?;
    library.read("document", document.clone()).map_err(|error| {
        let fault = Fault::new("rule_set.faulty")
            .with("place", &error.place)
            .with("fault", &error.message);
        AppError::invalid(fault.at("/document"))
    })
}

fn in_force<'a>(
    rows: &'a [RuleVersionRow],
    code: &str,
    day: NaiveDate,
) -> Option<&'a RuleVersionRow> {
    rows.iter()
        .filter(|row| row.code == code && row.effective_from <= day)
        .max_by_key(|row| (row.effective_from, row.version))
}

fn version(
    row: RuleVersionRow,
    known: &[RuleVersionRow],
    day: NaiveDate,
) -> Result<RuleVersion, StoreError> {
    let document: Json = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
    let effective_until = known
        .iter()
        .filter(|other| other.code == row.code && other.effective_from > row.effective_from)
        .map(|other| other.effective_from)
        .min();
    let words = |name: &str| {
        let text = document.get(name).and_then(Json::as_str);
        text.map(String::from)
    };
    let title = words("title").unwrap_or_default();
    Ok(RuleVersion {
        in_force: in_force(known, &row.code, day).is_some_and(|it| it.version == row.version),
        title_en: words("title_en").unwrap_or_else(|| title.clone()),
        title,
        code: row.code,
        version: row.version,
        effective_from: row.effective_from,
        effective_until,
        hash: row.hash,
        recorded_at: row.recorded_at.and_utc(),
        document,
    })
}

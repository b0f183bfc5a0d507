//! Rule sets (规则集) as the bureau keeps them: published versions in the register, found by date on both axes.

pub(super) mod compiled;
pub mod face;
mod register;
mod waiver;

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::domain::access::{PublishRules, ReadRuleDrafts, ReadRules};
use crate::domain::at::At;
use crate::domain::clock::legal_day;
use crate::domain::event::Event;
use crate::domain::event::rules::VersionPublished;
use crate::domain::field_error::Fault;
use crate::domain::rules::{DocumentFault, RuleError, RuleSet};
use crate::store::assessments::{DecisionRow, RunRow};
use crate::store::rule_drafts::{self, DraftRow};
use crate::store::rule_retirements;
use crate::store::rule_versions::{self, RuleVersionRow};
use crate::store::{Changed, Conn, Seq, Tx, rule_waivers};

use super::caller::Caller;
use super::error::AppError;
use super::{App, Done};

pub use register::{Making, RuleVersion};
pub use waiver::{Waiver, WaiverView, Waivers};

use compiled::Unsound;
pub(super) use compiled::compile;
use register::making;
pub(super) use register::{Register, drafted};

/// Publishes a document as the next version of its rule set, straight away: for what comes with the program, for
/// measurements and for tests; whoever writes a document of their own checks it first (`sanku rules check`).
pub fn publish(
    app: &App,
    caller: &Caller<PublishRules>,
    document: &Json,
) -> Result<Done<RuleVersion>, AppError> {
    let set = checked(app, document)?;
    let text = serde_json_canonicalizer::to_string(document).map_err(AppError::internal)?;
    app.store.write(&caller.stamp(), move |tx| {
        let known = Register::of_code(tx.conn, &set.code, tx.now)?;
        let same = |row: &&RuleVersionRow| {
            row.hash == set.hash && row.effective_from == set.effective_from
        };
        if let Some(same) = known.rows.iter().find(same) {
            let shown = known.version(same, legal_day(tx.now))?;
            return Ok(Changed::unchanged(shown));
        }
        let published = VersionPublished {
            code: set.code.clone(),
            version: rule_drafts::next_version(tx.conn, &set.code)?,
            effective_from: set.effective_from,
            hash: set.hash.clone(),
            draft: None,
        };
        let seq = tx.tell(Event::RuleVersionPublished(published.clone()))?;
        let shown = enter(tx, published, text, seq)?;
        Ok(Changed::new(shown, seq))
    })
}

/// Enters a version that was told of as published. The whole library must stand with it: what embeds another version of it,
/// too.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    published: VersionPublished,
    document: String,
    seq: Seq,
) -> Result<RuleVersion, AppError> {
    let row = &RuleVersionRow {
        code: published.code,
        version: published.version,
        effective_from: published.effective_from,
        hash: published.hash,
        document,
        recorded_at: tx.now.naive_utc(),
        seq: seq.get(),
    };
    let mut rows = rule_versions::all(tx.conn, tx.now)?;
    rows.push(row.clone());
    compile(&rows, &rule_retirements::all(tx.conn, tx.now)?).map_err(breaks_others)?;
    rule_versions::insert(tx.conn, row)?;
    let known = Register::of_code(tx.conn, &row.code, tx.now)?;
    Ok(known.version(row, legal_day(tx.now))?)
}

/// The rule sets with the version in force on a day, by what was known at an instant.
pub fn list(app: &App, _: &Caller<ReadRules>, at: At) -> Result<Vec<RuleVersion>, AppError> {
    app.store.read(|conn| {
        let known = Register::all(conn, at.known_at)?;
        let mut codes: Vec<&str> = known.rows.iter().map(|row| row.code.as_str()).collect();
        codes.dedup();
        codes
            .iter()
            .filter_map(|code| known.in_force(code, at.as_of))
            .map(|row| known.version(row, at.as_of).map_err(AppError::from))
            .collect()
    })
}

/// All versions of one rule set that were known at an instant, oldest first; drafts for those who may read them.
pub fn versions(
    app: &App,
    caller: &Caller<ReadRules>,
    code: &str,
    at: At,
) -> Result<Vec<RuleVersion>, AppError> {
    let sees_drafts = caller.also::<ReadRuleDrafts>().is_ok();
    if !is_code(code) {
        return Err(AppError::NotFound);
    }
    app.store.read(|conn| {
        let known = Register::of_code(conn, code, at.known_at)?;
        let drafts = match sees_drafts {
            true => rule_drafts::of_code(conn, code, at.known_at)?,
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

/// All versions of all rule sets, by code.
pub fn every_version(
    app: &App,
    caller: &Caller<ReadRules>,
    at: At,
) -> Result<Vec<RuleVersion>, AppError> {
    let codes = app
        .store
        .read(|conn| rule_drafts::codes(conn, at.known_at))?;
    let mut found = Vec::new();
    for code in codes {
        match versions(app, caller, &code, at) {
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
    code: &str,
    number: i64,
    at: At,
) -> Result<RuleVersion, AppError> {
    let known = versions(app, caller, code, at)?;
    let found = known.into_iter().find(|it| it.version == number);
    let mut found = found.ok_or(AppError::NotFound)?;
    if caller.also::<ReadRuleDrafts>().is_ok() {
        let standing = |conn: &mut Conn| rule_waivers::standing(conn, code, number, at.known_at);
        let standing = app.store.read(standing)?;
        found.waivers = standing.into_iter().map(Waiver::from).collect();
    }
    Ok(found)
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
    let known = app.rules.known(conn, at.known_at)?;
    let unknown = || AppError::invalid(Fault::new("rule_set.unknown").at("/rule_set"));
    let set = known.library.find(asked, at.as_of).ok_or_else(unknown)?;
    let version = known.version(&set.code, &set.hash).ok_or_else(unknown)?;
    Ok(InForce {
        set: set.clone(),
        version,
    })
}

/// The rule set of a hash as it reads on a day, by the first so many entries of the ledger: what it embeds is then what
/// it embedded.
fn by_hash(
    app: &App,
    conn: &mut Conn,
    code: &str,
    hash: &str,
    as_of: NaiveDate,
    known_seq: i64,
) -> Result<InForce, AppError> {
    let known = app.rules.through(conn, known_seq)?;
    let version = known.version(code, hash);
    let version = version.ok_or_else(|| AppError::internal("the rule set of a run is gone"))?;
    let set = known.library.of_hash(hash, as_of).cloned();
    let set = set.ok_or_else(|| AppError::internal("the rule set of a run does not stand"))?;
    Ok(InForce { set, version })
}

/// The rule set a run judges by.
pub(super) fn of_run(app: &App, conn: &mut Conn, run: &RunRow) -> Result<InForce, AppError> {
    let RunRow {
        rule_set,
        rule_hash,
        as_of,
        known_seq,
        ..
    } = run;
    by_hash(app, conn, rule_set, rule_hash, *as_of, *known_seq)
}

/// The rule set a decision was made with, as it was known then.
pub(super) fn of_decision(
    app: &App,
    conn: &mut Conn,
    decision: &DecisionRow,
) -> Result<InForce, AppError> {
    let DecisionRow {
        rule_set,
        rule_hash,
        as_of,
        known_seq,
        ..
    } = decision;
    by_hash(app, conn, rule_set, rule_hash, *as_of, *known_seq)
}

/// Reads a document against the rule sets that are known, so that what it embeds is found.
pub(super) fn checked(app: &App, document: &Json) -> Result<RuleSet, AppError> {
    let first = checked_periods(app, document)?.into_iter().next();
    first.ok_or_else(|| AppError::internal("a document without a period"))
}

/// The same, for each period in which the document reads alike, in order.
pub(super) fn checked_periods(app: &App, document: &Json) -> Result<Vec<RuleSet>, AppError> {
    let library = app
        .store
        .read(|conn| app.rules.library(conn, app.env.clock.now()))?;
    library
        .read_periods("document", document)
        .map_err(|error| refused_document(&error))
}

/// All that is wrong with a document that was sent as `document`.
pub(super) fn refused_document(error: &RuleError) -> AppError {
    refused(error, |fault| format!("/document{}", fault.pointer))
}

/// The same of one that was sent otherwise: `pointer` tells where in the request. `at` is the place for people, which the
/// command line tells instead.
pub(super) fn refused(error: &RuleError, pointer: impl Fn(&DocumentFault) -> String) -> AppError {
    let faults = error.faults.iter();
    let errors = faults.map(|it| it.fault().with("at", &it.place).at(pointer(it)));
    AppError::Invalid {
        errors: errors.collect(),
    }
}

/// The library does not stand with a new version in it: which rule set fails then, and why.
fn breaks_others(why: Unsound) -> AppError {
    let error = match why {
        Unsound::Stored(error) => return error.into(),
        Unsound::Document(error) => error,
    };
    let named = Fault::new("rule_set.breaks_others").with("rule_set", &error.file);
    let faults = error.faults.iter();
    let faults = faults.map(|it| it.fault().with("at", &it.place).at("/document"));
    AppError::Invalid {
        errors: std::iter::once(named.at("/document"))
            .chain(faults)
            .collect(),
    }
}

/// What could be the code of a rule set; anything else is not worth a query.
pub(super) fn is_code(code: &str) -> bool {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (1..=40).contains(&code.len()) && code.bytes().all(plain)
}

/// The pool rules of the city, unless a request names others.
pub(super) const POLICY: &str = "POOLS";

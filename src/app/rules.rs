//! Rule sets (规则集) as the bureau keeps them: published versions in the register, found by date on both axes.

pub(super) mod compiled;
pub mod face;
mod kind;
mod shipped;

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::domain::access::PublishRules;
use crate::domain::at::At;
use crate::domain::field_error::Fault;
use crate::domain::rules::{DocumentFault, RuleError, RuleSet};
use crate::store::Conn;
use crate::store::assessments::{DecisionRow, RunRow};

use super::caller::Caller;
use super::documents::{self, DocumentVersion};
use super::error::AppError;
use super::{App, Done};

pub(super) use compiled::compile;
pub use kind::{RULE_SETS, document};
pub use shipped::publish_shipped;

/// Publishes a rule document straight away ([`documents::publish_at_once`]).
pub fn publish(
    app: &App,
    caller: &Caller<PublishRules>,
    document: &Json,
) -> Result<Done<DocumentVersion>, AppError> {
    documents::publish_at_once(app, caller, RULE_SETS, document)
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

/// The pool rules of the city, unless a request names others.
pub(super) const POLICY: &str = "POOLS";

//! Rule sets (规则集) as the bureau keeps them: published versions in the register, found by date on both axes.

pub(super) mod compiled;
pub mod face;
mod kind;
mod refused;
mod shipped;

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::at::At;
use crate::domain::field_error::Fault;
use crate::domain::rules::RuleSet;
use crate::store::Conn;
use crate::store::assessments::{DecisionRow, RunRow};

use super::App;
use super::error::AppError;

pub(super) use compiled::compile;
pub use kind::{RULE_SETS, document, named_in, publish};
pub(super) use refused::{refused, refused_document};
pub use shipped::publish_shipped;

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

/// The pool rules of the city, unless a request names others.
pub(super) const POLICY: &str = "POOLS";

//! Assessment runs (评估): the whole population, or a district, judged by the pool rules on a day.
//!
//! A run reads in chunks, judges, and stores only what changed: a decision with its receipt, and a proposal where
//! the enterprise should move. What did not change costs reading, judging and a hash.

mod begin;
pub mod face;
mod judge;
mod load;
mod meanwhile;
mod nightly;
mod plan;
mod proposals;
mod record;
mod results;
mod run;
mod seen;
mod view;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use crate::domain::access::ReadAssessments;
use crate::domain::clock::is_id;
use crate::domain::drafting::parameters::parameters;
use crate::domain::rules::RuleSet;
use crate::store::assessments::{self, DecisionRow};
use crate::store::enterprises;

use super::caller::Caller;
use super::error::AppError;
use super::{App, rules};

pub use begin::{begin, fail_interrupted, run};
pub use nightly::nightly;
pub use plan::RunRequest;
pub use results::{ResultItem, results};
pub use run::{Preview, preview};
pub use seen::{SeenRun, Unmet, get, list};
pub use view::{RunView, Summary};

/// The receipt of a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    pub id: String,
    pub uscc: String,
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub outcome: String,
    pub pool: Option<String>,
    /// What was looked at, canonical.
    pub inputs: String,
    /// What was found, canonical.
    pub result: String,
    /// `sha256:` over the inputs alone.
    pub inputs_hash: String,
    /// `sha256:` over rule set hash, inputs and result.
    pub hash: String,
    /// Of the engine that decided.
    pub engine_version: i64,
    /// The last ledger entry it knew of.
    pub known_seq: i64,
    pub seq: i64,
    /// Every value of the rule set that decides, as it read on the day: by its place, with unit and clause.
    pub parameters: Json,
    /// The rule sets it embeds, each with its own.
    pub embedded: Vec<Embedded>,
}

/// A rule set that another one embeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// `CODE@date`, or the bare code.
    pub name: String,
    pub hash: String,
    pub parameters: Json,
}

/// The receipt of a decision about an enterprise the caller may see.
pub fn decision(
    app: &App,
    caller: &Caller<ReadAssessments>,
    id: &str,
) -> Result<Receipt, AppError> {
    app.store.read(|conn| {
        let row = match is_id(id) {
            true => assessments::decision(conn, id)?,
            false => None,
        };
        let row = row.ok_or(AppError::NotFound)?;
        let found = enterprises::by_ids(conn, caller.scope(), &[&row.enterprise_id])?;
        let enterprise = found.into_iter().next().ok_or(AppError::NotFound)?;
        let rules = match rules::of_decision(app, conn, &row) {
            Ok(rules) => Some(rules.set),
            // The document was altered: the receipt is shown all the same, and a replay tells.
            Err(AppError::Internal(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(receipt(row, enterprise.uscc, rules.as_deref()))
    })
}

fn receipt(row: DecisionRow, uscc: String, rules: Option<&RuleSet>) -> Receipt {
    let mut embedded = Vec::new();
    if let Some(rules) = rules {
        embeds(rules, &mut embedded);
    }
    Receipt {
        id: row.id,
        uscc,
        rule_set: row.rule_set,
        rule_set_version: row.rule_version,
        rule_set_hash: row.rule_hash,
        as_of: row.as_of,
        known_at: row.known_at.and_utc(),
        outcome: row.outcome.to_string(),
        pool: row.pool.map(|it| it.to_string()),
        inputs: row.inputs,
        result: row.result,
        inputs_hash: row.inputs_hash,
        hash: row.hash,
        engine_version: row.engine_version,
        known_seq: row.known_seq,
        seq: row.seq,
        parameters: rules.map_or(Json::Null, parameters),
        embedded,
    }
}

/// Each once, those that are embedded by embedded ones too.
fn embeds(rules: &RuleSet, found: &mut Vec<Embedded>) {
    for set in &rules.embeds {
        if found.iter().any(|it| it.hash == set.hash) {
            continue;
        }
        found.push(Embedded {
            name: set.name.clone(),
            hash: set.hash.clone(),
            parameters: parameters(set),
        });
        embeds(set, found);
    }
}

//! A run as it is shown and as the ledger tells of it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::store::StoreError;
use crate::store::assessments::RunRow;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    pub id: String,
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub as_of: NaiveDate,
    /// Nothing recorded later was looked at.
    pub known_at: DateTime<Utc>,
    pub district_code: Option<String>,
    pub dry_run: bool,
    /// The yearly evaluation, which alone moves the failure counters.
    pub yearly: bool,
    pub state: String,
    pub done: i64,
    pub total: i64,
    pub summary: Summary,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Members of each pool when the run began.
    pub before: BTreeMap<String, i64>,
    /// Where the rules place each enterprise; UNDECIDED where that is open.
    pub placed: BTreeMap<String, i64>,
    /// Decisions that differ from the last ones.
    pub changed: i64,
    pub unchanged: i64,
    /// Proposed movements by kind.
    pub movements: BTreeMap<String, i64>,
    /// Members with their first failure noted.
    pub at_risk: i64,
    /// How many enterprises do not meet each criterion.
    pub unmet: BTreeMap<String, i64>,
}

pub(super) fn view(row: RunRow) -> Result<RunView, StoreError> {
    let filter: Json = serde_json::from_str(&row.filter).map_err(StoreError::corrupt)?;
    Ok(RunView {
        id: row.id,
        rule_set: row.rule_set,
        rule_set_version: row.rule_version,
        rule_set_hash: row.rule_hash,
        as_of: row.as_of,
        known_at: row.known_at.and_utc(),
        district_code: filter
            .get("district_code")
            .and_then(Json::as_str)
            .map(String::from),
        dry_run: row.dry_run,
        yearly: row.yearly,
        state: row.state.to_string(),
        done: row.done,
        total: row.total,
        summary: serde_json::from_str(&row.summary).map_err(StoreError::corrupt)?,
        created_by: row.created_by,
        created_at: row.created_at.and_utc(),
        finished_at: row.finished_at.map(|at| at.and_utc()),
        version: row.seq,
    })
}

//! What the office does beside keeping the register: what-ifs, long work, imports, exports and what is forgotten in time.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::operation::{OperationKind, OperationState};
use crate::simulate::SimulationState;

/// A what-if as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    #[serde(skip)]
    pub simulation_id: String,
    pub rule_set: String,
    pub base_version: i64,
    pub base_hash: String,
    pub proposed_version: Option<i64>,
    /// `sha256:` over the canonical document.
    pub proposed_hash: String,
    /// Canonical JSON of what was asked to differ.
    pub change: String,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    /// Canonical JSON of which firms were looked at.
    pub filter: String,
    pub state: SimulationState,
    pub total: i64,
    pub moved: i64,
    /// `sha256:` over the canonical summary.
    pub summary_hash: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    /// How many movers are listed by now.
    pub listed: i64,
    /// Over all of these, in their order ([`crate::fold::Together`]).
    pub list_hash: String,
}

/// Work in the background, when it begins and when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    #[serde(skip)]
    pub operation_id: String,
    pub kind: OperationKind,
    pub state: OperationState,
    pub result_url: Option<String>,
}

/// The last event of an import, after those of what it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportCompleted {
    #[serde(skip)]
    pub import_id: String,
    /// Over names and bytes of the files.
    pub files_hash: String,
    /// SHA-256 of the report as it is kept.
    pub report_hash: String,
    pub tables: Vec<ImportedTable>,
    pub facts_from: Option<NaiveDate>,
    pub enterprises: RowCounts,
    pub figures: RowCounts,
    pub dated_facts: RowCounts,
    pub certifications: RowCounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedTable {
    pub file: String,
    pub sheet: Option<String>,
    pub rows: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCounts {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// Who took what away: what was asked for and how much came, not the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportMade {
    #[serde(skip)]
    pub export_id: String,
    /// Which list.
    pub kind: String,
    pub format: String,
    /// The filters that were given.
    pub filter: Json,
    pub count: usize,
    /// Of the account when it asked.
    pub epoch: i64,
    pub file_name: String,
    pub media_type: String,
    /// SHA-256 of the file as it is kept.
    pub content_hash: String,
}

/// The file was kept long enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportDeleted {
    #[serde(skip)]
    pub export_id: String,
}

/// Rows of a table that were kept long enough are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forgotten {
    /// `all`: rows are forgotten by their age, whosever they are.
    #[serde(skip)]
    pub whose: String,
    pub before: DateTime<Utc>,
    pub count: usize,
}

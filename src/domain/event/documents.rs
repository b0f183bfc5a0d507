//! What happens to a document of the bureau: its versions from draft to publication, their test cases, and its retirement.
//!
//! Its subject is the document by name, as `RULE_SET/POOLS`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::document::life::{RetirementState, State};

/// A version on its way to publication, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftState {
    pub version: i64,
    pub state: State,
    /// `sha256:` over the canonical document.
    pub document_hash: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub edited_by: String,
    pub edited_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub published_by: Option<String>,
    /// Of the approval or the withdrawal.
    pub reason: Option<String>,
}

/// It was drafted or withdrawn; or it is a draft again, since its test cases or waivers are others or its approval was taken
/// back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionStands {
    #[serde(skip)]
    pub name: String,
    pub draft: DraftState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionEdited {
    #[serde(skip)]
    pub name: String,
    pub from_state: State,
    pub draft: DraftState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionApproved {
    #[serde(skip)]
    pub name: String,
    /// The day from which it may be published, as the document says.
    pub effective_from: NaiveDate,
    /// The run of its test cases that it rests on.
    pub test_run_id: String,
    pub draft: DraftState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionPublished {
    #[serde(skip)]
    pub name: String,
    pub version: i64,
    pub effective_from: NaiveDate,
    /// `sha256:` over the canonical document.
    pub hash: String,
    /// None where it never was a draft: it came with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftState>,
}

/// Its test cases were run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionTested {
    #[serde(skip)]
    pub name: String,
    pub version: i64,
    pub test_run_id: String,
    pub document_hash: String,
    /// `sha256:` over the cases in the order of their ids.
    pub cases_hash: String,
    pub passed: bool,
    pub case_count: i64,
    pub failed_count: i64,
    /// Boundaries neither shown by a case nor waived.
    pub missing_count: i64,
    #[serde(default)]
    pub waived_count: i64,
    /// SHA-256 of the report as it is kept.
    pub report_hash: String,
}

/// Other test cases of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasesChanged {
    #[serde(skip)]
    pub name: String,
    pub version: i64,
    /// Those that are new, or take the place of the one with their id: the SHA-256 of each one's text.
    pub cases: BTreeMap<String, String>,
    pub removed: Vec<String>,
}

/// A boundary that no case has to show (免测).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverGiven {
    #[serde(skip)]
    pub name: String,
    pub version: i64,
    pub boundary: String,
    pub place_hash: String,
    pub what_zh: String,
    pub what_en: String,
    pub reason: String,
    pub document_hash: String,
    /// Of one that a later version inherits: who gave it for the version before.
    pub waived_by: String,
    pub waived_at: DateTime<Utc>,
}

/// It was taken back; or another document reads otherwise at the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverEnded {
    #[serde(skip)]
    pub name: String,
    pub version: i64,
    pub boundary: String,
    pub place_hash: String,
}

/// A retirement (废止) as it stands: proposed, or decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetirementStands {
    #[serde(skip)]
    pub name: String,
    pub retirement_id: String,
    pub state: RetirementState,
    pub effective_until: NaiveDate,
    pub reason: String,
    pub proposed_by: String,
    pub proposed_at: DateTime<Utc>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decision_reason: Option<String>,
}

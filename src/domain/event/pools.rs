//! What runs decide of enterprises, how these move between the pools, and what later knowledge makes of past decisions.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::late;
use crate::movement::{Kind, State};
use crate::outcome::Outcome;
use crate::pool::{ExitReason, Placement, Pool};
use crate::run::RunState;

/// An assessment run as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssessmentRun {
    #[serde(skip)]
    pub id: String,
    pub run_no: i64,
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub known_seq: i64,
    /// Canonical JSON.
    pub filter: String,
    pub dry_run: bool,
    pub yearly: bool,
    pub state: RunState,
    pub done: i64,
    pub total: i64,
    /// Canonical JSON of what came out.
    pub summary: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A decision: what it was made of and what was found stand in the table, and here by their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionMade {
    #[serde(skip)]
    pub enterprise_id: String,
    pub decision_id: String,
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub run_no: i64,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub known_seq: i64,
    pub engine_version: i64,
    pub outcome: Outcome,
    pub pool: Option<Placement>,
    pub digest: String,
    pub moves_digest: String,
    pub inputs_hash: String,
    /// Over rule set, inputs and result.
    pub hash: String,
}

/// A proposed change of pool as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementState {
    #[serde(skip)]
    pub enterprise_id: String,
    pub movement_id: String,
    pub district_code: String,
    pub kind: Kind,
    pub from_pool: Option<Pool>,
    pub to_pool: Option<Pool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_reason: Option<ExitReason>,
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// JSON array of criterion ids.
    pub failed_criteria: String,
    pub proposed_by: String,
    pub proposed_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endorsed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endorsed_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    pub extension: bool,
}

/// A movement that nobody carries on any more, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementSuperseded {
    #[serde(skip)]
    pub enterprise_id: String,
    #[serde(flatten)]
    pub movement: MovementState,
    /// The code of what has become impossible; nothing where another result has overtaken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A step of a movement that nobody had followed up: it stands as before that step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementTakenBack {
    #[serde(skip)]
    pub enterprise_id: String,
    #[serde(flatten)]
    pub movement: MovementState,
    /// In the words of who took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A movement in effect, with the memberships it ended and began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipChanged {
    #[serde(skip)]
    pub enterprise_id: String,
    #[serde(flatten)]
    pub movement: MovementState,
    pub ended: Option<MembershipState>,
    pub begun: Option<MembershipState>,
}

/// A yearly evaluation has moved the counter of a membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipEvaluated {
    #[serde(skip)]
    pub enterprise_id: String,
    #[serde(flatten)]
    pub membership: MembershipState,
}

/// A membership as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipState {
    pub membership_id: String,
    pub pool: Pool,
    pub started_on: NaiveDate,
    pub ended_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_reason: Option<ExitReason>,
    pub failures: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_yearly: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk_since: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
    pub movement_id: Option<String>,
}

/// How far the ledger has been looked through for late facts, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateFactsSought {
    #[serde(skip)]
    pub search: String,
    pub through: i64,
    /// The entry of a rule version that is being followed through the decisions.
    pub following: Option<i64>,
    /// The last decision looked at on its account.
    pub after: Option<String>,
    pub decisions: usize,
    pub opened: usize,
    pub changed: usize,
    pub resolved: usize,
}

/// What a person had said of a late finding does not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateSettlementTakenBack {
    #[serde(skip)]
    pub enterprise_id: String,
    pub finding: LateFinding,
    /// In the words of who took it back.
    pub why: Option<String>,
}

/// What is known now of a past decision that would come out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateFinding {
    #[serde(skip)]
    pub enterprise_id: String,
    pub finding_id: String,
    pub decision_id: String,
    pub rule_set: String,
    pub as_of: NaiveDate,
    pub effect: late::Effect,
    pub cause_seq: i64,
    pub cause_kind: String,
    pub cause_by: String,
    pub outcome_then: Outcome,
    pub pool_then: Option<Placement>,
    pub digest_then: String,
    pub version_now: i64,
    pub rule_hash_now: String,
    pub outcome_now: late::OutcomeNow,
    pub pool_now: Option<Placement>,
    pub digest_now: String,
    pub found_at: DateTime<Utc>,
    pub state: late::State,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
}

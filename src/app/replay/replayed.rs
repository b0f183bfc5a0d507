//! What a replay came to.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::app::shown::Day;
use crate::domain::decision::Difference;

/// What making a decision again came to (复算). Nothing is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionReplay {
    pub decision_id: String,
    pub uscc: String,
    #[schema(example = "POOLS")]
    pub rule_set: String,
    pub as_of: Day,
    /// Whether everything is as it was, byte by byte.
    pub reproduced: bool,
    /// Of the engine that decided.
    pub engine_version: i64,
    /// Of the engine that replayed; if they differ, so may the results.
    pub replayed_by: i64,
    /// The places that are not as they were.
    pub differences: Vec<Differing>,
    pub checked: Checks,
}

/// A place of the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Differing {
    /// JSON pointer into the receipt.
    #[schema(example = "/inputs/years/2025/tech_staff")]
    pub pointer: String,
    #[schema(value_type = Value)]
    pub stored: Json,
    #[schema(value_type = Value)]
    pub recomputed: Json,
}

/// What was compared, and whether it agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Checks {
    /// The stored rule documents still have the hashes the ledger tells.
    pub rule_set_hash: bool,
    /// The stored inputs have their hash.
    pub inputs_hash: bool,
    /// The register, as it was known then, gives the same inputs.
    pub register: bool,
    /// The rules on the inputs give the same result.
    pub result_hash: bool,
    /// Rules, inputs and result have the decision's hash.
    pub decision_hash: bool,
    /// The ledger entry tells the same of the decision.
    pub ledger: bool,
}

impl From<Difference> for Differing {
    fn from(it: Difference) -> Self {
        Differing {
            pointer: it.pointer,
            stored: it.stored,
            recomputed: it.recomputed,
        }
    }
}

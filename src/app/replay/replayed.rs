//! What a replay came to.

use chrono::NaiveDate;

use crate::domain::decision::Difference;

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    pub decision_id: String,
    pub uscc: String,
    pub rule_set: String,
    pub as_of: NaiveDate,
    /// Whether everything is as it was, byte by byte.
    pub reproduced: bool,
    /// Of the engine that decided; another one may rightly come to something else.
    pub engine_version: i64,
    pub replayed_by: i64,
    /// The places of the receipt where what is stored and what was computed again are not the same.
    pub differences: Vec<Difference>,
    pub checked: Checked,
}

/// What was compared, and whether it agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// The stored documents, the embedded ones too, still have the hashes that were sworn.
    pub rule_set_hash: bool,
    /// The stored inputs have their hash.
    pub inputs_hash: bool,
    /// The register, as it was known then, gives the same inputs.
    pub register: bool,
    /// The rules on the inputs give the same result.
    pub result_hash: bool,
    /// Rules, inputs and result have the decision's hash.
    pub decision_hash: bool,
    /// The ledger tells the same of the decision.
    pub ledger: bool,
}

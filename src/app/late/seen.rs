//! What a step of the search came to: decisions judged again.

use chrono::NaiveDate;

use crate::domain::late::Effect;
use crate::store::late::CursorRow;

/// What one step of the search came to.
pub(super) struct Step {
    pub from: CursorRow,
    pub to: CursorRow,
    pub looked_at: usize,
    pub seen: Vec<Seen>,
}

/// A decision that was judged again.
pub(super) struct Seen {
    pub decision_id: String,
    pub enterprise_id: String,
    pub rule_set: String,
    pub as_of: NaiveDate,
    pub outcome_then: String,
    pub pool_then: Option<String>,
    pub digest_then: String,
    pub cause: Cause,
    /// `None` if it is the same as it was.
    pub now: Option<Now>,
}

#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub seq: i64,
    pub kind: String,
    pub by: String,
}

pub(super) struct Now {
    pub version: i64,
    pub rule_hash: String,
    pub outcome: String,
    pub pool: Option<String>,
    pub digest: String,
    pub effect: Effect,
}

//! What a step of the search came to: decisions judged again.

use chrono::NaiveDate;

use crate::domain::late::{Effect, OutcomeNow};
use crate::domain::outcome::Outcome;
use crate::domain::pool::Placement;
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
    pub outcome_then: Outcome,
    pub pool_then: Option<Placement>,
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
    pub outcome: OutcomeNow,
    pub pool: Option<Placement>,
    pub digest: String,
    pub effect: Effect,
}

//! Late facts (迟到事实): past decisions that would come out otherwise by what is known now. A work list; nothing else
//! changes until a person acts, by the usual ways.

mod apply;
mod list;
mod makers;
mod search;
mod settle;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::late::State;
use crate::store::StoreError;
use crate::store::late::Named;

use super::expected::Versioned;

pub use list::{FindingDetail, LateQuery, get, list};
pub use search::{MOST_AT_A_TURN, catch_up};
pub use settle::{SettleInput, settle};

/// A decision that would be another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingView {
    pub id: String,
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    pub decision_id: String,
    pub rule_set: String,
    pub as_of: NaiveDate,
    /// Whether the decision still stands, or a later one has taken its place.
    pub standing: bool,
    /// OUTCOME, CRITERIA or FIGURES.
    pub effect: String,
    /// The ledger entry that brought it to light.
    pub cause_seq: i64,
    pub cause_kind: String,
    pub then: Side,
    pub now: Side,
    pub found_at: DateTime<Utc>,
    pub state: String,
    /// The verdicts the state allows.
    pub allowed_transitions: Vec<String>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl Versioned for FindingView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What was decided, or would be now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub outcome: String,
    pub pool: Option<String>,
    pub digest: String,
}

fn view(found: Named) -> Result<FindingView, StoreError> {
    let Named {
        row,
        uscc,
        name,
        district_code,
        standing,
    } = found;
    let state = State::parse(&row.state)
        .ok_or_else(|| StoreError::corrupt("a late finding in no known state"))?;
    Ok(FindingView {
        id: row.id,
        uscc,
        name,
        district_code,
        decision_id: row.decision_id,
        rule_set: row.rule_set,
        as_of: row.as_of,
        standing,
        effect: row.effect,
        cause_seq: row.cause_seq,
        cause_kind: row.cause_kind,
        then: Side {
            outcome: row.outcome_then,
            pool: row.pool_then,
            digest: row.digest_then,
        },
        now: Side {
            outcome: row.outcome_now,
            pool: row.pool_now,
            digest: row.digest_now,
        },
        found_at: row.found_at.and_utc(),
        state: row.state,
        allowed_transitions: state.allowed().into_iter().map(String::from).collect(),
        reason: row.reason,
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(|at| at.and_utc()),
        version: row.seq,
    })
}

//! A finding as it is shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::shown::{Day, Instant, Versioned};
use crate::domain::late::PROCEDURE;
use crate::store::StoreError;
use crate::store::late::Named;

/// A decision that would be another one now (迟到事实).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateFinding {
    pub id: String,
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    /// Its receipt is at `/v1/decisions/{id}`.
    pub decision_id: String,
    #[schema(example = "POOLS")]
    pub rule_set: String,
    /// The day of the decision, as of which it was judged again.
    pub as_of: Day,
    /// Whether the decision still stands; a later one may have taken its place.
    pub standing: bool,
    /// `OUTCOME`: where the enterprise belongs or moves; `CRITERIA`: only criteria; `FIGURES`: only figures.
    #[schema(example = "OUTCOME")]
    pub effect: String,
    /// The ledger entry that brought it to light.
    pub cause: LateCause,
    pub then: LateSide,
    pub now: LateSide,
    pub found_at: Instant,
    /// `OPEN`, `DISMISSED`, `ACTED`, or `RESOLVED` when it differs no more.
    #[schema(example = "OPEN")]
    pub state: String,
    pub allowed_transitions: Vec<String>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateCause {
    pub ledger_seq: i64,
    #[schema(example = "FACTS_STATED")]
    pub kind: String,
}

/// What was decided, or would be now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateSide {
    /// `NONE` where no version of the rule set is in force on the day any more.
    #[schema(example = "MET")]
    pub outcome: String,
    pub pool: Option<String>,
    /// Equal for equal rules, inputs and outcomes.
    pub digest: String,
}

pub(super) fn view(found: Named) -> Result<Versioned<LateFinding>, StoreError> {
    let Named {
        row,
        uscc,
        name,
        district_code,
        standing,
    } = found;
    let version = row.seq;
    let record = LateFinding {
        id: row.id,
        uscc,
        name,
        district_code,
        decision_id: row.decision_id,
        rule_set: row.rule_set,
        as_of: Day(row.as_of),
        standing,
        effect: row.effect.to_string(),
        cause: LateCause {
            ledger_seq: row.cause_seq,
            kind: row.cause_kind,
        },
        then: LateSide {
            outcome: row.outcome_then.to_string(),
            pool: row.pool_then.map(|it| it.to_string()),
            digest: row.digest_then,
        },
        now: LateSide {
            outcome: row.outcome_now.to_string(),
            pool: row.pool_now.map(|it| it.to_string()),
            digest: row.digest_now,
        },
        found_at: row.found_at.into(),
        allowed_transitions: PROCEDURE
            .allowed(*row.state)
            .into_iter()
            .map(String::from)
            .collect(),
        state: row.state.to_string(),
        reason: row.reason,
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(Instant::from),
    };
    Ok(Versioned { version, record })
}

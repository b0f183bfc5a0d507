//! A movement as it is shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::shown::{Day, Instant, Versioned};
use crate::domain::movement::PROCEDURE;
use crate::store::StoreError;
use crate::store::movements::{self, MovementRow, Named};

/// A change of pool (移库) on its way: proposed, endorsed by the district, approved by the city, in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolMovement {
    pub id: String,
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub name: String,
    /// Where the enterprise lies now: that district endorses.
    pub district_code: String,
    /// `ADMISSION`, `PROMOTION`, `DEMOTION`, `EXIT`, `GRADUATION` or `RETENTION`.
    #[schema(example = "PROMOTION")]
    pub kind: String,
    pub from_pool: Option<String>,
    pub to_pool: Option<String>,
    /// `TIMED_OUT`, `EXCLUDED`, `DEREGISTERED`, `MOVED_OUT` or `DEMOTED`.
    pub exit_reason: Option<String>,
    /// `PROPOSED`, `ENDORSED`, `APPROVED`, `EFFECTIVE`, `REJECTED` or `SUPERSEDED`.
    #[schema(example = "PROPOSED")]
    pub state: String,
    /// The verdicts the state allows.
    pub allowed_transitions: Vec<String>,
    /// Why: its receipt is at `/v1/decisions/{id}`. Null for an override.
    pub decision_id: Option<String>,
    /// The run that proposed it; null for an override.
    pub run_id: Option<String>,
    /// Ids of the criteria that moved it.
    pub failed_criteria: Vec<String>,
    pub proposed_by: String,
    pub proposed_at: Instant,
    pub endorsed_by: Option<String>,
    pub endorsed_at: Option<Instant>,
    pub decided_by: Option<String>,
    pub decided_at: Option<Instant>,
    pub reason: Option<String>,
    /// The first day of the new standing.
    pub effective_on: Option<Day>,
    /// The last day of an override.
    pub until: Option<Day>,
}

pub(super) fn named(
    conn: &mut crate::store::Conn,
    row: MovementRow,
) -> Result<Versioned<PoolMovement>, StoreError> {
    view(movements::with_name(conn, row)?)
}

pub(super) fn view(found: Named) -> Result<Versioned<PoolMovement>, StoreError> {
    let Named {
        row,
        uscc,
        name,
        district_code,
    } = found;
    let version = row.seq;
    let record = PoolMovement {
        allowed_transitions: PROCEDURE
            .allowed(*row.state)
            .into_iter()
            .map(String::from)
            .collect(),
        failed_criteria: serde_json::from_str(&row.failed_criteria).map_err(StoreError::corrupt)?,
        id: row.id,
        uscc,
        name,
        district_code,
        kind: row.kind.to_string(),
        from_pool: row.from_pool.map(|it| it.to_string()),
        to_pool: row.to_pool.map(|it| it.to_string()),
        exit_reason: row.exit_reason.map(|it| it.to_string()),
        state: row.state.to_string(),
        decision_id: row.decision_id,
        run_id: row.run_id,
        proposed_by: row.proposed_by,
        proposed_at: row.proposed_at.into(),
        endorsed_by: row.endorsed_by,
        endorsed_at: row.endorsed_at.map(Instant::from),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(Instant::from),
        reason: row.reason,
        effective_on: row.effective_on.map(Day),
        until: row.until.map(Day),
    };
    Ok(Versioned { version, record })
}

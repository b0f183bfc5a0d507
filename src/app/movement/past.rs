//! A movement as it stood at an instant: its row shows the present, its ledger entries every step before.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::at::At;
use crate::domain::ledger::Told;
use crate::domain::movement::State;
use crate::store::movements::MovementRow;
use crate::store::{Conn, StoreError, ledger};

/// So many entries of the enterprise are read at a time.
const CHUNK: i64 = 500;

/// What an entry of a movement may say of it.
#[derive(Deserialize)]
struct Said {
    state: Option<String>,
    /// Of a proposal that nobody needed to decide.
    decided_by: Option<String>,
    reason: Option<String>,
    effective_on: Option<NaiveDate>,
}

/// `None` if it was not proposed yet by then. It is in effect from its day on: seen from an earlier day it is approved.
pub(super) fn as_known(
    conn: &mut Conn,
    row: &MovementRow,
    at: At,
) -> Result<Option<MovementRow>, StoreError> {
    let mut found = None;
    let mut after = 0;
    loop {
        let entries = ledger::of_subject(conn, &row.enterprise_id, at.known_at, after, CHUNK)?;
        let last = (entries.len() as i64) < CHUNK;
        for entry in entries {
            after = entry.seq;
            let entry = entry.read()?;
            if entry.body["movement_id"] == row.id.as_str() {
                let mut next = found.unwrap_or_else(|| proposed(row));
                step(&mut next, entry, at)?;
                next.seq = after;
                found = Some(next);
            }
        }
        if last {
            return Ok(found);
        }
    }
}

/// What the proposal itself said; its entry adds reason and day.
fn proposed(row: &MovementRow) -> MovementRow {
    MovementRow {
        state: State::Proposed.as_str().into(),
        endorsed_by: None,
        endorsed_at: None,
        decided_by: None,
        decided_at: None,
        reason: None,
        effective_on: None,
        ..row.clone()
    }
}

fn step(row: &mut MovementRow, entry: Told, at: At) -> Result<(), StoreError> {
    let told: Said = serde_json::from_value(entry.body).map_err(StoreError::corrupt)?;
    row.reason = told.reason.or(row.reason.take());
    row.effective_on = told.effective_on.or(row.effective_on);
    let when = Some(entry.recorded_at.naive_utc());
    match (entry.kind.as_str(), told.state) {
        ("MOVEMENT_DECIDED", Some(state)) => {
            if state == State::Endorsed.as_str() {
                (row.endorsed_by, row.endorsed_at) = (Some(entry.actor), when);
            } else {
                (row.decided_by, row.decided_at) = (Some(entry.actor), when);
            }
            row.state = state;
        }
        ("MOVEMENT_PROPOSED", Some(state)) if told.decided_by.is_some() => {
            (row.decided_by, row.decided_at) = (told.decided_by, when);
            row.state = state;
        }
        ("MEMBERSHIP_CHANGED", _) if row.effective_on.is_some_and(|day| day <= at.as_of) => {
            row.state = State::Effective.as_str().into();
        }
        ("MOVEMENT_SUPERSEDED", _) => row.state = State::Superseded.as_str().into(),
        _ => {}
    }
    Ok(())
}

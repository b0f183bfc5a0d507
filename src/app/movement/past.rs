//! A movement as it stood at an instant: its row shows the present, its ledger entries every step before.

use crate::domain::at::At;
use crate::domain::event::Event;
use crate::domain::event::pools::MovementState;
use crate::domain::movement::State;
use crate::store::movements::MovementRow;
use crate::store::{Conn, StoreError, ledger};

/// So many entries of the enterprise are read at a time.
const CHUNK: i64 = 500;

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
            let event = Event::read(&entry.read()?).map_err(StoreError::corrupt)?;
            let told = told_of(event, at).filter(|it| it.movement_id == row.id);
            found = told.map(|it| MovementRow::of(it, after)).or(found);
        }
        if last {
            return Ok(found);
        }
    }
}

/// What an event says of a movement.
fn told_of(event: Event, at: At) -> Option<MovementState> {
    match event {
        Event::MovementProposed(it) | Event::OverrideProposed(it) | Event::MovementDecided(it) => {
            Some(it)
        }
        Event::MovementSuperseded(it) => Some(MovementState {
            enterprise_id: it.enterprise_id,
            ..it.movement
        }),
        Event::MembershipChanged(it) => {
            let in_effect = it.movement.effective_on.is_some_and(|day| day <= at.as_of);
            Some(MovementState {
                enterprise_id: it.enterprise_id,
                state: if in_effect {
                    State::Effective
                } else {
                    State::Approved
                },
                ..it.movement
            })
        }
        _ => None,
    }
}

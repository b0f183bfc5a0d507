//! A movement as it stood before: its row shows the present, its ledger entries every step.

use crate::app::error::AppError;
use crate::app::matter;
use crate::domain::at::At;
use crate::domain::clock::legal_day;
use crate::domain::event::Event;
use crate::domain::event::pools::MovementState;
use crate::domain::movement::State;
use crate::store::movements::MovementRow;
use crate::store::{Conn, StoreError, Tx};

/// `None` if it was not proposed yet by then. It is in effect from its day on: seen from an earlier day it is approved.
pub(super) fn as_known(
    conn: &mut Conn,
    row: &MovementRow,
    at: At,
) -> Result<Option<MovementRow>, StoreError> {
    let of_it = |event| told_of(event, at).filter(|it| it.movement_id == row.id);
    let mut states = matter::states(conn, &row.enterprise_id, at.known_at, of_it)?;
    Ok(states.pop().map(|(told, seq)| MovementRow::of(told, seq)))
}

/// What it was before its last step.
pub(super) fn before(tx: &mut Tx<'_>, row: &MovementRow) -> Result<MovementRow, AppError> {
    let at = At {
        as_of: legal_day(tx.now),
        known_at: tx.now,
    };
    let of_it = |event| told_of(event, at).filter(|it| it.movement_id == row.id);
    let mut states = matter::states(tx.conn, &row.enterprise_id, at.known_at, of_it)?;
    states.pop();
    let (told, _) = states
        .pop()
        .ok_or_else(|| StoreError::corrupt("a movement without its proposal"))?;
    Ok(MovementRow::of(told, row.seq))
}

fn of(enterprise_id: String, movement: MovementState) -> MovementState {
    MovementState {
        enterprise_id,
        ..movement
    }
}

/// What an event says of a movement.
fn told_of(event: Event, at: At) -> Option<MovementState> {
    match event {
        Event::MovementProposed(it) | Event::OverrideProposed(it) | Event::MovementDecided(it) => {
            Some(it)
        }
        Event::MovementSuperseded(it) => Some(of(it.enterprise_id, it.movement)),
        Event::MovementTakenBack(it) => Some(of(it.enterprise_id, it.movement)),
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

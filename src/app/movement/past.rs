//! A movement as it stood before: its row shows the present, its ledger entries every step.

use std::collections::HashMap;

use crate::app::matter;
use crate::domain::at::At;
use crate::domain::clock::legal_day;
use crate::domain::event::Event;
use crate::domain::event::pools::MovementState;
use crate::domain::movement::State;
use crate::store::movements::MovementRow;
use crate::store::{Conn, StoreError, Tx, ledger};

/// The events that tell of movements.
const KINDS: &[&str] = &[
    "MOVEMENT_PROPOSED",
    "OVERRIDE_PROPOSED",
    "MOVEMENT_DECIDED",
    "MOVEMENT_STEP_TAKEN_BACK",
    "MOVEMENT_SUPERSEDED",
    "MEMBERSHIP_CHANGED",
];

/// `None` if it was not proposed yet by then. It is in effect from its day on: seen from an earlier day it is approved.
pub(super) fn as_known(
    conn: &mut Conn,
    row: &MovementRow,
    at: At,
) -> Result<Option<MovementRow>, StoreError> {
    let entries = ledger::of_kinds(conn, &[&row.enterprise_id], KINDS, at.known_at)?;
    let of_it = |event| told_of(event, at).filter(|it| it.movement_id == row.id);
    let mut states = matter::states(entries, of_it)?;
    Ok(states.pop().map(|(told, seq)| MovementRow::of(told, seq)))
}

/// All that was told of some movements up to now.
#[derive(Default)]
pub(super) struct Past(HashMap<String, Vec<MovementState>>);

impl Past {
    pub fn of<'a>(
        tx: &mut Tx<'_>,
        rows: impl Iterator<Item = &'a MovementRow>,
    ) -> Result<Past, StoreError> {
        let subjects: Vec<&str> = rows.map(|row| row.enterprise_id.as_str()).collect();
        let at = At {
            as_of: legal_day(tx.now),
            known_at: tx.now,
        };
        let entries = tx.told(&subjects, KINDS)?;
        let mut all: HashMap<String, Vec<MovementState>> = HashMap::new();
        for (told, _) in matter::states(entries, |event| told_of(event, at))? {
            all.entry(told.movement_id.clone()).or_default().push(told);
        }
        Ok(Past(all))
    }

    /// As it stood when it was last in a state, which taking back a step leads to.
    pub fn back_in(&self, row: &MovementRow, state: State) -> Result<MovementRow, StoreError> {
        let told = self.0.get(&row.id).into_iter().flatten();
        let last = told.rev().find(|it| it.state == state);
        let last = last.ok_or_else(|| StoreError::corrupt("a movement was never in that state"))?;
        Ok(MovementRow::of(last.clone(), row.seq))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_about_a_movement_is_read() {
        let about = |kind: &&&str| {
            kind.starts_with("MOVEMENT_")
                || kind.starts_with("OVERRIDE_")
                || **kind == "MEMBERSHIP_CHANGED"
        };
        let all: Vec<&str> = Event::KINDS.iter().filter(about).copied().collect();
        assert_eq!(all.len(), KINDS.len());
        assert!(all.iter().all(|kind| KINDS.contains(kind)), "{all:?}");
    }
}

//! An approved movement takes effect: one membership ends, another begins, and the ledger tells of both.

use std::collections::HashMap;

use crate::app::error::AppError;
use crate::domain::event::Event;
use crate::domain::event::pools::{MembershipChanged, MovementSuperseded};
use crate::domain::movement::{Bounds, Kind, State};
use crate::domain::pool::Pool;
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::MovementRow;
use crate::store::typed::Typed;
use crate::store::{Conn, Seq, StoreError, Tx, enterprises};

/// What the movements of some enterprises rest on: what their days must not precede, and the memberships in force.
#[derive(Default)]
pub(in crate::app) struct Grounds(HashMap<String, (Bounds, Option<MembershipRow>)>);

impl Grounds {
    /// Read together, for any number of movements.
    pub(in crate::app) fn of<'a>(
        conn: &mut Conn,
        movements: impl IntoIterator<Item = &'a MovementRow>,
    ) -> Result<Grounds, StoreError> {
        let ids: Vec<&str> = movements
            .into_iter()
            .map(|row| row.enterprise_id.as_str())
            .collect();
        if ids.is_empty() {
            return Ok(Grounds::default());
        }
        let registered = enterprises::registered_on(conn, &ids)?.into_iter();
        let mut grounds: HashMap<_, _> = registered
            .map(|(id, registered_on)| {
                let bounds = Bounds {
                    registered_on,
                    member_since: None,
                    last_ended_on: None,
                };
                (id, (bounds, None))
            })
            .collect();
        for row in memberships::standing_of(conn, &ids)? {
            let Some((bounds, current)) = grounds.get_mut(&row.enterprise_id) else {
                continue;
            };
            bounds.last_ended_on = bounds.last_ended_on.max(row.ended_on);
            if row.ended_on.is_none() {
                bounds.member_since = Some(row.started_on);
                *current = Some(row);
            }
        }
        Ok(Grounds(grounds))
    }

    pub(in crate::app) fn bounds(&self, row: &MovementRow) -> Result<&Bounds, StoreError> {
        self.find(row).map(|(bounds, _)| bounds)
    }

    fn find(&self, row: &MovementRow) -> Result<&(Bounds, Option<MembershipRow>), StoreError> {
        self.0
            .get(&row.enterprise_id)
            .ok_or_else(|| StoreError::corrupt("a movement of no enterprise"))
    }
}

/// Changes the movement and adds the states of memberships that begin with it; whoever calls writes both. One whose day has
/// meanwhile become impossible (the firm was found to be younger) is given up, and the next assessment proposes anew.
pub(in crate::app) fn put_into_effect(
    tx: &mut Tx<'_>,
    grounds: &Grounds,
    row: &mut MovementRow,
    states: &mut Vec<MembershipRow>,
) -> Result<Seq, AppError> {
    let day = row
        .effective_on
        .ok_or_else(|| StoreError::corrupt("an approved movement without a day"))?;
    let (bounds, before) = grounds.find(row)?;
    if let Err(fault) = bounds.admit(day) {
        return given_up(tx, row, fault.code);
    }
    let before = before.clone();
    let mut ended = None;
    let mut begun = None;
    if row.kind == Kind::Retention {
        begun = before.map(|it| retained(it, row));
    } else {
        ended = before.map(|it| MembershipRow {
            ended_on: Some(day),
            exit_reason: row.exit_reason,
            movement_id: Some(row.id.clone()),
            ..it
        });
        if let Some(Typed(pool)) = row.to_pool {
            begun = Some(fresh(tx.new_id(), row, pool, day));
        }
    }
    row.state = State::Effective.into();
    let seq = tx.tell(Event::MembershipChanged(MembershipChanged {
        enterprise_id: row.enterprise_id.clone(),
        movement: row.told(),
        ended: ended.as_ref().map(MembershipRow::told),
        begun: begun.as_ref().map(MembershipRow::told),
    }))?;
    row.seq = seq.get();
    states.extend(
        [ended, begun]
            .into_iter()
            .flatten()
            .map(|state| MembershipRow {
                seq: row.seq,
                recorded_at: tx.now.naive_utc(),
                superseded_at: None,
                ..state
            }),
    );
    Ok(seq)
}

fn given_up(tx: &mut Tx<'_>, row: &mut MovementRow, why: &str) -> Result<Seq, AppError> {
    row.state = State::Superseded.into();
    let seq = tx.tell(Event::MovementSuperseded(MovementSuperseded {
        enterprise_id: row.enterprise_id.clone(),
        movement: row.told(),
        why: Some(why.into()),
    }))?;
    row.seq = seq.get();
    Ok(seq)
}

fn fresh(id: String, row: &MovementRow, pool: Pool, day: chrono::NaiveDate) -> MembershipRow {
    MembershipRow {
        id,
        seq: 0,
        enterprise_id: row.enterprise_id.clone(),
        pool: pool.into(),
        started_on: day,
        ended_on: None,
        exit_reason: None,
        failures: 0,
        last_yearly: None,
        at_risk_since: None,
        extended_until: None,
        extension_reason: None,
        override_until: row.until,
        override_reason: row.until.and(row.reason.clone()),
        movement_id: Some(row.id.clone()),
        recorded_at: row.proposed_at,
        superseded_at: None,
    }
}

fn retained(membership: MembershipRow, row: &MovementRow) -> MembershipRow {
    let (mut extended_until, mut extension_reason) =
        (membership.extended_until, membership.extension_reason);
    if row.extension {
        (extended_until, extension_reason) = (row.until, row.reason.clone());
    }
    MembershipRow {
        override_until: row.until,
        override_reason: row.reason.clone(),
        extended_until,
        extension_reason,
        movement_id: Some(row.id.clone()),
        ..membership
    }
}

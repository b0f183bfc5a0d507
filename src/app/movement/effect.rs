//! An approved movement takes effect: one membership ends, another begins, and the ledger tells of both.

use std::collections::HashMap;

use serde_json::json;

use crate::app::error::AppError;
use crate::domain::ledger::{Event, Subject};
use crate::domain::movement::{Bounds, State};
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::MovementRow;
use crate::store::{Conn, StoreError, Tx, enterprises};

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
/// `place` is how many events the change has told before this one.
pub(in crate::app) fn put_into_effect(
    tx: &Tx<'_>,
    grounds: &Grounds,
    row: &mut MovementRow,
    place: usize,
    states: &mut Vec<MembershipRow>,
) -> Result<Event, AppError> {
    let day = row
        .effective_on
        .ok_or_else(|| StoreError::corrupt("an approved movement without a day"))?;
    let (bounds, before) = grounds.find(row)?;
    row.seq = tx.seq + place as i64;
    if let Err(fault) = bounds.admit(day) {
        return Ok(given_up(row, fault.code));
    }
    let before = before.clone();
    let from_pool = before.as_ref().map(|it| it.pool.clone());
    let mut ended = None;
    let mut begun = None;
    if row.kind == "RETENTION" {
        begun = before.map(|it| retained(it, row));
    } else {
        ended = before.map(|it| MembershipRow {
            ended_on: Some(day),
            exit_reason: row.exit_reason.clone(),
            movement_id: Some(row.id.clone()),
            ..it
        });
        if let Some(pool) = &row.to_pool {
            begun = Some(fresh(tx.new_id(), row, pool, day));
        }
    }
    row.state = State::Effective.as_str().into();
    let body = json!({
        "movement_id": row.id,
        "kind": row.kind,
        "from_pool": from_pool,
        "to_pool": row.to_pool,
        "effective_on": day.to_string(),
        "exit_reason": row.exit_reason,
        "ended_membership": ended.as_ref().map(|it| &it.id),
        "membership": begun.as_ref().map(|it| &it.id),
    });
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
    let subject = Subject::enterprise(&row.enterprise_id);
    Ok(Event::new("MEMBERSHIP_CHANGED", subject, body))
}

fn given_up(row: &mut MovementRow, why: &str) -> Event {
    row.state = State::Superseded.as_str().into();
    let body = json!({
        "movement_id": row.id,
        "kind": row.kind,
        "from_pool": row.from_pool,
        "to_pool": row.to_pool,
        "effective_on": row.effective_on.map(|day| day.to_string()),
        "why": why,
    });
    let subject = Subject::enterprise(&row.enterprise_id);
    Event::new("MOVEMENT_SUPERSEDED", subject, body)
}

fn fresh(id: String, row: &MovementRow, pool: &str, day: chrono::NaiveDate) -> MembershipRow {
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

//! An approved movement takes effect: one membership ends, another begins, and the ledger tells of both.

use serde_json::json;

use crate::app::error::AppError;
use crate::domain::ledger::{Event, Subject};
use crate::domain::movement::{Bounds, State};
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::{self, MovementRow};
use crate::store::{Conn, StoreError, Tx, enterprises};

/// What the day of a movement of this enterprise must not precede, and the membership in force.
pub(in crate::app) fn bounds(
    conn: &mut Conn,
    enterprise_id: &str,
) -> Result<(Bounds, Option<MembershipRow>), StoreError> {
    let memberships = memberships::standing_of(conn, enterprise_id)?;
    let last_ended_on = memberships.iter().filter_map(|it| it.ended_on).max();
    let current = memberships.into_iter().find(|it| it.ended_on.is_none());
    let bounds = Bounds {
        registered_on: enterprises::registered_on(conn, enterprise_id)?,
        member_since: current.as_ref().map(|it| it.started_on),
        last_ended_on,
    };
    Ok((bounds, current))
}

/// One whose day has meanwhile become impossible (the firm was found to be younger) is given up, and the next assessment
/// proposes anew. `place` is how many events the change has told before this one.
pub(in crate::app) fn put_into_effect(
    tx: &mut Tx<'_>,
    row: &mut MovementRow,
    place: usize,
) -> Result<Vec<Event>, AppError> {
    let day = row
        .effective_on
        .ok_or_else(|| StoreError::corrupt("an approved movement without a day"))?;
    let seq = tx.seq + place as i64;
    let (bounds, before) = bounds(tx.conn, &row.enterprise_id)?;
    if let Err(fault) = bounds.admit(day) {
        return given_up(tx, row, seq, fault.code);
    }
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
    for state in [&mut ended, &mut begun].into_iter().flatten() {
        state.seq = seq;
        state.recorded_at = tx.now.naive_utc();
        state.superseded_at = None;
        memberships::record(tx.conn, state)?;
    }
    row.state = State::Effective.as_str().into();
    row.seq = seq;
    movements::update(tx.conn, row)?;
    let body = json!({
        "movement_id": row.id,
        "kind": row.kind,
        "from_pool": from_pool,
        "to_pool": row.to_pool,
        "effective_on": day.to_string(),
        "exit_reason": row.exit_reason,
        "ended_membership": ended.map(|it| it.id),
        "membership": begun.map(|it| it.id),
    });
    Ok(vec![Event::new(
        "MEMBERSHIP_CHANGED",
        Subject::enterprise(&row.enterprise_id),
        body,
    )])
}

fn given_up(
    tx: &mut Tx<'_>,
    row: &mut MovementRow,
    seq: i64,
    why: &str,
) -> Result<Vec<Event>, AppError> {
    row.state = State::Superseded.as_str().into();
    row.seq = seq;
    movements::update(tx.conn, row)?;
    let body = json!({
        "movement_id": row.id,
        "kind": row.kind,
        "from_pool": row.from_pool,
        "to_pool": row.to_pool,
        "effective_on": row.effective_on.map(|day| day.to_string()),
        "why": why,
    });
    let subject = Subject::enterprise(&row.enterprise_id);
    Ok(vec![Event::new("MOVEMENT_SUPERSEDED", subject, body)])
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

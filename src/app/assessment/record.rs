//! What a chunk came to, and how it is recorded: decisions that changed, proposals, and failure counters.

use std::collections::HashMap;

use serde_json::json;

use super::meanwhile::leave_out;
use super::proposals::{Course, Proposed};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::movement::{Grounds, put_into_effect};
use crate::domain::ledger::{Event, Subject};
use crate::domain::movement::State;
use crate::domain::rules::model::Body;
use crate::store::assessments;
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::{self, MovementRow};
use crate::store::{Changed, Stamp, Tx};

/// By whom movements are approved where the rule set asks for no hand.
const AUTOMATIC: &str = "system:automatic";

/// Writes a chunk as one change; the ledger tells of every decision, proposal and counter in it.
pub(super) fn record(
    app: &App,
    course: &Course,
    stamp: &Stamp,
    mut chunk: Proposed,
) -> Result<(), AppError> {
    if chunk.is_empty() {
        return Ok(());
    }
    let automatic = matches!(&course.rules.set.body, Body::Pools(pools) if pools.moves.automatic);
    let as_of = course.view.reading.as_of;
    app.store.write(stamp, move |tx| -> Result<_, AppError> {
        let mut events = Vec::new();
        leave_out(tx.conn, &mut chunk)?;
        let decided = record_decisions(tx, &mut chunk, &mut events)?;
        for row in &mut chunk.overtaken {
            row.state = State::Superseded.as_str().into();
            row.seq = tx.seq + events.len() as i64;
            events.push(movement_event("MOVEMENT_SUPERSEDED", row));
        }
        movements::update_all(tx.conn, &chunk.overtaken)?;
        let grounds = match automatic {
            true => Grounds::of(tx.conn, &chunk.movements)?,
            false => Grounds::default(),
        };
        for row in &mut chunk.movements {
            row.id = tx.new_id();
            row.proposed_by = tx.actor.into();
            row.proposed_at = tx.now.naive_utc();
            row.seq = tx.seq + events.len() as i64;
            let made_now = || decided.get(&row.enterprise_id).cloned();
            row.decision_id = row.decision_id.take().or_else(made_now);
            if automatic {
                row.state = State::Approved.as_str().into();
                row.decided_by = Some(AUTOMATIC.into());
                row.decided_at = Some(tx.now.naive_utc());
                // A run as of a day gone by: an earlier membership may have lasted longer than that.
                row.effective_on = Some(as_of.max(grounds.bounds(row)?.first_day()));
            }
            events.push(movement_event("MOVEMENT_PROPOSED", row));
        }
        for row in &mut chunk.counted {
            row.seq = tx.seq + events.len() as i64;
            row.recorded_at = tx.now.naive_utc();
            events.push(counted_event(row));
        }
        memberships::record_all(tx.conn, &chunk.counted)?;
        if automatic {
            effect_all(tx, &mut chunk.movements, &mut events)?;
        }
        movements::insert_all(tx.conn, &chunk.movements)?;
        Ok(Changed::many((), events))
    })?;
    Ok(())
}

/// Puts what needs no hand into effect, on the memberships as they are by now.
fn effect_all(
    tx: &mut Tx<'_>,
    movements: &mut [MovementRow],
    events: &mut Vec<Event>,
) -> Result<(), AppError> {
    let grounds = Grounds::of(tx.conn, &*movements)?;
    let mut states = Vec::new();
    for row in movements {
        let place = events.len();
        events.push(put_into_effect(tx, &grounds, row, place, &mut states)?);
    }
    Ok(memberships::record_all(tx.conn, &states)?)
}

/// The ids of the new decisions by enterprise.
fn record_decisions(
    tx: &mut Tx<'_>,
    chunk: &mut Proposed,
    events: &mut Vec<Event>,
) -> Result<HashMap<String, String>, AppError> {
    let mut ids = HashMap::with_capacity(chunk.decisions.len());
    for row in &mut chunk.decisions {
        row.id = tx.new_id();
        row.seq = tx.seq + events.len() as i64;
        ids.insert(row.enterprise_id.clone(), row.id.clone());
        let body = json!({
            "decision_id": row.id,
            "rule_set": row.rule_set,
            "rule_set_version": row.rule_version,
            "rule_set_hash": row.rule_hash,
            "as_of": row.as_of.to_string(),
            "outcome": row.outcome,
            "pool": row.pool,
            "hash": row.hash,
            "inputs_hash": row.inputs_hash,
            "engine_version": row.engine_version,
            "known_seq": row.known_seq,
        });
        events.push(Event::new(
            "DECISION_MADE",
            Subject::enterprise(&row.enterprise_id),
            body,
        ));
    }
    assessments::insert_decisions(tx.conn, &chunk.decisions)?;
    Ok(ids)
}

fn counted_event(row: &MembershipRow) -> Event {
    let body = json!({
        "membership_id": row.id,
        "pool": row.pool,
        "failures": row.failures,
        "at_risk_since": row.at_risk_since.map(|day| day.to_string()),
    });
    Event::new(
        "MEMBERSHIP_EVALUATED",
        Subject::enterprise(&row.enterprise_id),
        body,
    )
}

fn movement_event(kind: &'static str, row: &MovementRow) -> Event {
    let body = json!({
        "movement_id": row.id,
        "kind": row.kind,
        "from_pool": row.from_pool,
        "to_pool": row.to_pool,
        "exit_reason": row.exit_reason,
        "decision_id": row.decision_id,
        "run_id": row.run_id,
        "failed_criteria": row.failed_criteria,
        "effective_on": row.effective_on.map(|day| day.to_string()),
        "state": row.state,
        "decided_by": row.decided_by,
    });
    Event::new(kind, Subject::enterprise(&row.enterprise_id), body)
}

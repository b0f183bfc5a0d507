//! What a chunk came to, and how it is recorded: decisions that changed, proposals, and failure counters.

use std::collections::HashMap;

use super::meanwhile::leave_out;
use super::proposals::{Course, Proposed};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::movement::{Grounds, put_into_effect};
use crate::domain::event::Event;
use crate::domain::event::pools::{MembershipEvaluated, MovementSuperseded};
use crate::domain::movement::State;
use crate::domain::rules::model::Body;
use crate::store::assessments;
use crate::store::memberships;
use crate::store::movements::{self, MovementRow};
use crate::store::{Changed, Seq, Stamp, Tx};

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
        leave_out(tx.conn, &mut chunk)?;
        let (decided, mut last) = record_decisions(tx, &mut chunk)?;
        last = supersede(tx, &mut chunk.overtaken)?.or(last);
        let grounds = match automatic {
            true => Grounds::of(tx.conn, &chunk.movements)?,
            false => Grounds::default(),
        };
        for row in &mut chunk.movements {
            row.id = tx.new_id();
            row.proposed_by = tx.actor.into();
            row.proposed_at = tx.now.naive_utc();
            let made_now = || decided.get(&row.enterprise_id).cloned();
            row.decision_id = row.decision_id.take().or_else(made_now);
            if automatic {
                row.state = State::Approved.into();
                row.decided_by = Some(AUTOMATIC.into());
                row.decided_at = Some(tx.now.naive_utc());
                // A run as of a day gone by: an earlier membership may have lasted longer than that.
                row.effective_on = Some(as_of.max(grounds.bounds(row)?.first_day()));
            }
            row.seq = last
                .insert(tx.tell(Event::MovementProposed(row.told()))?)
                .get();
        }
        for row in &mut chunk.counted {
            row.recorded_at = tx.now.naive_utc();
            let told = Event::MembershipEvaluated(MembershipEvaluated {
                enterprise_id: row.enterprise_id.clone(),
                membership: row.told(),
            });
            row.seq = last.insert(tx.tell(told)?).get();
        }
        memberships::record_all(tx.conn, &chunk.counted)?;
        if automatic {
            effect_all(tx, &mut chunk.movements)?;
        }
        movements::insert_all(tx.conn, &chunk.movements)?;
        Ok(Changed::perhaps((), last))
    })?;
    Ok(())
}

/// Gives up what a new result has overtaken; where the last one is told.
fn supersede(tx: &mut Tx<'_>, overtaken: &mut [MovementRow]) -> Result<Option<Seq>, AppError> {
    let mut last = None;
    for row in &mut *overtaken {
        row.state = State::Superseded.into();
        let told = Event::MovementSuperseded(MovementSuperseded {
            enterprise_id: row.enterprise_id.clone(),
            movement: row.told(),
            why: None,
        });
        row.seq = last.insert(tx.tell(told)?).get();
    }
    movements::update_all(tx.conn, overtaken)?;
    Ok(last)
}

/// Puts what needs no hand into effect, on the memberships as they are by now.
fn effect_all(tx: &mut Tx<'_>, movements: &mut [MovementRow]) -> Result<(), AppError> {
    let grounds = Grounds::of(tx.conn, &*movements)?;
    let mut states = Vec::new();
    for row in movements {
        put_into_effect(tx, &grounds, row, &mut states)?;
    }
    Ok(memberships::record_all(tx.conn, &states)?)
}

/// The ids of the new decisions by enterprise, and where the last one is told.
fn record_decisions(
    tx: &mut Tx<'_>,
    chunk: &mut Proposed,
) -> Result<(HashMap<String, String>, Option<Seq>), AppError> {
    let mut last = None;
    let mut ids = HashMap::with_capacity(chunk.decisions.len());
    for row in &mut chunk.decisions {
        row.id = tx.new_id();
        ids.insert(row.enterprise_id.clone(), row.id.clone());
        row.seq = last.insert(tx.tell(Event::DecisionMade(row.told()))?).get();
    }
    assessments::insert_decisions(tx.conn, &chunk.decisions)?;
    Ok((ids, last))
}

//! What the search saw, taken into the work list in one change with the place it has reached.

use std::collections::HashMap;

use serde_json::json;

use super::seen::{Now, Seen, Step as Searched};
use crate::app::App;
use crate::app::error::AppError;
use crate::domain::late::{State, Step, step};
use crate::domain::ledger::{Event, Subject};
use crate::store::late::{self, FindingRow};
use crate::store::{Changed, Conn, Job, Stamp, StoreError, Tx};

/// Tells how many findings were opened, changed or resolved.
pub(super) fn apply(app: &App, searched: Searched) -> Result<usize, AppError> {
    let stamp = Stamp::job(Job::Clockwork);
    let done = app.store.write(&stamp, move |tx| -> Result<_, AppError> {
        // Somebody else may have been faster.
        if late::cursor(tx.conn)? != searched.from {
            return Ok(Changed::unchanged(0));
        }
        let mut known = known(tx.conn, &searched.seen)?;
        let mut events = Vec::new();
        let mut counts = [0usize; 3];
        for seen in &searched.seen {
            let row = known.remove(&seen.decision_id);
            if let Some((what, event)) = take(tx, seen, row, events.len())? {
                counts[what as usize] += 1;
                events.push(event);
            }
        }
        late::set_cursor(tx.conn, &searched.to)?;
        let changed = events.len();
        let [opened, other, resolved] = counts;
        let body = json!({
            "through": searched.to.seq,
            "following": searched.to.sweep_seq,
            "decisions": searched.seen.len(),
            "opened": opened,
            "changed": other,
            "resolved": resolved,
        });
        let subject = Subject::new("late_facts", "all");
        events.push(Event::new("LATE_FACTS_SOUGHT", subject, body));
        Ok(Changed::many(changed, events))
    })?;
    Ok(done.value)
}

/// The findings there are about these decisions, by decision.
fn known(conn: &mut Conn, seen: &[Seen]) -> Result<HashMap<String, FindingRow>, StoreError> {
    const AT_ONCE: usize = 1_000;
    let mut found = HashMap::new();
    for seen in seen.chunks(AT_ONCE) {
        let ids: Vec<String> = seen.iter().map(|it| it.decision_id.clone()).collect();
        let rows = late::of_decisions(conn, &ids)?;
        found.extend(rows.into_iter().map(|row| (row.decision_id.clone(), row)));
    }
    Ok(found)
}

/// One decision: what becomes of its finding, if anything.
fn take(
    tx: &mut Tx<'_>,
    seen: &Seen,
    row: Option<FindingRow>,
    place: usize,
) -> Result<Option<(Step, Event)>, AppError> {
    let state = match &row {
        None => None,
        Some(row) => Some(
            State::parse(&row.state)
                .ok_or_else(|| StoreError::corrupt("a late finding in no known state"))?,
        ),
    };
    let found = state.zip(row.as_ref().map(|row| row.digest_now.as_str()));
    let now = seen.now.as_ref();
    let Some(what) = step(found, now.map(|now| now.digest.as_str())) else {
        return Ok(None);
    };
    let seq = tx.seq + place as i64;
    let is_new = row.is_none();
    let row = match (what, row, now) {
        (Step::Resolve, Some(row), _) => FindingRow {
            state: State::Resolved.as_str().into(),
            seq,
            ..row
        },
        (_, row, Some(now)) => found_row(tx, seen, row, now, what, seq),
        // Neither a finding nor a difference: the step says that nothing happens.
        (_, _, None) => return Ok(None),
    };
    match is_new {
        true => late::insert(tx.conn, &row)?,
        false => late::update(tx.conn, &row)?,
    }
    Ok(Some((what, told(&row, what))))
}

fn found_row(
    tx: &Tx<'_>,
    seen: &Seen,
    row: Option<FindingRow>,
    now: &Now,
    what: Step,
    seq: i64,
) -> FindingRow {
    let now_at = tx.now.naive_utc();
    let found_at = row.as_ref().map_or(now_at, |row| row.found_at);
    FindingRow {
        id: row.map_or_else(|| tx.new_id(), |row| row.id),
        decision_id: seen.decision_id.clone(),
        enterprise_id: seen.enterprise_id.clone(),
        rule_set: seen.rule_set.clone(),
        as_of: seen.as_of,
        effect: now.effect.as_str().into(),
        cause_seq: seen.cause.seq,
        cause_kind: seen.cause.kind.clone(),
        cause_by: seen.cause.by.clone(),
        outcome_then: seen.outcome_then.clone(),
        pool_then: seen.pool_then.clone(),
        digest_then: seen.digest_then.clone(),
        version_now: now.version,
        rule_hash_now: now.rule_hash.clone(),
        outcome_now: now.outcome.clone(),
        pool_now: now.pool.clone(),
        digest_now: now.digest.clone(),
        found_at: if what == Step::Open { now_at } else { found_at },
        state: State::Open.as_str().into(),
        // What was said of it before stands in the ledger; it was said of something else.
        reason: None,
        decided_by: None,
        decided_at: None,
        seq,
    }
}

fn told(row: &FindingRow, what: Step) -> Event {
    let kind = match what {
        Step::Open => "LATE_FINDING_OPENED",
        Step::Change => "LATE_FINDING_CHANGED",
        Step::Resolve => "LATE_FINDING_RESOLVED",
    };
    let body = json!({
        "finding_id": row.id,
        "decision_id": row.decision_id,
        "rule_set": row.rule_set,
        "as_of": row.as_of.to_string(),
        "effect": row.effect,
        "cause_seq": row.cause_seq,
        "outcome_then": row.outcome_then,
        "pool_then": row.pool_then,
        "outcome_now": row.outcome_now,
        "pool_now": row.pool_now,
        "digest_now": row.digest_now,
        "state": row.state,
    });
    Event::new(kind, Subject::enterprise(&row.enterprise_id), body)
}

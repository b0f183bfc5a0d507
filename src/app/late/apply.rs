//! What the search saw, taken into the work list in one change with the place it has reached.

use std::collections::HashMap;

use super::seen::{Now, Seen, Step};
use crate::app::App;
use crate::app::error::AppError;
use crate::domain::event::Event;
use crate::domain::event::pools::LateFactsSought;
use crate::domain::late::{Consequence, State, follows};
use crate::store::late::{self, FindingRow};
use crate::store::typed::Typed;
use crate::store::{Changed, Conn, Job, Stamp, StoreError, Tx};

/// Tells how many findings were opened, changed or resolved.
pub(super) fn apply(app: &App, searched: Step) -> Result<usize, AppError> {
    let stamp = Stamp::job(Job::Clockwork);
    let done = app.store.write(&stamp, move |tx| -> Result<_, AppError> {
        // Somebody else may have been faster.
        if late::cursor(tx.conn)? != searched.from {
            return Ok(Changed::unchanged(0));
        }
        let mut known = known(tx.conn, &searched.seen)?;
        let mut counts = [0usize; 3];
        for seen in &searched.seen {
            let row = known.remove(&seen.decision_id);
            if let Some(what) = take(tx, seen, row)? {
                counts[what as usize] += 1;
            }
        }
        late::set_cursor(tx.conn, &searched.to)?;
        let [opened, changed, resolved] = counts;
        let seq = tx.tell(Event::LateFactsSought(LateFactsSought {
            search: "all".into(),
            through: searched.to.seq,
            following: searched.to.sweep_seq,
            after: searched.to.sweep_after,
            decisions: searched.seen.len(),
            opened,
            changed,
            resolved,
        }))?;
        Ok(Changed::new(opened + changed + resolved, seq))
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
) -> Result<Option<Consequence>, AppError> {
    let found = row
        .as_ref()
        .map(|row| (*row.state, row.digest_now.as_str()));
    let now = seen.now.as_ref();
    let Some(what) = follows(found, now.map(|now| now.digest.as_str())) else {
        return Ok(None);
    };
    let is_new = row.is_none();
    let mut row = match (what, row, now) {
        (Consequence::Resolve, Some(row), _) => FindingRow {
            state: State::Resolved.into(),
            ..row
        },
        (_, row, Some(now)) => found_row(tx, seen, row, now, what),
        // Neither a finding nor a difference: the step says that nothing happens.
        (_, _, None) => return Ok(None),
    };
    let event = match what {
        Consequence::Open => Event::LateFindingOpened,
        Consequence::Change => Event::LateFindingChanged,
        Consequence::Resolve => Event::LateFindingResolved,
    };
    row.seq = tx.tell(event(row.told()))?.get();
    match is_new {
        true => late::insert(tx.conn, &row)?,
        false => late::update(tx.conn, &row)?,
    }
    Ok(Some(what))
}

fn found_row(
    tx: &Tx<'_>,
    seen: &Seen,
    row: Option<FindingRow>,
    now: &Now,
    what: Consequence,
) -> FindingRow {
    let now_at = tx.now.naive_utc();
    let found_at = row.as_ref().map_or(now_at, |row| row.found_at);
    FindingRow {
        id: row.map_or_else(|| tx.new_id(), |row| row.id),
        decision_id: seen.decision_id.clone(),
        enterprise_id: seen.enterprise_id.clone(),
        rule_set: seen.rule_set.clone(),
        as_of: seen.as_of,
        effect: now.effect.into(),
        cause_seq: seen.cause.seq,
        cause_kind: seen.cause.kind.clone(),
        cause_by: seen.cause.by.clone(),
        outcome_then: seen.outcome_then.into(),
        pool_then: seen.pool_then.map(Typed),
        digest_then: seen.digest_then.clone(),
        version_now: now.version,
        rule_hash_now: now.rule_hash.clone(),
        outcome_now: now.outcome.into(),
        pool_now: now.pool.map(Typed),
        digest_now: now.digest.clone(),
        found_at: if what == Consequence::Open {
            now_at
        } else {
            found_at
        },
        state: State::Open.into(),
        // What was said of it before stands in the ledger; it was said of something else.
        reason: None,
        decided_by: None,
        decided_at: None,
        seq: 0,
    }
}

//! What a chunk came to, and how it is recorded: decisions that changed, proposals, and failure counters.

use std::collections::HashMap;

use serde_json::json;

use super::judge::Judged;
use super::load::{Candidate, View};
use super::meanwhile::{SeenAs, leave_out};
use crate::app::error::AppError;
use crate::app::movement::{Grounds, put_into_effect};
use crate::app::{App, rules};
use crate::domain::decision::Kept;
use crate::domain::evaluate::ENGINE_VERSION;
use crate::domain::ledger::{Event, Subject};
use crate::domain::movement::State;
use crate::domain::pool::{Member, Movement};
use crate::domain::rules::model::Body;
use crate::store::assessments::{self, DecisionRow};
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::{self, MovementRow};
use crate::store::{Changed, Stamp, Tx};

/// What a run keeps in mind from chunk to chunk.
pub(super) struct Course {
    /// None for a preview.
    pub run_id: Option<String>,
    pub run_no: i64,
    pub yearly: bool,
    pub rules: rules::InForce,
    pub view: View,
}

/// What a chunk leads to. Enterprises for which nothing changes are not in it.
#[derive(Default)]
pub(super) struct Proposed {
    decisions: Vec<DecisionRow>,
    pub movements: Vec<MovementRow>,
    /// Open proposals that a new result has overtaken.
    pub overtaken: Vec<MovementRow>,
    /// Memberships whose failure counter moved.
    pub counted: Vec<MembershipRow>,
    /// The membership and the open movement on which these rest, by enterprise.
    pub stood: HashMap<String, (SeenAs, SeenAs)>,
}

/// By whom movements are approved where the rule set asks for no hand.
const AUTOMATIC: &str = "system:automatic";

/// Turns verdicts into rows. Ids, sequences and instants are filled in when they are recorded.
pub(super) fn proposals(course: &Course, judged: Vec<Judged<'_>>) -> Proposed {
    let mut proposed = Proposed::default();
    for it in judged {
        let Judged {
            candidate,
            assessment,
            decision,
        } = it;
        let decision_id = match (&decision, &candidate.head) {
            (None, Some(head)) => Some(head.decision_id.clone()),
            _ => None,
        };
        if let Some(decision) = decision {
            let row = decision_row(course, &candidate, decision);
            proposed.decisions.push(row);
        }
        if let Some(row) = counted(&candidate, assessment.member) {
            proposed.stand(&candidate);
            proposed.counted.push(row);
        }
        proposed.follow(course, candidate, assessment.movement, decision_id);
    }
    proposed
}

impl Proposed {
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> + '_ {
        self.movements.iter().map(|row| row.kind.as_str())
    }

    pub(super) fn newly_at_risk(&self) -> usize {
        self.counted.iter().filter(|row| row.failures == 1).count()
    }

    fn stand(&mut self, candidate: &Candidate) {
        let member = candidate.membership.as_ref();
        let open = candidate.open_movement.as_ref();
        let seen = (
            member.map(|row| (row.id.clone(), row.seq)),
            open.map(|row| (row.id.clone(), row.seq)),
        );
        self.stood.insert(candidate.id.clone(), seen);
    }

    fn is_empty(&self) -> bool {
        self.decisions.is_empty()
            && self.movements.is_empty()
            && self.overtaken.is_empty()
            && self.counted.is_empty()
    }

    /// A proposal already on its way stays if the result is the same; one that is not yet approved gives way to another.
    fn follow(
        &mut self,
        course: &Course,
        candidate: Candidate,
        movement: Option<Movement<'_>>,
        decision_id: Option<String>,
    ) {
        let open = candidate.open_movement.as_ref();
        let by_hand = open.is_some_and(|row| row.run_id.is_none());
        let approved = open.is_some_and(|row| row.state == State::Approved.as_str());
        let same = match (open, &movement) {
            (Some(row), Some(movement)) => {
                row.kind == movement.kind.as_str()
                    && row.to_pool.as_deref() == movement.to.map(|it| it.as_str())
            }
            _ => false,
        };
        if same || by_hand || approved {
            return;
        }
        if movement.is_some() || open.is_some() {
            self.stand(&candidate);
        }
        if let Some(movement) = movement {
            self.movements
                .push(movement_row(course, &candidate, &movement, decision_id));
        }
        self.overtaken.extend(candidate.open_movement);
    }
}

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

fn decision_row(course: &Course, candidate: &Candidate, decision: Kept) -> DecisionRow {
    DecisionRow {
        id: String::new(),
        enterprise_id: candidate.id.clone(),
        rule_set: course.rules.set.code.clone(),
        rule_version: course.rules.version,
        rule_hash: course.rules.set.hash.clone(),
        run_no: course.run_no,
        as_of: course.view.reading.as_of,
        known_at: course.view.reading.known_at.naive_utc(),
        outcome: decision.outcome.into(),
        pool: decision.pool.map(String::from),
        digest: decision.digests.placing,
        inputs: decision.inputs,
        result: decision.result,
        hash: decision.hash,
        seq: 0,
        known_seq: course.view.reading.known_seq,
        engine_version: ENGINE_VERSION,
        inputs_hash: decision.inputs_hash,
        moves_digest: decision.digests.moves,
    }
}

fn movement_row(
    course: &Course,
    candidate: &Candidate,
    movement: &Movement<'_>,
    decision_id: Option<String>,
) -> MovementRow {
    MovementRow {
        id: String::new(),
        enterprise_id: candidate.id.clone(),
        district_code: candidate.district_code.clone(),
        kind: movement.kind.as_str().into(),
        from_pool: movement.from.map(|it| it.as_str().into()),
        to_pool: movement.to.map(|it| it.as_str().into()),
        exit_reason: movement.reason.map(|it| it.as_str().into()),
        state: State::Proposed.as_str().into(),
        decision_id,
        run_id: course.run_id.clone(),
        failed_criteria: json!(movement.failed).to_string(),
        proposed_by: String::new(),
        proposed_at: course.view.reading.known_at.naive_utc(),
        endorsed_by: None,
        endorsed_at: None,
        decided_by: None,
        decided_at: None,
        reason: None,
        effective_on: None,
        until: None,
        extension: false,
        seq: 0,
    }
}

/// The membership with its counter moved, if it moved.
fn counted(candidate: &Candidate, after: Option<Member>) -> Option<MembershipRow> {
    let (row, after) = (candidate.membership.as_ref()?, after?);
    let failures = i32::try_from(after.failures).unwrap_or(i32::MAX);
    if failures == row.failures {
        return None;
    }
    let as_of = candidate.profile.as_of();
    Some(MembershipRow {
        failures,
        last_yearly: after.last_yearly,
        at_risk_since: after.at_risk().then(|| row.at_risk_since.unwrap_or(as_of)),
        ..row.clone()
    })
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

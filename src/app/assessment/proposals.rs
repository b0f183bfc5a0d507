//! What a chunk leads to: decisions that changed, proposals, and failure counters, as rows that are not yet recorded.

use std::collections::HashMap;

use serde_json::json;

use super::judge::Judged;
use super::load::{Candidate, View};
use crate::app::rules;
use crate::domain::decision::Kept;
use crate::domain::evaluate::ENGINE_VERSION;
use crate::domain::movement::{Kind, State};
use crate::domain::pool::{Member, Movement};
use crate::store::assessments::DecisionRow;
use crate::store::memberships::MembershipRow;
use crate::store::movements::MovementRow;
use crate::store::typed::Typed;

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
    pub decisions: Vec<DecisionRow>,
    pub movements: Vec<MovementRow>,
    /// Open proposals that a new result has overtaken.
    pub overtaken: Vec<MovementRow>,
    /// Memberships whose failure counter moved.
    pub counted: Vec<MembershipRow>,
    /// The membership and the open movement on which these rest, by enterprise.
    pub stood: HashMap<String, (SeenAs, SeenAs)>,
}

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

    pub fn is_empty(&self) -> bool {
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
        let approved = open.is_some_and(|row| row.state == State::Approved);
        let same = match (open, &movement) {
            (Some(row), Some(movement)) => {
                row.kind == Kind::from(movement.kind) && row.to_pool == movement.to.map(Typed)
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
        pool: decision.pool.map(Typed),
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
        kind: Kind::from(movement.kind).into(),
        from_pool: movement.from.map(Typed),
        to_pool: movement.to.map(Typed),
        exit_reason: movement.reason.map(Typed),
        state: State::Proposed.into(),
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
pub(super) fn counted(candidate: &Candidate, after: Option<Member>) -> Option<MembershipRow> {
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

/// A row in the state in which it was seen.
type SeenAs = Option<(String, i64)>;

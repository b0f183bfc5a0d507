//! What a person decides of movements, one or many, and what follows from it.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::effect::{Grounds, put_into_effect};
use super::past::Past;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::matter::Turn;
use crate::domain::access::{ActOnMovement, Scope};
use crate::domain::event::Event;
use crate::domain::event::pools::MovementTakenBack;
use crate::domain::field_error::{FieldError, keep};
use crate::domain::matter::Hand;
use crate::domain::movement::{PROCEDURE, State, Verdict, day_is_possible};
use crate::domain::{date, text};
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::{self, MovementRow};
use crate::store::{Seq, Tx};

// What a person decides of a movement.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct MovementDecision {
    /// `ENDORSE` (区级初审), `APPROVE` (市级审核) or `REJECT`. Whoever made a step does not make the next; as long as nobody
    /// has made it, `TAKE_BACK` (撤回) undoes the own one.
    #[schema(example = "ENDORSE")]
    pub verdict: String,
    /// Needed to reject.
    pub reason: Option<String>,
    /// With `APPROVE`: the first day of the new standing; today if not given.
    #[schema(example = "2026-07-01")]
    pub effective_on: Option<String>,
}

struct Decision {
    reason: Option<String>,
    effective_on: Option<NaiveDate>,
}

/// What a decision of some movements came to.
#[derive(Default)]
pub(super) struct Taken {
    pub rows: Vec<MovementRow>,
    /// With the place of the movement in the list.
    pub refusals: Vec<(usize, AppError)>,
    /// Where the last step is told.
    pub last: Option<Seq>,
}

/// One decision by one person, taken of one movement or of many.
pub(super) struct Steps {
    decision: Decision,
    turn: Turn<State, Verdict>,
    today: NaiveDate,
    scope: Scope,
}

impl Steps {
    pub fn of(
        app: &App,
        caller: &Caller<ActOnMovement>,
        input: &MovementDecision,
    ) -> Result<Steps, AppError> {
        let (verdict, decision) = read(input)?;
        Ok(Steps {
            turn: Turn::of(&PROCEDURE, caller, verdict)?,
            decision,
            today: app.env.clock.today(),
            scope: caller.scope().clone(),
        })
    }

    /// Takes the step of each movement, in the order given. They are read and written together, so that many cost few
    /// statements; where one is refused nothing is written.
    pub fn take(&self, tx: &mut Tx<'_>, ids: &[String]) -> Result<Taken, AppError> {
        let found = movements::by_ids(tx.conn, &self.scope, ids)?.into_iter();
        let mut found: HashMap<String, MovementRow> =
            found.map(|row| (row.id.clone(), row)).collect();
        let grounds = match self.turn.action {
            Verdict::Approve => Grounds::of(tx.conn, found.values())?,
            Verdict::Endorse | Verdict::Reject | Verdict::TakeBack => Grounds::default(),
        };
        let past = match self.turn.action {
            Verdict::TakeBack => Past::of(tx, found.values())?,
            Verdict::Endorse | Verdict::Approve | Verdict::Reject => Past::default(),
        };
        let mut taken = Taken::default();
        let mut states = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            let row = found.remove(id).ok_or(AppError::NotFound);
            let step = row.and_then(|row| match self.turn.action {
                Verdict::TakeBack => self.take_back(tx, &row, &past),
                _ => self.one(tx, row, &grounds, &mut states),
            });
            match step {
                Ok((row, seq)) => {
                    taken.rows.push(row);
                    taken.last = Some(seq);
                }
                Err(refusal) => taken.refusals.push((place, refusal)),
            }
        }
        if taken.refusals.is_empty() {
            memberships::record_all(tx.conn, &states)?;
            movements::update_all(tx.conn, &taken.rows)?;
        }
        Ok(taken)
    }

    fn one(
        &self,
        tx: &mut Tx<'_>,
        mut row: MovementRow,
        grounds: &Grounds,
        states: &mut Vec<MembershipRow>,
    ) -> Result<(MovementRow, Seq), AppError> {
        let next = self.turn.take(*row.state, &hands(&row))?;
        note(tx, &mut row, next, &self.decision);
        if next == State::Approved {
            let day = self.decision.effective_on.or(row.effective_on);
            let day = day.unwrap_or(self.today);
            day_is_possible(day, grounds.bounds(&row)?, self.today)
                .map_err(|fault| AppError::invalid(fault.at("/effective_on")))?;
            row.effective_on = Some(day);
        }
        let mut seq = tx.tell(Event::MovementDecided(row.told()))?;
        row.seq = seq.get();
        if next == State::Approved && row.effective_on.is_some_and(|day| day <= self.today) {
            seq = put_into_effect(tx, grounds, &mut row, states)?;
        }
        Ok((row, seq))
    }

    /// It stands as it did before its last step, the reason and the day of that step gone with it. On its day a movement is
    /// as good as in effect, whenever the clocked work comes to it.
    fn take_back(
        &self,
        tx: &mut Tx<'_>,
        row: &MovementRow,
        past: &Past,
    ) -> Result<(MovementRow, Seq), AppError> {
        let state = self.turn.take(*row.state, &hands(row))?;
        let approved = *row.state == State::Approved;
        if approved && row.effective_on.is_some_and(|day| day <= self.today) {
            return Err(AppError::Conflict {
                code: PROCEDURE.not_now,
                allowed_transitions: Vec::new(),
            });
        }
        let mut row = past.back_in(row, state)?;
        let seq = tx.tell(Event::MovementTakenBack(MovementTakenBack {
            enterprise_id: row.enterprise_id.clone(),
            movement: row.told(),
            why: self.decision.reason.clone(),
        }))?;
        row.seq = seq.get();
        Ok((row, seq))
    }
}

fn hands(row: &MovementRow) -> Vec<(Hand, &str)> {
    let later = [
        (Hand::Endorser, &row.endorsed_by),
        (Hand::Decider, &row.decided_by),
    ];
    let later = later
        .into_iter()
        .filter_map(|(hand, who)| Some((hand, who.as_deref()?)));
    [(Hand::Maker, row.proposed_by.as_str())]
        .into_iter()
        .chain(later)
        .collect()
}

fn read(input: &MovementDecision) -> Result<(Verdict, Decision), AppError> {
    let mut errors = Vec::new();
    let verdict = Verdict::parse(&input.verdict);
    if verdict.is_none() {
        errors.push(FieldError::new("/verdict", "movement.verdict_unknown"));
    }
    let reason = input
        .reason
        .as_deref()
        .map(|raw| text::plain(raw, 1, 1_000))
        .transpose();
    let reason = keep(reason, "/reason", &mut errors).flatten();
    if verdict == Some(Verdict::Reject) && input.reason.is_none() {
        errors.push(FieldError::new("/reason", "decision.reason_required"));
    }
    let day = input.effective_on.as_deref().map(date::parse).transpose();
    let effective_on = keep(day, "/effective_on", &mut errors).flatten();
    if input.effective_on.is_some() && verdict.is_some_and(|it| it != Verdict::Approve) {
        errors.push(FieldError::new("/effective_on", "movement.day_needless"));
    }
    match verdict {
        Some(verdict) if errors.is_empty() => Ok((
            verdict,
            Decision {
                reason,
                effective_on,
            },
        )),
        _ => Err(AppError::Invalid { errors }),
    }
}

fn note(tx: &Tx<'_>, row: &mut MovementRow, next: State, decision: &Decision) {
    row.state = next.into();
    if decision.reason.is_some() {
        row.reason = decision.reason.clone();
    }
    if next == State::Endorsed {
        row.endorsed_by = Some(tx.actor.into());
        row.endorsed_at = Some(tx.now.naive_utc());
    } else {
        row.decided_by = Some(tx.actor.into());
        row.decided_at = Some(tx.now.naive_utc());
    }
}

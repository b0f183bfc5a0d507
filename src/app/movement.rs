//! Movements between pools (移库): reading proposals, deciding them, and putting approved ones into effect.

mod batch;
mod effect;
mod overriding;
mod past;
mod query;

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::access::{
    ActOnMovement, DecideMovement, EndorseMovement, ReadAssessments, Role, RunAssessment, Scope,
};
use crate::domain::at::At;
use crate::domain::date;
use crate::domain::field_error::{FieldError, keep};
use crate::domain::ledger::{Event, Subject};
use crate::domain::movement::{self as step, Level, Makers, Refusal, State, Verdict};
use crate::domain::text;
use crate::store::memberships::{self, MembershipRow};
use crate::store::movements::{self, MovementRow, Named};
use crate::store::{Changed, StoreError, Tx};

use super::caller::Caller;
use super::error::AppError;
use super::shown::{Day, Instant, Versioned};
use super::{App, Done};

pub use batch::{DecidedMovement, DecidedMovements, MOST_AT_ONCE, MovementDecisions, decide_all};
pub(super) use effect::{Grounds, put_into_effect};
pub use overriding::{MembershipOverride, propose_override};
pub use query::{MovementQuery, Movements};

/// A change of pool (移库) on its way: proposed, endorsed by the district, approved by the city, in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolMovement {
    pub id: String,
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub name: String,
    /// Where the enterprise lies now: that district endorses.
    pub district_code: String,
    /// `ADMISSION`, `PROMOTION`, `DEMOTION`, `EXIT`, `GRADUATION` or `RETENTION`.
    #[schema(example = "PROMOTION")]
    pub kind: String,
    pub from_pool: Option<String>,
    pub to_pool: Option<String>,
    /// `TIMED_OUT`, `EXCLUDED`, `DEREGISTERED`, `MOVED_OUT` or `DEMOTED`.
    pub exit_reason: Option<String>,
    /// `PROPOSED`, `ENDORSED`, `APPROVED`, `EFFECTIVE`, `REJECTED` or `SUPERSEDED`.
    #[schema(example = "PROPOSED")]
    pub state: String,
    /// The verdicts the state allows.
    pub allowed_transitions: Vec<String>,
    /// Why: its receipt is at `/v1/decisions/{id}`. Null for an override.
    pub decision_id: Option<String>,
    /// The run that proposed it; null for an override.
    pub run_id: Option<String>,
    /// Ids of the criteria that moved it.
    pub failed_criteria: Vec<String>,
    pub proposed_by: String,
    pub proposed_at: Instant,
    pub endorsed_by: Option<String>,
    pub endorsed_at: Option<Instant>,
    pub decided_by: Option<String>,
    pub decided_at: Option<Instant>,
    pub reason: Option<String>,
    /// The first day of the new standing.
    pub effective_on: Option<Day>,
    /// The last day of an override.
    pub until: Option<Day>,
}

// What a person decides of a movement.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct MovementDecision {
    /// `ENDORSE` (区级初审), `APPROVE` (市级审核) or `REJECT`. Whoever made a step does not make the next.
    #[schema(example = "ENDORSE")]
    pub verdict: String,
    /// Needed to reject.
    pub reason: Option<String>,
    /// With `APPROVE`: the first day of the new standing; today if not given.
    #[schema(example = "2026-07-01")]
    pub effective_on: Option<String>,
}

pub fn get(
    app: &App,
    caller: &Caller<ReadAssessments>,
    id: &str,
) -> Result<Versioned<PoolMovement>, AppError> {
    app.store.read(|conn| {
        let row = movements::by_id(conn, caller.scope(), id)?.ok_or(AppError::NotFound)?;
        Ok(named(conn, row)?)
    })
}

/// As it stood by what was known at an instant, seen from a day.
pub fn get_at(
    app: &App,
    caller: &Caller<ReadAssessments>,
    id: &str,
    at: At,
) -> Result<Versioned<PoolMovement>, AppError> {
    app.store.read(|conn| {
        let row = movements::by_id(conn, caller.scope(), id)?.ok_or(AppError::NotFound)?;
        let row = past::as_known(conn, &row, at)?.ok_or(AppError::NotFound)?;
        Ok(named(conn, row)?)
    })
}

/// Endorses, approves or rejects. An approved movement whose day has come takes effect in the same change.
pub fn decide(
    app: &App,
    caller: &Caller<ActOnMovement>,
    id: &str,
    input: &MovementDecision,
) -> Result<Done<Versioned<PoolMovement>>, AppError> {
    let steps = Steps::of(app, caller, input)?;
    let id = id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let Taken {
            rows,
            refusals,
            events,
        } = steps.take(tx, &[id])?;
        if let Some((_, refusal)) = refusals.into_iter().next() {
            return Err(refusal);
        }
        let row = rows.into_iter().next().ok_or(AppError::NotFound)?;
        Ok(Changed::many(named(tx.conn, row)?, events))
    })
}

/// Puts approved movements into effect whose day has come; tells how many.
pub fn apply_due(
    app: &App,
    caller: &Caller<RunAssessment>,
    today: NaiveDate,
) -> Result<usize, AppError> {
    const AT_ONCE: i64 = 500;
    let mut applied = 0;
    loop {
        let done = app
            .store
            .write(&caller.stamp(), move |tx| -> Result<_, AppError> {
                let mut due = movements::due(tx.conn, today, AT_ONCE)?;
                let grounds = Grounds::of(tx.conn, &due)?;
                let (mut events, mut states) = (Vec::new(), Vec::new());
                for (place, row) in due.iter_mut().enumerate() {
                    events.push(put_into_effect(tx, &grounds, row, place, &mut states)?);
                }
                memberships::record_all(tx.conn, &states)?;
                movements::update_all(tx.conn, &due)?;
                Ok(Changed::many(due.len(), events))
            })?;
        applied += done.value;
        if (done.value as i64) < AT_ONCE {
            return Ok(applied);
        }
    }
}

struct Decision {
    verdict: Verdict,
    reason: Option<String>,
    effective_on: Option<NaiveDate>,
}

/// What a decision of some movements came to.
#[derive(Default)]
struct Taken {
    rows: Vec<MovementRow>,
    /// With the place of the movement in the list.
    refusals: Vec<(usize, AppError)>,
    events: Vec<Event>,
}

/// One decision by one person, taken of one movement or of many.
struct Steps {
    decision: Decision,
    level: Level,
    today: NaiveDate,
    scope: Scope,
}

impl Steps {
    fn of(
        app: &App,
        caller: &Caller<ActOnMovement>,
        input: &MovementDecision,
    ) -> Result<Steps, AppError> {
        let decision = read(input)?;
        Ok(Steps {
            level: level(caller, decision.verdict)?,
            decision,
            today: app.env.clock.today(),
            scope: caller.scope().clone(),
        })
    }

    /// Takes the step of each movement, in the order given. They are read and written together, so that many cost few
    /// statements; where one is refused nothing is written.
    fn take(&self, tx: &mut Tx<'_>, ids: &[String]) -> Result<Taken, AppError> {
        let found = movements::by_ids(tx.conn, &self.scope, ids)?.into_iter();
        let mut found: HashMap<String, MovementRow> =
            found.map(|row| (row.id.clone(), row)).collect();
        let grounds = match self.decision.verdict {
            Verdict::Approve => Grounds::of(tx.conn, found.values())?,
            Verdict::Endorse | Verdict::Reject => Grounds::default(),
        };
        let mut taken = Taken::default();
        let mut states = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            let row = found.remove(id).ok_or(AppError::NotFound);
            let decided =
                row.and_then(|row| self.one(tx, row, &grounds, &mut taken.events, &mut states));
            match decided {
                Ok(row) => taken.rows.push(row),
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
        tx: &Tx<'_>,
        mut row: MovementRow,
        grounds: &Grounds,
        events: &mut Vec<Event>,
        states: &mut Vec<MembershipRow>,
    ) -> Result<MovementRow, AppError> {
        let state = State::parse(&row.state)
            .ok_or_else(|| StoreError::corrupt("a movement in no known state"))?;
        let makers = Makers {
            proposed_by: &row.proposed_by,
            endorsed_by: row.endorsed_by.as_deref(),
        };
        let verdict = self.decision.verdict;
        let next = step::decide(state, verdict, self.level, tx.actor, makers).map_err(refused)?;
        note(tx, &mut row, next, &self.decision);
        if next == State::Approved {
            let day = self.decision.effective_on.or(row.effective_on);
            let day = day.unwrap_or(self.today);
            step::day_is_possible(day, grounds.bounds(&row)?, self.today)
                .map_err(|fault| AppError::invalid(fault.at("/effective_on")))?;
            row.effective_on = Some(day);
        }
        row.seq = tx.seq + events.len() as i64;
        events.push(told(&row));
        if next == State::Approved && row.effective_on.is_some_and(|day| day <= self.today) {
            let place = events.len();
            events.push(put_into_effect(tx, grounds, &mut row, place, states)?);
        }
        Ok(row)
    }
}

fn read(input: &MovementDecision) -> Result<Decision, AppError> {
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
        Some(verdict) if errors.is_empty() => Ok(Decision {
            verdict,
            reason,
            effective_on,
        }),
        _ => Err(AppError::Invalid { errors }),
    }
}

/// The permission of the step is asked here, since one route serves all three.
fn level(caller: &Caller<ActOnMovement>, verdict: Verdict) -> Result<Level, AppError> {
    match (verdict, caller.role()) {
        (Verdict::Endorse, _) => caller.also::<EndorseMovement>().map(|_| Level::District),
        (Verdict::Approve, _) => caller.also::<DecideMovement>().map(|_| Level::City),
        (Verdict::Reject, Some(Role::DistrictOfficer)) => Ok(Level::District),
        (Verdict::Reject, _) => caller.also::<DecideMovement>().map(|_| Level::City),
    }
}

fn refused(refusal: Refusal) -> AppError {
    match refusal {
        Refusal::NotNow(allowed_transitions) => AppError::Conflict {
            code: "movement.not_now",
            allowed_transitions,
        },
        Refusal::MakerIsChecker => AppError::conflict("movement.maker_is_checker"),
        Refusal::NotYours => AppError::Forbidden {
            code: "auth.forbidden",
        },
    }
}

fn note(tx: &Tx<'_>, row: &mut MovementRow, next: State, decision: &Decision) {
    row.state = next.as_str().into();
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

fn told(row: &MovementRow) -> Event {
    let body = json!({
        "movement_id": row.id,
        "kind": row.kind,
        "from_pool": row.from_pool,
        "to_pool": row.to_pool,
        "state": row.state,
        "reason": row.reason,
        "effective_on": row.effective_on.map(|day| day.to_string()),
    });
    Event::new(
        "MOVEMENT_DECIDED",
        Subject::enterprise(&row.enterprise_id),
        body,
    )
}

fn named(
    conn: &mut crate::store::Conn,
    row: MovementRow,
) -> Result<Versioned<PoolMovement>, StoreError> {
    view(movements::with_name(conn, row)?)
}

fn view(found: Named) -> Result<Versioned<PoolMovement>, StoreError> {
    let Named {
        row,
        uscc,
        name,
        district_code,
    } = found;
    let state = State::parse(&row.state)
        .ok_or_else(|| StoreError::corrupt("a movement in no known state"))?;
    let version = row.seq;
    let record = PoolMovement {
        allowed_transitions: step::allowed(state).into_iter().map(String::from).collect(),
        failed_criteria: serde_json::from_str(&row.failed_criteria).map_err(StoreError::corrupt)?,
        id: row.id,
        uscc,
        name,
        district_code,
        kind: row.kind,
        from_pool: row.from_pool,
        to_pool: row.to_pool,
        exit_reason: row.exit_reason,
        state: row.state,
        decision_id: row.decision_id,
        run_id: row.run_id,
        proposed_by: row.proposed_by,
        proposed_at: row.proposed_at.into(),
        endorsed_by: row.endorsed_by,
        endorsed_at: row.endorsed_at.map(Instant::from),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(Instant::from),
        reason: row.reason,
        effective_on: row.effective_on.map(Day),
        until: row.until.map(Day),
    };
    Ok(Versioned { version, record })
}

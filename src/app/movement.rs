//! Movements between pools (移库): reading proposals, deciding them, and putting approved ones into effect.

mod batch;
mod effect;
mod overriding;
mod past;
mod query;
mod steps;
mod view;

use chrono::NaiveDate;

use crate::domain::access::{ActOnMovement, ReadAssessments, RunAssessment};
use crate::domain::at::At;
use crate::store::{Changed, memberships, movements};

use super::caller::Caller;
use super::error::AppError;
use super::shown::Versioned;
use super::{App, Done};

pub use batch::{DecidedMovement, DecidedMovements, MOST_AT_ONCE, MovementDecisions, decide_all};
pub(super) use effect::{Grounds, put_into_effect};
pub use overriding::{MembershipOverride, propose_override};
pub use query::{MovementQuery, Movements};
pub use steps::MovementDecision;
pub use view::PoolMovement;

use steps::{Steps, Taken};
use view::named;

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
            last,
        } = steps.take(tx, &[id])?;
        if let Some((_, refusal)) = refusals.into_iter().next() {
            return Err(refusal);
        }
        let row = rows.into_iter().next().ok_or(AppError::NotFound)?;
        Ok(Changed::perhaps(named(tx.conn, row)?, last))
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
                let (mut last, mut states) = (None, Vec::new());
                for row in &mut due {
                    last = Some(put_into_effect(tx, &grounds, row, &mut states)?);
                }
                memberships::record_all(tx.conn, &states)?;
                movements::update_all(tx.conn, &due)?;
                Ok(Changed::perhaps(due.len(), last))
            })?;
        applied += done.value;
        if (done.value as i64) < AT_ONCE {
            return Ok(applied);
        }
    }
}

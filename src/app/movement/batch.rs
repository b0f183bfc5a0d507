//! One decision of many movements: all of them are decided, or none.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::steps::{MovementDecision, Steps, Taken};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::shown::Day;
use crate::app::{App, Done};
use crate::domain::access::ActOnMovement;
use crate::domain::field_error::{Fault, FieldError};
use crate::store::Changed;

/// As many as a page lists.
pub const MOST_AT_ONCE: usize = 200;

/// One decision of many movements.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct MovementDecisions {
    /// Ids, at most 200. All of them are decided, or none; those that do not allow the step are named.
    pub movements: Vec<String>,
    /// `ENDORSE` (区级初审), `APPROVE` (市级审核), `REJECT` or `TAKE_BACK` (撤回).
    #[schema(example = "ENDORSE")]
    pub verdict: String,
    /// Needed to reject.
    pub reason: Option<String>,
    /// With `APPROVE`: the first day of the new standing; today if not given.
    #[schema(example = "2026-07-01")]
    pub effective_on: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecidedMovements {
    pub items: Vec<DecidedMovement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecidedMovement {
    pub id: String,
    #[schema(example = "ENDORSED")]
    pub state: String,
    pub effective_on: Option<Day>,
}

/// Each step is checked as if it were taken alone; every movement that does not allow it is named.
pub fn decide_all(
    app: &App,
    caller: &Caller<ActOnMovement>,
    input: &MovementDecisions,
) -> Result<Done<DecidedMovements>, AppError> {
    let decision = MovementDecision {
        verdict: input.verdict.clone(),
        reason: input.reason.clone(),
        effective_on: input.effective_on.clone(),
    };
    let steps = Steps::of(app, caller, &decision)?;
    let ids = input.movements.clone();
    check(&ids)?;
    app.store.write(&caller.stamp(), move |tx| {
        let Taken {
            rows,
            refusals,
            last,
        } = steps.take(tx, &ids)?;
        if !refusals.is_empty() {
            let errors = refusals
                .into_iter()
                .map(|(place, refusal)| at(place, refusal));
            let errors = errors.collect::<Result<_, _>>()?;
            return Err(AppError::Invalid { errors });
        }
        let decided = rows.into_iter().map(|row| DecidedMovement {
            id: row.id,
            state: row.state.to_string(),
            effective_on: row.effective_on.map(Day),
        });
        let decided = DecidedMovements {
            items: decided.collect(),
        };
        Ok(Changed::perhaps(decided, last))
    })
}

fn check(ids: &[String]) -> Result<(), AppError> {
    if !(1..=MOST_AT_ONCE).contains(&ids.len()) {
        let fault = Fault::new("movement.batch_size").with("max", MOST_AT_ONCE);
        return Err(AppError::invalid(fault.at("/movements")));
    }
    let repeated = (0..ids.len()).filter(|place| ids[..*place].contains(&ids[*place]));
    let errors: Vec<FieldError> = repeated
        .map(|place| FieldError::new(format!("/movements/{place}"), "movement.batch_repeated"))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(AppError::Invalid { errors }),
    }
}

/// The refusal of one step, at its place in the list. What is no refusal of the step ends the whole.
fn at(place: usize, refusal: AppError) -> Result<FieldError, AppError> {
    let pointer = format!("/movements/{place}");
    match refusal {
        AppError::NotFound => Ok(FieldError::new(pointer, "request.not_found")),
        AppError::Conflict { code, .. } | AppError::Forbidden { code } => {
            Ok(FieldError::new(pointer, code))
        }
        AppError::Invalid { mut errors } if !errors.is_empty() => Ok(FieldError {
            pointer,
            ..errors.swap_remove(0)
        }),
        other => Err(other),
    }
}

//! Lists of movements: oldest first, filtered by what staff look for.

use super::{MovementView, view};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::ReadAssessments;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::movement::State;
use crate::domain::pool::MoveKind;
use crate::domain::uscc::Uscc;
use crate::store::enterprises;
use crate::store::movements::{self, Filter};

/// What a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovementQuery {
    pub state: Option<String>,
    pub kind: Option<String>,
    pub district_code: Option<String>,
    /// Proposed by this run.
    pub run_id: Option<String>,
    pub uscc: Option<String>,
}

/// By id, and so in the order in which they were proposed; in the caller's scope.
pub fn list(
    app: &App,
    caller: &Caller<ReadAssessments>,
    query: &MovementQuery,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<MovementView>, AppError> {
    app.store.read(|conn| {
        let enterprise_id = match query.uscc.as_deref() {
            None => None,
            Some(uscc) => match enterprises::by_uscc(conn, caller.scope(), uscc)? {
                Some(enterprise) => Some(enterprise.id),
                // What is not seen has no movements either.
                None => return Ok(Vec::new()),
            },
        };
        let filter = Filter {
            state: query.state.clone(),
            kind: query.kind.clone(),
            district_code: query.district_code.clone(),
            run_id: query.run_id.clone(),
            enterprise_id,
        };
        let rows = movements::list(conn, caller.scope(), &filter, after, limit as i64)?;
        rows.into_iter()
            .map(|it| view(it).map_err(AppError::from))
            .collect()
    })
}

impl MovementQuery {
    /// Tells every filter that names nothing there is: an empty list would hide the slip.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let states = State::ALL.map(State::as_str);
        check_choice(&self.state, "/state", &states, &mut errors);
        check_choice(&self.kind, "/kind", &KINDS, &mut errors);
        if let Some(code) = &self.district_code {
            let known = codes::district(code).map(|_| ());
            keep(known, "/district_code", &mut errors);
        }
        if self.run_id.as_deref().is_some_and(|id| !is_id(id)) {
            errors.push(FieldError::new("/run_id", "field.invalid"));
        }
        if let Some(uscc) = &self.uscc {
            keep(Uscc::exactly(uscc), "/uscc", &mut errors);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

/// What a run proposes, and what a person does who keeps a member in its pool.
const KINDS: [&str; 6] = [
    MoveKind::Admission.as_str(),
    MoveKind::Promotion.as_str(),
    MoveKind::Demotion.as_str(),
    MoveKind::Exit.as_str(),
    MoveKind::Graduation.as_str(),
    "RETENTION",
];

fn check_choice(
    given: &Option<String>,
    pointer: &str,
    choices: &[&str],
    errors: &mut Vec<FieldError>,
) {
    if given.as_deref().is_some_and(|it| !choices.contains(&it)) {
        let fault = Fault::new("field.choice").with("choices", choices.join(", "));
        errors.push(fault.at(pointer));
    }
}

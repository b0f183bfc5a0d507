//! The life of a rule set (规则集管理): a version is drafted, tested, approved by somebody else and published from a day; a rule
//! set is retired. Staff own the rules; nothing here asks for a programmer.

mod approval;
mod cases;
mod differences;
mod draft;
mod gate;
mod publication;
mod retirement;
mod testing;

use crate::domain::drafting::life::{self, State, Step};
use crate::store::rule_drafts::{self, DraftRow};
use crate::store::{Conn, StoreError, rule_versions};

use super::error::AppError;
use super::rules;

pub use approval::approve;
pub use cases::{CaseView, CasesChanged, add_cases, list_cases, remove_case};
pub use differences::{DifferenceView, differences};
pub use draft::{draft, edit, withdraw};
pub use gate::{FindingView, MissingView, Report};
pub use publication::publish;
pub use retirement::{RetirementView, decide_retirement, retire, retirements};
pub use testing::{TestRunSummary, TestRunView, test, test_run, test_runs};

pub(super) use cases::keep_shipped;

/// The current state of a version that is not only published.
fn find(conn: &mut Conn, code: &str, number: i64) -> Result<DraftRow, AppError> {
    if !rules::is_code(code) {
        return Err(AppError::NotFound);
    }
    if let Some(row) = rule_drafts::current(conn, code, number)? {
        return Ok(row);
    }
    // What came with the program was never a draft.
    match rule_versions::by_number(conn, code, number)? {
        Some(_) => Err(not_now(life::allowed(State::Published))),
        None => Err(AppError::NotFound),
    }
}

fn state(row: &DraftRow) -> Result<State, StoreError> {
    State::parse(&row.state).ok_or_else(|| StoreError::corrupt("a rule version in no known state"))
}

/// The state a step leads to.
fn step(row: &DraftRow, step: Step) -> Result<State, AppError> {
    life::step(state(row)?, step).map_err(not_now)
}

fn not_now(allowed_transitions: Vec<&'static str>) -> AppError {
    AppError::Conflict {
        code: "rule_version.not_now",
        allowed_transitions,
    }
}

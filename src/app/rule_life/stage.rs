//! Where a version stands in its life, and which steps may follow.

use serde_json::Value as Json;

use crate::app::error::AppError;
use crate::app::rules;
use crate::domain::drafting::life::{self, State, Step};
use crate::domain::ledger::{Event, Subject};
use crate::store::rule_drafts::{self, DraftRow};
use crate::store::{Conn, StoreError, Tx, rule_versions};

/// The current state of a version that is not only published.
pub(super) fn find(conn: &mut Conn, code: &str, number: i64) -> Result<DraftRow, AppError> {
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

pub(super) fn state(row: &DraftRow) -> Result<State, StoreError> {
    State::parse(&row.state).ok_or_else(|| StoreError::corrupt("a rule version in no known state"))
}

/// The state a step leads to.
pub(super) fn step(row: &DraftRow, step: Step) -> Result<State, AppError> {
    life::step(state(row)?, step).map_err(not_now)
}

pub(super) fn not_now(allowed_transitions: Vec<&'static str>) -> AppError {
    AppError::Conflict {
        code: "rule_version.not_now",
        allowed_transitions,
    }
}

/// The same version as a draft again, without its approval.
pub fn reopened(tx: &Tx<'_>, before: &DraftRow) -> DraftRow {
    DraftRow {
        state: State::Draft.as_str().into(),
        seq: tx.seq,
        approved_by: None,
        approved_at: None,
        reason: None,
        recorded_at: tx.now.naive_utc(),
        superseded_at: None,
        ..before.clone()
    }
}

pub fn told(kind: &'static str, row: &DraftRow, body: Json) -> Event {
    Event::new(kind, Subject::new("rule_set", &row.code), body)
}

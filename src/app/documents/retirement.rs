//! Retiring a document (废止): from the day after no version is in force. One proposes it, another decides.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Document;
use super::register::Register;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::matter::{Turn, ruling};
use crate::app::shown::{Day, Instant};
use crate::app::{App, Done};
use crate::domain::access::{ApproveRules, PublishRules, ReadRuleDrafts};
use crate::domain::clock::{is_id, legal_day};
use crate::domain::document::life::{RETIREMENT, RetirementState};
use crate::domain::event::Event;
use crate::domain::event::documents::RetirementStands;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::matter::{Hand, Ruling};
use crate::domain::{date, text};
use crate::store::document_retirements::{self, RetirementRow};
use crate::store::{Changed, Conn, Seq, StoreError, Tx};

/// 废止 of a rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Retirement {
    pub id: String,
    #[schema(example = "POOLS_LIFECYCLE")]
    pub code: String,
    /// `PROPOSED`, `APPROVED` (it counts), `REJECTED` or `WITHDRAWN` (by who proposed it).
    #[schema(value_type = String)]
    pub state: RetirementState,
    pub effective_until: Day,
    pub reason: String,
    pub proposed_by: String,
    pub proposed_at: Instant,
    pub decided_by: Option<String>,
    pub decided_at: Option<Instant>,
    pub decision_reason: Option<String>,
}

/// Proposes it; whoever holds the machine needs nobody else. Versions that were waiting for their day come to nothing with
/// it; one that is published afterwards for a later day begins anew.
pub fn retire(
    app: &App,
    caller: &Caller<PublishRules>,
    of: &Document,
    effective_until: Option<&str>,
    reason: Option<&str>,
) -> Result<Done<Retirement>, AppError> {
    let (effective_until, reason) = read(effective_until, reason)?;
    let acts_alone = caller.role().is_none();
    let of = of.clone();
    app.store.write(&caller.stamp(), move |tx| {
        if let Some(first) = begun(tx, &of)?.filter(|first| effective_until < *first) {
            let fault = Fault::new("rule_retirement.before_it_began").with("first", first);
            return Err(AppError::invalid(fault.at("/effective_until")));
        }
        let mut row = RetirementRow {
            id: tx.new_id(),
            name: (&of.name).into(),
            state: RetirementState::Proposed.into(),
            effective_until,
            reason,
            proposed_by: tx.actor.into(),
            proposed_at: tx.now.naive_utc(),
            decided_by: None,
            decided_at: None,
            decision_reason: None,
            // Once it is told.
            seq: 0,
        };
        if acts_alone {
            decided(tx, &mut row, RetirementState::Approved, None);
            let seq = tell(tx, &mut row, Event::DocumentRetired)?;
            document_retirements::insert(tx.conn, &row)?;
            return Ok(Changed::new(view(row), seq));
        }
        let known = document_retirements::proposed(tx.conn, &row.name, tx.now)?;
        if known.iter().any(|it| it.state == RetirementState::Proposed) {
            return Err(AppError::conflict("rule_retirement.open"));
        }
        let seq = tell(tx, &mut row, Event::DocumentRetirementProposed)?;
        document_retirements::insert(tx.conn, &row)?;
        Ok(Changed::new(view(row), seq))
    })
}

/// By another person than the one who proposed: only then it counts. Who proposed takes it back.
pub fn decide_retirement(
    app: &App,
    caller: &Caller<ApproveRules>,
    of: &Document,
    id: &str,
    verdict: &str,
    reason: Option<&str>,
) -> Result<Done<Retirement>, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    let (verdict, reason) = ruling::read(verdict, reason)?;
    let turn = Turn::of(&RETIREMENT, caller, verdict)?;
    let (of, id) = (of.clone(), id.to_string());
    app.store.write(&caller.stamp(), move |tx| {
        let mut row =
            document_retirements::by_id(tx.conn, &of.name, &id)?.ok_or(AppError::NotFound)?;
        let state = turn.take(*row.state, &[(Hand::Maker, row.proposed_by.as_str())])?;
        // Another version may have begun since.
        let first = begun(tx, &of)?;
        if verdict == Ruling::Approve && first.is_some_and(|first| row.effective_until < first) {
            return Err(AppError::conflict("rule_retirement.overtaken"));
        }
        decided(tx, &mut row, state, reason);
        let event = match verdict {
            Ruling::Approve => Event::DocumentRetired,
            Ruling::Reject => Event::DocumentRetirementRejected,
            Ruling::TakeBack => Event::DocumentRetirementTakenBack,
        };
        let seq = tell(tx, &mut row, event)?;
        document_retirements::update(tx.conn, &row)?;
        Ok(Changed::new(view(row), seq))
    })
}

/// Those of one document as they were known at an instant, oldest first.
pub fn retirements(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    of: &Document,
    known_at: DateTime<Utc>,
) -> Result<Vec<Retirement>, AppError> {
    app.store.read(|conn| {
        there(conn, of, known_at)?;
        let rows = document_retirements::proposed(conn, &of.name, known_at)?;
        Ok(rows
            .into_iter()
            .map(|row| view(as_known(row, known_at)))
            .collect())
    })
}

fn decided(tx: &Tx<'_>, row: &mut RetirementRow, state: RetirementState, reason: Option<String>) {
    row.state = state.into();
    row.decided_by = Some(tx.actor.into());
    row.decided_at = Some(tx.now.naive_utc());
    row.decision_reason = reason;
}

/// The first day of the version in force, or where none is, of the last that was. What ends before it never was.
fn begun(tx: &mut Tx<'_>, of: &Document) -> Result<Option<NaiveDate>, AppError> {
    Ok(there(tx.conn, of, tx.now)?.begun(&of.name, legal_day(tx.now)))
}

fn there(conn: &mut Conn, of: &Document, known_at: DateTime<Utc>) -> Result<Register, AppError> {
    let known = Register::of(conn, &of.name, known_at)?;
    match known.rows.is_empty() {
        true => Err(AppError::NotFound),
        false => Ok(known),
    }
}

/// What was decided later was still open.
fn as_known(row: RetirementRow, known_at: DateTime<Utc>) -> RetirementRow {
    if row.decided_at.is_none_or(|at| at <= known_at.naive_utc()) {
        return row;
    }
    RetirementRow {
        state: RetirementState::Proposed.into(),
        decided_by: None,
        decided_at: None,
        decision_reason: None,
        ..row
    }
}

fn read(until: Option<&str>, reason: Option<&str>) -> Result<(NaiveDate, String), AppError> {
    let mut errors: Vec<FieldError> = Vec::new();
    let required = || Fault::new("field.required");
    let until = until.ok_or_else(required).and_then(date::parse);
    let until = keep(until, "/effective_until", &mut errors);
    let reason = reason.ok_or_else(required);
    let reason = reason.and_then(|raw| text::plain(raw, 1, 1_000));
    let reason = keep(reason, "/reason", &mut errors);
    match (until, reason) {
        (Some(until), Some(reason)) => Ok((until, reason)),
        _ => Err(AppError::Invalid { errors }),
    }
}

fn tell(
    tx: &mut Tx<'_>,
    row: &mut RetirementRow,
    event: fn(RetirementStands) -> Event,
) -> Result<Seq, StoreError> {
    let seq = tx.tell(event(RetirementStands {
        name: row.name.to_string(),
        retirement_id: row.id.clone(),
        state: *row.state,
        effective_until: row.effective_until,
        reason: row.reason.clone(),
        proposed_by: row.proposed_by.clone(),
        proposed_at: row.proposed_at.and_utc(),
        decided_by: row.decided_by.clone(),
        decided_at: row.decided_at.map(|at| at.and_utc()),
        decision_reason: row.decision_reason.clone(),
    }))?;
    row.seq = seq.get();
    Ok(seq)
}

fn view(row: RetirementRow) -> Retirement {
    Retirement {
        id: row.id,
        code: row.name.code.clone(),
        state: *row.state,
        effective_until: Day(row.effective_until),
        reason: row.reason,
        proposed_by: row.proposed_by,
        proposed_at: row.proposed_at.into(),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(Instant::from),
        decision_reason: row.decision_reason,
    }
}

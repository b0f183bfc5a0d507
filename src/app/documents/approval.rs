//! Approving a version (审核): by somebody who had no hand in it, once its tests have passed; and taking that back.

use chrono::NaiveDate;

use super::cases::hash;
use super::draft::read_reason;
use super::kind::Document;
use super::register::DocumentVersion;
use super::stage::{find, put, reopened, shown, stand, stands};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::matter::Turn;
use crate::app::{App, Done};
use crate::domain::access::ApproveRules;
use crate::domain::document::life::{Act, PROCEDURE};
use crate::domain::event::Event;
use crate::domain::event::documents::{DraftState, VersionApproved};
use crate::domain::matter::Hand;
use crate::domain::rules::documents;
use crate::store::document_drafts::{self, DraftRow};
use crate::store::{Changed, StoreError, Tx, document_tests, document_waivers};

/// Of the document as it stands, its day included: for another day it has to be approved again. `seen` says what was looked
/// at; whoever says so approves that and nothing else.
pub fn approve(
    app: &App,
    caller: &Caller<ApproveRules>,
    of: &Document,
    number: i64,
    seen: &Seen,
    reason: Option<&str>,
) -> Result<Done<DocumentVersion>, AppError> {
    by_person(caller)?;
    let reason = read_reason(reason)?;
    let turn = Turn::of(&PROCEDURE, caller, Act::Approve)?;
    let (of, seen) = (of.clone(), seen.clone());
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &of, number)?;
        let makers = makers(tx, &before)?;
        let hands: Vec<_> = makers.iter().map(|it| (Hand::Maker, it.as_str())).collect();
        let next = turn.take(*before.state, &hands)?;
        if seen.version != Expected::NotGiven {
            seen.version.check(before.seq)?;
        }
        let effective_from = day_of(&before)?;
        if seen.day.is_some_and(|day| day != effective_from) {
            return Err(AppError::conflict("rule_version.day_not_approved"));
        }
        let test_run_id = check_tested(tx, &before)?;
        let draft = DraftState {
            state: next,
            approved_by: Some(tx.actor.into()),
            approved_at: Some(tx.now),
            reason,
            ..stands(&before)
        };
        let seq = tx.tell(Event::DocumentApproved(VersionApproved {
            name: before.name.to_string(),
            effective_from,
            test_run_id,
            draft: draft.clone(),
        }))?;
        let row = put(tx, before.name, before.document, draft, seq)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

/// What was looked at before it was approved, as far as is said.
#[derive(Debug, Clone)]
pub struct Seen {
    pub version: Expected,
    /// The first day it is to be in force.
    pub day: Option<NaiveDate>,
}

/// By who gave it, as long as the version is not published: it is a draft again.
pub fn take_back_approval(
    app: &App,
    caller: &Caller<ApproveRules>,
    of: &Document,
    number: i64,
) -> Result<Done<DocumentVersion>, AppError> {
    by_person(caller)?;
    let turn = Turn::of(&PROCEDURE, caller, Act::TakeBack)?;
    let of = of.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &of, number)?;
        let approver = before.approved_by.as_deref();
        let hands: Vec<_> = approver.iter().map(|it| (Hand::Decider, *it)).collect();
        turn.take(*before.state, &hands)?;
        let (draft, told) = (reopened(&before), Event::DocumentApprovalTakenBack);
        let (row, seq) = stand(tx, before.name, before.document, draft, told)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

/// Whoever holds the machine is nobody in particular, and might have drafted it.
fn by_person(caller: &Caller<ApproveRules>) -> Result<(), AppError> {
    match caller.role() {
        Some(_) => Ok(()),
        None => Err(AppError::Forbidden {
            code: "rule_version.approval_by_person",
        }),
    }
}

/// Whoever had a hand in the document, in the cases that are to prove it or in a waiver.
fn makers(tx: &mut Tx<'_>, row: &DraftRow) -> Result<Vec<String>, AppError> {
    let editors = document_drafts::editors(tx.conn, &row.name, row.version)?;
    let testers = document_tests::case_editors(tx.conn, &row.name, row.version)?;
    let waivers = document_waivers::makers(tx.conn, &row.name, row.version)?;
    Ok([editors, testers, waivers].concat())
}

fn day_of(row: &DraftRow) -> Result<NaiveDate, StoreError> {
    let document = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
    let day = documents::effective_from(&document);
    day.ok_or_else(|| StoreError::corrupt("a document without a day"))
}

/// The latest run must be of this very document and these very cases, and have passed; tells which it is.
fn check_tested(tx: &mut Tx<'_>, row: &DraftRow) -> Result<String, AppError> {
    let cases = document_tests::cases(tx.conn, &row.name, row.version, tx.now)?;
    let latest = document_tests::latest_run(tx.conn, &row.name, row.version)?;
    let passed = latest.filter(|run| {
        run.passed && run.document_hash == row.document_hash && run.cases_hash == hash(&cases)
    });
    let passed = passed.ok_or_else(|| AppError::conflict("rule_version.not_tested"))?;
    Ok(passed.id)
}

//! Approving a version (审核): by somebody who had no hand in it, once its tests have passed.

use super::cases::hash;
use super::draft::read_reason;
use super::stage::{find, put, shown, stands, step};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::rules::RuleVersion;
use crate::app::{App, Done};
use crate::domain::access::ApproveRules;
use crate::domain::drafting::life::Act;
use crate::domain::event::Event;
use crate::domain::event::rules::{DraftState, VersionApproved};
use crate::store::rule_drafts::{self, DraftRow};
use crate::store::{Changed, Tx, rule_tests, rule_waivers};

/// `expected` may be left out; who gives it approves what was seen and nothing else.
pub fn approve(
    app: &App,
    caller: &Caller<ApproveRules>,
    code: &str,
    number: i64,
    expected: &Expected,
    reason: Option<&str>,
) -> Result<Done<RuleVersion>, AppError> {
    // Whoever holds the machine is nobody in particular, and might have drafted it.
    if caller.role().is_none() {
        return Err(AppError::Forbidden {
            code: "rule_version.approval_by_person",
        });
    }
    let reason = read_reason(reason)?;
    let (code, expected) = (code.to_string(), expected.clone());
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &code, number)?;
        let next = step(&before, Act::Approve)?;
        if expected != Expected::NotGiven {
            expected.check(before.seq)?;
        }
        check_maker(tx, &before)?;
        let test_run_id = check_tested(tx, &before)?;
        let draft = DraftState {
            state: next,
            approved_by: Some(tx.actor.into()),
            approved_at: Some(tx.now),
            reason,
            ..stands(&before)
        };
        let seq = tx.tell(Event::RuleVersionApproved(VersionApproved {
            code,
            test_run_id,
            draft: draft.clone(),
        }))?;
        let row = put(tx, before.code, before.document, draft, seq)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

/// 经办 and 审核 are never the same person: neither of the document nor of the cases that are to prove it, nor of a waiver.
fn check_maker(tx: &mut Tx<'_>, row: &DraftRow) -> Result<(), AppError> {
    let editors = rule_drafts::editors(tx.conn, &row.code, row.version)?;
    let testers = rule_tests::case_editors(tx.conn, &row.code, row.version)?;
    let waivers = rule_waivers::makers(tx.conn, &row.code, row.version)?;
    let mut makers = editors.iter().chain(&testers).chain(&waivers);
    let had_a_hand = makers.any(|it| it == tx.actor);
    match had_a_hand {
        true => Err(AppError::conflict("rule_version.maker_is_checker")),
        false => Ok(()),
    }
}

/// The latest run must be of this very document and these very cases, and have passed; tells which it is.
fn check_tested(tx: &mut Tx<'_>, row: &DraftRow) -> Result<String, AppError> {
    let cases = rule_tests::cases(tx.conn, &row.code, row.version, tx.now)?;
    let latest = rule_tests::latest_run(tx.conn, &row.code, row.version)?;
    let passed = latest.filter(|run| {
        run.passed && run.document_hash == row.document_hash && run.cases_hash == hash(&cases)
    });
    let passed = passed.ok_or_else(|| AppError::conflict("rule_version.not_tested"))?;
    Ok(passed.id)
}

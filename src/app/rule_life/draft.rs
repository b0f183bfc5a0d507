//! Drafting a version, editing and withdrawing it.

use serde_json::{Value as Json, json};

use super::cases;
use super::stage::{find, reopened, state, step, told};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::rules::{self, RuleVersion};
use crate::app::{App, Done};
use crate::domain::access::DraftRules;
use crate::domain::clock::legal_day;
use crate::domain::drafting::life::{State, Step};
use crate::domain::field_error::Fault;
use crate::domain::rules::RuleSet;
use crate::domain::text;
use crate::store::Changed;
use crate::store::rule_drafts::{self, DraftRow};

/// A new version with the next number; of a code that is not known, the first. It inherits the test cases of the version
/// before.
pub fn draft(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    document: &Json,
) -> Result<Done<RuleVersion>, AppError> {
    let sound = Sound::check(app, code, document)?;
    app.store.write(&caller.stamp(), move |tx| {
        let now = tx.now.naive_utc();
        let row = DraftRow {
            version: rule_drafts::next_version(tx.conn, &sound.set.code)?,
            code: sound.set.code.clone(),
            seq: tx.seq,
            state: State::Draft.as_str().into(),
            document: sound.text.clone(),
            document_hash: sound.set.hash.clone(),
            created_by: tx.actor.into(),
            created_at: now,
            edited_by: tx.actor.into(),
            edited_at: now,
            approved_by: None,
            approved_at: None,
            published_by: None,
            reason: None,
            recorded_at: now,
            superseded_at: None,
        };
        rule_drafts::insert(tx.conn, &row)?;
        let inherited = cases::inherit(tx, &row, &sound.set)?;
        let body = json!({
            "version": row.version,
            "document_hash": row.document_hash,
            "cases": inherited,
        });
        let event = told("RULE_VERSION_DRAFTED", &row, body);
        Ok(Changed::new(
            rules::drafted(&row, legal_day(tx.now))?,
            event,
        ))
    })
}

/// Puts another document in the place of the draft's; an approval is void with it.
pub fn edit(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    number: i64,
    expected: &Expected,
    document: &Json,
) -> Result<Done<RuleVersion>, AppError> {
    // What cannot be edited any more is told before what is wrong with the document.
    let standing = app.store.read(|conn| find(conn, code, number))?;
    step(&standing, Step::Edit)?;
    let sound = Sound::check(app, code, document)?;
    let expected = expected.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &sound.set.code, number)?;
        let next = step(&before, Step::Edit)?;
        expected.check(before.seq)?;
        if before.document_hash == sound.set.hash && state(&before)? == next {
            let shown = rules::drafted(&before, legal_day(tx.now))?;
            return Ok(Changed::unchanged(shown));
        }
        let row = DraftRow {
            document: sound.text.clone(),
            document_hash: sound.set.hash.clone(),
            edited_by: tx.actor.into(),
            edited_at: tx.now.naive_utc(),
            ..reopened(tx, &before)
        };
        rule_drafts::replace(tx.conn, &row)?;
        let body = json!({
            "version": row.version,
            "document_hash": row.document_hash,
            "from_state": before.state,
        });
        let event = told("RULE_VERSION_EDITED", &row, body);
        Ok(Changed::new(
            rules::drafted(&row, legal_day(tx.now))?,
            event,
        ))
    })
}

/// Takes a version out that is not published; its number stays taken.
pub fn withdraw(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    number: i64,
    reason: Option<&str>,
) -> Result<Done<RuleVersion>, AppError> {
    let reason = read_reason(reason)?;
    let code = code.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &code, number)?;
        let next = step(&before, Step::Withdraw)?;
        let row = DraftRow {
            state: next.as_str().into(),
            seq: tx.seq,
            reason,
            recorded_at: tx.now.naive_utc(),
            ..before
        };
        rule_drafts::replace(tx.conn, &row)?;
        let body = json!({ "version": row.version, "reason": row.reason });
        let event = told("RULE_VERSION_WITHDRAWN", &row, body);
        Ok(Changed::new(
            rules::drafted(&row, legal_day(tx.now))?,
            event,
        ))
    })
}

pub fn read_reason(reason: Option<&str>) -> Result<Option<String>, AppError> {
    let reason = reason.map(|raw| text::plain(raw, 1, 1_000)).transpose();
    reason.map_err(|fault| AppError::invalid(fault.at("/reason")))
}

/// A document that can be read, of the rule set it is sent for.
struct Sound {
    set: RuleSet,
    text: String,
}

impl Sound {
    fn check(app: &App, code: &str, document: &Json) -> Result<Sound, AppError> {
        let set = rules::checked(app, document)?;
        if set.code != code {
            let fault = Fault::new("rule_set.code_differs");
            return Err(AppError::invalid(fault.at("/document/code")));
        }
        let text = serde_json_canonicalizer::to_string(document).map_err(AppError::internal)?;
        Ok(Sound { set, text })
    }
}

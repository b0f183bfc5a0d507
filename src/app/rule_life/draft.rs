//! Drafting a version, editing and withdrawing it.

use serde_json::Value as Json;

use super::stage::{find, put, reopened, shown, stand, stands, step};
use super::{cases, waivers};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::rules::{self, RuleVersion};
use crate::app::{App, Done};
use crate::domain::access::DraftRules;
use crate::domain::drafting::life::{Act, State};
use crate::domain::event::Event;
use crate::domain::event::rules::{DraftState, VersionEdited};
use crate::domain::field_error::Fault;
use crate::domain::rules::RuleSet;
use crate::domain::text;
use crate::store::{Changed, rule_drafts};

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
        let draft = DraftState {
            version: rule_drafts::next_version(tx.conn, &sound.code)?,
            state: State::Draft,
            document_hash: sound.hash,
            created_by: tx.actor.into(),
            created_at: tx.now,
            edited_by: tx.actor.into(),
            edited_at: tx.now,
            approved_by: None,
            approved_at: None,
            published_by: None,
            reason: None,
        };
        let told = Event::RuleVersionDrafted;
        let (row, seq) = stand(tx, sound.code, sound.text, draft, told)?;
        cases::inherit(tx, &row, &sound.periods)?;
        waivers::inherit(tx, &row, &sound.periods)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
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
    step(&standing, Act::Edit)?;
    let sound = Sound::check(app, code, document)?;
    let expected = expected.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &sound.code, number)?;
        let next = step(&before, Act::Edit)?;
        expected.check(before.seq)?;
        if before.document_hash == sound.hash && before.state == next {
            return Ok(Changed::unchanged(shown(tx, &before)?));
        }
        let draft = DraftState {
            document_hash: sound.hash,
            edited_by: tx.actor.into(),
            edited_at: tx.now,
            ..reopened(&before)
        };
        let seq = tx.tell(Event::RuleVersionEdited(VersionEdited {
            code: before.code.clone(),
            from_state: *before.state,
            draft: draft.clone(),
        }))?;
        let row = put(tx, before.code, sound.text, draft, seq)?;
        waivers::lapse(tx, &row, &sound.periods)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
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
        let next = step(&before, Act::Withdraw)?;
        let draft = DraftState {
            state: next,
            reason,
            ..stands(&before)
        };
        let told = Event::RuleVersionWithdrawn;
        let (row, seq) = stand(tx, before.code, before.document, draft, told)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

pub fn read_reason(reason: Option<&str>) -> Result<Option<String>, AppError> {
    let reason = reason.map(|raw| text::plain(raw, 1, 1_000)).transpose();
    reason.map_err(|fault| AppError::invalid(fault.at("/reason")))
}

/// A document that can be read, of the rule set it is sent for.
struct Sound {
    /// In order, at least one.
    periods: Vec<RuleSet>,
    code: String,
    hash: String,
    text: String,
}

impl Sound {
    fn check(app: &App, code: &str, document: &Json) -> Result<Sound, AppError> {
        let periods = rules::checked_periods(app, document)?;
        let of = |set: &RuleSet| (set.code.clone(), set.hash.clone());
        let (own, hash) = periods.first().map(of).unwrap_or_default();
        if own != code {
            let fault = Fault::new("rule_set.code_differs");
            return Err(AppError::invalid(fault.at("/document/code")));
        }
        let text = serde_json_canonicalizer::to_string(document).map_err(AppError::internal)?;
        Ok(Sound {
            periods,
            code: own,
            hash,
            text,
        })
    }
}

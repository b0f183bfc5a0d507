//! Drafting a version, editing and withdrawing it.

use serde_json::Value as Json;

use super::kind::{Document, Sound};
use super::register::DocumentVersion;
use super::stage::{find, put, reopened, shown, stand, stands, step};
use super::{cases, waivers};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::{App, Done};
use crate::domain::access::DraftRules;
use crate::domain::document::life::{Act, State};
use crate::domain::event::Event;
use crate::domain::event::documents::{DraftState, VersionEdited};
use crate::domain::field_error::Fault;
use crate::domain::text;
use crate::store::{Changed, document_drafts};

/// A new version with the next number; of a code that is not known, the first. It inherits the test cases of the version
/// before.
pub fn draft(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    document: &Json,
) -> Result<Done<DocumentVersion>, AppError> {
    let (sound, text) = sound(app, of, document)?;
    let name = of.name.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let draft = DraftState {
            version: document_drafts::next_version(tx.conn, &name)?,
            state: State::Draft,
            document_hash: sound.hash().into(),
            created_by: tx.actor.into(),
            created_at: tx.now,
            edited_by: tx.actor.into(),
            edited_at: tx.now,
            approved_by: None,
            approved_at: None,
            published_by: None,
            reason: None,
        };
        let told = Event::DocumentDrafted;
        let (row, seq) = stand(tx, name.into(), text, draft, told)?;
        cases::inherit(tx, &row, &*sound)?;
        waivers::inherit(tx, &row, &*sound)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

/// Puts another document in the place of the draft's; an approval is void with it.
pub fn edit(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    number: i64,
    expected: &Expected,
    document: &Json,
) -> Result<Done<DocumentVersion>, AppError> {
    // What cannot be edited any more is told before what is wrong with the document.
    let standing = app.store.read(|conn| find(conn, of, number))?;
    step(&standing, Act::Edit)?;
    let (sound, text) = sound(app, of, document)?;
    let (of, expected) = (of.clone(), expected.clone());
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &of, number)?;
        let next = step(&before, Act::Edit)?;
        expected.check(before.seq)?;
        if before.document_hash == sound.hash() && before.state == next {
            return Ok(Changed::unchanged(shown(tx, &before)?));
        }
        let draft = DraftState {
            document_hash: sound.hash().into(),
            edited_by: tx.actor.into(),
            edited_at: tx.now,
            ..reopened(&before)
        };
        let seq = tx.tell(Event::DocumentEdited(VersionEdited {
            name: before.name.to_string(),
            from_state: *before.state,
            draft: draft.clone(),
        }))?;
        let row = put(tx, before.name, text, draft, seq)?;
        waivers::lapse(tx, &row, &*sound)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

/// Takes a version out that is not published; its number stays taken.
pub fn withdraw(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    number: i64,
    reason: Option<&str>,
) -> Result<Done<DocumentVersion>, AppError> {
    let reason = read_reason(reason)?;
    let of = of.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &of, number)?;
        let next = step(&before, Act::Withdraw)?;
        let draft = DraftState {
            state: next,
            reason,
            ..stands(&before)
        };
        let told = Event::DocumentWithdrawn;
        let (row, seq) = stand(tx, before.name, before.document, draft, told)?;
        Ok(Changed::new(shown(tx, &row)?, seq))
    })
}

pub fn read_reason(reason: Option<&str>) -> Result<Option<String>, AppError> {
    let reason = reason.map(|raw| text::plain(raw, 1, 1_000)).transpose();
    reason.map_err(|fault| AppError::invalid(fault.at("/reason")))
}

/// A document that can be read, of the code it is sent for, with its canonical text.
fn sound(app: &App, of: &Document, document: &Json) -> Result<(Box<dyn Sound>, String), AppError> {
    let sound = of.kind.read(app, document)?;
    if sound.code() != of.name.code {
        let fault = Fault::new("rule_set.code_differs");
        return Err(AppError::invalid(fault.at("/document/code")));
    }
    let text = serde_json_canonicalizer::to_string(document).map_err(AppError::internal)?;
    Ok((sound, text))
}

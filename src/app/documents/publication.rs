//! Publishing an approved version (发布) from the day it was approved for. Its tests are run once more, of the document as it will
//! stand.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::cases::hash;
use super::kind::{Document, Kind};
use super::register::{DocumentVersion, Register};
use super::stage::{find, put, shown, stands, step};
use super::testing::Trial;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::{App, Done};
use crate::domain::access::PublishRules;
use crate::domain::clock::legal_day;
use crate::domain::document::life::Act;
use crate::domain::event::Event;
use crate::domain::event::documents::{DraftState, VersionPublished};
use crate::domain::rules::documents;
use crate::store::document_versions::{self, VersionRow};
use crate::store::{Changed, Seq, StoreError, Tx, document_drafts, document_tests};

/// Sets the number in the document, and nothing else: the day is the document's own, which was approved with it, so that
/// whoever publishes cannot move it. `day` may be left out; who gives it says for which day they mean to publish. One that has
/// passed is allowed: the document was in force before the register knew of it.
pub fn publish(
    app: &App,
    caller: &Caller<PublishRules>,
    of: &Document,
    number: i64,
    day: Option<NaiveDate>,
) -> Result<Done<DocumentVersion>, AppError> {
    let standing = app.store.read(|conn| find(conn, of, number))?;
    step(&standing, Act::Publish)?;
    let document: Json = serde_json::from_str(&standing.document).map_err(StoreError::corrupt)?;
    let document = documents::numbered(&document, number);
    let known = app
        .store
        .read(|conn| document_versions::count(conn, of.name.kind, app.env.clock.now()))?;
    let sound = of.kind.read(app, &document)?;
    let effective_from = sound.effective_from();
    if day.is_some_and(|day| day != effective_from) {
        return Err(AppError::conflict("rule_version.day_not_approved"));
    }
    let tried = Trial::make(app, &standing, &*sound)?;
    tried.report.admit(caller.lang())?;
    let text = serde_json_canonicalizer::to_string(&document).map_err(AppError::internal)?;
    let run_id = app.env.ids.new_id();
    let (of, hashed) = (of.clone(), sound.hash().to_owned());
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &of, number)?;
        let next = step(&before, Act::Publish)?;
        let cases = document_tests::cases(tx.conn, &before.name, number, tx.now)?;
        let known_now = document_versions::count(tx.conn, of.name.kind, tx.now)?;
        // What was tried is what stands, also of what it rests on; somebody may have been faster.
        if before.seq != standing.seq || hash(&cases) != tried.cases_hash || known_now != known {
            return Err(AppError::conflict("request.conflict"));
        }
        let draft = DraftState {
            state: next,
            document_hash: hashed.clone(),
            published_by: Some(tx.actor.into()),
            ..stands(&before)
        };
        let published = VersionPublished {
            name: before.name.to_string(),
            version: number,
            effective_from,
            hash: hashed,
            draft: Some(draft.clone()),
        };
        let seq = tx.tell(Event::DocumentPublished(published.clone()))?;
        let row = put(tx, before.name, text.clone(), draft, seq)?;
        tried.keep(tx, &row, run_id)?;
        let made = shown(tx, &row)?;
        let entered = enter(tx, &of, published, text, seq)?;
        let version = DocumentVersion {
            making: made.making,
            waivers: made.waivers,
            ..entered
        };
        Ok(Changed::new(version, seq))
    })
}

/// Publishes a document as the next version of its code, straight away: for what comes with the program, for measurements
/// and for tests; whoever writes a document of their own checks it first (`sanku rules check`).
pub fn publish_at_once(
    app: &App,
    caller: &Caller<PublishRules>,
    kind: &'static dyn Kind,
    document: &Json,
) -> Result<Done<DocumentVersion>, AppError> {
    let sound = kind.read(app, document)?;
    let of = Document::of(kind, sound.code())?;
    let text = serde_json_canonicalizer::to_string(document).map_err(AppError::internal)?;
    app.store.write(&caller.stamp(), move |tx| {
        let known = Register::of(tx.conn, &of.name, tx.now)?;
        let same = |row: &&VersionRow| {
            row.hash == sound.hash() && row.effective_from == sound.effective_from()
        };
        if let Some(same) = known.rows.iter().find(same) {
            let shown = known.version(same, legal_day(tx.now))?;
            return Ok(Changed::unchanged(shown));
        }
        let published = VersionPublished {
            name: of.name.to_string(),
            version: document_drafts::next_version(tx.conn, &of.name)?,
            effective_from: sound.effective_from(),
            hash: sound.hash().into(),
            draft: None,
        };
        let seq = tx.tell(Event::DocumentPublished(published.clone()))?;
        let shown = enter(tx, &of, published, text, seq)?;
        Ok(Changed::new(shown, seq))
    })
}

/// Enters a version that was told of as published, if all that is published stands with it.
fn enter(
    tx: &mut Tx<'_>,
    of: &Document,
    published: VersionPublished,
    document: String,
    seq: Seq,
) -> Result<DocumentVersion, AppError> {
    let row = VersionRow {
        name: (&of.name).into(),
        version: published.version,
        effective_from: published.effective_from,
        hash: published.hash,
        document,
        recorded_at: tx.now.naive_utc(),
        seq: seq.get(),
    };
    of.kind.admit(tx.conn, &row, tx.now)?;
    document_versions::insert(tx.conn, &row)?;
    let known = Register::of(tx.conn, &of.name, tx.now)?;
    Ok(known.version(&row, legal_day(tx.now))?)
}

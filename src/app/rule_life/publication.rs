//! Publishing an approved version from a day (发布). Its tests are run once more, of the document as it will stand.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::cases::hash;
use super::stage::{find, put, shown, stands, step};
use super::testing::Trial;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::rules::{self, RuleVersion};
use crate::app::{App, Done};
use crate::domain::access::PublishRules;
use crate::domain::drafting::life::Act;
use crate::domain::event::Event;
use crate::domain::event::rules::{DraftState, VersionPublished};
use crate::domain::rules::documents;
use crate::store::{Changed, StoreError, rule_tests};

/// Sets the day and the number in the document, and nothing else. A day that has passed is allowed: the rules were in force
/// before the register knew of them.
pub fn publish(
    app: &App,
    caller: &Caller<PublishRules>,
    code: &str,
    number: i64,
    effective_from: NaiveDate,
) -> Result<Done<RuleVersion>, AppError> {
    let standing = app.store.read(|conn| find(conn, code, number))?;
    step(&standing, Act::Publish)?;
    let document: Json = serde_json::from_str(&standing.document).map_err(StoreError::corrupt)?;
    let document = documents::published(&document, number, effective_from);
    let set = rules::checked(app, &document)?;
    let tried = Trial::make(app, &standing, &document)?;
    tried.report.admit(caller.lang())?;
    let text = serde_json_canonicalizer::to_string(&document).map_err(AppError::internal)?;
    let run_id = app.env.ids.new_id();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &standing.code, number)?;
        let next = step(&before, Act::Publish)?;
        let cases = rule_tests::cases(tx.conn, &before.code, number, tx.now)?;
        // What was tried is what stands; somebody may have been faster.
        if before.seq != standing.seq || hash(&cases) != tried.cases_hash {
            return Err(AppError::conflict("request.conflict"));
        }
        let draft = DraftState {
            state: next,
            document_hash: set.hash.clone(),
            published_by: Some(tx.actor.into()),
            ..stands(&before)
        };
        let published = VersionPublished {
            code: before.code.clone(),
            version: number,
            effective_from,
            hash: set.hash,
            draft: Some(draft.clone()),
        };
        let seq = tx.tell(Event::RuleVersionPublished(published.clone()))?;
        let row = put(tx, before.code, text.clone(), draft, seq)?;
        tried.keep(tx, &row, run_id)?;
        let made = shown(tx, &row)?;
        let entered = rules::enter(tx, published, text, seq)?;
        let version = RuleVersion {
            making: made.making,
            waivers: made.waivers,
            ..entered
        };
        Ok(Changed::new(version, seq))
    })
}

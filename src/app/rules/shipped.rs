//! The rule sets that come with the program: published where the register has none, with their test cases.

use std::sync::Arc;

use super::kind::RULE_SETS;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::documents::{Required, keep_shipped, keep_shipped_waivers, publish_at_once};
use crate::app::error::AppError;
use crate::domain::access::PublishRules;
use crate::domain::document::Kind;
use crate::domain::drafting::{shipped_cases, shipped_waivers};
use crate::domain::rules::{Library, RuleSet};
use crate::store::document_versions::{self, VersionRow};
use crate::store::{Changed, Conn, StoreError, document_tests};

/// Publishes the shipped rule sets that have no version in the register yet, with their test cases; tells which.
pub fn publish_shipped(app: &App, caller: &Caller<PublishRules>) -> Result<Vec<String>, AppError> {
    let mut published = Vec::new();
    let shipped = Library::shipped();
    if shipped.iter().next().is_none() {
        return Err(AppError::internal("the shipped rule sets cannot be read"));
    }
    for set in shipped
        .iter()
        .filter(|set| set.effective_from == set.version_from)
    {
        let name = Kind::RuleSet.named(&*set.code);
        let known = app
            .store
            .read(|conn| document_versions::of(conn, &name, app.env.clock.now()))?;
        // What the city has published for that day stands; a newer shipped text is the city's to take over.
        let same_day = known
            .iter()
            .find(|row| row.effective_from == set.effective_from);
        if same_day.is_none() {
            publish_at_once(app, caller, RULE_SETS, &set.document)?;
            published.push(set.name.clone());
        }
        if same_day.is_none_or(|row| row.hash == set.hash) {
            keep_cases(app, caller, set)?;
        }
    }
    Ok(published)
}

/// The test cases that come with a shipped version, where it has none, and its waivers.
fn keep_cases(
    app: &App,
    caller: &Caller<PublishRules>,
    set: &Arc<RuleSet>,
) -> Result<(), AppError> {
    let name = Kind::RuleSet.named(&*set.code);
    let lacking = |conn: &mut Conn, now| -> Result<Option<VersionRow>, StoreError> {
        let known = document_versions::of(conn, &name, now)?;
        let Some(row) = known.into_iter().find(|row| row.hash == set.hash) else {
            return Ok(None);
        };
        let cases = document_tests::cases(conn, &row.name, row.version, now)?;
        Ok(cases.is_empty().then_some(row))
    };
    let now = app.env.clock.now();
    let Some(row) = app.store.read(|conn| lacking(conn, now))? else {
        return Ok(());
    };
    let sound = RULE_SETS.read(app, &set.document)?;
    let cases = shipped_cases(&set.code, &set.name);
    let waivers = shipped_waivers(set).into_iter();
    let waivers = waivers
        .map(|(place, reason)| (Required::from(place), reason))
        .collect();
    app.store
        .write(&caller.stamp(), move |tx| -> Result<_, AppError> {
            // What brings waivers brings cases.
            let Some(seq) = keep_shipped(tx, &row, &*sound, &cases)? else {
                return Ok(Changed::unchanged(()));
            };
            keep_shipped_waivers(tx, &row, waivers)?;
            Ok(Changed::new((), seq))
        })?;
    Ok(())
}

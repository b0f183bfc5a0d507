//! When a key was used last: kept in memory and written down now and then, many at once, so that no request waits for it.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::app::App;
use crate::app::error::AppError;
use crate::domain::ledger::{Event, Subject};
use crate::store::{Changed, Job, Stamp, api_keys};

/// Writes down what was noted, in one change with one event; tells of how many keys.
pub fn keep_uses(app: &App) -> Result<usize, AppError> {
    let uses = app.key_uses.take();
    if uses.is_empty() {
        return Ok(0);
    }
    let mut uses: Vec<(String, DateTime<Utc>)> = uses.into_iter().collect();
    uses.sort();
    let done = app.store.write(
        &Stamp::job(Job::KeyUses),
        move |tx| -> Result<_, AppError> {
            for (id, at) in &uses {
                api_keys::used(tx.conn, id, *at)?;
            }
            let ids: Vec<&str> = uses.iter().map(|(id, _)| id.as_str()).collect();
            let subject = Subject::new("api_keys", "all");
            let event = Event::new("API_KEYS_USED", subject, json!({"key_ids": ids}));
            Ok(Changed::new(uses.len(), event))
        },
    )?;
    Ok(done.value)
}

//! When a key was used last: kept in memory and written down now and then, many at once, so that no request waits for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::app::error::AppError;
use crate::domain::event::Event;
use crate::domain::event::access::ApiKeysUsed;
use crate::store::{Changed, Job, Stamp, api_keys};

/// Writes down what was noted, in one change with an event for each client; tells of how many keys.
pub fn keep_uses(app: &App) -> Result<usize, AppError> {
    let uses = app.key_uses.take();
    if uses.is_empty() {
        return Ok(0);
    }
    let done = app.store.write(
        &Stamp::job(Job::KeyUses),
        move |tx| -> Result<_, AppError> {
            let ids: Vec<&str> = uses.keys().map(String::as_str).collect();
            let mut used: BTreeMap<String, BTreeMap<String, DateTime<Utc>>> = BTreeMap::new();
            for (client, key) in api_keys::clients_of(tx.conn, &ids)? {
                if let Some(at) = uses.get(&key) {
                    used.entry(client).or_default().insert(key, *at);
                }
            }
            let mut last = None;
            for (client_id, used) in used {
                for (id, at) in &used {
                    api_keys::used(tx.conn, id, *at)?;
                }
                last = Some(tx.tell(Event::ApiKeysUsed(ApiKeysUsed { client_id, used }))?);
            }
            Ok(Changed::perhaps(uses.len(), last))
        },
    )?;
    Ok(done.value)
}

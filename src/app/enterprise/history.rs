//! What happened to an enterprise, on both time axes.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use super::find;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::ReadRegister;
use crate::domain::clock::legal_day;
use crate::domain::date;
use crate::store::{StoreError, ledger};

/// What of a history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Only what had come to hold by this day; without one also what is fixed for a day to come.
    pub as_of: Option<NaiveDate>,
    pub known_at: DateTime<Utc>,
    /// After this sequence.
    pub after: i64,
    pub limit: usize,
}

/// Entries in one look at the ledger.
const STEP: i64 = 500;

/// Oldest first: each entry as it stands in the ledger.
pub fn history(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    query: &HistoryQuery,
) -> Result<Vec<ledger::Entry>, AppError> {
    app.store.read(|conn| {
        let row = find(conn, caller.scope(), uscc)?;
        let mut found = Vec::new();
        let mut after = query.after;
        while found.len() < query.limit {
            let step = ledger::of_subject(conn, &row.id, query.known_at, after, STEP)?;
            let Some(last) = step.last() else { break };
            after = last.seq;
            for entry in step {
                let held = match query.as_of {
                    None => true,
                    Some(day) => holds_from(&entry)? <= day,
                };
                if held {
                    found.push(entry);
                }
            }
        }
        found.truncate(query.limit);
        Ok(found)
    })
}

/// The members by which a body says from when it holds.
const DAYS: [&str; 4] = [
    "effective_from",
    "effective_on",
    "valid_from",
    "registered_on",
];

/// From when it holds, if the entry says so, else the day on which it was recorded.
fn holds_from(entry: &ledger::Entry) -> Result<NaiveDate, StoreError> {
    let entry: Json = serde_json::from_str(&entry.entry).map_err(StoreError::corrupt)?;
    let day = |name: &&str| date::parse(entry["body"][*name].as_str()?).ok();
    if let Some(day) = DAYS.iter().find_map(day) {
        return Ok(day);
    }
    let recorded_at = entry["recorded_at"].as_str().unwrap_or_default();
    let recorded_at: DateTime<Utc> = recorded_at.parse().map_err(StoreError::corrupt)?;
    Ok(legal_day(recorded_at))
}

//! What happened to an enterprise, on both time axes.

use chrono::{DateTime, NaiveDate, Utc};

use super::record::find;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::ReadRegister;
use crate::domain::clock::legal_day;
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
const STEP: usize = 500;

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
        loop {
            // A day leaves few or many of them: then more are looked at than are wanted.
            let step = match query.as_of {
                None => query.limit,
                Some(_) => query.limit.max(STEP),
            };
            let entries = ledger::of_subject(conn, &row.id, query.known_at, after, step as i64)?;
            let last = entries.len() < step;
            for entry in entries {
                after = entry.seq;
                let held = match query.as_of {
                    None => true,
                    Some(day) => holds_from(&entry)? <= day,
                };
                if held {
                    found.push(entry);
                }
            }
            if last || found.len() >= query.limit {
                break;
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
    let entry = entry.read()?;
    let said = DAYS.iter().find_map(|member| entry.day(member));
    Ok(said.unwrap_or_else(|| legal_day(entry.recorded_at)))
}

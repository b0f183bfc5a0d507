//! The ledger (台账流水) as a whole: every change in the order it was recorded, for those who audit it.

use crate::domain::access::ReadLedger;
use crate::store::ledger;

use super::App;
use super::caller::Caller;
use super::error::AppError;

pub use crate::store::ledger::Entry;

/// The entries after a sequence, oldest first.
pub fn after(
    app: &App,
    _: &Caller<ReadLedger>,
    seq: i64,
    limit: i64,
) -> Result<Vec<Entry>, AppError> {
    app.store.read(|conn| Ok(ledger::after(conn, seq, limit)?))
}

pub fn entry(app: &App, _: &Caller<ReadLedger>, seq: i64) -> Result<Entry, AppError> {
    // The sequence has no gap: the first one after the number before it is the one, or there is none.
    let before = seq.checked_sub(1).ok_or(AppError::NotFound)?;
    let found = app
        .store
        .read(|conn| Ok::<_, AppError>(ledger::after(conn, before, 1)?))?;
    let entry = found.into_iter().next().filter(|entry| entry.seq == seq);
    entry.ok_or(AppError::NotFound)
}

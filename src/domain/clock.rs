//! Time and identifiers come in from outside, so that a decision can be replayed and a test can stand still.

use chrono::{DateTime, NaiveDate, Utc};

/// Tells the time, in whole microseconds: PostgreSQL truncates what is finer, SQLite would keep it.
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// The legal day in Asia/Shanghai, which has been UTC+8 without daylight saving since 1991.
    fn today(&self) -> NaiveDate {
        legal_day(self.now())
    }
}

/// Makes identifiers: UUIDv7 as text, so that they sort by the time they were made.
pub trait Ids: Send + Sync {
    fn new_id(&self) -> String;
}

/// The day in Asia/Shanghai on which an instant falls.
pub fn legal_day(instant: DateTime<Utc>) -> NaiveDate {
    (instant + chrono::Duration::hours(8)).date_naive()
}

//! The two time axes: what was true on a day, by what was known at an instant.

use chrono::{DateTime, NaiveDate, Utc};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// True when: a day in Asia/Shanghai.
    pub as_of: NaiveDate,
    /// Recorded when.
    pub known_at: DateTime<Utc>,
}

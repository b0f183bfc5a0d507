//! How members move between pools (晋级、降级、出库): the parameters; `domain::pool` applies them.

use chrono::{Datelike, NaiveDate};

use super::wording::Clause;

#[derive(Debug, Clone)]
pub struct Moves {
    /// Numeric limits are lowered to this share for members (保持条件).
    pub keep_percent: i64,
    /// The first run of a year on or after this day is its yearly evaluation.
    pub yearly_from: MonthDay,
    /// So many yearly failures in a row lead one tier down; an earlier one only warns.
    pub failures_before_demotion: u32,
    pub stay_limit_years: i32,
    pub extension_years: i32,
    /// Moves take effect without approval by hand.
    pub automatic: bool,
    pub clause: Clause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    pub month: u32,
    pub day: u32,
}

impl MonthDay {
    /// This day in the year of another.
    pub fn in_year(self, of: NaiveDate) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(of.year(), self.month, self.day)
    }
}

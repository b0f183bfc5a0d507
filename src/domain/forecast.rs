//! Forecast (预测): with the figures of today held, what the passing of time alone brings: which titles lapse, which criteria
//! fail or are met, which pool follows.
//!
//! Outcomes change on few days, and all of them can be told from what is recorded: a title begins or ends, a year ends, a
//! statement or a state begins to hold, a number of days since the registration is reached, rules begin or end, the
//! yearly evaluation, the end of a stay. Only these days are looked at.

mod breaks;
mod course;
mod history;
mod told;

use std::sync::Arc;

use chrono::NaiveDate;

use super::outcome::Outcome;
use super::pool::{ExitReason, MoveKind, Pool};
use super::rules::RuleSet;

pub use breaks::{Cause, breakpoints};
pub use course::forecast;
pub use history::{Fact, History, Period, State};
pub use told::{
    Told, ToldCause, ToldChange, ToldDuty, ToldMoved, ToldMovement, ToldPlace, ToldTurned,
    duty as told_duty, told,
};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub as_of: NaiveDate,
    pub until: NaiveDate,
    /// The pool rules by which memberships move.
    pub policy: &'a str,
    /// Only this rule set.
    pub only: Option<&'a str>,
}

/// What time brings.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// Where each rule set puts the enterprise today.
    pub now: Vec<Place>,
    /// The pool it is in today.
    pub pool: Option<Pool>,
    /// The pool it is in on the last day, if every move takes effect on its day.
    pub pool_then: Option<Pool>,
    pub changes: Vec<Change>,
}

/// Where a rule set puts the enterprise.
#[derive(Debug, Clone)]
pub struct Place {
    pub set: Arc<RuleSet>,
    pub outcome: Outcome,
    pub pool: Option<&'static str>,
    pub class: Option<&'static str>,
    pub score: Option<i64>,
}

/// A day on which something is otherwise.
#[derive(Debug, Clone)]
pub struct Change {
    pub day: NaiveDate,
    pub causes: Vec<Cause>,
    pub places: Vec<Moved>,
    /// What an assessment on the day would propose.
    pub movement: Option<Movement>,
    /// 预警: the yearly evaluation of the day is failed, and the pool kept for now.
    pub warned: bool,
}

/// A rule set that says something else than before.
#[derive(Debug, Clone)]
pub struct Moved {
    pub code: String,
    /// None where no version was in force before, or is from the day on.
    pub before: Option<Place>,
    pub after: Option<Place>,
    pub criteria: Vec<Turned>,
}

/// A criterion with another outcome than before. One that the rule set did not have before has none.
#[derive(Debug, Clone)]
pub struct Turned {
    /// By its place among the criteria of the rule set after the change.
    pub place: usize,
    pub before: Option<Outcome>,
    pub after: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub kind: MoveKind,
    pub from: Option<Pool>,
    pub to: Option<Pool>,
    pub reason: Option<ExitReason>,
}

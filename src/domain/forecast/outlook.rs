//! What a forecast is asked and what it answers: days on which something is otherwise.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::facts::FactId;
use crate::outcome::Outcome;
use crate::pool::{ExitReason, MoveKind, Pool};
use crate::rules::RuleSet;

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
    pub now: Vec<Placed>,
    /// The pool it is in today.
    pub pool: Option<Pool>,
    /// The pool it is in on the last day, if every move takes effect on its day.
    pub pool_then: Option<Pool>,
    pub changes: Vec<Change>,
}

/// Where a rule set puts the enterprise.
#[derive(Debug, Clone)]
pub struct Placed {
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
    pub before: Option<Placed>,
    pub after: Option<Placed>,
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

/// Why a day is looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A fiscal year has ended: it is the last one now.
    YearEnded(i32),
    TitleBegins(String),
    /// With its last day.
    TitleEnded(String, NaiveDate),
    FactBegins(FactId),
    /// 近365日内: what happened lies further back than its words reach.
    FactLapsed(FactId),
    StateBegins,
    /// So many days since the registration.
    AgeReached(i64),
    RulesBegin {
        code: String,
        version: u32,
    },
    RulesEnded(String),
    YearlyEvaluation,
    StayEnded,
    OverrideEnded,
}

impl Cause {
    /// Whether it is worth telling by itself, whatever it changes.
    pub const fn is_told_alone(&self) -> bool {
        !matches!(
            self,
            Self::AgeReached(_) | Self::YearlyEvaluation | Self::StayEnded | Self::OverrideEnded
        )
    }
}

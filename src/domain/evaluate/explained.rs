//! An explanation: every criterion with what was found, what is required and what is short.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::Serialize;

use crate::outcome::Outcome;

/// The answer of `GET …/eligibility`, without the enterprise.
#[derive(Debug, Clone, Serialize)]
pub struct Explained<'a> {
    pub as_of: NaiveDate,
    /// The cheapest route to the rule set or the next pool; only where sentences were asked for, as all that has words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cheapest: Option<ExplainedRoute<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    pub criteria: ExplainedCriteria<'a>,
    /// The points of each item and block, where the rule set has a score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ExplainedItem<'a>>,
    pub outcome: Outcome,
    pub pool: Option<&'static str>,
    pub rule_set: &'a str,
    pub rule_set_hash: &'a str,
    pub score: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<ExplainedUnknown<'a>>,
    pub version: u32,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum ExplainedCriteria<'a> {
    List(Vec<ExplainedCriterion<'a>>),
    /// Pools: gates and tiers.
    Groups(Vec<ExplainedGroup<'a>>),
}

/// A gate or a tier.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedGroup<'a> {
    /// For "k of n" that is not met: the criteria that lead there at the least cost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cheapest: Vec<ExplainedWay<'a>>,
    pub criteria: Vec<ExplainedCriterion<'a>>,
    pub id: &'a str,
    /// How many of the criteria must be met.
    pub need: usize,
    pub outcome: Outcome,
    /// The pool these criteria admit to, or where an enterprise is placed that fails them.
    pub pool: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<ExplainedRoute<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    pub title: &'a str,
}

#[derive(Debug, Clone, Serialize)]
pub struct ExplainedCriterion<'a> {
    pub actual: Option<Cow<'a, str>>,
    pub bracket: Option<&'a str>,
    pub clause: ExplainedClause<'a>,
    pub comparison: Option<&'a str>,
    pub confidence: &'static str,
    pub evidence: Option<&'static str>,
    pub id: &'a str,
    /// Inputs that should exist and are not recorded, where the outcome is not settled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    pub outcome: Outcome,
    pub required: Option<Cow<'a, str>>,
    /// Entered scores outside their band.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub review: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    pub shortfall: Option<String>,
    pub shortfall_unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortfall_year: Option<i32>,
    /// The parts of a criterion that joins several tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<ExplainedTest<'a>>,
    pub title: &'a str,
    /// What is missing, with the papers that would settle it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<ExplainedUnknown<'a>>,
    /// All ways to meet it, the cheapest first, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<ExplainedWay<'a>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ExplainedClause<'a> {
    pub article: &'a str,
    pub document: &'a str,
}

/// One test of a criterion, or an embedded rule set with its own criteria.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedTest<'a> {
    pub actual: Option<Cow<'a, str>>,
    pub bracket: Option<&'a str>,
    pub comparison: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<ExplainedCriterion<'a>>,
    pub measure: Cow<'a, str>,
    pub outcome: Outcome,
    pub required: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<ExplainedTest<'a>>,
}

/// A way to meet a criterion.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedWay<'a> {
    pub criterion: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    pub shortfall: String,
    pub shortfall_unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortfall_year: Option<i32>,
}

/// The cheapest route to the goal.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedRoute<'a> {
    /// Criteria that no change of recorded figures meets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<&'a str>,
    /// The alternative it takes, where the rule set has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// The criteria on it that are UNMET.
    pub short: Vec<&'a str>,
    pub steps: Vec<ExplainedStep<'a>>,
    /// The criteria on it that are not settled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<&'a str>,
}

/// One thing to do.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedStep<'a> {
    /// How much more (or, below zero, less); of an answer what it must be.
    pub change: Option<String>,
    /// The criteria it serves.
    pub criteria: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<&'a str>,
    /// CHANGE, ANSWER, WAIT or TITLE.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schemes: Vec<&'a str>,
    pub sentence: String,
    pub unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
}

/// A fact that should exist and is not recorded.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedUnknown<'a> {
    pub documents: Vec<ExplainedDocument<'a>>,
    pub fact: &'a str,
    pub label: &'a str,
    /// The fiscal years that lack it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub years: Vec<i32>,
}

/// A paper that would settle it.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedDocument<'a> {
    pub confidence: &'a str,
    pub id: &'a str,
    pub source: &'a str,
    pub title: &'a str,
}

#[derive(Debug, Clone, Serialize)]
pub struct ExplainedItem<'a> {
    /// Whether an entered number lies in its band.
    pub check: Outcome,
    pub id: &'a str,
    pub max: i64,
    pub points: Option<i64>,
    pub title: &'a str,
}

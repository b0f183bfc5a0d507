//! The cheapest route and what is unknown, as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::owned::{list, owned};
use crate::domain::evaluate::{ExplainedDocument, ExplainedRoute, ExplainedStep, ExplainedUnknown};

/// A route to the goal: every step was tried, all of them together lead there.
#[derive(Serialize, ToSchema)]
pub struct Route {
    /// The alternative it takes, where the rule set has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "SCORE")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "最省的办法：再投入研发费用 1.20 万元，并再取得二类知识产权 1 件。")]
    pub sentence: Option<String>,
    pub steps: Vec<Step>,
    /// The criteria on it that are UNMET.
    pub short: Vec<String>,
    /// Of these, the ones that no change of recorded figures meets.
    pub blocked: Vec<String>,
    /// The criteria on it that are UNKNOWN or for a person to judge.
    pub undecided: Vec<String>,
}

/// One thing to do.
#[derive(Serialize, ToSchema)]
pub struct Step {
    /// `CHANGE` of a figure, an `ANSWER` that must be another, days to `WAIT`, a `TITLE` to be won.
    #[schema(example = "CHANGE")]
    pub kind: &'static str,
    #[schema(example = "再投入研发费用 1.20 万元")]
    pub sentence: String,
    /// The criteria it serves.
    pub criteria: Vec<String>,
    #[schema(example = "rd_expense")]
    pub fact: Option<String>,
    /// The fiscal year of that fact.
    pub year: Option<i32>,
    /// How much more (or, below zero, less), or the answer wanted.
    #[schema(example = "12000.00")]
    pub change: Option<String>,
    #[schema(example = "yuan")]
    pub unit: Option<String>,
    /// Any one of these titles.
    pub schemes: Vec<String>,
}

/// A fact that should exist and is not recorded.
#[derive(Serialize, ToSchema)]
pub struct Unknown {
    #[schema(example = "rd_expense")]
    pub fact: String,
    #[schema(example = "研发费用")]
    pub label: String,
    /// The fiscal years that lack it; empty for facts that hold from a day.
    pub years: Vec<i32>,
    /// What would settle it, the best first.
    pub documents: Vec<Paper>,
}

/// A paper (佐证材料).
#[derive(Serialize, ToSchema)]
pub struct Paper {
    #[schema(example = "rd_audit")]
    pub id: String,
    #[schema(example = "研发费用专项审计报告")]
    pub title: String,
    /// How sure it is that this paper is asked for.
    #[schema(example = "GENERAL_KNOWLEDGE")]
    pub confidence: String,
    pub source: String,
}

impl From<ExplainedRoute<'_>> for Route {
    fn from(found: ExplainedRoute<'_>) -> Self {
        let owned_all = |ids: Vec<&str>| ids.into_iter().map(owned).collect();
        Route {
            name: found.name.map(owned),
            sentence: found.sentence,
            steps: list(found.steps),
            short: owned_all(found.short),
            blocked: owned_all(found.blocked),
            undecided: owned_all(found.undecided),
        }
    }
}

impl From<ExplainedStep<'_>> for Step {
    fn from(found: ExplainedStep<'_>) -> Self {
        Step {
            kind: found.kind,
            sentence: found.sentence,
            criteria: found.criteria.into_iter().map(owned).collect(),
            fact: found.fact.map(owned),
            year: found.year,
            change: found.change,
            unit: found.unit.map(owned),
            schemes: found.schemes.into_iter().map(owned).collect(),
        }
    }
}

impl From<ExplainedUnknown<'_>> for Unknown {
    fn from(found: ExplainedUnknown<'_>) -> Self {
        Unknown {
            fact: owned(found.fact),
            label: owned(found.label),
            years: found.years,
            documents: list(found.documents),
        }
    }
}

impl From<ExplainedDocument<'_>> for Paper {
    fn from(found: ExplainedDocument<'_>) -> Self {
        Paper {
            id: owned(found.id),
            title: owned(found.title),
            confidence: owned(found.confidence),
            source: owned(found.source),
        }
    }
}

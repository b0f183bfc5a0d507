//! The cheapest route and what is unknown, as they go out.

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
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "最省的办法：再投入研发费用 1.20 万元，并再取得二类知识产权 1 件。")]
    sentence: Option<String>,
    steps: Vec<Step>,
    /// The criteria on it that are UNMET.
    short: Vec<String>,
    /// Of these, the ones that no change of recorded figures meets.
    blocked: Vec<String>,
    /// The criteria on it that are UNKNOWN or for a person to judge.
    undecided: Vec<String>,
}

/// One thing to do.
#[derive(Serialize, ToSchema)]
pub struct Step {
    /// `CHANGE` of a figure, an `ANSWER` that must be another, days to `WAIT`, a `TITLE` to be won.
    #[schema(example = "CHANGE")]
    kind: &'static str,
    #[schema(example = "再投入研发费用 1.20 万元")]
    sentence: String,
    /// The criteria it serves.
    criteria: Vec<String>,
    #[schema(example = "rd_expense")]
    fact: Option<String>,
    /// The fiscal year of that fact.
    year: Option<i32>,
    /// How much more (or, below zero, less), or the answer wanted.
    #[schema(example = "12000.00")]
    change: Option<String>,
    #[schema(example = "yuan")]
    unit: Option<String>,
    /// Any one of these titles.
    schemes: Vec<String>,
}

/// A fact that should exist and is not recorded.
#[derive(Serialize, ToSchema)]
pub struct Unknown {
    #[schema(example = "rd_expense")]
    fact: String,
    #[schema(example = "研发费用")]
    label: String,
    /// The fiscal years that lack it; empty for facts that hold from a day.
    years: Vec<i32>,
    /// What would settle it, the best first.
    documents: Vec<Paper>,
}

/// A paper (佐证材料).
#[derive(Serialize, ToSchema)]
pub struct Paper {
    #[schema(example = "rd_audit")]
    id: String,
    #[schema(example = "研发费用专项审计报告")]
    title: String,
    /// How sure it is that this paper is asked for.
    #[schema(example = "GENERAL_KNOWLEDGE")]
    confidence: String,
    source: String,
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

//! An explanation as it is shown, in the words of one language.

mod owned;
mod route;

use serde::Serialize;
use utoipa::ToSchema;

use super::Eligibility as Found;
use crate::app::shown::{Day, Instant};
use crate::domain::evaluate::{
    Explained, ExplainedCriteria, ExplainedCriterion, ExplainedGroup, ExplainedItem, ExplainedTest,
    ExplainedWay,
};
use crate::domain::messages::Lang;

use owned::{list, owned};

pub use route::{Route, Unknown};

/// What a rule set says of an enterprise on a day, by what was known at an instant.
#[derive(Serialize, ToSchema)]
pub struct Eligibility {
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    #[schema(example = "POOLS")]
    pub rule_set: String,
    pub version: i64,
    pub rule_set_hash: String,
    pub as_of: Day,
    pub known_at: Instant,
    /// `MET`, `UNMET`, `UNKNOWN` (a figure that should exist is not recorded) or `NEEDS_REVIEW`.
    #[schema(example = "MET")]
    pub outcome: &'static str,
    /// Null where the rule set has no score, or a part of it is not known.
    pub score: Option<String>,
    /// Of pool rules: `STARTER`, `ACCELERATION`, `SPRINT`, `NONE`, `GRADUATED` or `EXCLUDED`; null where that is open.
    pub pool: Option<&'static str>,
    /// Of pool rules: places above the one given that could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Vec<&'static str>>,
    /// Of size rules: the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// What it comes to, in one or two sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "评为加速库。冲刺库：还差 1 项（科技人员占比不低于10%）。最省的办法：再增加科技人员 2 人。"
    )]
    pub sentence: Option<String>,
    /// The cheapest route to what is not met; of pool rules to the pool above that is reached at the least cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cheapest: Option<Route>,
    /// Facts that keep criteria open, with the papers that would settle them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Unknown>,
    /// The points of each item and block, where the rule set has a score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ScoreItem>,
}

/// Of pool rules the criteria stand in groups.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Criteria {
    List(Vec<Criterion>),
    Groups(Vec<CriteriaGroup>),
}

impl Criteria {
    /// A classification has none, and an empty list could be either.
    fn are_any(&self) -> bool {
        match self {
            Criteria::List(criteria) => !criteria.is_empty(),
            Criteria::Groups(groups) => !groups.is_empty(),
        }
    }
}

/// A gate or a tier of the pools.
#[derive(Serialize, ToSchema)]
pub struct CriteriaGroup {
    #[schema(example = "sprint")]
    pub id: String,
    pub title: String,
    /// The pool these criteria admit to, or where an enterprise is placed that fails them.
    #[schema(example = "SPRINT")]
    pub pool: &'static str,
    pub outcome: &'static str,
    /// How many of the criteria must be met.
    pub need: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// The cheapest route to all that is asked here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// For "k of n" that is not met: the criteria that lead there at the least cost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cheapest: Vec<Way>,
    pub criteria: Vec<Criterion>,
}

/// A criterion (条件) with what was found, what is required and what is short.
#[derive(Serialize, ToSchema)]
pub struct Criterion {
    #[schema(example = "h5a")]
    pub id: String,
    pub title: String,
    pub clause: Clause,
    /// How sure the wording of the rule is.
    pub confidence: &'static str,
    pub outcome: &'static str,
    /// What was found, what is required, what is short and how it is made up, in the language asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "2025年度科技人员数占职工总数的比例为 8.5%，要求不低于 10%，没有达到。再增加科技人员 2 人即可达到。"
    )]
    pub sentence: Option<String>,
    #[schema(example = "0.029990")]
    pub actual: Option<String>,
    #[schema(example = "0.030000")]
    pub required: Option<String>,
    #[schema(example = "GTE")]
    pub comparison: Option<String>,
    /// Which of several thresholds applies, and why.
    #[schema(example = "sales > 200000000.00")]
    pub bracket: Option<String>,
    /// The least change of the named fact alone, all else held; null for yes or no.
    pub shortfall: Option<String>,
    #[schema(example = "yuan of rd_expense")]
    pub shortfall_unit: Option<String>,
    /// The fiscal year of that fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortfall_year: Option<i32>,
    /// The weakest evidence among the facts used.
    #[schema(example = "AUDITED")]
    pub evidence: Option<&'static str>,
    /// Facts that should exist and are not recorded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The same, with the papers that would settle them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Unknown>,
    /// Entered scores outside their band.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub review: Vec<String>,
    /// The alternative route the criterion belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The parts of a criterion that joins several tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<CriterionTest>,
    /// All ways to meet it, the cheapest first, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<Way>,
}

#[derive(Serialize, ToSchema)]
pub struct Clause {
    #[schema(example = "国科发火〔2016〕32号")]
    pub document: String,
    #[schema(example = "第十一条(五)")]
    pub article: String,
}

/// One test of a criterion, or an embedded rule set with its own criteria.
#[derive(Serialize, ToSchema)]
pub struct CriterionTest {
    pub measure: String,
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    pub actual: Option<String>,
    pub required: Option<String>,
    pub comparison: Option<String>,
    pub bracket: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub tests: Vec<CriterionTest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub criteria: Vec<Criterion>,
}

#[derive(Serialize, ToSchema)]
pub struct Way {
    pub criterion: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "再投入研发费用 1.20 万元")]
    pub sentence: Option<String>,
    pub shortfall: String,
    pub shortfall_unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortfall_year: Option<i32>,
}

#[derive(Serialize, ToSchema)]
pub struct ScoreItem {
    pub id: String,
    pub title: String,
    pub points: Option<i64>,
    pub max: i64,
    /// Whether an entered number lies in its band.
    pub check: &'static str,
}

impl Eligibility {
    pub fn explained(found: &Found, lang: Lang) -> Self {
        Self::of(found, found.explained(lang))
    }

    fn of(found: &Found, explained: Explained<'_>) -> Self {
        Eligibility {
            uscc: found.uscc.clone(),
            rule_set: explained.rule_set.to_string(),
            version: found.version,
            rule_set_hash: explained.rule_set_hash.to_string(),
            as_of: Day(explained.as_of),
            known_at: Instant(found.at.known_at),
            outcome: explained.outcome.as_str(),
            score: explained.score,
            pool: explained.pool,
            undecided: explained.undecided,
            class: explained.class,
            criteria: Some(explained.criteria.into()).filter(Criteria::are_any),
            sentence: explained.sentence,
            cheapest: explained.cheapest.map(Route::from),
            unknown: list(explained.unknown),
            items: list(explained.items),
        }
    }

    /// Only what it comes to.
    pub fn in_short(found: &Found, lang: Lang) -> Self {
        Eligibility {
            criteria: None,
            items: Vec::new(),
            ..Self::of(found, found.in_short(lang))
        }
    }
}

impl From<ExplainedCriteria<'_>> for Criteria {
    fn from(found: ExplainedCriteria<'_>) -> Self {
        match found {
            ExplainedCriteria::List(criteria) => Criteria::List(list(criteria)),
            ExplainedCriteria::Groups(groups) => Criteria::Groups(list(groups)),
        }
    }
}

impl From<ExplainedGroup<'_>> for CriteriaGroup {
    fn from(found: ExplainedGroup<'_>) -> Self {
        CriteriaGroup {
            id: owned(found.id),
            title: owned(found.title),
            pool: found.pool,
            outcome: found.outcome.as_str(),
            need: found.need,
            sentence: found.sentence,
            route: found.route.map(Route::from),
            cheapest: list(found.cheapest),
            criteria: list(found.criteria),
        }
    }
}

impl From<ExplainedCriterion<'_>> for Criterion {
    fn from(found: ExplainedCriterion<'_>) -> Self {
        Criterion {
            id: owned(found.id),
            title: owned(found.title),
            clause: Clause {
                document: owned(found.clause.document),
                article: owned(found.clause.article),
            },
            confidence: found.confidence,
            outcome: found.outcome.as_str(),
            sentence: found.sentence,
            actual: found.actual.map(Into::into),
            required: found.required.map(Into::into),
            comparison: found.comparison.map(owned),
            bracket: found.bracket.map(owned),
            shortfall: found.shortfall,
            shortfall_unit: found.shortfall_unit,
            shortfall_year: found.shortfall_year,
            evidence: found.evidence,
            missing: found.missing,
            unknown: list(found.unknown),
            review: found.review.into_iter().map(owned).collect(),
            route: found.route.map(owned),
            tests: list(found.tests),
            ways: list(found.ways),
        }
    }
}

impl From<ExplainedTest<'_>> for CriterionTest {
    fn from(found: ExplainedTest<'_>) -> Self {
        CriterionTest {
            measure: found.measure.into(),
            outcome: found.outcome.as_str(),
            sentence: found.sentence,
            actual: found.actual.map(Into::into),
            required: found.required.map(Into::into),
            comparison: found.comparison.map(owned),
            bracket: found.bracket.map(owned),
            tests: list(found.tests),
            criteria: list(found.criteria),
        }
    }
}

impl From<ExplainedWay<'_>> for Way {
    fn from(found: ExplainedWay<'_>) -> Self {
        Way {
            criterion: owned(found.criterion),
            sentence: found.sentence,
            shortfall: found.shortfall,
            shortfall_unit: found.shortfall_unit,
            shortfall_year: found.shortfall_year,
        }
    }
}

impl From<ExplainedItem<'_>> for ScoreItem {
    fn from(found: ExplainedItem<'_>) -> Self {
        ScoreItem {
            id: owned(found.id),
            title: owned(found.title),
            points: found.points,
            max: found.max,
            check: found.check.as_str(),
        }
    }
}

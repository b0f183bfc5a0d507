//! An explanation as it goes out.

mod owned;
mod route;

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::eligibility::Eligibility as Found;
use crate::domain::evaluate::{
    Explained, ExplainedCriteria, ExplainedCriterion, ExplainedGroup, ExplainedItem, ExplainedTest,
    ExplainedWay,
};
use crate::domain::messages::Lang;
use crate::http::time::{Day, Instant};

use owned::{list, owned};

pub use route::{Route, Unknown};

/// What a rule set says of an enterprise on a day, by what was known at an instant.
#[derive(Serialize, ToSchema)]
pub struct Eligibility {
    #[schema(example = "91330602MAFF89BB62")]
    uscc: String,
    #[schema(example = "POOLS")]
    rule_set: String,
    version: i64,
    rule_set_hash: String,
    as_of: Day,
    known_at: Instant,
    /// `MET`, `UNMET`, `UNKNOWN` (a figure that should exist is not recorded) or `NEEDS_REVIEW`.
    #[schema(example = "MET")]
    outcome: &'static str,
    /// Null where the rule set has no score, or a part of it is not known.
    score: Option<String>,
    /// Of pool rules: `STARTER`, `ACCELERATION`, `SPRINT`, `NONE`, `GRADUATED` or `EXCLUDED`; null where that is open.
    pool: Option<&'static str>,
    /// Of pool rules: places above the one given that could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<Vec<&'static str>>,
    /// Of size rules: the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    criteria: Option<Criteria>,
    /// What it comes to, in one or two sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "评为加速库。冲刺库：还差 1 项（科技人员占比不低于10%）。最省的办法：再增加科技人员 2 人。"
    )]
    sentence: Option<String>,
    /// The cheapest route to what is not met; of pool rules to the pool above that is reached at the least cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    cheapest: Option<Route>,
    /// Facts that keep criteria open, with the papers that would settle them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<Unknown>,
    /// The points of each item and block, where the rule set has a score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    items: Vec<ScoreItem>,
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
    id: String,
    title: String,
    /// The pool these criteria admit to, or where an enterprise is placed that fails them.
    #[schema(example = "SPRINT")]
    pool: &'static str,
    outcome: &'static str,
    /// How many of the criteria must be met.
    need: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    /// The cheapest route to all that is asked here.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
    /// For "k of n" that is not met: the criteria that lead there at the least cost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cheapest: Vec<Way>,
    criteria: Vec<Criterion>,
}

/// A criterion (条件) with what was found, what is required and what is short.
#[derive(Serialize, ToSchema)]
pub struct Criterion {
    #[schema(example = "h5a")]
    id: String,
    title: String,
    clause: Clause,
    /// How sure the wording of the rule is.
    confidence: &'static str,
    outcome: &'static str,
    /// What was found, what is required, what is short and how it is made up, in the language asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "2025年度科技人员数占职工总数的比例为 8.5%，要求不低于 10%，没有达到。再增加科技人员 2 人即可达到。"
    )]
    sentence: Option<String>,
    #[schema(example = "0.029990")]
    actual: Option<String>,
    #[schema(example = "0.030000")]
    required: Option<String>,
    #[schema(example = "GTE")]
    comparison: Option<String>,
    /// Which of several thresholds applies, and why.
    #[schema(example = "sales > 200000000.00")]
    bracket: Option<String>,
    /// The least change of the named fact alone, all else held; null for yes or no.
    shortfall: Option<String>,
    #[schema(example = "yuan of rd_expense")]
    shortfall_unit: Option<String>,
    /// The fiscal year of that fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    shortfall_year: Option<i32>,
    /// The weakest evidence among the facts used.
    #[schema(example = "AUDITED")]
    evidence: Option<&'static str>,
    /// Facts that should exist and are not recorded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    /// The same, with the papers that would settle them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<Unknown>,
    /// Entered scores outside their band.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    review: Vec<String>,
    /// The alternative route the criterion belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    /// The parts of a criterion that joins several tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tests: Vec<CriterionTest>,
    /// All ways to meet it, the cheapest first, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ways: Vec<Way>,
}

#[derive(Serialize, ToSchema)]
pub struct Clause {
    #[schema(example = "国科发火〔2016〕32号")]
    document: String,
    #[schema(example = "第十一条(五)")]
    article: String,
}

/// One test of a criterion, or an embedded rule set with its own criteria.
#[derive(Serialize, ToSchema)]
pub struct CriterionTest {
    measure: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    actual: Option<String>,
    required: Option<String>,
    comparison: Option<String>,
    bracket: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    tests: Vec<CriterionTest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    criteria: Vec<Criterion>,
}

#[derive(Serialize, ToSchema)]
pub struct Way {
    criterion: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "再投入研发费用 1.20 万元")]
    sentence: Option<String>,
    shortfall: String,
    shortfall_unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    shortfall_year: Option<i32>,
}

#[derive(Serialize, ToSchema)]
pub struct ScoreItem {
    id: String,
    title: String,
    points: Option<i64>,
    max: i64,
    /// Whether an entered number lies in its band.
    check: &'static str,
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

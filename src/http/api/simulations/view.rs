//! Simulations and their lists as they go out.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::app::simulation::{
    CriterionCount, CriterionSide, MoverView, MovingCriterion, PartCount, SimulationView, Summary,
    TargetEffect,
};
use crate::domain::messages::Lang;
use crate::domain::plan;
use crate::http::time::{Day, Instant};

/// A what-if (推演): two versions of the rules over the same firms on the same day.
#[derive(Serialize, ToSchema)]
pub struct Simulation {
    #[serde(flatten)]
    item: SimulationItem,
    /// How many belong to each place under either version.
    places: Vec<PlaceChange>,
    /// From where to where, those that stay included.
    matrix: Vec<MatrixEntry>,
    districts: Vec<PartChange>,
    /// By section (门类), a letter.
    industries: Vec<PartChange>,
    /// By the size class of the day; `UNKNOWN` where figures lack.
    size_classes: Vec<PartChange>,
    /// The criteria that move firms, the commonest first.
    criteria: Vec<CriterionChange>,
    /// What the change does to targets of the city's plan.
    targets: Vec<TargetChange>,
}

/// A what-if in short.
#[derive(Serialize, ToSchema)]
pub struct SimulationItem {
    id: String,
    #[schema(example = "POOLS")]
    rule_set: String,
    base: ComparedVersion,
    proposed: ComparedVersion,
    /// What was asked to differ: `{}`, `{version}`, `{parameters}` or `{document}` with its hash.
    #[schema(value_type = Object, example = json!({"parameters": {"a_rd/at_least": "4"}}))]
    change: Json,
    /// The day on which everybody was judged.
    as_of: Day,
    /// Nothing recorded later was looked at.
    known_at: Instant,
    /// The part of the population; null is all of it.
    district_code: Option<String>,
    industry_code: Option<String>,
    /// Firms looked at.
    total: i64,
    /// Firms in the list of movements.
    moved: i64,
    /// Firms by direction. For pools `promoted`, `demoted`, `warned`, `relieved`, for conditions `gained`, `lost`, for
    /// sizes `larger`, `smaller`; `unchanged`, and `unknown` where on one side the rules leave it open.
    #[schema(example = json!({"promoted": 0, "demoted": 212, "warned": 31, "relieved": 0, "unchanged": 2740, "unknown": 17}))]
    counts: BTreeMap<String, i64>,
    /// Over the canonical summary: equal for equal rules, firms and day.
    summary_hash: String,
    created_by: String,
    created_at: Instant,
    finished_at: Option<Instant>,
}

#[derive(Serialize, ToSchema)]
pub struct ComparedVersion {
    /// Null for a document of no version, and for changed parameters.
    version: Option<i64>,
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
}

#[derive(Serialize, ToSchema)]
pub struct PlaceChange {
    /// A pool or `NONE`, `GRADUATED`, `EXCLUDED`, `UNDECIDED`; an outcome; a size class or `UNKNOWN`.
    #[schema(example = "ACCELERATION")]
    place: String,
    base: i64,
    proposed: i64,
}

#[derive(Serialize, ToSchema)]
pub struct MatrixEntry {
    #[schema(example = "ACCELERATION")]
    from: String,
    #[schema(example = "STARTER")]
    to: String,
    firms: i64,
}

#[derive(Serialize, ToSchema)]
pub struct PartChange {
    #[schema(example = "330602")]
    code: String,
    /// As of the whole.
    counts: BTreeMap<String, i64>,
}

#[derive(Serialize, ToSchema)]
pub struct CriterionChange {
    #[schema(example = "a_rd")]
    id: String,
    title: String,
    /// Firms of the list for which the two versions answer it differently.
    firms: i64,
}

/// A target of the city's plan and what was counted.
#[derive(Serialize, ToSchema)]
pub struct TargetChange {
    #[schema(example = "national_hnte")]
    id: String,
    title: String,
    #[schema(example = "NATIONAL_HNTE")]
    scheme: String,
    /// `QUALIFYING`: firms that meet every condition of the title; `RESERVE`: firms in the pool that feeds it.
    #[schema(example = "RESERVE")]
    measure: String,
    /// Firms looked at that hold the title on the day. It is this that the plan counts.
    holders: i64,
    /// The measure under the base.
    base: i64,
    /// The measure under the proposed rules.
    proposed: i64,
    /// Firms of which it is open under the base: they may count as well once their figures are there.
    open_base: i64,
    open_proposed: i64,
    goals: Vec<PlanGoal>,
    document: String,
    article: String,
}

#[derive(Serialize, ToSchema)]
pub struct PlanGoal {
    #[schema(example = 2035)]
    year: i32,
    #[schema(example = 8000)]
    value: i64,
}

/// A firm that stands elsewhere under the proposed rules.
#[derive(Serialize, ToSchema)]
pub struct Mover {
    #[schema(example = "91330602MAFF89BB62")]
    uscc: String,
    name: String,
    district_code: String,
    industry_code: String,
    size_class: String,
    from: String,
    to: String,
    #[schema(example = "DEMOTED")]
    direction: String,
    /// The criteria that make the difference.
    criteria: Vec<MoverCriterion>,
}

#[derive(Serialize, ToSchema)]
pub struct MoverCriterion {
    #[schema(example = "a_rd")]
    id: String,
    title: String,
    /// A keep condition (保持条件) of the pool the firm is in, not an entry condition.
    keep: bool,
    /// Null where the base has no such criterion.
    base: Option<MoverSide>,
    /// Null where the proposed rules have no such criterion.
    proposed: Option<MoverSide>,
}

#[derive(Serialize, ToSchema)]
pub struct MoverSide {
    #[schema(example = "UNMET")]
    outcome: String,
    /// Null where the criterion joins several tests.
    actual: Option<String>,
    required: Option<String>,
}

impl Simulation {
    pub fn of(view: SimulationView, lang: Lang) -> Self {
        let Summary {
            places,
            matrix,
            districts,
            industries,
            size_classes,
            criteria,
            targets,
            ..
        } = view.summary.clone();
        let parts = |of: Vec<PartCount>| of.into_iter().map(PartChange::from).collect();
        Simulation {
            item: view.into(),
            places: places
                .into_iter()
                .map(|it| PlaceChange {
                    place: it.place,
                    base: it.base,
                    proposed: it.proposed,
                })
                .collect(),
            matrix: matrix
                .into_iter()
                .map(|it| MatrixEntry {
                    from: it.from,
                    to: it.to,
                    firms: it.firms,
                })
                .collect(),
            districts: parts(districts),
            industries: parts(industries),
            size_classes: parts(size_classes),
            criteria: criteria
                .iter()
                .map(|it| CriterionChange::of(it, lang))
                .collect(),
            targets: targets
                .iter()
                .filter_map(|it| TargetChange::of(it, lang))
                .collect(),
        }
    }
}

impl From<SimulationView> for SimulationItem {
    fn from(view: SimulationView) -> Self {
        SimulationItem {
            id: view.id,
            rule_set: view.rule_set,
            base: ComparedVersion {
                version: Some(view.base_version),
                hash: view.base_hash,
            },
            proposed: ComparedVersion {
                version: view.proposed_version,
                hash: view.proposed_hash,
            },
            change: view.change,
            as_of: Day(view.as_of),
            known_at: Instant(view.known_at),
            district_code: view.district_code,
            industry_code: view.industry_code,
            total: view.total,
            moved: view.moved,
            counts: view.summary.counts,
            summary_hash: view.summary_hash,
            created_by: view.created_by,
            created_at: Instant(view.created_at),
            finished_at: view.finished_at.map(Instant),
        }
    }
}

impl From<PartCount> for PartChange {
    fn from(part: PartCount) -> Self {
        PartChange {
            code: part.code,
            counts: part.counts,
        }
    }
}

impl CriterionChange {
    fn of(counted: &CriterionCount, lang: Lang) -> Self {
        CriterionChange {
            id: counted.id.clone(),
            title: counted.title_in(lang).to_owned(),
            firms: counted.firms,
        }
    }
}

impl TargetChange {
    /// None where a later program knows the target no more.
    fn of(effect: &TargetEffect, lang: Lang) -> Option<Self> {
        let target = plan::target(&effect.id)?;
        let goals = target.goals.iter().map(|goal| PlanGoal {
            year: goal.year,
            value: goal.value,
        });
        Some(TargetChange {
            id: effect.id.clone(),
            title: target.title_in(lang).to_owned(),
            scheme: target.scheme.clone(),
            measure: effect.measure.clone(),
            holders: effect.holders,
            base: effect.base,
            proposed: effect.proposed,
            open_base: effect.open_base,
            open_proposed: effect.open_proposed,
            goals: goals.collect(),
            document: target.document.clone(),
            article: target.article.clone(),
        })
    }
}

impl Mover {
    pub fn of(view: MoverView, lang: Lang) -> Self {
        let criteria = view.criteria.iter().map(|it| MoverCriterion::of(it, lang));
        Mover {
            criteria: criteria.collect(),
            uscc: view.uscc,
            name: view.name,
            district_code: view.district_code,
            industry_code: view.industry_code,
            size_class: view.size_class,
            from: view.from,
            to: view.to,
            direction: view.direction.to_string(),
        }
    }
}

impl MoverCriterion {
    fn of(criterion: &MovingCriterion, lang: Lang) -> Self {
        MoverCriterion {
            title: criterion.title_in(lang).to_owned(),
            id: criterion.id.clone(),
            keep: criterion.keep,
            base: criterion.base.as_ref().map(MoverSide::from),
            proposed: criterion.proposed.as_ref().map(MoverSide::from),
        }
    }
}

impl From<&CriterionSide> for MoverSide {
    fn from(side: &CriterionSide) -> Self {
        MoverSide {
            outcome: side.outcome.clone(),
            actual: side.actual.clone(),
            required: side.required.clone(),
        }
    }
}

//! Simulations and their lists as they are shown, in the words of one language.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{
    CriterionCount, CriterionSide, MoverView, MovingCriterion, PartCount, SimulationView, Summary,
    TargetEffect,
};
use crate::app::shown::{Day, Instant};
use crate::domain::messages::Lang;
use crate::domain::plan;

/// A what-if (推演): two versions of the rules over the same firms on the same day.
#[derive(Serialize, ToSchema)]
pub struct Simulation {
    #[serde(flatten)]
    pub item: SimulationItem,
    /// How many belong to each place under either version.
    pub places: Vec<PlaceChange>,
    /// From where to where, those that stay included.
    pub matrix: Vec<MatrixEntry>,
    pub districts: Vec<PartChange>,
    /// By section (门类), a letter.
    pub industries: Vec<PartChange>,
    /// By the size class of the day; `UNKNOWN` where figures lack.
    pub size_classes: Vec<PartChange>,
    /// The criteria that move firms, the commonest first.
    pub criteria: Vec<CriterionChange>,
    /// What the change does to targets of the city's plan.
    pub targets: Vec<TargetChange>,
}

/// A what-if in short.
#[derive(Serialize, ToSchema)]
pub struct SimulationItem {
    pub id: String,
    #[schema(example = "POOLS")]
    pub rule_set: String,
    pub base: ComparedVersion,
    pub proposed: ComparedVersion,
    /// What was asked to differ: `{}`, `{version}`, `{parameters}` or `{document}` with its hash.
    #[schema(value_type = Object, example = json!({"parameters": {"a_rd/at_least": "4"}}))]
    pub change: Json,
    /// The day on which everybody was judged.
    pub as_of: Day,
    /// Nothing recorded later was looked at.
    pub known_at: Instant,
    /// The part of the population; null is all of it.
    pub district_code: Option<String>,
    pub industry_code: Option<String>,
    /// Firms looked at.
    pub total: i64,
    /// Firms in the list of movements.
    pub moved: i64,
    /// Firms by direction. For pools `promoted`, `demoted`, `warned`, `relieved`, for conditions `gained`, `lost`, for
    /// sizes `larger`, `smaller`; `unchanged`, and `unknown` where on one side the rules leave it open.
    #[schema(example = json!({"promoted": 0, "demoted": 212, "warned": 31, "relieved": 0, "unchanged": 2740, "unknown": 17}))]
    pub counts: BTreeMap<String, i64>,
    /// Over the canonical summary: equal for equal rules, firms and day.
    pub summary_hash: String,
    pub created_by: String,
    pub created_at: Instant,
    pub finished_at: Option<Instant>,
}

#[derive(Serialize, ToSchema)]
pub struct ComparedVersion {
    /// Null for a document of no version, and for changed parameters.
    pub version: Option<i64>,
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub hash: String,
}

#[derive(Serialize, ToSchema)]
pub struct PlaceChange {
    /// A pool or `NONE`, `GRADUATED`, `EXCLUDED`, `UNDECIDED`; an outcome; a size class or `UNKNOWN`.
    #[schema(example = "ACCELERATION")]
    pub place: String,
    pub base: i64,
    pub proposed: i64,
}

#[derive(Serialize, ToSchema)]
pub struct MatrixEntry {
    #[schema(example = "ACCELERATION")]
    pub from: String,
    #[schema(example = "STARTER")]
    pub to: String,
    pub firms: i64,
}

#[derive(Serialize, ToSchema)]
pub struct PartChange {
    #[schema(example = "330602")]
    pub code: String,
    /// As of the whole.
    pub counts: BTreeMap<String, i64>,
}

#[derive(Serialize, ToSchema)]
pub struct CriterionChange {
    #[schema(example = "a_rd")]
    pub id: String,
    pub title: String,
    /// Firms of the list for which the two versions answer it differently.
    pub firms: i64,
}

/// A target of the city's plan and what was counted.
#[derive(Serialize, ToSchema)]
pub struct TargetChange {
    #[schema(example = "national_hnte")]
    pub id: String,
    pub title: String,
    #[schema(example = "NATIONAL_HNTE")]
    pub scheme: String,
    /// `QUALIFYING`: firms that meet every condition of the title; `RESERVE`: firms in the pool that feeds it.
    #[schema(example = "RESERVE")]
    pub measure: String,
    /// Firms looked at that hold the title on the day. It is this that the plan counts.
    pub holders: i64,
    /// The measure under the base.
    pub base: i64,
    /// The measure under the proposed rules.
    pub proposed: i64,
    /// Firms of which it is open under the base: they may count as well once their figures are there.
    pub open_base: i64,
    pub open_proposed: i64,
    pub goals: Vec<PlanGoal>,
    pub document: String,
    pub article: String,
}

#[derive(Serialize, ToSchema)]
pub struct PlanGoal {
    #[schema(example = 2035)]
    pub year: i32,
    #[schema(example = 8000)]
    pub value: i64,
}

/// A firm that stands elsewhere under the proposed rules.
#[derive(Serialize, ToSchema)]
pub struct Mover {
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    pub industry_code: String,
    pub size_class: String,
    pub from: String,
    pub to: String,
    #[schema(example = "DEMOTED")]
    pub direction: String,
    /// The criteria that make the difference.
    pub criteria: Vec<MoverCriterion>,
}

#[derive(Serialize, ToSchema)]
pub struct MoverCriterion {
    #[schema(example = "a_rd")]
    pub id: String,
    pub title: String,
    /// A keep condition (保持条件) of the pool the firm is in, not an entry condition.
    pub keep: bool,
    /// Null where the base has no such criterion.
    pub base: Option<MoverSide>,
    /// Null where the proposed rules have no such criterion.
    pub proposed: Option<MoverSide>,
}

#[derive(Serialize, ToSchema)]
pub struct MoverSide {
    #[schema(example = "UNMET")]
    pub outcome: String,
    /// Null where the criterion joins several tests.
    pub actual: Option<String>,
    pub required: Option<String>,
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

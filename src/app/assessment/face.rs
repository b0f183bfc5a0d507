//! Runs and their results as they are shown, in the words of one language.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{ResultItem, SeenRun};
use crate::app::eligibility::face::Eligibility;
use crate::app::shown::{Day, Instant};
use crate::domain::messages::Lang;

/// An assessment run (评估).
#[derive(Serialize, ToSchema)]
pub struct AssessmentRun {
    pub id: String,
    /// Runs are counted.
    pub number: i64,
    /// `RUNNING`, `COMPLETED` or `FAILED`.
    #[schema(example = "COMPLETED")]
    pub state: String,
    #[schema(example = "POOLS")]
    pub rule_set: String,
    pub version: i64,
    pub rule_set_hash: String,
    /// The day on which everybody was judged.
    pub as_of: Day,
    /// Nothing recorded later was looked at.
    pub known_at: Instant,
    /// The part of the population; null is all of it.
    pub district_code: Option<String>,
    /// A dry run keeps its summary and nothing else.
    pub dry_run: bool,
    /// The yearly evaluation, which alone moves the counters of failures.
    pub yearly: bool,
    pub done: i64,
    pub total: i64,
    /// Null while it runs, and for callers who may not see all that it covers.
    pub summary: Option<RunSummary>,
    /// Who began it.
    pub created_by: String,
    pub created_at: Instant,
    pub finished_at: Option<Instant>,
}

/// What a run came to.
#[derive(Serialize, ToSchema)]
pub struct RunSummary {
    /// Members of each pool when the run began.
    #[schema(example = json!({"STARTER": 610, "ACCELERATION": 240, "SPRINT": 80}))]
    pub before: BTreeMap<String, i64>,
    /// Where the rules place each enterprise; `UNDECIDED` where that is open.
    #[schema(example = json!({"STARTER": 655, "NONE": 900, "UNDECIDED": 12}))]
    pub placed: BTreeMap<String, i64>,
    /// Decisions that differ from the ones that stood.
    pub changed: i64,
    pub unchanged: i64,
    /// Proposed movements by kind.
    #[schema(example = json!({"ADMISSION": 30, "PROMOTION": 12}))]
    pub movements: BTreeMap<String, i64>,
    /// Members with their first failure noted.
    pub at_risk: i64,
    /// The criteria that are not met, the commonest first.
    pub unmet: Vec<UnmetCriterion>,
}

#[derive(Serialize, ToSchema)]
pub struct UnmetCriterion {
    #[schema(example = "s_rd")]
    pub id: String,
    pub title: String,
    /// How many do not meet it.
    pub enterprises: i64,
}

/// What a run came to for one enterprise: the decision that stood when it ended, explained.
#[derive(Serialize, ToSchema)]
pub struct AssessmentResult {
    pub name: String,
    pub district_code: String,
    /// Where its receipt is: `/v1/decisions/{id}`.
    pub decision_id: String,
    /// Whether this run decided it; otherwise an earlier decision still stood.
    pub changed: bool,
    #[serde(flatten)]
    pub eligibility: Eligibility,
}

impl AssessmentRun {
    pub fn of(seen: SeenRun, lang: Lang) -> Self {
        let summary = (seen.whole && seen.run.finished_at.is_some()).then(|| summary(&seen, lang));
        let SeenRun { number, run, .. } = seen;
        AssessmentRun {
            id: run.id,
            number,
            state: run.state,
            rule_set: run.rule_set,
            version: run.rule_set_version,
            rule_set_hash: run.rule_set_hash,
            as_of: Day(run.as_of),
            known_at: Instant(run.known_at),
            district_code: run.district_code,
            dry_run: run.dry_run,
            yearly: run.yearly,
            done: run.done,
            total: run.total,
            summary,
            created_by: run.created_by,
            created_at: Instant(run.created_at),
            finished_at: run.finished_at.map(Instant),
        }
    }
}

impl AssessmentResult {
    pub fn of(item: &ResultItem, with_criteria: bool, lang: Lang) -> Self {
        let found = &item.eligibility;
        AssessmentResult {
            name: item.name.clone(),
            district_code: item.district_code.clone(),
            decision_id: item.decision_id.clone(),
            changed: item.changed,
            eligibility: match with_criteria {
                true => Eligibility::explained(found, lang),
                false => Eligibility::in_short(found, lang),
            },
        }
    }
}

fn summary(seen: &SeenRun, lang: Lang) -> RunSummary {
    let summary = &seen.run.summary;
    let unmet = summary.commonest(&seen.rules, lang);
    RunSummary {
        before: summary.before.clone(),
        placed: summary.placed.clone(),
        changed: summary.changed,
        unchanged: summary.unchanged,
        movements: summary.movements.clone(),
        at_risk: summary.at_risk,
        unmet: unmet
            .into_iter()
            .map(|it| UnmetCriterion {
                id: it.criterion.to_string(),
                title: it.title.to_string(),
                enterprises: it.enterprises,
            })
            .collect(),
    }
}

//! A forecast and a list of tasks as they are shown, in the words of one language.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Forecasted, Tasks};
use crate::app::eligibility::face::Unknown;
use crate::app::shown::{Day, Instant};
use crate::domain::forecast::{
    ToldCause, ToldChange, ToldDuty, ToldMoved, ToldMovement, ToldPlace, ToldTurned, told_duty,
};
use crate::domain::messages::Lang;

/// What the passing of time alone brings, with the figures of `as_of` held.
#[derive(Serialize, ToSchema)]
pub struct Forecast {
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub as_of: Day,
    pub known_at: Instant,
    pub until: Day,
    #[schema(
        example = "现在在冲刺库，到 2027-06-15 在冲刺库；其间 3 天有变化。最先到期的义务：2026-12-08 前重新申请认定高新技术企业（期满当年）。"
    )]
    pub sentence: String,
    /// The pool it is in on `as_of`.
    pub pool: Option<&'static str>,
    /// The pool it is in on `until`, if every movement takes effect on its day.
    pub pool_then: Option<&'static str>,
    /// What each rule set in force says on `as_of`.
    pub now: Vec<RuleSetAnswer>,
    /// The days on which something is otherwise, in order.
    pub changes: Vec<ForecastChange>,
    /// What falls due from `as_of` to `until`, in order: the first comes first.
    pub duties: Vec<Duty>,
}

/// What a rule set says on a day.
#[derive(Serialize, ToSchema)]
pub struct RuleSetAnswer {
    #[schema(example = "NATIONAL_HNTE")]
    pub rule_set: String,
    pub version: u32,
    pub title: String,
    #[schema(example = "MET")]
    pub outcome: &'static str,
    /// Of pool rules.
    pub pool: Option<&'static str>,
    /// Of size rules.
    pub class: Option<&'static str>,
    pub score: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ForecastChange {
    pub day: Day,
    #[schema(
        example = "国家高新技术企业资格已于 2026-12-08 到期；起跑库、加速库、冲刺库（阶梯方案）：毕业 → 冲刺库；入库：不入库 → 冲刺库。"
    )]
    pub sentence: String,
    pub causes: Vec<ForecastCause>,
    /// The rule sets that say something else than before.
    pub rule_sets: Vec<RuleSetChange>,
    /// What an assessment on the day would propose by the city's pool rules.
    pub movement: Option<ForecastMovement>,
    /// The yearly evaluation is failed, and the pool kept for now (预警).
    pub at_risk: bool,
}

#[derive(Serialize, ToSchema)]
pub struct ForecastCause {
    /// `YEAR_ENDED`, `TITLE_BEGINS`, `TITLE_ENDED`, `FACT_BEGINS`, `FACT_LAPSED`, `STATE_BEGINS`, `AGE_REACHED`, `RULES_BEGIN`,
    /// `RULES_ENDED`, `YEARLY_EVALUATION`, `STAY_ENDED` or `OVERRIDE_ENDED`.
    #[schema(example = "TITLE_ENDED")]
    pub kind: &'static str,
    pub sentence: String,
    #[schema(example = "NATIONAL_HNTE")]
    pub scheme: Option<String>,
    pub fact: Option<&'static str>,
    pub rule_set: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct RuleSetChange {
    pub rule_set: String,
    /// Null if no version was in force.
    pub before: Option<RuleSetAnswer>,
    /// Null if no version is in force any more.
    pub after: Option<RuleSetAnswer>,
    pub criteria: Vec<CriterionChange>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ForecastCriterion)]
pub struct CriterionChange {
    pub id: String,
    pub title: String,
    /// Null for a criterion that is new.
    pub before: Option<&'static str>,
    pub after: &'static str,
    /// What is found on the day.
    pub sentence: String,
}

#[derive(Serialize, ToSchema)]
pub struct ForecastMovement {
    #[schema(example = "ADMISSION")]
    pub kind: &'static str,
    pub from_pool: Option<&'static str>,
    pub to_pool: Option<&'static str>,
    pub exit_reason: Option<&'static str>,
}

/// What must be done by a day (持证义务).
#[derive(Serialize, ToSchema)]
pub struct Duty {
    pub due: Day,
    /// From this day on it can be done.
    pub opens: Day,
    /// The duty's id in the catalogue of duties.
    #[schema(example = "hnte_report")]
    pub duty: String,
    #[schema(example = "填报高新技术企业年度发展情况报表")]
    pub title: String,
    pub clause: DutyClause,
    /// Whose holders have it; null: every enterprise.
    #[schema(example = "NATIONAL_HNTE")]
    pub scheme: Option<String>,
    /// What follows.
    pub consequence: Option<String>,
    /// How sure the wording of the rule is.
    #[schema(example = "TEXT_SEEN")]
    pub confidence: String,
    pub source: String,
}

#[derive(Serialize, ToSchema)]
pub struct DutyClause {
    #[schema(example = "国科发火〔2016〕32号")]
    pub document: String,
    #[schema(example = "第十三条")]
    pub article: String,
}

/// What is to be done on a day.
#[derive(Serialize, ToSchema)]
pub struct TaskList {
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: String,
    pub as_of: Day,
    pub known_at: Instant,
    /// Duties that are open, by the day on which they fall due; then facts to record, those that settle most first.
    pub items: Vec<Task>,
    /// Always null: an enterprise has few.
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Task {
    Duty(Duty),
    /// A fact that is not recorded and keeps rule sets open.
    Fact(FactToRecord),
}

#[derive(Serialize, ToSchema)]
pub struct FactToRecord {
    #[serde(flatten)]
    pub unknown: Unknown,
    /// The rule sets whose answer it keeps open.
    pub rule_sets: Vec<String>,
}

impl Forecast {
    pub fn of(found: &Forecasted, lang: Lang) -> Self {
        let told = found.told(lang);
        Forecast {
            uscc: found.uscc.clone(),
            as_of: Day(told.as_of),
            known_at: Instant(found.at.known_at),
            until: Day(told.until),
            sentence: told.sentence,
            pool: told.pool,
            pool_then: told.pool_then,
            now: list(told.now),
            changes: list(told.changes),
            duties: list(told.duties),
        }
    }
}

impl TaskList {
    pub fn of(found: &Tasks, lang: Lang) -> Self {
        let duties = found.duties.iter();
        let duties = duties.map(|it| Task::Duty(told_duty(it, lang).into()));
        let facts = found.facts(lang).into_iter().map(|it| {
            Task::Fact(FactToRecord {
                unknown: it.unknown.into(),
                rule_sets: it.rule_sets.into_iter().map(str::to_owned).collect(),
            })
        });
        TaskList {
            uscc: found.uscc.clone(),
            as_of: Day(found.at.as_of),
            known_at: Instant(found.at.known_at),
            items: duties.chain(facts).collect(),
            next_cursor: None,
        }
    }
}

fn list<T, U: From<T>>(found: Vec<T>) -> Vec<U> {
    found.into_iter().map(U::from).collect()
}

impl From<ToldPlace> for RuleSetAnswer {
    fn from(it: ToldPlace) -> Self {
        RuleSetAnswer {
            rule_set: it.rule_set,
            version: it.version,
            title: it.title,
            outcome: it.outcome,
            pool: it.pool,
            class: it.class,
            score: it.score,
        }
    }
}

impl From<ToldChange> for ForecastChange {
    fn from(it: ToldChange) -> Self {
        ForecastChange {
            day: Day(it.day),
            sentence: it.sentence,
            causes: list(it.causes),
            rule_sets: list(it.rule_sets),
            movement: it.movement.map(ForecastMovement::from),
            at_risk: it.at_risk,
        }
    }
}

impl From<ToldCause> for ForecastCause {
    fn from(it: ToldCause) -> Self {
        ForecastCause {
            kind: it.kind,
            sentence: it.sentence,
            scheme: it.scheme,
            fact: it.fact,
            rule_set: it.rule_set,
        }
    }
}

impl From<ToldMoved> for RuleSetChange {
    fn from(it: ToldMoved) -> Self {
        RuleSetChange {
            rule_set: it.rule_set,
            before: it.before.map(RuleSetAnswer::from),
            after: it.after.map(RuleSetAnswer::from),
            criteria: list(it.criteria),
        }
    }
}

impl From<ToldTurned> for CriterionChange {
    fn from(it: ToldTurned) -> Self {
        CriterionChange {
            id: it.id,
            title: it.title,
            before: it.before,
            after: it.after,
            sentence: it.sentence,
        }
    }
}

impl From<ToldMovement> for ForecastMovement {
    fn from(it: ToldMovement) -> Self {
        ForecastMovement {
            kind: it.kind,
            from_pool: it.from_pool,
            to_pool: it.to_pool,
            exit_reason: it.exit_reason,
        }
    }
}

impl From<ToldDuty> for Duty {
    fn from(it: ToldDuty) -> Self {
        Duty {
            due: Day(it.due),
            opens: Day(it.opens),
            duty: it.duty,
            title: it.title,
            clause: DutyClause {
                document: it.document,
                article: it.article,
            },
            scheme: it.scheme,
            consequence: it.consequence,
            confidence: it.confidence,
            source: it.source,
        }
    }
}

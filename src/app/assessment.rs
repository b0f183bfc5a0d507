//! Assessment runs (评估): the whole population, or a district, judged by the pool rules on a day.
//!
//! A run reads in chunks, judges, and stores only what changed: a decision with its receipt, and a proposal where
//! the enterprise should move. What did not change costs reading, judging and a hash.

mod begin;
mod judge;
mod load;
mod meanwhile;
mod nightly;
mod record;
mod results;
mod run;
mod seen;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::domain::access::{ReadAssessments, Scope};
use crate::domain::at::At;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::date;
use crate::domain::drafting::parameters::parameters;
use crate::domain::field_error::{Fault, keep};
use crate::domain::ledger::{Event, Subject};
use crate::domain::rules::RuleSet;
use crate::domain::rules::model::Body;
use crate::store::assessments::{self, DecisionRow, RunRow};
use crate::store::{Conn, StoreError, enterprises};

use super::caller::Caller;
use super::error::AppError;
use super::{App, rules};

pub use begin::{begin, fail_interrupted, run};
pub use nightly::nightly;
pub use results::{ResultItem, results};
pub use run::{Preview, preview};
pub use seen::{SeenRun, Unmet, get, list};

/// What to assess.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// The pool rules, `CODE` or `CODE@date`; POOLS if not given.
    pub rule_set: Option<String>,
    /// Today if not given.
    pub as_of: Option<String>,
    /// Only this district.
    pub district_code: Option<String>,
    /// Judge and tell, store nothing of it.
    pub dry_run: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    pub id: String,
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub as_of: NaiveDate,
    /// Nothing recorded later was looked at.
    pub known_at: DateTime<Utc>,
    pub district_code: Option<String>,
    pub dry_run: bool,
    /// The yearly evaluation, which alone moves the failure counters.
    pub yearly: bool,
    pub state: String,
    pub done: i64,
    pub total: i64,
    pub summary: Summary,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Members of each pool when the run began.
    pub before: BTreeMap<String, i64>,
    /// Where the rules place each enterprise; UNDECIDED where that is open.
    pub placed: BTreeMap<String, i64>,
    /// Decisions that differ from the last ones.
    pub changed: i64,
    pub unchanged: i64,
    /// Proposed movements by kind.
    pub movements: BTreeMap<String, i64>,
    /// Members with their first failure noted.
    pub at_risk: i64,
    /// How many enterprises do not meet each criterion.
    pub unmet: BTreeMap<String, i64>,
}

/// The receipt of a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    pub id: String,
    pub uscc: String,
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub outcome: String,
    pub pool: Option<String>,
    /// What was looked at, canonical.
    pub inputs: String,
    /// What was found, canonical.
    pub result: String,
    /// `sha256:` over the inputs alone.
    pub inputs_hash: String,
    /// `sha256:` over rule set hash, inputs and result.
    pub hash: String,
    /// Of the engine that decided.
    pub engine_version: i64,
    /// The last ledger entry it knew of.
    pub known_seq: i64,
    pub seq: i64,
    /// Every value of the rule set that decides, as it read on the day: by its place, with unit and clause.
    pub parameters: Json,
    /// The rule sets it embeds, each with its own.
    pub embedded: Vec<Embedded>,
}

/// A rule set that another one embeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// `CODE@date`, or the bare code.
    pub name: String,
    pub hash: String,
    pub parameters: Json,
}

/// The receipt of a decision about an enterprise the caller may see.
pub fn decision(
    app: &App,
    caller: &Caller<ReadAssessments>,
    id: &str,
) -> Result<Receipt, AppError> {
    app.store.read(|conn| {
        let row = match is_id(id) {
            true => assessments::decision(conn, id)?,
            false => None,
        };
        let row = row.ok_or(AppError::NotFound)?;
        let found = enterprises::by_ids(conn, caller.scope(), &[&row.enterprise_id])?;
        let enterprise = found.into_iter().next().ok_or(AppError::NotFound)?;
        let rules = match rules::of_decision(app, conn, &row) {
            Ok(rules) => Some(rules.set),
            // The document was altered: the receipt is shown all the same, and a replay tells.
            Err(AppError::Internal(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(receipt(row, enterprise.uscc, rules.as_deref()))
    })
}

fn filter(district_code: Option<&str>) -> Json {
    match district_code {
        Some(code) => json!({ "district_code": code }),
        None => json!({}),
    }
}

/// A request checked and completed.
struct Plan {
    rules: rules::InForce,
    as_of: NaiveDate,
    district_code: Option<String>,
    dry_run: bool,
    total: i64,
}

/// The pool rules of the city, unless a request names others.
pub(super) const POLICY: &str = "POOLS";

fn plan(app: &App, request: &RunRequest) -> Result<Plan, AppError> {
    let today = app.env.clock.today();
    let mut errors = Vec::new();
    let day = request.as_of.as_deref().map(date::parse).transpose();
    let as_of = keep(day, "/as_of", &mut errors).flatten().unwrap_or(today);
    if as_of > today {
        errors.push(Fault::new("assessment.future").at("/as_of"));
    }
    if let Some(code) = &request.district_code {
        keep(
            codes::district(code).map(|_| ()),
            "/district_code",
            &mut errors,
        );
    }
    if !errors.is_empty() {
        return Err(AppError::Invalid { errors });
    }
    let at = At {
        as_of,
        known_at: app.env.clock.now(),
    };
    let asked = request.rule_set.as_deref().unwrap_or(POLICY);
    app.store.read(|conn| {
        let rules = rules::find(app, conn, asked, at)?;
        if !matches!(rules.set.body, Body::Pools(_)) {
            return Err(AppError::invalid(
                Fault::new("assessment.not_pools").at("/rule_set"),
            ));
        }
        let filter = enterprises::Filter {
            district_code: request.district_code.clone(),
            ..Default::default()
        };
        Ok(Plan {
            rules,
            as_of,
            district_code: request.district_code.clone(),
            dry_run: request.dry_run,
            total: enterprises::count(conn, &Scope::All, &filter)?,
        })
    })
}

impl Plan {
    fn filter(&self) -> Json {
        filter(self.district_code.as_deref())
    }

    /// The first run of a year on or after the day the rules name, over everybody: a run over a part of the
    /// population never is the yearly evaluation.
    fn yearly(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        let Body::Pools(pools) = &self.rules.set.body else {
            return Ok(false);
        };
        let Some(from) = pools.moves.yearly_from.in_year(self.as_of) else {
            return Ok(false);
        };
        if self.as_of < from || self.district_code.is_some() {
            return Ok(false);
        }
        let end = NaiveDate::from_ymd_opt(chrono::Datelike::year(&from), 12, 31).unwrap_or(from);
        Ok(!assessments::yearly_done(
            conn,
            &self.rules.set.code,
            from,
            end,
        )?)
    }
}

fn told(kind: &'static str, row: &RunRow) -> Event {
    let body = json!({
        "rule_set": row.rule_set,
        "rule_set_version": row.rule_version,
        "rule_set_hash": row.rule_hash,
        "as_of": row.as_of.to_string(),
        "filter": row.filter,
        "dry_run": row.dry_run,
        "yearly": row.yearly,
        "state": row.state,
        "summary": row.summary,
    });
    Event::new(kind, Subject::new("assessment_run", &row.id), body)
}

fn view(row: RunRow) -> Result<RunView, StoreError> {
    let filter: Json = serde_json::from_str(&row.filter).map_err(StoreError::corrupt)?;
    Ok(RunView {
        id: row.id,
        rule_set: row.rule_set,
        rule_set_version: row.rule_version,
        rule_set_hash: row.rule_hash,
        as_of: row.as_of,
        known_at: row.known_at.and_utc(),
        district_code: filter
            .get("district_code")
            .and_then(Json::as_str)
            .map(String::from),
        dry_run: row.dry_run,
        yearly: row.yearly,
        state: row.state,
        done: row.done,
        total: row.total,
        summary: serde_json::from_str(&row.summary).map_err(StoreError::corrupt)?,
        created_by: row.created_by,
        created_at: row.created_at.and_utc(),
        finished_at: row.finished_at.map(|at| at.and_utc()),
        version: row.seq,
    })
}

fn receipt(row: DecisionRow, uscc: String, rules: Option<&RuleSet>) -> Receipt {
    let mut embedded = Vec::new();
    if let Some(rules) = rules {
        embeds(rules, &mut embedded);
    }
    Receipt {
        id: row.id,
        uscc,
        rule_set: row.rule_set,
        rule_set_version: row.rule_version,
        rule_set_hash: row.rule_hash,
        as_of: row.as_of,
        known_at: row.known_at.and_utc(),
        outcome: row.outcome,
        pool: row.pool,
        inputs: row.inputs,
        result: row.result,
        inputs_hash: row.inputs_hash,
        hash: row.hash,
        engine_version: row.engine_version,
        known_seq: row.known_seq,
        seq: row.seq,
        parameters: rules.map_or(Json::Null, parameters),
        embedded,
    }
}

/// Each once, those that are embedded by embedded ones too.
fn embeds(rules: &RuleSet, found: &mut Vec<Embedded>) {
    for set in &rules.embeds {
        if found.iter().any(|it| it.hash == set.hash) {
            continue;
        }
        found.push(Embedded {
            name: set.name.clone(),
            hash: set.hash.clone(),
            parameters: parameters(set),
        });
        embeds(set, found);
    }
}

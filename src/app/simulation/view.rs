//! A finished simulation as it is shown.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::domain::messages::Lang;
use crate::store::StoreError;
use crate::store::simulations::SimulationRow;

/// A finished simulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulationView {
    pub id: String,
    pub rule_set: String,
    pub base_version: i64,
    pub base_hash: String,
    /// None for a document of no version, and for changed parameters.
    pub proposed_version: Option<i64>,
    pub proposed_hash: String,
    /// What was asked to differ: `{}`, `{version}`, `{parameters}` or `{document: hash}`.
    pub change: Json,
    pub as_of: NaiveDate,
    /// Nothing recorded later was looked at.
    pub known_at: DateTime<Utc>,
    pub district_code: Option<String>,
    pub industry_code: Option<String>,
    /// Firms looked at.
    pub total: i64,
    /// Firms in the list of movements.
    pub moved: i64,
    pub summary: Summary,
    /// `sha256:` over the canonical summary: equal for equal rules, firms and day.
    pub summary_hash: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a simulation came to. Every part counts each firm once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    pub counts: Counts,
    /// How many belong to each place under either version.
    pub places: Vec<PlaceCount>,
    /// From where to where.
    pub matrix: Vec<MatrixCell>,
    pub districts: Vec<PartCount>,
    /// By section (门类).
    pub industries: Vec<PartCount>,
    pub size_classes: Vec<PartCount>,
    /// The criteria that move firms, the commonest first.
    pub criteria: Vec<CriterionCount>,
    pub targets: Vec<TargetEffect>,
}

/// Firms by direction, in small letters: `promoted`, `unchanged` …
pub type Counts = BTreeMap<String, i64>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceCount {
    pub place: String,
    pub base: i64,
    pub proposed: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixCell {
    pub from: String,
    pub to: String,
    pub firms: i64,
}

/// A district, section or size class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCount {
    pub code: String,
    pub counts: Counts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionCount {
    pub id: String,
    pub title: String,
    pub title_en: String,
    /// Movers for whom the two versions answer it differently.
    pub firms: i64,
}

/// What the change does to a target of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetEffect {
    /// Of `packs/plan.toml`.
    pub id: String,
    /// QUALIFYING or RESERVE: what `base` and `proposed` count.
    pub measure: String,
    /// Firms looked at that hold the title on the day: what the plan counts.
    pub holders: i64,
    pub base: i64,
    pub proposed: i64,
    /// Firms of which it is open: they may count as well once their figures are there.
    pub open_base: i64,
    pub open_proposed: i64,
}

impl CriterionCount {
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.title,
            Lang::En => &self.title_en,
        }
    }
}

pub(super) fn filter(district_code: Option<&str>, industry_code: Option<&str>) -> Json {
    let mut given = Map::new();
    let mut note = |name: &str, code: Option<&str>| {
        if let Some(code) = code {
            given.insert(name.into(), code.into());
        }
    };
    note("district_code", district_code);
    note("industry_code", industry_code);
    Json::Object(given)
}

pub(super) fn view(row: SimulationRow) -> Result<SimulationView, StoreError> {
    let read = |text: &str| serde_json::from_str::<Json>(text).map_err(StoreError::corrupt);
    let filter = read(&row.filter)?;
    let given = |name: &str| filter.get(name).and_then(Json::as_str).map(String::from);
    Ok(SimulationView {
        id: row.id,
        rule_set: row.rule_set,
        base_version: row.base_version,
        base_hash: row.base_hash,
        proposed_version: row.proposed_version,
        proposed_hash: row.proposed_hash,
        change: read(&row.change)?,
        as_of: row.as_of,
        known_at: row.known_at.and_utc(),
        district_code: given("district_code"),
        industry_code: given("industry_code"),
        total: row.total,
        moved: row.moved,
        summary: serde_json::from_str(&row.summary).map_err(StoreError::corrupt)?,
        summary_hash: row.summary_hash,
        created_by: row.created_by,
        created_at: row.created_at.and_utc(),
        finished_at: row.finished_at.map(|at| at.and_utc()),
    })
}

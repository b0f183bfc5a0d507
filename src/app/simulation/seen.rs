//! Simulations and their lists as callers see them.

use std::collections::HashMap;

use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{SimulationView, view};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::list::{Filter, List};
use crate::app::table::{Column, Tabled, district, industry, place, text, word};
use crate::domain::access::ReadSimulations;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::messages::Lang;
use crate::domain::simulate::{Direction, SimulationState};
use crate::domain::words;
use crate::store::simulations::{self, MoverFilter, SimulationRow};
use crate::store::{Conn, StoreError};

/// What a list of movers is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
pub struct MoverQuery {
    #[param(example = "330602")]
    pub district_code: Option<String>,
    /// Pools: `PROMOTED`, `DEMOTED`, `WARNED`, `RELIEVED`; conditions: `GAINED`, `LOST`; sizes: `LARGER`, `SMALLER`;
    /// all: `UNKNOWN`.
    #[param(example = "DEMOTED")]
    pub direction: Option<String>,
}

/// A firm that stands elsewhere under the proposed rules.
#[derive(Debug, Clone, PartialEq)]
pub struct MoverView {
    /// Counts the movers of a simulation.
    pub place: i64,
    pub uscc: String,
    pub name: String,
    pub district_code: String,
    pub industry_code: String,
    pub size_class: String,
    pub from: String,
    pub to: String,
    pub direction: Direction,
    pub criteria: Vec<MovingCriterion>,
}

/// A criterion that the two versions answer differently.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MovingCriterion {
    pub id: String,
    /// In Chinese and English.
    #[serde(skip)]
    title: (String, String),
    /// A keep condition of the pool the firm is in.
    pub keep: bool,
    /// None where that version has no such criterion.
    pub base: Option<CriterionSide>,
    pub proposed: Option<CriterionSide>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CriterionSide {
    pub outcome: String,
    pub actual: Option<String>,
    pub required: Option<String>,
}

pub fn get(app: &App, _: &Caller<ReadSimulations>, id: &str) -> Result<SimulationView, AppError> {
    app.store.read(|conn| Ok(view(complete(conn, id)?)?))
}

/// Newest first.
pub struct Simulations;

impl List for Simulations {
    const NAME: &'static str = "simulations";
    type Reader = ReadSimulations;
    type Filter = ();
    type Row = SimulationView;
    type Position = String;

    fn page(
        app: &App,
        _: &Caller<ReadSimulations>,
        _: &(),
        before: Option<&String>,
        limit: usize,
    ) -> Result<Vec<SimulationView>, AppError> {
        app.store.read(|conn| {
            let rows = simulations::completed(conn, before.map(String::as_str), limit as i64)?;
            let found = rows.into_iter().map(|row| Ok(view(row)?));
            found.collect()
        })
    }

    fn position(row: &SimulationView) -> String {
        row.id.clone()
    }
}

/// The firms that move, in the order of their ids. Whoever reads simulations sees the whole register.
pub struct Movers;

/// Whom of a simulation to list.
#[derive(Debug, Clone)]
pub struct MoversOf {
    pub simulation_id: String,
    pub filter: MoverQuery,
}

impl List for Movers {
    const NAME: &'static str = "simulation-movements";
    type Reader = ReadSimulations;
    type Filter = MoversOf;
    type Row = MoverView;
    type Position = i64;

    fn page(
        app: &App,
        _: &Caller<ReadSimulations>,
        asked: &MoversOf,
        after: Option<&i64>,
        limit: usize,
    ) -> Result<Vec<MoverView>, AppError> {
        let (id, query) = (&asked.simulation_id, &asked.filter);
        let direction = query.direction();
        let direction = direction.map_err(|fault| AppError::invalid(fault.at("/direction")))?;
        app.store.read(|conn| {
            let simulation = view(complete(conn, id)?)?;
            let titles = titles(&simulation);
            let filter = MoverFilter {
                district_code: query.district_code.clone(),
                direction,
            };
            let rows = simulations::movers(conn, id, &filter, after.copied(), limit as i64)?;
            rows.into_iter()
                .map(|(row, uscc, name)| {
                    let mut criteria: Vec<MovingCriterion> =
                        serde_json::from_str(&row.criteria).map_err(StoreError::corrupt)?;
                    for it in &mut criteria {
                        it.title = titles.get(&it.id).cloned().unwrap_or_default();
                    }
                    Ok(MoverView {
                        place: row.place,
                        uscc,
                        name,
                        district_code: row.district_code,
                        industry_code: row.industry_code,
                        size_class: row.size_class,
                        from: row.stood,
                        to: row.stands,
                        direction: *row.direction,
                        criteria,
                    })
                })
                .collect()
        })
    }

    fn position(row: &MoverView) -> i64 {
        row.place
    }
}

impl Filter for MoversOf {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        self.filter.check()
    }
}

impl Filter for MoverQuery {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Some(code) = &self.district_code {
            let known = codes::district(code).map(|_| ());
            keep(known, "/district_code", &mut errors);
        }
        keep(self.direction(), "/direction", &mut errors);
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
    }
}

impl MoverQuery {
    fn direction(&self) -> Result<Option<Direction>, Fault> {
        let choices = || Direction::ALL.map(Direction::as_str).join(", ");
        let known = |code: &String| {
            Direction::parse(code)
                .ok_or_else(|| Fault::new("field.choice").with("choices", choices()))
        };
        self.direction.as_ref().map(known).transpose()
    }
}

impl MovingCriterion {
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.title.0,
            Lang::En => &self.title.1,
        }
    }

    /// In one line, in Chinese: what each version found and asks for.
    pub fn in_words(&self) -> String {
        let side = |side: &Option<CriterionSide>| match side {
            None => "无此条件".to_owned(),
            Some(side) => {
                let outcome = words::zh("outcomes", &side.outcome);
                match (&side.actual, &side.required) {
                    (Some(actual), Some(required)) => {
                        format!("{outcome}（实际 {actual}，要求 {required}）")
                    }
                    _ => outcome.to_owned(),
                }
            }
        };
        let keep = if self.keep { "保持条件 " } else { "" };
        let (title, base, proposed) = (&self.title.0, side(&self.base), side(&self.proposed));
        format!("{keep}{title}：{base} → {proposed}")
    }
}

/// One that is not complete does not show.
fn complete(conn: &mut Conn, id: &str) -> Result<SimulationRow, AppError> {
    let row = match is_id(id) {
        true => simulations::by_id(conn, id)?,
        false => None,
    };
    row.filter(|row| row.state == SimulationState::Completed)
        .ok_or(AppError::NotFound)
}

/// Every criterion of the list is counted in the summary.
fn titles(simulation: &SimulationView) -> HashMap<String, (String, String)> {
    let counted = simulation.summary.criteria.iter();
    counted
        .map(|it| (it.id.clone(), (it.title.clone(), it.title_en.clone())))
        .collect()
}

impl Tabled for MoverView {
    const COLUMNS: &'static [Column<Self>] = &[
        ("统一社会信用代码", |it| text(&it.uscc)),
        ("企业名称", |it| text(&it.name)),
        ("所属区县", |it| district(&it.district_code)),
        ("行业代码", |it| text(&it.industry_code)),
        ("行业名称", |it| industry(&it.industry_code)),
        ("企业规模", |it| place(&it.size_class)),
        ("现行规则", |it| place(&it.from)),
        ("拟议规则", |it| place(&it.to)),
        ("方向", |it| word("directions", it.direction.as_str())),
        ("引起变动的条件", |it| {
            let told = it.criteria.iter().map(MovingCriterion::in_words);
            text(&told.collect::<Vec<_>>().join("；"))
        }),
    ];
}

//! Simulations and their lists as callers see them.

use std::collections::HashMap;

use serde::Deserialize;

use super::{SimulationView, view};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::ReadSimulations;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::messages::Lang;
use crate::domain::simulate::Direction;
use crate::domain::words;
use crate::store::simulations::{self, MoverFilter, SimulationRow};
use crate::store::{Conn, StoreError};

/// What a list of movers is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoverQuery {
    pub district_code: Option<String>,
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
    pub direction: String,
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

/// Newest first; `before` is the id of the last one of the page before.
pub fn list(
    app: &App,
    _: &Caller<ReadSimulations>,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<SimulationView>, AppError> {
    app.store.read(|conn| {
        let rows = simulations::completed(conn, before, limit as i64)?;
        rows.into_iter()
            .map(|row| view(row).map_err(AppError::from))
            .collect()
    })
}

/// The firms that move, in the order of their ids. Whoever reads simulations sees the whole register.
pub fn movers(
    app: &App,
    _: &Caller<ReadSimulations>,
    id: &str,
    query: &MoverQuery,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<MoverView>, AppError> {
    app.store.read(|conn| {
        let simulation = view(complete(conn, id)?)?;
        let titles = titles(&simulation);
        let filter = MoverFilter {
            district_code: query.district_code.clone(),
            direction: query.direction.clone(),
        };
        let rows = simulations::movers(conn, id, &filter, after, limit as i64)?;
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
                    direction: row.direction,
                    criteria,
                })
            })
            .collect()
    })
}

impl MoverQuery {
    /// Tells every filter that names nothing there is: an empty list would hide the slip.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Some(code) = &self.district_code {
            let known = codes::district(code).map(|_| ());
            keep(known, "/district_code", &mut errors);
        }
        if let Some(code) = &self.direction {
            let choices = || Direction::ALL.map(Direction::as_str).join(", ");
            let known = Direction::parse(code)
                .ok_or_else(|| Fault::new("field.choice").with("choices", choices()));
            keep(known, "/direction", &mut errors);
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
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
    row.filter(|row| row.state == "COMPLETED")
        .ok_or(AppError::NotFound)
}

/// Every criterion of the list is counted in the summary.
fn titles(simulation: &SimulationView) -> HashMap<String, (String, String)> {
    let counted = simulation.summary.criteria.iter();
    counted
        .map(|it| (it.id.clone(), (it.title.clone(), it.title_en.clone())))
        .collect()
}

//! Runs as callers see them: those over everybody and those over the own district, with what they came to only where
//! the caller may see all that they cover.

use std::sync::Arc;

use super::plan::filter;
use super::view::{RunView, Summary, view};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::{App, rules};
use crate::domain::access::{ReadAssessments, Scope};
use crate::domain::clock::is_id;
use crate::domain::messages::Lang;
use crate::domain::rules::RuleSet;
use crate::store::assessments::{self, RunRow};
use crate::store::{Conn, StoreError, enterprises};

/// A run as a caller sees it.
#[derive(Debug, Clone)]
pub struct SeenRun {
    /// Runs are counted.
    pub number: i64,
    pub run: RunView,
    /// Whether the caller may see all that the run covers, and so what it came to.
    pub whole: bool,
    /// What it was judged by.
    pub rules: Arc<RuleSet>,
}

/// How many enterprises do not meet a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet<'a> {
    pub criterion: &'a str,
    pub title: &'a str,
    pub enterprises: i64,
}

/// One run, if it covers anything the caller may see.
pub fn get(app: &App, caller: &Caller<ReadAssessments>, id: &str) -> Result<SeenRun, AppError> {
    app.store.read(|conn| {
        let home = Home::of(conn, caller.scope())?;
        let row = run_in(conn, &home, id)?;
        home.shown(app, conn, row)
    })
}

/// Newest first; `before` is the number of the last run of the page before.
pub fn list(
    app: &App,
    caller: &Caller<ReadAssessments>,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<SeenRun>, AppError> {
    app.store.read(|conn| {
        let home = Home::of(conn, caller.scope())?;
        let filters = home.filters();
        let rows = assessments::runs(conn, filters.as_deref(), before, limit as i64)?;
        rows.into_iter()
            .map(|row| home.shown(app, conn, row))
            .collect()
    })
}

impl Summary {
    /// The criteria that are not met, the commonest first.
    pub fn commonest<'a>(&self, rules: &'a RuleSet, lang: Lang) -> Vec<Unmet<'a>> {
        let mut unmet: Vec<Unmet<'a>> = rules
            .criteria()
            .filter_map(|it| {
                let enterprises = *self.unmet.get(&it.id)?;
                Some(Unmet {
                    criterion: &it.id,
                    title: it.title.in_lang(lang),
                    enterprises,
                })
            })
            .collect();
        // Stable: among equals the order of the rule set.
        unmet.sort_by_key(|it| std::cmp::Reverse(it.enterprises));
        unmet
    }
}

/// Which runs concern a caller: those over everybody and those over the own district.
pub(super) enum Home {
    City,
    /// The districts, and whether all that lies there is the caller's.
    Districts(Vec<String>, bool),
    Nowhere,
}

impl Home {
    pub(super) fn of(conn: &mut Conn, scope: &Scope) -> Result<Home, StoreError> {
        Ok(match scope {
            Scope::All => Home::City,
            Scope::District(code) => Home::Districts(vec![code.clone()], true),
            Scope::Enterprise(_) | Scope::Delegated(_) => {
                match enterprises::districts_of(conn, scope)? {
                    none if none.is_empty() => Home::Nowhere,
                    districts => Home::Districts(districts, false),
                }
            }
            Scope::Nothing => Home::Nowhere,
        })
    }

    /// The filters of the runs that concern the caller; `None` where all do.
    fn filters(&self) -> Option<Vec<String>> {
        match self {
            Home::City => None,
            Home::Districts(codes, _) => {
                let city = filter(None).to_string();
                let own = codes.iter().map(|code| filter(Some(code)).to_string());
                Some(std::iter::once(city).chain(own).collect())
            }
            Home::Nowhere => Some(Vec::new()),
        }
    }

    fn shown(&self, app: &App, conn: &mut Conn, row: RunRow) -> Result<SeenRun, AppError> {
        let rules = rules::of_run(app, conn, &row)?.set;
        let (number, run) = (row.run_no, view(row)?);
        let whole = match self {
            Home::City => true,
            Home::Districts(codes, all) => {
                *all && run
                    .district_code
                    .as_ref()
                    .is_some_and(|it| codes.contains(it))
            }
            Home::Nowhere => false,
        };
        Ok(SeenRun {
            number,
            run,
            whole,
            rules,
        })
    }
}

pub(super) fn run_in(conn: &mut Conn, home: &Home, id: &str) -> Result<RunRow, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    let row = assessments::run_by_id(conn, id)?.ok_or(AppError::NotFound)?;
    match home.filters() {
        Some(filters) if !filters.contains(&row.filter) => Err(AppError::NotFound),
        _ => Ok(row),
    }
}

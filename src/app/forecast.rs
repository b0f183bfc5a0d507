//! Forecast (预测) and tasks (待办): what time brings to one enterprise, and what is to be done now.

pub mod face;

use chrono::{Months, NaiveDate};

use crate::domain::access::{ReadEligibility, Scope};
use crate::domain::at::At;
use crate::domain::date;
use crate::domain::duties::{self, Due};
use crate::domain::evaluate::{ExplainedUnknown, verdict};
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::forecast::{Asked, Fact, Forecast, History, State, Told, forecast, told};
use crate::domain::messages::Lang;
use crate::domain::rules::Library;
use crate::domain::tell::unknown_of;
use crate::store::profile::{Known, Of, Seen, Topic};
use crate::store::{self, Conn, certifications, enterprises, memberships};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::caller::Caller;
use super::error::AppError;
use super::rules::POLICY;
use super::{App, enterprise, profile, recorded};

/// A forecast reaches at most so far: rules of the day after tomorrow are not written yet.
pub const MOST_YEARS: u32 = 10;

/// All that is needed to tell a forecast in any language.
pub struct Forecasted {
    pub uscc: String,
    pub at: At,
    pub until: NaiveDate,
    only: Option<String>,
    history: History,
    forecast: Forecast,
    duties: Vec<Due>,
}

impl Forecasted {
    pub fn told(&self, lang: Lang) -> Told {
        let asked = asked(self.at, self.until, self.only.as_deref());
        told(&self.history, &self.forecast, &self.duties, asked, lang)
    }
}

/// What the passing of time alone brings from `as_of` until a day (a year later if none is named), by what is known at
/// the instant; by all rule sets or one.
pub fn of_enterprise(
    app: &App,
    caller: &Caller<ReadEligibility>,
    uscc: &str,
    until: Option<&str>,
    rule_set: Option<&str>,
    at: At,
) -> Result<Forecasted, AppError> {
    let until = last_day(until, at.as_of).map_err(AppError::invalid)?;
    app.store.read(|conn| {
        let (uscc, history) = history(conn, caller.scope(), uscc, at)?;
        if history.state(at.as_of).is_none() {
            return Err(AppError::NotFound);
        }
        let library = app.rules.library(conn, at.known_at)?;
        let (only, library) = match rule_set {
            None => (None, library),
            Some(named) => {
                let unknown = || AppError::invalid(Fault::new("rule_set.unknown").at("/rule_set"));
                let (code, library) = chosen(&library, named).ok_or_else(unknown)?;
                (Some(code), library)
            }
        };
        let asked = asked(at, until, only.as_deref());
        let forecast = forecast(&history, &library, asked).ok_or(AppError::NotFound)?;
        Ok(Forecasted {
            uscc,
            at,
            until,
            only,
            duties: duties::due(&history.holder(at.as_of), at.as_of, until),
            forecast,
            history,
        })
    })
}

/// What is to be done on a day.
pub struct Tasks {
    pub uscc: String,
    pub at: At,
    /// Duties that are open, in the order in which they fall due.
    pub duties: Vec<Due>,
    library: Arc<Library>,
    history: History,
}

/// A fact to be recorded, with the rule sets whose answer it keeps open.
pub struct FactTask<'a> {
    pub unknown: ExplainedUnknown<'a>,
    pub rule_sets: Vec<&'a str>,
}

impl Tasks {
    /// Facts that are not recorded and keep the answer of a rule set open; those that settle most first.
    pub fn facts(&self, lang: Lang) -> Vec<FactTask<'_>> {
        let Some(profile) = self.history.profile(self.at.as_of) else {
            return Vec::new();
        };
        let mut found: BTreeMap<&str, FactTask<'_>> = BTreeMap::new();
        for set in self.library.all_in_force(self.at.as_of) {
            let verdict = verdict(set, &profile);
            if !verdict.outcome.is_undecided() && verdict.undecided.is_empty() {
                continue;
            }
            for unknown in unknown_of(set, &profile, lang) {
                let task = found.entry(unknown.fact).or_insert_with(|| FactTask {
                    unknown: unknown.clone(),
                    rule_sets: Vec::new(),
                });
                let years = unknown.years.iter();
                let new: Vec<i32> = years
                    .filter(|it| !task.unknown.years.contains(it))
                    .copied()
                    .collect();
                task.unknown.years.extend(new);
                task.unknown.years.sort_unstable();
                task.rule_sets.push(&set.code);
            }
        }
        let mut tasks: Vec<FactTask<'_>> = found.into_values().collect();
        tasks.sort_by_key(|it| std::cmp::Reverse(it.rule_sets.len()));
        tasks
    }
}

/// The duties that are open on a day, and the facts that keep rule sets open.
pub fn tasks(
    app: &App,
    caller: &Caller<ReadEligibility>,
    uscc: &str,
    at: At,
) -> Result<Tasks, AppError> {
    app.store.read(|conn| {
        let (uscc, history) = history(conn, caller.scope(), uscc, at)?;
        if history.state(at.as_of).is_none() {
            return Err(AppError::NotFound);
        }
        Ok(Tasks {
            uscc,
            at,
            duties: duties::open_on(&history.holder(at.as_of), at.as_of),
            library: app.rules.library(conn, at.known_at)?,
            history,
        })
    })
}

/// The code that is named, and the rules to go by: of `CODE@date` that version and no other, whatever replaces it.
fn chosen(library: &Arc<Library>, named: &str) -> Option<(String, Arc<Library>)> {
    if named.contains('@') {
        let (code, version) = library.version(named)?;
        return Some((code, Arc::new(version)));
    }
    let known = library.iter().any(|it| it.code == named);
    known.then(|| (named.to_owned(), library.clone()))
}

fn asked(at: At, until: NaiveDate, only: Option<&str>) -> Asked<'_> {
    Asked {
        as_of: at.as_of,
        until,
        policy: POLICY,
        only,
    }
}

fn last_day(until: Option<&str>, as_of: NaiveDate) -> Result<NaiveDate, FieldError> {
    let far = |years: u32| as_of.checked_add_months(Months::new(12 * years));
    let furthest = far(MOST_YEARS).unwrap_or(date::LAST_DAY);
    let Some(until) = until else {
        return Ok(far(1).unwrap_or(furthest));
    };
    let fault = match date::parse(until) {
        Err(fault) => fault,
        Ok(day) if day < as_of => Fault::new("forecast.until_order"),
        Ok(day) if day > furthest => Fault::new("forecast.until_range").with("years", MOST_YEARS),
        Ok(day) => return Ok(day),
    };
    Err(fault.at("/until"))
}

/// All that is recorded, as known at the instant.
fn history(
    conn: &mut Conn,
    scope: &Scope,
    uscc: &str,
    at: At,
) -> Result<(String, History), AppError> {
    let row = enterprise::find(conn, scope, uscc)?;
    let mut states = Vec::new();
    for state in enterprise::standing(enterprises::states(conn, &row.id, at.known_at)?) {
        states.push(State {
            from: state.effective_from,
            name: state.name,
            registered_on: state.registered_on,
            district_code: state.district_code,
            legal_status: *state.legal_status,
        });
    }
    let seen = Seen {
        as_of: at.as_of,
        known: Known::At(at.known_at),
    };
    let statements = store::profile::statements(conn, Of::One(&row.id), Topic::All, seen)?;
    let facts: Vec<Fact> = profile::stated(&statements)?;
    let held = certifications::of_enterprise(conn, &row.id, at.known_at)?;
    let mut memberships = memberships::of_enterprise(conn, &row.id, at.known_at)?;
    // As they stood on the day: what began later had not, and what ended later had not ended.
    memberships.retain(|it| it.started_on <= at.as_of);
    for membership in &mut memberships {
        if membership.ended_on.is_some_and(|end| at.as_of < end) {
            membership.ended_on = None;
        }
    }
    let titles = held.into_iter().map(profile::title_of).collect();
    let history = History {
        states,
        facts,
        titles,
        standing: recorded::standing(memberships.iter()),
    };
    Ok((row.uscc, history))
}

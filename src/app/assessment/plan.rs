//! What a run is asked for, checked and completed.

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::app::error::AppError;
use crate::app::{App, rules};
use crate::domain::access::Scope;
use crate::domain::at::At;
use crate::domain::field_error::{Fault, keep};
use crate::domain::rules::model::Body;
use crate::domain::{codes, date};
use crate::store::{Conn, StoreError, assessments, enterprises};

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

pub(super) fn filter(district_code: Option<&str>) -> Json {
    match district_code {
        Some(code) => json!({ "district_code": code }),
        None => json!({}),
    }
}

/// A request checked and completed.
pub(super) struct Plan {
    pub rules: rules::InForce,
    pub as_of: NaiveDate,
    pub district_code: Option<String>,
    pub dry_run: bool,
    pub total: i64,
}

pub(super) fn plan(app: &App, request: &RunRequest) -> Result<Plan, AppError> {
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
    let asked = request.rule_set.as_deref().unwrap_or(rules::POLICY);
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
    pub fn filter(&self) -> Json {
        filter(self.district_code.as_deref())
    }

    /// The first run of a year on or after the day the rules name, over everybody: a run over a part of the
    /// population never is the yearly evaluation.
    pub fn yearly(&self, conn: &mut Conn) -> Result<bool, StoreError> {
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

//! What of a list is exported: the same filters as the list itself takes.

use serde_json::{Map, Value as Json};

use crate::app::enterprise::ListQuery;
use crate::app::list::Filter;
use crate::app::membership::MemberFilter;
use crate::app::movement::MovementQuery;
use crate::app::simulation::MoverQuery;
use crate::domain::at::At;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::pool::Pool;

/// A list with its filter.
#[derive(Debug, Clone)]
pub enum Selection {
    /// 企业名单, as it stands now
    Enterprises(ListQuery),
    /// 在库名单
    Memberships(MembershipQuery),
    /// 移库记录
    Movements(MovementQuery),
    /// 推演变动名单
    Movers(MoversQuery),
}

/// Who is in a pool on a day.
#[derive(Debug, Clone)]
pub struct MembershipQuery {
    /// All three if not given.
    pub pool: Option<String>,
    pub filter: MemberFilter,
    pub at: At,
}

/// Who would move in a what-if.
#[derive(Debug, Clone)]
pub struct MoversQuery {
    pub simulation_id: Option<String>,
    pub filter: MoverQuery,
}

impl Selection {
    /// Tells every filter that names nothing there is: an empty file would hide the slip.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let checked = match self {
            Selection::Enterprises(query) => query.check(),
            Selection::Memberships(query) => query.check(),
            Selection::Movements(query) => query.check(),
            Selection::Movers(query) => query.check(),
        };
        checked.map_err(|mut errors| {
            for error in &mut errors {
                error.pointer.insert_str(0, "/filter");
            }
            errors
        })
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Selection::Enterprises(_) => "enterprises",
            Selection::Memberships(_) => "memberships",
            Selection::Movements(_) => "movements",
            Selection::Movers(_) => "simulation-movements",
        }
    }

    /// The file's name, before its day.
    pub fn title(&self) -> &'static str {
        match self {
            Selection::Enterprises(_) => "企业名单",
            Selection::Memberships(_) => "在库名单",
            Selection::Movements(_) => "移库记录",
            Selection::Movers(_) => "推演变动名单",
        }
    }

    /// The filters that were given, for the ledger.
    pub fn given(&self) -> Json {
        let mut given = Map::new();
        let mut note = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                given.insert(name.into(), value.into());
            }
        };
        match self {
            Selection::Enterprises(query) => {
                note("district_code", query.district_code.as_deref());
                note("pool", query.pool.as_deref());
                note("scheme", query.scheme.as_deref());
                note("industry_code", query.industry_code.as_deref());
                note("status", query.status.as_deref());
                note("q", query.q.as_deref());
            }
            Selection::Memberships(query) => {
                note("pool", query.pool.as_deref());
                note("district_code", query.filter.district_code.as_deref());
                note("at_risk", query.filter.at_risk.map(yes_no));
                note("as_of", Some(&query.at.as_of.to_string()));
            }
            Selection::Movements(query) => {
                note("state", query.state.as_deref());
                note("kind", query.kind.as_deref());
                note("district_code", query.district_code.as_deref());
                note("run_id", query.run_id.as_deref());
                note("uscc", query.uscc.as_deref());
            }
            Selection::Movers(query) => {
                note("simulation_id", query.simulation_id.as_deref());
                note("district_code", query.filter.district_code.as_deref());
                note("direction", query.filter.direction.as_deref());
            }
        }
        Json::Object(given)
    }
}

impl MoversQuery {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = self.filter.check().err().unwrap_or_default();
        match self.simulation_id.as_deref() {
            None => errors.push(FieldError::new("/simulation_id", "field.required")),
            Some(id) if !is_id(id) => {
                errors.push(FieldError::new("/simulation_id", "field.invalid"));
            }
            Some(_) => {}
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
    }
}

impl MembershipQuery {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Some(code) = &self.pool {
            let choices = || Pool::ALL.map(Pool::as_str).join(", ");
            let known = Pool::parse(code)
                .ok_or_else(|| Fault::new("field.choice").with("choices", choices()));
            keep(known, "/pool", &mut errors);
        }
        if let Some(code) = &self.filter.district_code {
            keep(codes::district(code), "/district_code", &mut errors);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

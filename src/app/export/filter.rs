//! What of a list is exported: the same filters as the list itself takes.

use serde_json::{Map, Value as Json};

use crate::app::enterprise::ListQuery;
use crate::domain::at::At;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::words;

pub use crate::app::movement::MovementQuery as MovementFilter;

/// A list with its filter.
#[derive(Debug, Clone)]
pub enum Selection {
    /// 企业名单, as it stands now
    Enterprises(ListQuery),
    /// 在库名单
    Memberships(MembershipFilter),
    /// 移库记录
    Movements(MovementFilter),
}

/// Who is in a pool on a day.
#[derive(Debug, Clone)]
pub struct MembershipFilter {
    /// All three if not given.
    pub pool: Option<String>,
    pub district_code: Option<String>,
    pub at: At,
}

type Check = fn(&str) -> Result<(), Fault>;

impl Selection {
    /// Tells every filter that names nothing there is: an empty file would hide the slip.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut look = |name: &str, given: &Option<String>, check: Check| {
            if let Some(given) = given {
                keep(check(given), &format!("/filter/{name}"), &mut errors);
            }
        };
        match self {
            Selection::Enterprises(query) => {
                errors = query.check().err().unwrap_or_default();
                for error in &mut errors {
                    error.pointer.insert_str(0, "/filter");
                }
            }
            Selection::Memberships(filter) => {
                look("pool", &filter.pool, |code| choice("pools", code));
                look("district_code", &filter.district_code, district);
            }
            Selection::Movements(filter) => {
                look("state", &filter.state, |code| {
                    choice("movement_states", code)
                });
                look("kind", &filter.kind, |code| choice("movement_kinds", code));
                look("district_code", &filter.district_code, district);
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Selection::Enterprises(_) => "enterprises",
            Selection::Memberships(_) => "memberships",
            Selection::Movements(_) => "movements",
        }
    }

    /// The file's name, before its day.
    pub fn title(&self) -> &'static str {
        match self {
            Selection::Enterprises(_) => "企业名单",
            Selection::Memberships(_) => "在库名单",
            Selection::Movements(_) => "移库记录",
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
            Selection::Memberships(filter) => {
                note("pool", filter.pool.as_deref());
                note("district_code", filter.district_code.as_deref());
                note("as_of", Some(&filter.at.as_of.to_string()));
            }
            Selection::Movements(filter) => {
                note("state", filter.state.as_deref());
                note("kind", filter.kind.as_deref());
                note("district_code", filter.district_code.as_deref());
                note("run_id", filter.run_id.as_deref());
            }
        }
        Json::Object(given)
    }
}

fn district(code: &str) -> Result<(), Fault> {
    codes::district(code).map(|_| ())
}

fn choice(list: &str, code: &str) -> Result<(), Fault> {
    let choices: Vec<&str> = words::of(list).map(|word| word.code.as_str()).collect();
    if choices.contains(&code) {
        Ok(())
    } else {
        Err(Fault::new("field.choice").with("choices", choices.join(", ")))
    }
}

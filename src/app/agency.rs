//! Agencies (代理机构): firms that act for enterprises. What they may do the enterprises say, by delegation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::access::{ManageAgencies, ReadAgencies};
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::ledger::{Event, Subject};
use crate::domain::text;
use crate::domain::uscc::Uscc;
use crate::store::agencies::{self, AgencyRow};
use crate::store::{Changed, Conn};

use super::caller::Caller;
use super::error::AppError;
use super::expected::{Expected, Versioned};
use super::{App, Done};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyView {
    pub uscc: String,
    pub name: String,
    /// `ACTIVE` or `DISABLED`.
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Versioned for AgencyView {
    fn version(&self) -> i64 {
        self.version
    }
}

#[derive(Debug, Clone, Default)]
pub struct AgencyInput {
    pub uscc: Option<String>,
    pub name: Option<String>,
}

/// What is given replaces what was.
#[derive(Debug, Clone, Default)]
pub struct AgencyPatch {
    pub name: Option<String>,
    pub state: Option<String>,
}

pub fn register(
    app: &App,
    caller: &Caller<ManageAgencies>,
    input: &AgencyInput,
) -> Result<Done<AgencyView>, AppError> {
    let mut errors = Vec::new();
    let required = || Fault::new("field.required");
    let uscc = input.uscc.as_deref().ok_or_else(required);
    let uscc = uscc.and_then(|raw| Uscc::parse_with_override(raw, None));
    let uscc = keep(uscc, "/uscc", &mut errors);
    let name = input.name.as_deref().ok_or_else(required);
    let name = keep(name.and_then(text::enterprise_name), "/name", &mut errors);
    let (Some(uscc), Some(name)) = (uscc, name) else {
        return Err(AppError::Invalid { errors });
    };
    app.store.write(&caller.stamp(), move |tx| {
        let uscc = uscc.uscc.to_string();
        if agencies::by_uscc(tx.conn, &uscc)?.is_some() {
            return Err(AppError::conflict("agency.uscc_taken"));
        }
        let row = AgencyRow {
            id: tx.new_id(),
            uscc,
            name,
            state: "ACTIVE".into(),
            created_by: tx.actor.into(),
            created_at: tx.now.naive_utc(),
            updated_at: tx.now.naive_utc(),
            seq: tx.seq,
        };
        agencies::insert(tx.conn, &row)?;
        let event = told("AGENCY_REGISTERED", &row);
        Ok(Changed::new(view(row), event))
    })
}

/// In the order in which they were put on record, after the one of a code.
pub fn list(
    app: &App,
    _: &Caller<ReadAgencies>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<AgencyView>, AppError> {
    app.store.read(|conn| {
        let after = match after {
            None => String::new(),
            Some(uscc) => find(conn, uscc)?.id,
        };
        let found = agencies::page(conn, &after, limit)?;
        Ok(found.into_iter().map(view).collect())
    })
}

pub fn get(app: &App, _: &Caller<ReadAgencies>, uscc: &str) -> Result<AgencyView, AppError> {
    app.store.read(|conn| Ok(view(find(conn, uscc)?)))
}

/// A disabled agency's programs are let in no more, from the next request on.
pub fn amend(
    app: &App,
    caller: &Caller<ManageAgencies>,
    uscc: &str,
    expected: Expected,
    patch: &AgencyPatch,
) -> Result<Done<AgencyView>, AppError> {
    let mut errors = Vec::new();
    let name = patch.name.as_deref().map(text::enterprise_name).transpose();
    let name = keep(name, "/name", &mut errors).flatten();
    let state = patch.state.as_deref().map(state).transpose();
    let state = keep(state, "/state", &mut errors).flatten();
    if !errors.is_empty() {
        return Err(AppError::Invalid { errors });
    }
    let uscc = uscc.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        let before = find(tx.conn, &uscc)?;
        expected.check(before.seq)?;
        let mut row = before.clone();
        row.name = name.unwrap_or(row.name);
        row.state = state.map_or(row.state, String::from);
        if row == before {
            return Ok(Changed::unchanged(view(before)));
        }
        row.updated_at = tx.now.naive_utc();
        row.seq = tx.seq;
        agencies::update(tx.conn, &row)?;
        let event = told("AGENCY_CHANGED", &row);
        Ok(Changed::new(view(row), event))
    })
}

/// One that is named in a body.
pub(super) fn named(conn: &mut Conn, uscc: &str, pointer: &str) -> Result<AgencyRow, AppError> {
    find(conn, uscc).map_err(|error| match error {
        AppError::NotFound => AppError::invalid(FieldError::new(pointer, "agency.unknown")),
        other => other,
    })
}

pub(super) fn state(text: &str) -> Result<&'static str, Fault> {
    const STATES: [&str; 2] = ["ACTIVE", "DISABLED"];
    let known = STATES.into_iter().find(|it| *it == text);
    known.ok_or_else(|| Fault::new("state.unknown").with("choices", STATES.join(", ")))
}

fn find(conn: &mut Conn, uscc: &str) -> Result<AgencyRow, AppError> {
    // What is no code names nothing, and some of it no database takes (PostgreSQL refuses a NUL).
    if Uscc::from_stored(uscc).is_err() {
        return Err(AppError::NotFound);
    }
    agencies::by_uscc(conn, uscc)?.ok_or(AppError::NotFound)
}

fn told(kind: &'static str, row: &AgencyRow) -> Event {
    let body = json!({"uscc": row.uscc, "name": row.name, "state": row.state});
    Event::new(kind, Subject::new("agency", &row.id), body)
}

fn view(row: AgencyRow) -> AgencyView {
    AgencyView {
        uscc: row.uscc,
        name: row.name,
        state: row.state,
        created_at: row.created_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
        version: row.seq,
    }
}

//! Agencies (代理机构): firms that act for enterprises. What they may do the enterprises say, by delegation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{ManageAgencies, ReadAgencies, State};
use crate::domain::event::Event;
use crate::domain::event::access::AgencyState;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::text;
use crate::domain::uscc::Uscc;
use crate::store::agencies::{self, AgencyRow};
use crate::store::typed::Typed;
use crate::store::{Changed, Conn};

use super::caller::Caller;
use super::error::AppError;
use super::expected::Expected;
use super::list::List;
use super::shown::{Instant, Versioned};
use super::{App, Done};

/// An agency (代理机构).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Agency {
    pub uscc: String,
    pub name: String,
    /// `ACTIVE` or `DISABLED`: then its API clients are let in no more.
    pub state: String,
    pub created_at: Instant,
    pub updated_at: Instant,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NewAgency {
    #[schema(example = "91330602MAFF89BB62")]
    pub uscc: Option<String>,
    #[schema(example = "绍兴示例科技咨询有限公司")]
    pub name: Option<String>,
}

// What is given replaces what was.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AgencyChange {
    pub name: Option<String>,
    /// `ACTIVE` or `DISABLED`.
    pub state: Option<String>,
}

pub fn register(
    app: &App,
    caller: &Caller<ManageAgencies>,
    input: &NewAgency,
) -> Result<Done<Versioned<Agency>>, AppError> {
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
        let mut row = AgencyRow {
            id: tx.new_id(),
            uscc,
            name,
            state: State::Active.into(),
            created_by: tx.actor.into(),
            created_at: tx.now.naive_utc(),
            updated_at: tx.now.naive_utc(),
            seq: 0,
        };
        let seq = tx.tell(Event::AgencyRegistered(state_of(&row)))?;
        row.seq = seq.get();
        agencies::insert(tx.conn, &row)?;
        Ok(Changed::new(view(row), seq))
    })
}

/// In the order in which they were put on record.
pub struct Agencies;

impl List for Agencies {
    const NAME: &'static str = "agencies";
    type Reader = ReadAgencies;
    type Filter = ();
    type Row = Agency;
    type Position = String;

    fn page(
        app: &App,
        _: &Caller<ReadAgencies>,
        _: &(),
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<Agency>, AppError> {
        app.store.read(|conn| {
            let after = match after {
                None => String::new(),
                Some(uscc) => find(conn, uscc)?.id,
            };
            let found = agencies::page(conn, &after, limit as i64)?;
            Ok(found.into_iter().map(|row| view(row).record).collect())
        })
    }

    fn position(row: &Agency) -> String {
        row.uscc.clone()
    }
}

pub fn get(app: &App, _: &Caller<ReadAgencies>, uscc: &str) -> Result<Versioned<Agency>, AppError> {
    app.store.read(|conn| Ok(view(find(conn, uscc)?)))
}

/// A disabled agency's programs are let in no more, from the next request on.
pub fn amend(
    app: &App,
    caller: &Caller<ManageAgencies>,
    uscc: &str,
    expected: Expected,
    change: &AgencyChange,
) -> Result<Done<Versioned<Agency>>, AppError> {
    let mut errors = Vec::new();
    let name = change
        .name
        .as_deref()
        .map(text::enterprise_name)
        .transpose();
    let name = keep(name, "/name", &mut errors).flatten();
    let state = change.state.as_deref().map(state).transpose();
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
        row.state = state.map_or(row.state, Typed);
        if row == before {
            return Ok(Changed::unchanged(view(before)));
        }
        row.updated_at = tx.now.naive_utc();
        let seq = tx.tell(Event::AgencyChanged(state_of(&row)))?;
        row.seq = seq.get();
        agencies::update(tx.conn, &row)?;
        Ok(Changed::new(view(row), seq))
    })
}

/// One that is named in a body.
pub(super) fn named(conn: &mut Conn, uscc: &str, pointer: &str) -> Result<AgencyRow, AppError> {
    find(conn, uscc).map_err(|error| match error {
        AppError::NotFound => AppError::invalid(FieldError::new(pointer, "agency.unknown")),
        other => other,
    })
}

pub(super) fn state(text: &str) -> Result<State, Fault> {
    let choices = || State::ALL.map(State::as_str).join(", ");
    State::parse(text).ok_or_else(|| Fault::new("state.unknown").with("choices", choices()))
}

fn find(conn: &mut Conn, uscc: &str) -> Result<AgencyRow, AppError> {
    // What is no code names nothing, and some of it no database takes (PostgreSQL refuses a NUL).
    if Uscc::from_stored(uscc).is_err() {
        return Err(AppError::NotFound);
    }
    agencies::by_uscc(conn, uscc)?.ok_or(AppError::NotFound)
}

fn state_of(row: &AgencyRow) -> AgencyState {
    AgencyState {
        agency_id: row.id.clone(),
        uscc: row.uscc.clone(),
        name: row.name.clone(),
        state: *row.state,
    }
}

fn view(row: AgencyRow) -> Versioned<Agency> {
    Versioned {
        version: row.seq,
        record: Agency {
            uscc: row.uscc,
            name: row.name,
            state: row.state.to_string(),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        },
    }
}

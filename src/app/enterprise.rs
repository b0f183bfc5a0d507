//! Enterprises (企业): registering, amending and reading them on both time axes.

mod amend;
mod contact;
mod filter;
mod history;
mod list;
mod personal;
mod search;
mod timeline;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::{OverrideUscc, ReadRegister, Role, Scope, WriteRegister};
use crate::domain::at::At;
use crate::domain::contact::Contact;
use crate::domain::enterprise::{Enterprise, EnterpriseInput};
use crate::domain::event::Event;
use crate::domain::event::register::{EnterpriseRegistered, EnterpriseState};
use crate::domain::field_error::FieldError;
use crate::domain::ledger;
use crate::domain::uscc::Uscc;
use crate::store::enterprises::{self, EnterpriseRow, VersionRow};
use crate::store::{Changed, Conn, Seq, StoreError, Tx, memberships};

use super::caller::Caller;
use super::error::AppError;
use super::{App, Done};

pub use amend::amend;
pub(super) use amend::{Span, carry_out};
pub use contact::{ContactView, contact};
pub use history::{HistoryQuery, history};
pub use list::{ListQuery, Listed, Position, Sort, list};
pub(super) use personal::{Committed, commit, opened};
pub use search::{Search, warm_search};
pub(super) use timeline::standing;

/// An enterprise as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseView {
    pub record: Record,
    /// Nothing where it was never given, or was erased.
    pub contact: Option<Contact>,
}

/// All of an enterprise that is not personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub id: String,
    pub uscc: String,
    pub uscc_override_reason: Option<String>,
    pub name: String,
    pub district_code: String,
    pub park: Option<String>,
    pub registered_on: NaiveDate,
    pub industry_code: String,
    pub legal_status: String,
    /// The pool it is in.
    pub pool: Option<String>,
    pub contact_commitment: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A name it had before (曾用名).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerName {
    pub name: String,
    pub used_from: NaiveDate,
    /// The first day of the name that followed.
    pub used_until: NaiveDate,
}

/// Puts an enterprise on the register.
pub fn register(
    app: &App,
    caller: &Caller<WriteRegister>,
    input: &EnterpriseInput,
) -> Result<Done<EnterpriseView>, AppError> {
    let enterprise = Enterprise::check(input, app.env.clock.today())
        .map_err(|errors| AppError::Invalid { errors })?;
    if enterprise.uscc_override_reason.is_some() {
        caller.also::<OverrideUscc>()?;
    }
    in_own_district(caller.scope(), enterprise.district_code)?;
    let contact = commit(&app.env, &enterprise.contact);
    let newcomer = Newcomer::of(&enterprise, contact.as_ref());
    let given = enterprise.contact;
    let done = app.store.add(&caller.stamp(), move |tx| {
        let (row, state, seq) = newcomer.recorded(tx)?;
        let contact = contact.map(|it| it.row(&row.id, tx.now));
        if !enterprises::insert(tx.conn, &row, &state, contact.as_ref())? {
            return Err(AppError::conflict("enterprise.uscc.taken"));
        }
        Ok(Changed::new(Record::from(row), seq))
    })?;
    let contact = match done.replayed {
        false => Some(given).filter(|contact| *contact != Contact::default()),
        true => app.store.read(|conn| {
            let commitment = done.value.contact_commitment.as_deref();
            personal::open(conn, &done.value.id, commitment)
        })?,
    };
    Ok(Done {
        value: EnterpriseView {
            record: done.value,
            contact: shown_to(caller, contact),
        },
        replayed: done.replayed,
    })
}

/// As it stands now.
pub fn get(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
) -> Result<EnterpriseView, AppError> {
    app.store.read(|conn| {
        let found = enterprises::with_contact(conn, caller.scope(), named(uscc)?)?;
        let (row, contact) = found.ok_or(AppError::NotFound)?;
        let contact = contact.map(|row| personal::opened(&row)).transpose()?;
        Ok(EnterpriseView {
            record: row.into(),
            contact: shown_to(caller, contact),
        })
    })
}

/// As it was on a day, by what was known at an instant.
pub fn get_at(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<EnterpriseView, AppError> {
    app.store.read(|conn| {
        let row = find(conn, caller.scope(), uscc)?;
        let mut states = enterprises::states(conn, &row.id, at.known_at)?;
        let memberships = memberships::of_enterprise(conn, &row.id, at.known_at)?;
        // The enterprise is one resource, whatever day one looks at: its version is that of the last change known.
        let changes = states.iter().map(|it| (it.seq, it.recorded_at));
        let changes = changes.chain(memberships.iter().map(|it| (it.seq, it.recorded_at)));
        let (version, updated_at) = changes.max().ok_or(AppError::NotFound)?;
        states.retain(|state| state.effective_from <= at.as_of);
        let state = states.pop().ok_or(AppError::NotFound)?;
        let in_force = memberships
            .into_iter()
            .find(|it| it.started_on <= at.as_of && it.ended_on.is_none_or(|end| end > at.as_of));
        let contact = personal::open(conn, &row.id, state.contact_commitment.as_deref())?;
        let contact = shown_to(caller, contact);
        let record = Record {
            id: row.id,
            uscc: row.uscc,
            uscc_override_reason: row.uscc_override_reason,
            name: state.name,
            district_code: state.district_code,
            park: state.park,
            registered_on: state.registered_on,
            industry_code: state.industry_code,
            legal_status: state.legal_status.to_string(),
            pool: in_force.map(|it| it.pool),
            contact_commitment: state.contact_commitment,
            version,
            created_at: row.created_at.and_utc(),
            updated_at: updated_at.and_utc(),
        };
        Ok(EnterpriseView { record, contact })
    })
}

pub fn former_names(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<Vec<FormerName>, AppError> {
    app.store.read(|conn| {
        let row = find(conn, caller.scope(), uscc)?;
        let mut states = standing(enterprises::states(conn, &row.id, at.known_at)?);
        states.retain(|state| state.effective_from <= at.as_of);
        Ok(names_before(&states))
    })
}

/// Finds it in the caller's scope: where every use case about one enterprise begins.
pub(super) fn find(conn: &mut Conn, scope: &Scope, uscc: &str) -> Result<EnterpriseRow, AppError> {
    enterprises::by_uscc(conn, scope, named(uscc)?)?.ok_or(AppError::NotFound)
}

/// What is no code names nothing, and some of it no database takes (PostgreSQL refuses a NUL).
fn named(uscc: &str) -> Result<&str, AppError> {
    match Uscc::exactly(uscc) {
        Ok(_) => Ok(uscc),
        Err(_) => Err(AppError::NotFound),
    }
}

/// An enterprise sees its own contact, and whoever runs the machine; everybody else sees that there is one, and asks for
/// it by [`contact()`].
fn shown_to<P>(caller: &Caller<P>, contact: Option<Contact>) -> Option<Contact> {
    match caller.role() {
        None => contact,
        Some(Role::Enterprise) if !caller.is_client() => contact,
        Some(_) => contact.map(|it| it.masked()),
    }
}

pub(super) fn in_own_district(scope: &Scope, district_code: &str) -> Result<(), AppError> {
    match scope {
        Scope::District(own) if own != district_code => Err(AppError::invalid(FieldError::new(
            "/district_code",
            "enterprise.district.not_yours",
        ))),
        _ => Ok(()),
    }
}

/// A new enterprise, worked out as far as it can be before the writer has it. The import registers through the same door.
pub(super) struct Newcomer {
    /// Without an id, and not yet recorded.
    row: EnterpriseRow,
    told: ledger::Event,
}

impl Newcomer {
    pub(super) fn of(enterprise: &Enterprise, contact: Option<&Committed>) -> Newcomer {
        let row = EnterpriseRow {
            id: String::new(),
            uscc: enterprise.uscc.to_string(),
            uscc_override_reason: enterprise.uscc_override_reason.clone(),
            name: enterprise.name.clone(),
            name_sort: enterprise.name_sort.clone(),
            district_code: enterprise.district_code.into(),
            park: enterprise.park.clone(),
            registered_on: enterprise.registered_on,
            industry_code: enterprise.industry_code.into(),
            legal_status: enterprise.legal_status.into(),
            contact_commitment: contact.map(|it| it.commitment.clone()),
            pool: None,
            seq: 0,
            created_at: NaiveDateTime::default(),
            updated_at: NaiveDateTime::default(),
        };
        let told = Event::EnterpriseRegistered(EnterpriseRegistered {
            enterprise_id: String::new(),
            uscc: row.uscc.clone(),
            uscc_override_reason: row.uscc_override_reason.clone(),
            state: told(&row),
        });
        Newcomer {
            row,
            told: told.into(),
        }
    }

    /// Tells of it; its row and first state.
    pub(super) fn recorded(
        mut self,
        tx: &mut Tx<'_>,
    ) -> Result<(EnterpriseRow, VersionRow, Seq), StoreError> {
        let id = tx.new_id();
        self.told.subject.id.clone_from(&id);
        let seq = tx.tell(self.told)?;
        let row = EnterpriseRow {
            id,
            seq: seq.get(),
            created_at: tx.now.naive_utc(),
            updated_at: tx.now.naive_utc(),
            ..self.row
        };
        // It exists since it was registered, as far as anybody knows now.
        let state = state_of(&row, row.registered_on);
        Ok((row, state, seq))
    }
}

/// The state that a row shows, holding from a day on.
fn state_of(row: &EnterpriseRow, effective_from: NaiveDate) -> VersionRow {
    VersionRow {
        enterprise_id: row.id.clone(),
        seq: row.seq,
        effective_from,
        recorded_at: row.updated_at,
        name: row.name.clone(),
        district_code: row.district_code.clone(),
        park: row.park.clone(),
        registered_on: row.registered_on,
        industry_code: row.industry_code.clone(),
        legal_status: row.legal_status,
        contact_commitment: row.contact_commitment.clone(),
    }
}

/// What events say of the state that a row shows.
fn told(row: &EnterpriseRow) -> EnterpriseState {
    state_told(&state_of(row, row.registered_on))
}

/// Of the contact only the commitment.
fn state_told(state: &VersionRow) -> EnterpriseState {
    EnterpriseState {
        name: state.name.clone(),
        district_code: state.district_code.clone(),
        park: state.park.clone(),
        registered_on: state.registered_on,
        industry_code: state.industry_code.clone(),
        legal_status: *state.legal_status,
        contact_commitment: state.contact_commitment.clone(),
    }
}

fn names_before(states: &[VersionRow]) -> Vec<FormerName> {
    let mut names = Vec::new();
    let Some(mut begun) = states.first() else {
        return names;
    };
    for state in states {
        if state.name == begun.name {
            continue;
        }
        names.push(FormerName {
            name: begun.name.clone(),
            used_from: begun.effective_from,
            used_until: state.effective_from,
        });
        begun = state;
    }
    names
}

impl From<EnterpriseRow> for Record {
    fn from(row: EnterpriseRow) -> Self {
        Record {
            id: row.id,
            uscc: row.uscc,
            uscc_override_reason: row.uscc_override_reason,
            name: row.name,
            district_code: row.district_code,
            park: row.park,
            registered_on: row.registered_on,
            industry_code: row.industry_code,
            legal_status: row.legal_status.to_string(),
            pool: row.pool,
            contact_commitment: row.contact_commitment,
            version: row.seq,
            created_at: row.created_at.and_utc(),
            updated_at: row.updated_at.and_utc(),
        }
    }
}

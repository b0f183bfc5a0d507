//! Enterprises (企业): registering, amending and reading them on both time axes.

mod amend;
mod contact;
mod filter;
mod history;
mod list;
mod personal;
mod query;
mod record;
pub(super) mod search;
mod timeline;

use chrono::{NaiveDate, NaiveDateTime};

use crate::domain::access::{OverrideUscc, ReadRegister, WriteRegister};
use crate::domain::at::At;
use crate::domain::contact::Contact;
use crate::domain::enterprise::{Enterprise, EnterpriseInput};
use crate::domain::event::Event;
use crate::domain::event::register::EnterpriseRegistered;
use crate::domain::ledger::Written;

use crate::store::enterprises::{self, EnterpriseRow, VersionRow};
use crate::store::{Changed, Seq, StoreError, Tx, memberships};

use super::caller::Caller;
use super::error::AppError;
use super::{App, Done};

pub use amend::amend;
pub(super) use amend::{Span, carry_out};
pub use contact::{ContactView, contact};
pub use history::{HistoryQuery, history};
pub use list::{Listed, list, warm_search};
pub(super) use personal::{Committed, commit, opened};
pub use query::{ListQuery, Position, Sort};
pub use record::{EnterpriseView, Record};
pub(super) use record::{find, in_own_district};
use record::{named, shown_to, state_of, told};
pub(super) use timeline::standing;

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
            pool: in_force.map(|it| it.pool.to_string()),
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

/// A new enterprise, worked out as far as it can be before the writer has it. The import registers through the same door.
pub(super) struct Newcomer {
    /// Without an id, and not yet recorded.
    row: EnterpriseRow,
    told: Written,
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

//! An enterprise as callers see it, and where every use case about one begins: it is found in their scope.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::{Role, Scope};
use crate::domain::contact::Contact;
use crate::domain::event::register::EnterpriseState;
use crate::domain::field_error::FieldError;
use crate::domain::uscc::Uscc;
use crate::store::Conn;
use crate::store::enterprises::{self, EnterpriseRow, VersionRow};

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

/// Finds it in the caller's scope: where every use case about one enterprise begins.
pub(in crate::app) fn find(
    conn: &mut Conn,
    scope: &Scope,
    uscc: &str,
) -> Result<EnterpriseRow, AppError> {
    enterprises::by_uscc(conn, scope, named(uscc)?)?.ok_or(AppError::NotFound)
}

/// What is no code names nothing, and some of it no database takes (PostgreSQL refuses a NUL).
pub(super) fn named(uscc: &str) -> Result<&str, AppError> {
    match Uscc::exactly(uscc) {
        Ok(_) => Ok(uscc),
        Err(_) => Err(AppError::NotFound),
    }
}

/// An enterprise sees its own contact, and whoever runs the machine; everybody else sees that there is one, and asks for
/// it by [`super::contact()`].
pub(super) fn shown_to<P>(caller: &Caller<P>, contact: Option<Contact>) -> Option<Contact> {
    match caller.role() {
        None => contact,
        Some(Role::Enterprise) if !caller.is_client() => contact,
        Some(_) => contact.map(|it| it.masked()),
    }
}

pub(in crate::app) fn in_own_district(scope: &Scope, district_code: &str) -> Result<(), AppError> {
    match scope {
        Scope::District(own) if own != district_code => Err(AppError::invalid(FieldError::new(
            "/district_code",
            "enterprise.district.not_yours",
        ))),
        _ => Ok(()),
    }
}

/// The state that a row shows, holding from a day on.
pub(super) fn state_of(row: &EnterpriseRow, effective_from: NaiveDate) -> VersionRow {
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
pub(super) fn told(row: &EnterpriseRow) -> EnterpriseState {
    state_told(&state_of(row, row.registered_on))
}

/// Of the contact only the commitment.
pub(super) fn state_told(state: &VersionRow) -> EnterpriseState {
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

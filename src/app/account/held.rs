//! What an account holds: a role with what bounds it, and the sessions that end when it changes.

use crate::app::error::AppError;
use crate::domain::access::Role;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::ledger::Subject;
use crate::domain::uscc::Uscc;
use crate::store::users::{self, User};
use crate::store::{Conn, Tx, account_setups, sessions};

/// Events about accounts carry ids and roles, never names.
pub(in crate::app) fn subject(id: &str) -> Subject {
    Subject::new("account", id)
}

/// Writes the account and ends every session of it. A set-up token from before is good no more: who was given it may
/// not be whom the account belongs to now.
pub(in crate::app) fn store_and_end_sessions(
    tx: &mut Tx<'_>,
    user: &mut User,
    reason: &str,
) -> Result<(), AppError> {
    user.epoch += 1;
    user.updated_at = tx.now;
    user.seq = tx.seq;
    users::update(tx.conn, user)?;
    sessions::end_all(tx.conn, &user.id, None, reason, tx.now)?;
    account_setups::forget(tx.conn, &user.id)?;
    Ok(())
}

pub(in crate::app) struct Place {
    pub role: Role,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
}

impl Place {
    pub(in crate::app) fn is_of(&self, user: &User) -> bool {
        user.role == Some(self.role)
            && user.district_code == self.district_code
            && user.enterprise_id == self.enterprise_id
    }
}

/// A role together with what bounds it: a district for a district officer, an enterprise for an enterprise.
pub(in crate::app) fn place(
    conn: &mut Conn,
    role: &str,
    district_code: Option<String>,
    uscc: Option<String>,
) -> Result<Result<Place, Vec<FieldError>>, AppError> {
    let Some(role) = Role::parse(role) else {
        let choices = Role::ALL.map(Role::as_str).join(", ");
        return Ok(Err(vec![
            Fault::new("account.role_unknown")
                .with("choices", choices)
                .at("/role"),
        ]));
    };
    let mut errors = Vec::new();
    match (role == Role::DistrictOfficer, &district_code) {
        (true, None) => errors.push(FieldError::new(
            "/district_code",
            "account.district_required",
        )),
        (false, Some(_)) => errors.push(FieldError::new(
            "/district_code",
            "account.district_needless",
        )),
        _ => {}
    }
    if let Some(code) = &district_code {
        keep(codes::district(code), "/district_code", &mut errors);
    }
    let mut enterprise_id = None;
    match (role == Role::Enterprise, &uscc) {
        (true, None) => errors.push(FieldError::new("/uscc", "account.enterprise_required")),
        (false, Some(_)) => errors.push(FieldError::new("/uscc", "account.enterprise_needless")),
        (true, Some(uscc)) => {
            if Uscc::from_stored(uscc).is_ok() {
                enterprise_id = users::enterprise_of(conn, uscc)?;
            }
            if enterprise_id.is_none() {
                errors.push(FieldError::new("/uscc", "account.enterprise_unknown"));
            }
        }
        (false, None) => {}
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    Ok(Ok(Place {
        role,
        district_code,
        enterprise_id,
    }))
}

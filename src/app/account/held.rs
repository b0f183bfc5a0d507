//! What an account holds: a role with what bounds it, and the sessions that end when it changes.

use crate::app::error::AppError;
use crate::domain::access::{Role, SessionEnd};
use crate::domain::codes;
use crate::domain::event::Event;
use crate::domain::event::account::{AccountState, AccountTold};
use crate::domain::event::hashed::Hashed;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::uscc::Uscc;
use crate::store::users::{self, User};
use crate::store::{Conn, Seq, StoreError, Tx, account_setups, sessions};

/// Tells of the account as it is from now on; the caller writes it.
pub(in crate::app) fn tell(
    tx: &mut Tx<'_>,
    user: &mut User,
    event: impl FnOnce(AccountTold) -> Event,
) -> Result<Seq, StoreError> {
    user.updated_at = tx.now;
    let told = AccountTold {
        user_id: user.id.clone(),
        account: state_of(user),
    };
    let seq = tx.tell(event(told))?;
    user.seq = seq.get();
    Ok(seq)
}

/// The same in a new epoch; the caller writes it by [`store_and_end_sessions`].
pub(in crate::app) fn tell_new_epoch(
    tx: &mut Tx<'_>,
    user: &mut User,
    event: impl FnOnce(AccountTold) -> Event,
) -> Result<Seq, StoreError> {
    user.epoch += 1;
    tell(tx, user, event)
}

/// Writes the account and ends every session of it. A set-up token from before is good no more: who was given it may
/// not be whom the account belongs to now.
pub(in crate::app) fn store_and_end_sessions(
    tx: &mut Tx<'_>,
    user: &User,
    reason: SessionEnd,
) -> Result<(), AppError> {
    users::update(tx.conn, user)?;
    sessions::end_all(tx.conn, &user.id, None, reason, tx.now)?;
    account_setups::forget(tx.conn, &user.id)?;
    Ok(())
}

/// Events about accounts carry ids and roles, never names.
fn state_of(user: &User) -> AccountState {
    AccountState {
        username: Hashed::of(&user.username),
        password_hash: Hashed::of(&user.password_hash),
        password_changed_at: user.password_changed_at,
        password_provisional: user.password_provisional,
        second_factor: user.second_factor,
        role: user.role,
        district_code: user.district_code.clone(),
        enterprise_id: user.enterprise_id.clone(),
        state: user.state,
        epoch: user.epoch,
    }
}

#[derive(Debug, Clone)]
pub(in crate::app) struct HeldRole {
    pub role: Role,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
}

impl HeldRole {
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
) -> Result<Result<HeldRole, Vec<FieldError>>, AppError> {
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
    Ok(Ok(HeldRole {
        role,
        district_code,
        enterprise_id,
    }))
}

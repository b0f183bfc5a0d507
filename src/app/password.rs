//! The own password (密码), changed by whoever knows it.

use serde_json::json;

use crate::domain::access::OwnAccount;
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::ledger::Event;
use crate::store::{Changed, users};

use super::account::{store_and_end_sessions, subject};
use super::caller::Caller;
use super::error::AppError;
use super::{App, Done};

pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 12..=128;

/// Ends every session of the account, this one too.
pub fn change_password(
    app: &App,
    caller: &Caller<OwnAccount>,
    current: &str,
    new: &str,
) -> Result<Done<()>, AppError> {
    let user = app
        .store
        .read(|conn| users::by_id(conn, caller.actor()))?
        .ok_or(AppError::NotFound)?;
    check_password(new).map_err(|fault| AppError::invalid(fault.at("/new_password")))?;
    if !app
        .env
        .passwords
        .verify(current, Some(&user.password_hash))?
    {
        return Err(AppError::invalid(FieldError::new(
            "/current_password",
            "account.password_wrong",
        )));
    }
    let password_hash = app.env.passwords.hash(new)?;
    app.store.write(&caller.stamp(), move |tx| {
        let mut latest = users::by_id(tx.conn, &user.id)?.ok_or(AppError::NotFound)?;
        if latest.epoch != user.epoch {
            return Err(AppError::conflict("request.conflict"));
        }
        latest.password_hash = password_hash;
        store_and_end_sessions(tx, &mut latest, "PASSWORD_CHANGED")?;
        Ok(Changed::new(
            (),
            Event::new("PASSWORD_CHANGED", subject(&latest.id), json!({})),
        ))
    })
}

pub(super) fn check_password(password: &str) -> Result<(), Fault> {
    if PASSWORD_LENGTH.contains(&password.chars().count()) {
        return Ok(());
    }
    let limits = Fault::new("account.password_length");
    Err(limits
        .with("min", PASSWORD_LENGTH.start())
        .with("max", PASSWORD_LENGTH.end()))
}

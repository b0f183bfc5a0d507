//! Passwords (口令): what a new one has to be, and the change of the own one by whoever knows it.

use serde_json::json;

use crate::domain::access::OwnAccount;
use crate::domain::account_policy::Profile;
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::ledger::Event;
use crate::store::users::{self, User};
use crate::store::{Changed, Tx, passwords};

use super::account::held::{store_and_end_sessions, subject};
use super::caller::Caller;
use super::env::Checked;
use super::error::AppError;
use super::guessable::is_guessable;
use super::{App, Done};

/// So many are kept, whatever the profile: it may become stricter.
const KEPT: usize = 5;

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
    confirm(app, &user, current)?;
    let password_hash = admitted(app, &user, new, "/new_password")?;
    app.store.write(&caller.stamp(), move |tx| {
        let mut latest = users::by_id(tx.conn, &user.id)?.ok_or(AppError::NotFound)?;
        if latest.epoch != user.epoch {
            return Err(AppError::conflict("request.conflict"));
        }
        set(tx, &mut latest, password_hash)?;
        store_and_end_sessions(tx, &mut latest, "PASSWORD_CHANGED")?;
        Ok(Changed::new(
            (),
            Event::new("PASSWORD_CHANGED", subject(&latest.id), json!({})),
        ))
    })
}

/// Whoever sits at the screen is the owner. Whoever found it open cannot go on guessing.
pub(super) fn confirm(app: &App, user: &User, current: &str) -> Result<(), AppError> {
    let now = app.env.clock.now();
    let guesses = format!("at the screen of {}", user.id);
    let is_locked = || app.lockout.is_locked(&guesses, None, now);
    let wrong = || {
        let error = FieldError::new("/current_password", "account.password_wrong");
        Err(AppError::invalid(error))
    };
    // Before the hash: there are two places for it, and others want to log in.
    if is_locked() {
        return wrong();
    }
    let stored = Some(user.password_hash.as_str());
    let checked = app.env.passwords.verify(current, stored)?;
    // And after it: of many guesses at once, those that end after the lock began get nothing for it.
    if checked == Checked::Wrong || is_locked() {
        app.lockout.failed(&guesses, None, now);
        return wrong();
    }
    app.lockout.passed(&guesses, None);
    Ok(())
}

/// Whether the owner of this name may take this password.
pub(super) fn check(profile: Profile, password: &str, username: &str) -> Result<(), Fault> {
    profile.check(password)?;
    match profile.refuses_common() && is_guessable(password, username) {
        true => Err(Fault::new("account.password_common")),
        false => Ok(()),
    }
}

/// The hash of a password that the policy lets this account take.
pub(super) fn admitted(
    app: &App,
    user: &User,
    new: &str,
    pointer: &str,
) -> Result<String, AppError> {
    let profile = app.policy.passwords;
    let refused = |fault: Fault| AppError::invalid(fault.at(pointer));
    check(profile, new, &user.username).map_err(refused)?;
    let earlier = app
        .store
        .read(|conn| passwords::latest(conn, &user.id, profile.remembered()))?;
    for stored in &earlier {
        if app.env.passwords.verify(new, Some(stored))? != Checked::Wrong {
            let count = profile.remembered();
            return Err(refused(
                Fault::new("account.password_repeated").with("count", count),
            ));
        }
    }
    Ok(app.env.passwords.hash(new)?)
}

/// Gives the account the password, as one its owner chose; the caller stores it.
pub(super) fn set(tx: &mut Tx<'_>, user: &mut User, password_hash: String) -> Result<(), AppError> {
    passwords::keep(tx.conn, &user.id, tx.seq, &password_hash, KEPT)?;
    user.password_hash = password_hash;
    user.password_changed_at = tx.now;
    user.password_provisional = false;
    Ok(())
}

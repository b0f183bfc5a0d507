//! Passwords (口令): what a new one has to be, and the change of the own one by whoever knows it.

use crate::domain::access::{OwnAccount, SessionEnd};
use crate::domain::account_policy::Profile;
use crate::domain::event::Event;
use crate::domain::event::account::AccountTold;
use crate::domain::field_error::{Fault, FieldError};
use crate::store::users::{self, User};
use crate::store::{Changed, Seq, Tx, passwords};

use super::account::held::{store_and_end_sessions, tell_new_epoch};
use super::caller::Caller;
use super::env::Checked;
use super::error::AppError;
use super::guessable::is_guessable;
use super::{App, Done};

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
        let end = SessionEnd::PasswordChanged;
        let seq = replace(tx, &mut latest, password_hash, end, Event::PasswordChanged)?;
        Ok(Changed::new((), seq))
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

/// Gives the account another password, as one its owner chose, and ends its sessions.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    user: &mut User,
    password_hash: String,
    end: SessionEnd,
    event: fn(AccountTold) -> Event,
) -> Result<Seq, AppError> {
    user.password_hash = password_hash;
    user.password_changed_at = tx.now;
    user.password_provisional = false;
    let seq = tell_new_epoch(tx, user, event)?;
    passwords::keep(tx.conn, &user.id, seq, &user.password_hash)?;
    store_and_end_sessions(tx, user, end)?;
    Ok(seq)
}

//! The second factor (第二重验证): one-time passwords by time from a device of the owner, with recovery codes.
//!
//! Enrolment is in two steps, so that nobody is locked out by a device that never worked: the secret is handed over,
//! and the factor counts from the first code that fits.

mod recovery;
pub mod totp;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::{OwnAccount, ResetSecondFactor};
use crate::domain::field_error::FieldError;
use crate::domain::ledger::Event;
use crate::store::second_factors::{self, ACTIVE, FactorRow, PENDING};
use crate::store::users::{self, User};
use crate::store::{Changed, Tx, sessions};

use super::account::{store_and_end_sessions, subject};
use super::caller::Caller;
use super::error::AppError;
use super::password::confirm;
use super::seal::Seal;
use super::{App, Done};

/// How the own second factor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// `NONE`, `PENDING` or `ACTIVE`.
    pub state: String,
    /// Whether the role needs one.
    pub required: bool,
    pub recovery_codes_left: i64,
}

/// What an authenticator needs; it is shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Base32.
    pub secret: String,
    pub uri: String,
}

/// What was shown to get in beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Code,
    RecoveryCode,
}

pub fn get(app: &App, caller: &Caller<OwnAccount>) -> Result<Standing, AppError> {
    app.store.read(|conn| {
        let user = users::by_id(conn, caller.actor())?.ok_or(AppError::NotFound)?;
        let factor = second_factors::find(conn, &user.id)?;
        Ok(Standing {
            state: factor.map_or_else(|| "NONE".into(), |factor| factor.state),
            required: user
                .role
                .is_some_and(|role| app.policy.second_factor.contains(&role)),
            recovery_codes_left: second_factors::count_recovery(conn, &user.id)?,
        })
    })
}

/// Hands over a new secret. It counts for nothing until [`activate`] has seen a code of it.
pub fn enrol(
    app: &App,
    caller: &Caller<OwnAccount>,
    current_password: &str,
) -> Result<Enrolment, AppError> {
    let user = own(app, caller)?;
    confirm(app, &user, current_password)?;
    let secret = app.env.random::<{ totp::SECRET }>();
    let sealed_secret = app.seal.seal(&place(&user.id), &secret)?;
    let enrolment = Enrolment {
        secret: totp::base32(&secret),
        uri: totp::address(&secret, &user.username),
    };
    app.store.write(&caller.stamp(), move |tx| {
        if is_active(second_factors::find(tx.conn, &user.id)?.as_ref()) {
            return Err(AppError::conflict("second_factor.active"));
        }
        let row = FactorRow {
            user_id: user.id,
            sealed_secret,
            state: PENDING.into(),
            last_step: 0,
            created_at: tx.now.naive_utc(),
        };
        second_factors::put(tx.conn, &row)?;
        Ok(Changed::new((), told("SECOND_FACTOR_BEGUN", &row.user_id)))
    })?;
    Ok(enrolment)
}

/// From now on a code is asked for at each log-in; other sessions, begun without one, end. Answers the recovery codes.
pub fn activate(
    app: &App,
    caller: &Caller<OwnAccount>,
    code: &str,
) -> Result<Vec<String>, AppError> {
    let codes = recovery::fresh(&app.env);
    let hashes = recovery::hashes(&codes);
    let (seal, code) = (app.seal.clone(), code.to_string());
    let session = caller.session().map(str::to_string);
    app.store.write(&caller.stamp(), move |tx| {
        let mut user = users::by_id(tx.conn, tx.actor)?.ok_or(AppError::NotFound)?;
        let factor = second_factors::find(tx.conn, &user.id)?;
        let Some(mut factor) = factor.filter(|factor| factor.state == PENDING) else {
            return Err(AppError::conflict("second_factor.not_begun"));
        };
        let step = step_of(&seal, &factor, &code, tx.now).ok_or_else(wrong_code)?;
        factor.state = ACTIVE.into();
        factor.last_step = step;
        second_factors::put(tx.conn, &factor)?;
        second_factors::put_recovery(tx.conn, &user.id, &hashes)?;
        let reason = "SECOND_FACTOR_ENROLLED";
        sessions::end_all(tx.conn, &user.id, session.as_deref(), reason, tx.now)?;
        user.second_factor = true;
        user.updated_at = tx.now;
        user.seq = tx.seq;
        users::update(tx.conn, &user)?;
        Ok(Changed::new((), told(reason, &user.id)))
    })?;
    Ok(codes)
}

/// Ten new recovery codes; those before are good no more.
pub fn renew_recovery_codes(
    app: &App,
    caller: &Caller<OwnAccount>,
    current_password: &str,
) -> Result<Vec<String>, AppError> {
    let user = own(app, caller)?;
    confirm(app, &user, current_password)?;
    let codes = recovery::fresh(&app.env);
    let hashes = recovery::hashes(&codes);
    app.store.write(&caller.stamp(), move |tx| {
        if !is_active(second_factors::find(tx.conn, &user.id)?.as_ref()) {
            return Err(AppError::conflict("second_factor.not_begun"));
        }
        second_factors::put_recovery(tx.conn, &user.id, &hashes)?;
        Ok(Changed::new((), told("RECOVERY_CODES_RENEWED", &user.id)))
    })?;
    Ok(codes)
}

/// Gives it up: by who has both password and factor in hand.
pub fn remove(
    app: &App,
    caller: &Caller<OwnAccount>,
    current_password: &str,
    code: &str,
) -> Result<Done<()>, AppError> {
    let user = own(app, caller)?;
    confirm(app, &user, current_password)?;
    let now = app.env.clock.now();
    let guesses = guesses(&user.id);
    if app.lockout.is_locked(&guesses, None, now) {
        return Err(wrong_code());
    }
    let (seal, code) = (app.seal.clone(), code.to_string());
    let removed = app.store.write(&caller.stamp(), move |tx| {
        if take(tx, &seal, &user.id, &code)?.is_none() {
            return Err(wrong_code());
        }
        end(tx, &user.id, "SECOND_FACTOR_REMOVED")
    });
    match &removed {
        Ok(_) => app.lockout.passed(&guesses, None),
        Err(AppError::Invalid { .. }) => app.lockout.failed(&guesses, None, now),
        // No guess was tried: a queue was full, or the factor is gone.
        Err(_) => {}
    }
    removed
}

/// For an owner who has lost device and recovery codes. Whoever may do this may set no passwords; who may give a token
/// to set one may not do this, and the account has no role until somebody else has decided so (see `account_setup`).
pub fn reset(
    app: &App,
    caller: &Caller<ResetSecondFactor>,
    user_id: &str,
) -> Result<Done<()>, AppError> {
    let user_id = user_id.to_string();
    app.store.write(&caller.stamp(), move |tx| {
        end(tx, &user_id, "SECOND_FACTOR_RESET")
    })
}

/// Takes a code for a log-in: a code of the device is good once, and so is a recovery code. `None` if it is neither.
pub(super) fn take(
    tx: &mut Tx<'_>,
    seal: &Seal,
    user_id: &str,
    code: &str,
) -> Result<Option<Shown>, AppError> {
    let factor = second_factors::find(tx.conn, user_id)?;
    let Some(mut factor) = factor.filter(|factor| is_active(Some(factor))) else {
        return Ok(None);
    };
    if let Some(step) = step_of(seal, &factor, code, tx.now) {
        factor.last_step = step;
        second_factors::put(tx.conn, &factor)?;
        return Ok(Some(Shown::Code));
    }
    let spent = second_factors::spend_recovery(tx.conn, user_id, &recovery::hash(code))?;
    Ok(spent.then_some(Shown::RecoveryCode))
}

/// What wrong codes of an account are counted under, wherever they come from: whoever gets to try one knows the password.
pub(super) fn guesses(user_id: &str) -> String {
    format!("codes of {user_id}")
}

/// Where a secret is sealed for.
pub(super) fn place(user_id: &str) -> String {
    format!("second factor of {user_id}")
}

impl Shown {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Shown::Code => "TOTP",
            Shown::RecoveryCode => "RECOVERY_CODE",
        }
    }
}

fn end(tx: &mut Tx<'_>, user_id: &str, kind: &'static str) -> Result<Changed<()>, AppError> {
    let mut user = users::by_id(tx.conn, user_id)?.ok_or(AppError::NotFound)?;
    if !second_factors::remove(tx.conn, user_id)? {
        return Err(AppError::conflict("second_factor.not_begun"));
    }
    user.second_factor = false;
    store_and_end_sessions(tx, &mut user, kind)?;
    Ok(Changed::new((), told(kind, user_id)))
}

fn step_of(seal: &Seal, factor: &FactorRow, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let opened = seal.open(&place(&factor.user_id), &factor.sealed_secret);
    if opened.is_none() {
        tracing::warn!(
            user = factor.user_id,
            "the second factor is sealed under another master secret; see sanku keys reseal"
        );
    }
    totp::step_of(&opened?, code, now, factor.last_step)
}

fn own(app: &App, caller: &Caller<OwnAccount>) -> Result<User, AppError> {
    let found = app.store.read(|conn| users::by_id(conn, caller.actor()))?;
    found.ok_or(AppError::NotFound)
}

fn is_active(factor: Option<&FactorRow>) -> bool {
    factor.is_some_and(|factor| factor.state == ACTIVE)
}

fn wrong_code() -> AppError {
    AppError::invalid(FieldError::new("/code", "second_factor.code_wrong"))
}

fn told(kind: &'static str, user_id: &str) -> Event {
    Event::new(kind, subject(user_id), json!({}))
}

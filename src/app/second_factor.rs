//! The second factor (第二重验证): one-time passwords by time from a device of the owner, with recovery codes.
//!
//! Enrolment is in two steps, so that nobody is locked out by a device that never worked: the secret is handed over,
//! and the factor counts from the first code that fits.

mod recovery;
pub mod totp;

use chrono::{DateTime, Utc};

use crate::domain::access::{FactorState, OwnAccount, ResetSecondFactor, SessionEnd};
use crate::domain::event::Event;
use crate::domain::event::account::{
    AccountTold, RecoveryCodesRenewed, SecondFactorEnrolled, SecondFactorSealed,
};
use crate::domain::event::hashed::Hashed;
use crate::domain::field_error::FieldError;
use crate::store::second_factors::{self, FactorRow};
use crate::store::users::{self, User};
use crate::store::{Changed, Tx, sessions};

use super::account::held;
use super::caller::Caller;
use super::error::AppError;
use super::password::confirm;
use super::seal::Seal;
use super::{App, Done};

/// How the own second factor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorStatus {
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

/// What was taken to let somebody in beside the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    Code { step: i64 },
    RecoveryCode(Hashed),
}

pub fn get(app: &App, caller: &Caller<OwnAccount>) -> Result<FactorStatus, AppError> {
    app.store.read(|conn| {
        let user = users::by_id(conn, caller.actor())?.ok_or(AppError::NotFound)?;
        let factor = second_factors::find(conn, &user.id)?;
        Ok(FactorStatus {
            state: factor.map_or_else(|| "NONE".into(), |factor| factor.state.to_string()),
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
        let seq = tx.tell(Event::SecondFactorBegun(SecondFactorSealed {
            user_id: user.id.clone(),
            sealed_secret: Hashed::of(&sealed_secret),
        }))?;
        let row = FactorRow {
            user_id: user.id,
            sealed_secret,
            state: FactorState::Pending.into(),
            last_step: 0,
            created_at: tx.now.naive_utc(),
        };
        second_factors::put(tx.conn, &row)?;
        Ok(Changed::new((), seq))
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
        let Some(mut factor) = factor.filter(|factor| factor.state == FactorState::Pending) else {
            return Err(AppError::conflict("second_factor.not_begun"));
        };
        let step = step_of(&seal, &factor, &code, tx.now).ok_or_else(wrong_code)?;
        user.second_factor = true;
        let seq = held::tell(tx, &mut user, |it| {
            Event::SecondFactorEnrolled(SecondFactorEnrolled {
                user_id: it.user_id,
                last_step: step,
                recovery_codes: told(&hashes),
                account: it.account,
            })
        })?;
        factor.state = FactorState::Active.into();
        factor.last_step = step;
        second_factors::put(tx.conn, &factor)?;
        second_factors::put_recovery(tx.conn, &user.id, &hashes)?;
        let reason = SessionEnd::SecondFactorEnrolled;
        sessions::end_all(tx.conn, &user.id, session.as_deref(), reason, tx.now)?;
        users::update(tx.conn, &user)?;
        Ok(Changed::new((), seq))
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
        let seq = tx.tell(Event::RecoveryCodesRenewed(RecoveryCodesRenewed {
            user_id: user.id.clone(),
            recovery_codes: told(&hashes),
        }))?;
        second_factors::put_recovery(tx.conn, &user.id, &hashes)?;
        Ok(Changed::new((), seq))
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
        let reason = SessionEnd::SecondFactorRemoved;
        end(tx, &user.id, reason, Event::SecondFactorRemoved)
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
        let reason = SessionEnd::SecondFactorReset;
        end(tx, &user_id, reason, Event::SecondFactorReset)
    })
}

/// Takes a code for a log-in: a code of the device is good once, and so is a recovery code. `None` if it is neither. The
/// caller tells what was taken.
pub(super) fn take(
    tx: &mut Tx<'_>,
    seal: &Seal,
    user_id: &str,
    code: &str,
) -> Result<Option<Taken>, AppError> {
    let factor = second_factors::find(tx.conn, user_id)?;
    let Some(mut factor) = factor.filter(|factor| is_active(Some(factor))) else {
        return Ok(None);
    };
    if let Some(step) = step_of(seal, &factor, code, tx.now) {
        factor.last_step = step;
        second_factors::put(tx.conn, &factor)?;
        return Ok(Some(Taken::Code { step }));
    }
    let hash = recovery::hash(code);
    let spent = second_factors::spend_recovery(tx.conn, user_id, &hash)?;
    Ok(spent.then(|| Taken::RecoveryCode(Hashed::of(&hash))))
}

/// What wrong codes of an account are counted under, wherever they come from: whoever gets to try one knows the password.
pub(super) fn guesses(user_id: &str) -> String {
    format!("codes of {user_id}")
}

/// Where a secret is sealed for.
pub(super) fn place(user_id: &str) -> String {
    format!("second factor of {user_id}")
}

fn end(
    tx: &mut Tx<'_>,
    user_id: &str,
    reason: SessionEnd,
    event: fn(AccountTold) -> Event,
) -> Result<Changed<()>, AppError> {
    let mut user = users::by_id(tx.conn, user_id)?.ok_or(AppError::NotFound)?;
    if !second_factors::remove(tx.conn, user_id)? {
        return Err(AppError::conflict("second_factor.not_begun"));
    }
    user.second_factor = false;
    let seq = held::tell_new_epoch(tx, &mut user, event)?;
    held::store_and_end_sessions(tx, &user, reason)?;
    Ok(Changed::new((), seq))
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
    factor.is_some_and(|factor| factor.state == FactorState::Active)
}

fn wrong_code() -> AppError {
    AppError::invalid(FieldError::new("/code", "second_factor.code_wrong"))
}

fn told(hashes: &[String]) -> Vec<Hashed> {
    hashes.iter().map(|hash| Hashed::of(hash)).collect()
}

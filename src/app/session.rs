//! Logging in and out (登录、退出): short access tokens, and refresh tokens of which only the latest is good.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::{FactorShown, OwnAccount, Refusal, SessionEnd, State};
use crate::domain::account_policy::{AccountCondition, AccountPolicy, Obligation};
use crate::domain::event::Event;
use crate::domain::event::account::{
    PasswordRehashed, SessionEnded, SessionRefreshed, SessionRefused, SessionStarted,
};
use crate::domain::event::hashed::Hashed;
use crate::domain::ledger::Origin;
use crate::store::sessions::{self, SessionRow};
use crate::store::users::{self, User};
use crate::store::{Changed, Stamp, Tx, passwords};

use super::account::check_username;
use super::caller::Caller;
use super::env::Checked;
use super::error::AppError;
use super::seal::Seal;
use super::second_factor::{self, Taken};
use super::token::{VerifiedToken, fingerprint};
use super::{App, Done};

/// One person with several devices and programs has fewer.
const MOST_RUNNING: usize = 20;

/// Stands for whoever has not logged in yet.
const NOBODY: &str = "system:login";

/// What somebody gives to get in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub username: &'a str,
    pub password: &'a str,
    /// Of the second factor, or a recovery code.
    pub code: Option<&'a str>,
    /// Where it comes from; `None` on this machine.
    pub address: Option<IpAddr>,
    /// As the log names it.
    pub request_id: &'a str,
}

/// What a client gets for its password; it never gets it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub access_token: String,
    pub expires_in: Duration,
    pub refresh_token: String,
    /// What the account has to do before it can do anything else.
    pub owes: Option<Obligation>,
}

/// By a request of somebody who has not proved anything yet, or just has.
pub(super) fn asked(actor: &str, request_id: &str) -> Stamp {
    Stamp::of(Origin {
        actor: actor.into(),
        request_id: request_id.into(),
        through: None,
    })
}

/// On this machine, by password alone.
pub fn log_in(app: &App, username: &str, password: &str) -> Result<Granted, AppError> {
    let attempt = Attempt {
        username,
        password,
        code: None,
        address: None,
        request_id: NOBODY,
    };
    log_in_from(app, &attempt)
}

/// Unknown name, wrong password, locked and disabled account cost the same (a hash and a durable event) and are told
/// alike.
pub fn log_in_from(app: &App, attempt: &Attempt<'_>) -> Result<Granted, AppError> {
    let name = attempt.username;
    let user = match check_username(name) {
        Ok(()) => app.store.read(|conn| users::by_username(conn, name))?,
        // Nobody has it, and some of it no database takes (PostgreSQL refuses a NUL).
        Err(_) => None,
    };
    let stored = user.as_ref().map(|user| user.password_hash.as_str());
    let checked = app.env.passwords.verify(attempt.password, stored)?;
    // After the hash: of many guesses at once, those that end after the lock began get nothing for it.
    let now = app.env.clock.now();
    let locked = app.lockout.is_locked(name, attempt.address, now);
    match user {
        Some(user) if locked => refuse(app, attempt, &user.id, Refusal::Locked),
        Some(user) if checked == Checked::Wrong => {
            refuse(app, attempt, &user.id, Refusal::Password)
        }
        Some(user) if user.state != State::Active => {
            refuse(app, attempt, &user.id, Refusal::Disabled)
        }
        Some(user) if user.second_factor => check_code(app, attempt, user, checked),
        Some(user) => start(app, attempt, user, checked),
        None => refuse(app, attempt, "unknown", Refusal::Unknown),
    }
}

/// The password is right. That it was, and by whom it was known, is worth an event even if nothing came of it.
fn check_code(
    app: &App,
    attempt: &Attempt<'_>,
    user: User,
    checked: Checked,
) -> Result<Granted, AppError> {
    // Nothing is counted: the log-in is half done, and only who knows the password comes so far.
    if attempt.code.is_none() {
        tell(app, attempt, &user.id, Refusal::SecondFactorMissing)?;
        return Err(AppError::Unauthenticated {
            code: "auth.second_factor_required",
        });
    }
    let guesses = second_factor::guesses(&user.id);
    let now = app.env.clock.now();
    if app.lockout.is_locked(&guesses, None, now) {
        tell(app, attempt, &user.id, Refusal::SecondFactorLocked)?;
        return Err(wrong_code());
    }
    let started = start(app, attempt, user, checked);
    match &started {
        Ok(_) => app.lockout.passed(&guesses, None),
        Err(error) if *error == wrong_code() => app.lockout.failed(&guesses, None, now),
        // No guess was tried.
        Err(_) => {}
    }
    started
}

/// A new pair for the latest refresh token. An older one of the same session has been kept by somebody who should not
/// have it: the session ends.
pub fn refresh(app: &App, refresh_token: &str, request_id: &str) -> Result<Granted, AppError> {
    let session = app.tokens.session_of(refresh_token)?.to_string();
    let presented = fingerprint(refresh_token);
    let next = app.tokens.issue_refresh(&session, &app.env.ids.new_id());
    let next_hash = fingerprint(&next);
    let policy = app.policy.clone();
    let outcome = app.store.write(&asked(NOBODY, request_id), move |tx| {
        rotate(tx, &session, &presented, &next_hash, &policy)
    })?;
    match outcome.value {
        Rotation::Rotated(token) => {
            let owes = token.owes;
            grant(app, &token.into(), next, owes)
        }
        Rotation::Refused => Err(AppError::Unauthenticated {
            code: "auth.session_ended",
        }),
    }
}

pub fn log_out(app: &App, caller: &Caller<OwnAccount>) -> Result<Done<()>, AppError> {
    let Some(session) = caller.session().map(str::to_string) else {
        return Err(AppError::NotFound);
    };
    app.store.write(&caller.stamp(), move |tx| {
        let reason = SessionEnd::Logout;
        if !sessions::end(tx.conn, &session, reason, tx.now)? {
            return Ok(Changed::unchanged(()));
        }
        let seq = tx.tell(Event::SessionEnded(SessionEnded {
            user_id: tx.actor.into(),
            session,
            reason,
        }))?;
        Ok(Changed::new((), seq))
    })
}

fn start(
    app: &App,
    attempt: &Attempt<'_>,
    user: User,
    checked: Checked,
) -> Result<Granted, AppError> {
    let session = app.env.ids.new_id();
    let refresh_token = app.tokens.issue_refresh(&session, &app.env.ids.new_id());
    let begun = Beginning {
        seal: app.seal.clone(),
        code: attempt.code.map(str::to_string),
        session: session.clone(),
        refresh_hash: fingerprint(&refresh_token),
        lifetime: chrono::Duration::from_std(app.tokens.session_lifetime())
            .map_err(AppError::internal)?,
        address: attempt.address.map(|address| address.to_string()),
        // Waits for the next log-in when too many are being hashed.
        rehashed: match checked {
            Checked::Outdated => app.env.passwords.hash(attempt.password).ok(),
            Checked::Right | Checked::Wrong => None,
        },
    };
    let token = VerifiedToken {
        subject: user.id.clone(),
        session,
        epoch: user.epoch,
    };
    let owes = owed(&app.policy, &user, app.env.clock.now());
    let stamp = asked(&user.id, attempt.request_id);
    let passed = app.store.write(&stamp, move |tx| begin(tx, user, begun))?;
    if !passed.value {
        let now = app.env.clock.now();
        app.lockout.failed(attempt.username, attempt.address, now);
        return Err(wrong_code());
    }
    app.lockout.passed(attempt.username, attempt.address);
    grant(app, &token, refresh_token, owes)
}

struct Beginning {
    seal: Arc<Seal>,
    code: Option<String>,
    session: String,
    refresh_hash: String,
    lifetime: chrono::Duration,
    address: Option<String>,
    rehashed: Option<String>,
}

/// Whether the second factor let it pass.
fn begin(tx: &mut Tx<'_>, user: User, begun: Beginning) -> Result<Changed<bool>, AppError> {
    // Disabled, given another password or a second factor while this one was being checked.
    let same =
        |latest: &User| latest.epoch == user.epoch && latest.second_factor == user.second_factor;
    let Some(mut latest) = users::by_id(tx.conn, &user.id)?.filter(same) else {
        return Err(AppError::Unauthenticated {
            code: "auth.credentials",
        });
    };
    let mut started = SessionStarted {
        user_id: latest.id.clone(),
        session: begun.session.clone(),
        second_factor: None,
        last_step: None,
        recovery_code: None,
    };
    if latest.second_factor {
        let code = begun.code.unwrap_or_default();
        match second_factor::take(tx, &begun.seal, &latest.id, &code)? {
            Some(Taken::Code { step }) => {
                started.second_factor = Some(FactorShown::Code);
                started.last_step = Some(step);
            }
            Some(Taken::RecoveryCode(hash)) => {
                started.second_factor = Some(FactorShown::RecoveryCode);
                started.recovery_code = Some(hash);
            }
            None => {
                let seq = tx.tell(refusal(&latest.id, Refusal::SecondFactor))?;
                return Ok(Changed::new(false, seq));
            }
        }
    }
    if let Some(after) = begun.rehashed {
        tx.tell(Event::PasswordRehashed(PasswordRehashed {
            user_id: user.id.clone(),
            password_hash: Hashed::of(&after),
        }))?;
        passwords::rehash(tx.conn, &latest.id, &latest.password_hash, &after)?;
        latest.password_hash = after;
        users::update(tx.conn, &latest)?;
    }
    make_room(tx, &user.id)?;
    let seq = tx.tell(Event::SessionStarted(started))?;
    let row = SessionRow {
        id: begun.session,
        user_id: user.id.clone(),
        refresh_hash: begun.refresh_hash,
        address: begun.address,
        created_at: tx.now.naive_utc(),
        refreshed_at: tx.now.naive_utc(),
        expires_at: (tx.now + begun.lifetime).naive_utc(),
        ended_at: None,
    };
    sessions::insert(tx.conn, &row)?;
    Ok(Changed::new(true, seq))
}

/// Ends the oldest sessions, so that one more may begin.
fn make_room(tx: &mut Tx<'_>, user_id: &str) -> Result<(), AppError> {
    let reason = SessionEnd::TooMany;
    let running = sessions::running(tx.conn, user_id, tx.now)?;
    for oldest in running.into_iter().skip(MOST_RUNNING - 1) {
        sessions::end(tx.conn, &oldest.id, reason, tx.now)?;
        tx.tell(Event::SessionEnded(SessionEnded {
            user_id: user_id.into(),
            session: oldest.id,
            reason,
        }))?;
    }
    Ok(())
}

fn refuse(
    app: &App,
    attempt: &Attempt<'_>,
    id: &str,
    reason: Refusal,
) -> Result<Granted, AppError> {
    let now = app.env.clock.now();
    app.lockout.failed(attempt.username, attempt.address, now);
    tell(app, attempt, id, reason)?;
    Err(AppError::Unauthenticated {
        code: "auth.credentials",
    })
}

fn tell(app: &App, attempt: &Attempt<'_>, id: &str, reason: Refusal) -> Result<(), AppError> {
    let event = refusal(id, reason);
    app.store.write(
        &asked(NOBODY, attempt.request_id),
        move |tx| -> Result<_, AppError> { Ok(Changed::new((), tx.tell(event)?)) },
    )?;
    Ok(())
}

fn refusal(id: &str, reason: Refusal) -> Event {
    Event::SessionRefused(SessionRefused {
        user_id: id.into(),
        reason,
    })
}

fn wrong_code() -> AppError {
    AppError::Unauthenticated {
        code: "auth.second_factor",
    }
}

fn grant(
    app: &App,
    token: &VerifiedToken,
    refresh_token: String,
    owes: Option<Obligation>,
) -> Result<Granted, AppError> {
    Ok(Granted {
        access_token: app
            .tokens
            .issue_access(token, app.env.ids.new_id(), app.env.clock.now())?,
        expires_in: app.tokens.access_lifetime(),
        refresh_token,
        owes,
    })
}

#[derive(Debug, Serialize, Deserialize)]
enum Rotation {
    Rotated(For),
    Refused,
}

#[derive(Debug, Serialize, Deserialize)]
struct For {
    user: String,
    session: String,
    epoch: i64,
    owes: Option<Obligation>,
}

impl From<For> for VerifiedToken {
    fn from(value: For) -> Self {
        VerifiedToken {
            subject: value.user,
            session: value.session,
            epoch: value.epoch,
        }
    }
}

/// An account that waits for its role owes nothing yet.
fn owed(policy: &AccountPolicy, user: &User, now: DateTime<Utc>) -> Option<Obligation> {
    let held = AccountCondition {
        role: user.role?,
        password_changed_at: user.password_changed_at,
        password_provisional: user.password_provisional,
        second_factor: user.second_factor,
    };
    policy.obligation(held, now)
}

fn rotate(
    tx: &mut Tx<'_>,
    id: &str,
    presented: &str,
    next: &str,
    policy: &AccountPolicy,
) -> Result<Changed<Rotation>, AppError> {
    let session = sessions::by_id(tx.conn, id)?;
    let Some(session) = session
        .filter(|session| session.ended_at.is_none() && session.expires_at > tx.now.naive_utc())
    else {
        return Ok(Changed::unchanged(Rotation::Refused));
    };
    if session.refresh_hash != presented {
        let reason = SessionEnd::Reuse;
        sessions::end(tx.conn, id, reason, tx.now)?;
        let seq = tx.tell(Event::SessionEnded(SessionEnded {
            user_id: session.user_id,
            session: session.id,
            reason,
        }))?;
        return Ok(Changed::new(Rotation::Refused, seq));
    }
    let user = users::by_id(tx.conn, &session.user_id)?;
    let Some(user) = user.filter(|user| user.state == State::Active) else {
        return Ok(Changed::unchanged(Rotation::Refused));
    };
    sessions::rotate(tx.conn, id, next, tx.now)?;
    let seq = tx.tell(Event::SessionRefreshed(SessionRefreshed {
        user_id: user.id.clone(),
        session: session.id.clone(),
    }))?;
    let granted = For {
        owes: owed(policy, &user, tx.now),
        user: user.id,
        session: session.id,
        epoch: user.epoch,
    };
    Ok(Changed::new(Rotation::Rotated(granted), seq))
}

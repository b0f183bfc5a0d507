//! Logging in and out (登录、退出): short access tokens, and refresh tokens of which only the latest is good.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::access::OwnAccount;
use crate::domain::account_policy::{AccountPolicy, Obligation, Standing};
use crate::domain::ledger::{Event, Origin};
use crate::store::sessions::{self, SessionRow};
use crate::store::users::{self, User};
use crate::store::{Changed, Stamp, Tx, passwords};

use super::account::{check_username, subject};
use super::caller::Caller;
use super::env::Checked;
use super::error::AppError;
use super::seal::Seal;
use super::token::{VerifiedToken, fingerprint};
use super::{App, Done, second_factor};

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
        Some(user) if locked => refuse(app, attempt, &user.id, "LOCKED"),
        Some(user) if checked == Checked::Wrong => refuse(app, attempt, &user.id, "PASSWORD"),
        Some(user) if !user.active => refuse(app, attempt, &user.id, "DISABLED"),
        Some(user) if user.second_factor => check_code(app, attempt, user, checked),
        Some(user) => start(app, attempt, user, checked),
        None => refuse(app, attempt, "unknown", "UNKNOWN"),
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
        tell(app, attempt, &user.id, "SECOND_FACTOR_MISSING")?;
        return Err(AppError::Unauthenticated {
            code: "auth.second_factor_required",
        });
    }
    let guesses = second_factor::guesses(&user.id);
    let now = app.env.clock.now();
    if app.lockout.is_locked(&guesses, None, now) {
        tell(app, attempt, &user.id, "SECOND_FACTOR_LOCKED")?;
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
        if !sessions::end(tx.conn, &session, "LOGOUT", tx.now)? {
            return Ok(Changed::unchanged(()));
        }
        let body = json!({"session": session, "reason": "LOGOUT"});
        let event = Event::new("SESSION_ENDED", subject(tx.actor), body);
        Ok(Changed::new((), event))
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
    let mut body = json!({"session": begun.session});
    if latest.second_factor {
        let code = begun.code.unwrap_or_default();
        let Some(shown) = second_factor::take(tx, &begun.seal, &latest.id, &code)? else {
            let body = json!({"reason": "SECOND_FACTOR"});
            let event = Event::new("SESSION_REFUSED", subject(&latest.id), body);
            return Ok(Changed::new(false, event));
        };
        body["second_factor"] = shown.as_str().into();
    }
    let mut events = Vec::new();
    if let Some(after) = begun.rehashed {
        passwords::rehash(tx.conn, &latest.id, &latest.password_hash, &after)?;
        latest.password_hash = after;
        users::update(tx.conn, &latest)?;
        let event = Event::new("PASSWORD_REHASHED", subject(&user.id), json!({}));
        events.push(event);
    }
    events.extend(make_room(tx, &user.id)?);
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
    events.push(Event::new("SESSION_STARTED", subject(&user.id), body));
    Ok(Changed::many(true, events))
}

/// Ends the oldest sessions, so that one more may begin.
fn make_room(tx: &mut Tx<'_>, user_id: &str) -> Result<Vec<Event>, AppError> {
    let reason = "TOO_MANY";
    let running = sessions::running(tx.conn, user_id, tx.now)?;
    let mut events = Vec::new();
    for oldest in running.into_iter().skip(MOST_RUNNING - 1) {
        sessions::end(tx.conn, &oldest.id, reason, tx.now)?;
        let body = json!({"session": oldest.id, "reason": reason});
        events.push(Event::new("SESSION_ENDED", subject(user_id), body));
    }
    Ok(events)
}

fn refuse(
    app: &App,
    attempt: &Attempt<'_>,
    id: &str,
    reason: &'static str,
) -> Result<Granted, AppError> {
    let now = app.env.clock.now();
    app.lockout.failed(attempt.username, attempt.address, now);
    tell(app, attempt, id, reason)?;
    Err(AppError::Unauthenticated {
        code: "auth.credentials",
    })
}

fn tell(app: &App, attempt: &Attempt<'_>, id: &str, reason: &'static str) -> Result<(), AppError> {
    let event = Event::new("SESSION_REFUSED", subject(id), json!({"reason": reason}));
    app.store.write(
        &asked(NOBODY, attempt.request_id),
        move |_| -> Result<_, AppError> { Ok(Changed::new((), event)) },
    )?;
    Ok(())
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
    let held = Standing {
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
        sessions::end(tx.conn, id, "REUSE", tx.now)?;
        let body = json!({"session": id, "reason": "REUSE"});
        return Ok(Changed::new(
            Rotation::Refused,
            Event::new("SESSION_ENDED", subject(&session.user_id), body),
        ));
    }
    let Some(user) = users::by_id(tx.conn, &session.user_id)?.filter(|user| user.active) else {
        return Ok(Changed::unchanged(Rotation::Refused));
    };
    sessions::rotate(tx.conn, id, next, tx.now)?;
    let event = Event::new(
        "SESSION_REFRESHED",
        subject(&user.id),
        json!({"session": id}),
    );
    let granted = For {
        owes: owed(policy, &user, tx.now),
        user: user.id,
        session: session.id,
        epoch: user.epoch,
    };
    Ok(Changed::new(Rotation::Rotated(granted), event))
}

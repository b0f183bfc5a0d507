//! Logging in and out (登录、退出): short access tokens, and refresh tokens of which only the latest is good.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::access::OwnAccount;
use crate::domain::ledger::Event;
use crate::store::sessions::{self, Session};
use crate::store::users::{self, User};
use crate::store::{Changed, Stamp, Tx};

use super::account::{check_username, subject};
use super::caller::Caller;
use super::error::AppError;
use super::token::{VerifiedToken, fingerprint};
use super::{App, Done};

/// Stands for whoever has not logged in yet.
const NOBODY: &str = "system:login";

/// What a client gets for its password; it never gets it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub access_token: String,
    pub expires_in: Duration,
    pub refresh_token: String,
}

/// Unknown name, wrong password and disabled account cost the same and are told alike.
pub fn log_in(app: &App, username: &str, password: &str) -> Result<Granted, AppError> {
    let user = match check_username(username) {
        Ok(()) => app.store.read(|conn| users::by_username(conn, username))?,
        // Nobody has it, and some of it no database takes (PostgreSQL refuses a NUL).
        Err(_) => None,
    };
    let right = app.env.passwords.verify(
        password,
        user.as_ref().map(|user| user.password_hash.as_str()),
    )?;
    match user {
        Some(user) if right && user.active => start(app, user),
        Some(user) if right => refuse(app, &user.id, "DISABLED"),
        Some(user) => refuse(app, &user.id, "PASSWORD"),
        None => refuse(app, "unknown", "UNKNOWN"),
    }
}

/// A new pair for the latest refresh token. An older one of the same session has been kept by somebody who should not
/// have it: the session ends.
pub fn refresh(app: &App, refresh_token: &str) -> Result<Granted, AppError> {
    let session = app.tokens.session_of(refresh_token)?;
    let presented = fingerprint(refresh_token);
    let next = app.tokens.issue_refresh(&session, app.env.ids.new_id())?;
    let next_hash = fingerprint(&next);
    let outcome = app.store.write(&Stamp::new(NOBODY), move |tx| {
        rotate(tx, &session, &presented, &next_hash)
    })?;
    match outcome.value {
        Rotation::Rotated(token) => grant(app, &token.into(), next),
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

fn start(app: &App, user: User) -> Result<Granted, AppError> {
    let session = app.env.ids.new_id();
    let refresh_token = app.tokens.issue_refresh(&session, app.env.ids.new_id())?;
    let refresh_hash = fingerprint(&refresh_token);
    let lifetime =
        chrono::Duration::from_std(app.tokens.session_lifetime()).map_err(AppError::internal)?;
    let token = VerifiedToken {
        subject: user.id.clone(),
        session: session.clone(),
        epoch: user.epoch,
    };
    app.store.write(&Stamp::new(user.id.clone()), move |tx| {
        // Disabled or given another password while this one was being checked.
        let latest = users::by_id(tx.conn, &user.id)?;
        if latest.is_none_or(|latest| latest.epoch != user.epoch) {
            return Err(AppError::Unauthenticated {
                code: "auth.credentials",
            });
        }
        sessions::insert(
            tx.conn,
            &begun(&session, &user.id, refresh_hash, tx.now, lifetime),
        )?;
        let event = Event::new(
            "SESSION_STARTED",
            subject(&user.id),
            json!({"session": session}),
        );
        Ok(Changed::new((), event))
    })?;
    grant(app, &token, refresh_token)
}

fn refuse(app: &App, id: &str, reason: &'static str) -> Result<Granted, AppError> {
    let event = Event::new("SESSION_REFUSED", subject(id), json!({"reason": reason}));
    app.store
        .write(&Stamp::new(NOBODY), move |_| -> Result<_, AppError> {
            Ok(Changed::new((), event))
        })?;
    Err(AppError::Unauthenticated {
        code: "auth.credentials",
    })
}

fn grant(app: &App, token: &VerifiedToken, refresh_token: String) -> Result<Granted, AppError> {
    Ok(Granted {
        access_token: app
            .tokens
            .issue_access(token, app.env.ids.new_id(), app.env.clock.now())?,
        expires_in: app.tokens.access_lifetime(),
        refresh_token,
    })
}

fn begun(
    id: &str,
    user_id: &str,
    refresh_hash: String,
    now: DateTime<Utc>,
    lifetime: chrono::Duration,
) -> Session {
    Session {
        id: id.to_string(),
        user_id: user_id.to_string(),
        refresh_hash,
        created_at: now,
        refreshed_at: now,
        expires_at: now + lifetime,
        ended: false,
    }
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

fn rotate(
    tx: &mut Tx<'_>,
    id: &str,
    presented: &str,
    next: &str,
) -> Result<Changed<Rotation>, AppError> {
    let session = sessions::by_id(tx.conn, id)?;
    let Some(session) = session.filter(|session| !session.ended && session.expires_at > tx.now)
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
        user: user.id,
        session: session.id,
        epoch: user.epoch,
    };
    Ok(Changed::new(Rotation::Rotated(granted), event))
}

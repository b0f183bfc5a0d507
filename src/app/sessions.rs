//! Running log-ins: seen and ended by their owner, and by administrators.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{ManageSessions, OwnAccount, SessionEnd};
use crate::domain::event::Event;
use crate::domain::event::account::SessionEnded;
use crate::store::sessions::{self, SessionRow};
use crate::store::{Changed, Stamp, users};

use super::caller::Caller;
use super::error::AppError;
use super::shown::Instant;
use super::{App, Done};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionView)]
pub struct Session {
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Where the log-in came from; null on the server itself.
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
    pub created_at: Instant,
    /// When a token was last issued for it.
    pub refreshed_at: Instant,
    pub expires_at: Instant,
}

/// The latest first.
pub fn own(app: &App, caller: &Caller<OwnAccount>) -> Result<Vec<Session>, AppError> {
    running(app, caller.actor(), caller.session())
}

pub fn end_own(app: &App, caller: &Caller<OwnAccount>, id: &str) -> Result<Done<()>, AppError> {
    end(
        app,
        caller.stamp(),
        caller.actor(),
        Some(id),
        SessionEnd::ByOwner,
    )
}

pub fn of_user(
    app: &App,
    caller: &Caller<ManageSessions>,
    user_id: &str,
) -> Result<Vec<Session>, AppError> {
    let found = app.store.read(|conn| users::by_id(conn, user_id))?;
    found.ok_or(AppError::NotFound)?;
    running(app, user_id, caller.session())
}

/// One session of a user, or all of them.
pub fn end_of_user(
    app: &App,
    caller: &Caller<ManageSessions>,
    user_id: &str,
    id: Option<&str>,
) -> Result<Done<()>, AppError> {
    end(
        app,
        caller.stamp(),
        user_id,
        id,
        SessionEnd::ByAdministrator,
    )
}

fn running(app: &App, user_id: &str, current: Option<&str>) -> Result<Vec<Session>, AppError> {
    let now = app.env.clock.now();
    let rows = app
        .store
        .read(|conn| sessions::running(conn, user_id, now))?;
    Ok(rows.into_iter().map(|row| shown(row, current)).collect())
}

fn shown(row: SessionRow, current: Option<&str>) -> Session {
    Session {
        current: current == Some(row.id.as_str()),
        id: row.id,
        address: row.address,
        created_at: row.created_at.into(),
        refreshed_at: row.refreshed_at.into(),
        expires_at: row.expires_at.into(),
    }
}

fn end(
    app: &App,
    stamp: Stamp,
    user_id: &str,
    id: Option<&str>,
    reason: SessionEnd,
) -> Result<Done<()>, AppError> {
    let (user_id, id) = (user_id.to_string(), id.map(str::to_string));
    app.store.write(&stamp, move |tx| {
        users::by_id(tx.conn, &user_id)?.ok_or(AppError::NotFound)?;
        let running = sessions::running(tx.conn, &user_id, tx.now)?;
        let chosen = running
            .iter()
            .map(|row| &row.id)
            .filter(|it| id.as_ref().is_none_or(|id| id == *it));
        let mut last = None;
        for session in chosen {
            sessions::end(tx.conn, session, reason, tx.now)?;
            last = Some(tx.tell(Event::SessionEnded(SessionEnded {
                user_id: user_id.clone(),
                session: session.clone(),
                reason,
            }))?);
        }
        if id.is_some() && last.is_none() {
            return Err(AppError::NotFound);
        }
        Ok(Changed::perhaps((), last))
    })
}

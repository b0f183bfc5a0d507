//! Log-ins and the refresh tokens that grew from them; only hashes are kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::{Conn, on_engine};
use super::error::StoreError;
use super::schema::{sessions, users};
use super::users::role_of;
use crate::domain::access::Role;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub user_id: String,
    pub refresh_hash: String,
    pub created_at: DateTime<Utc>,
    pub refreshed_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended: bool,
}

/// What a request needs to know of the account behind a session that still runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub user_id: String,
    pub role: Role,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub epoch: i64,
}

/// Asked at every request; `None` when the session has ended or the account is disabled.
pub fn standing(
    conn: &mut Conn,
    session: &str,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, StoreError> {
    type Found = (String, String, Option<String>, Option<String>, i64);
    let query = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now.naive_utc()))
        .filter(users::state.eq("ACTIVE"))
        .select((
            users::id,
            users::role,
            users::district_code,
            users::enterprise_id,
            users::epoch,
        ));
    let found: Option<Found> = on_engine!(conn, c => query.first(c)).optional()?;
    let Some((user_id, role, district_code, enterprise_id, epoch)) = found else {
        return Ok(None);
    };
    Ok(Some(Standing {
        role: role_of(&role)?,
        user_id,
        district_code,
        enterprise_id,
        epoch,
    }))
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Session>, StoreError> {
    type Found = (
        String,
        String,
        String,
        NaiveDateTime,
        NaiveDateTime,
        NaiveDateTime,
        Option<NaiveDateTime>,
    );
    let found: Option<Found> = sessions::table
        .find(id)
        .select((
            sessions::id,
            sessions::user_id,
            sessions::refresh_hash,
            sessions::created_at,
            sessions::refreshed_at,
            sessions::expires_at,
            sessions::ended_at,
        ))
        .first(conn)
        .optional()?;
    Ok(found.map(
        |(id, user_id, refresh_hash, created_at, refreshed_at, expires_at, ended_at)| Session {
            id,
            user_id,
            refresh_hash,
            created_at: created_at.and_utc(),
            refreshed_at: refreshed_at.and_utc(),
            expires_at: expires_at.and_utc(),
            ended: ended_at.is_some(),
        },
    ))
}

pub fn insert(conn: &mut Conn, session: &Session) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(&session.id),
            sessions::user_id.eq(&session.user_id),
            sessions::refresh_hash.eq(&session.refresh_hash),
            sessions::created_at.eq(session.created_at.naive_utc()),
            sessions::refreshed_at.eq(session.refreshed_at.naive_utc()),
            sessions::expires_at.eq(session.expires_at.naive_utc()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The next refresh token takes the place of the one before.
pub fn rotate(
    conn: &mut Conn,
    id: &str,
    refresh_hash: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id))
        .set((
            sessions::refresh_hash.eq(refresh_hash),
            sessions::refreshed_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends one session; whether it still ran.
pub fn end(
    conn: &mut Conn,
    id: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = diesel::update(
        sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::ended_at.is_null()),
    )
    .set((
        sessions::ended_at.eq(now.naive_utc()),
        sessions::end_reason.eq(reason),
    ))
    .execute(conn)?;
    Ok(ended > 0)
}

pub fn end_all(
    conn: &mut Conn,
    user_id: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(
        sessions::table
            .filter(sessions::user_id.eq(user_id))
            .filter(sessions::ended_at.is_null()),
    )
    .set((
        sessions::ended_at.eq(now.naive_utc()),
        sessions::end_reason.eq(reason),
    ))
    .execute(conn)?;
    Ok(())
}

//! Log-ins and the refresh tokens that grew from them; only hashes are kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::{Conn, on_engine};
use super::error::StoreError;
use super::schema::{sessions, users};
use super::typed::Typed;
use crate::domain::access::{Role, SessionEnd, State};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub id: String,
    pub user_id: String,
    pub refresh_hash: String,
    pub address: Option<String>,
    pub created_at: NaiveDateTime,
    pub refreshed_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub ended_at: Option<NaiveDateTime>,
}

/// What a request needs to know of the account behind a session that still runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionHolder {
    pub user_id: String,
    /// None until two people have agreed on one.
    pub role: Option<Role>,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub epoch: i64,
    pub password_changed_at: DateTime<Utc>,
    pub password_provisional: bool,
    pub second_factor: bool,
}

/// Asked at every request; `None` when the session has ended or the account is disabled.
pub fn standing(
    conn: &mut Conn,
    session: &str,
    now: DateTime<Utc>,
) -> Result<Option<SessionHolder>, StoreError> {
    let query = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now.naive_utc()))
        .filter(users::state.eq(Typed(State::Active)))
        .select((
            users::id,
            users::role,
            users::district_code,
            users::enterprise_id,
            users::epoch,
            users::password_changed_at,
            users::password_provisional,
            users::second_factor,
        ));
    let found: Option<Found> = on_engine!(conn, c => query.first(c)).optional()?;
    Ok(found.map(Found::standing))
}

#[derive(Queryable)]
struct Found {
    id: String,
    role: Option<Typed<Role>>,
    district_code: Option<String>,
    enterprise_id: Option<String>,
    epoch: i64,
    password_changed_at: NaiveDateTime,
    password_provisional: bool,
    second_factor: bool,
}

impl Found {
    fn standing(self) -> SessionHolder {
        SessionHolder {
            role: self.role.map(|role| role.0),
            user_id: self.id,
            district_code: self.district_code,
            enterprise_id: self.enterprise_id,
            epoch: self.epoch,
            password_changed_at: self.password_changed_at.and_utc(),
            password_provisional: self.password_provisional,
            second_factor: self.second_factor,
        }
    }
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<SessionRow>, StoreError> {
    Ok(sessions::table
        .find(id)
        .select(SessionRow::as_select())
        .first(conn)
        .optional()?)
}

/// Those of an account that still run, the latest first.
pub fn running(
    conn: &mut Conn,
    user_id: &str,
    now: DateTime<Utc>,
) -> Result<Vec<SessionRow>, StoreError> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now.naive_utc()))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .select(SessionRow::as_select())
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, session: &SessionRow) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values(session)
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
    reason: SessionEnd,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = diesel::update(
        sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::ended_at.is_null()),
    )
    .set((
        sessions::ended_at.eq(now.naive_utc()),
        sessions::end_reason.eq(Typed(reason)),
    ))
    .execute(conn)?;
    Ok(ended > 0)
}

/// Ends those of an account that still run, all or all but one; tells how many.
pub fn end_all(
    conn: &mut Conn,
    user_id: &str,
    but: Option<&str>,
    reason: SessionEnd,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    Ok(diesel::update(
        sessions::table
            .filter(sessions::user_id.eq(user_id))
            .filter(sessions::id.ne(but.unwrap_or_default()))
            .filter(sessions::ended_at.is_null()),
    )
    .set((
        sessions::ended_at.eq(now.naive_utc()),
        sessions::end_reason.eq(Typed(reason)),
    ))
    .execute(conn)?)
}

/// Deletes sessions that could run no longer than to an instant, the oldest first and at most so many; tells how many.
pub fn forget(conn: &mut Conn, until: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let until = until.naive_utc();
    let old: Vec<String> = sessions::table
        .filter(sessions::expires_at.le(until))
        .order((sessions::expires_at, sessions::id))
        .limit(limit)
        .select(sessions::id)
        .load(conn)?;
    for ids in old.chunks(AT_ONCE) {
        diesel::delete(sessions::table.filter(sessions::id.eq_any(ids))).execute(conn)?;
    }
    Ok(old.len())
}

/// A statement takes only so many values.
const AT_ONCE: usize = 1_000;

//! Accounts.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::{enterprises, users};
use super::typed::Typed;
use crate::domain::access::{Role, State};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: String,
    pub username: String,
    pub password_hash: String,
    pub password_changed_at: DateTime<Utc>,
    /// Chosen by whoever made the account: its owner has to choose another one.
    pub password_provisional: bool,
    /// Whether a second factor is confirmed.
    pub second_factor: bool,
    /// None until two people have agreed on one.
    pub role: Option<Role>,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub state: State,
    /// Raised by every change that must end running sessions.
    pub epoch: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The ledger sequence of the last change: the row version.
    pub seq: i64,
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<User>, StoreError> {
    let row: Option<Row> = users::table
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Row::user))
}

pub fn by_username(conn: &mut Conn, username: &str) -> Result<Option<User>, StoreError> {
    let row: Option<Row> = users::table
        .filter(users::username.eq(username))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Row::user))
}

/// Accounts in the order of their names, after the given name.
pub fn page(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<User>, StoreError> {
    let rows: Vec<Row> = users::table
        .filter(users::username.gt(after))
        .order(users::username)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Row::user).collect())
}

/// Without its role: that comes by an assignment in force.
pub fn insert(conn: &mut Conn, user: &User) -> Result<(), StoreError> {
    let row = Row {
        role: None,
        ..Row::of(user)
    };
    diesel::insert_into(users::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Writes everything but the id, the name and the day of creation.
pub fn update(conn: &mut Conn, user: &User) -> Result<(), StoreError> {
    let row = Row::of(user);
    diesel::update(users::table.find(&user.id))
        .set((
            users::password_hash.eq(row.password_hash),
            users::password_changed_at.eq(row.password_changed_at),
            users::password_provisional.eq(row.password_provisional),
            users::second_factor.eq(row.second_factor),
            users::role.eq(row.role),
            users::district_code.eq(row.district_code),
            users::enterprise_id.eq(row.enterprise_id),
            users::state.eq(row.state),
            users::epoch.eq(row.epoch),
            users::updated_at.eq(row.updated_at),
            users::seq.eq(row.seq),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether an account other than this one is active and has the role in force.
pub fn another_has(conn: &mut Conn, role: Role, but: &str) -> Result<bool, StoreError> {
    let found: Option<String> = users::table
        .filter(users::role.eq(Typed(role)))
        .filter(users::state.eq(Typed(State::Active)))
        .filter(users::id.ne(but))
        .select(users::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// The names of accounts by their ids.
pub fn names_of(conn: &mut Conn, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(users::table
        .filter(users::id.eq_any(ids))
        .select((users::id, users::username))
        .load(conn)?)
}

/// The uscc of the enterprise an account belongs to.
pub fn uscc_of(conn: &mut Conn, enterprise_id: &str) -> Result<Option<String>, StoreError> {
    Ok(enterprises::table
        .find(enterprise_id)
        .select(enterprises::uscc)
        .first(conn)
        .optional()?)
}

pub fn enterprise_of(conn: &mut Conn, uscc: &str) -> Result<Option<String>, StoreError> {
    Ok(enterprises::table
        .filter(enterprises::uscc.eq(uscc))
        .select(enterprises::id)
        .first(conn)
        .optional()?)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
struct Row {
    id: String,
    username: String,
    password_hash: String,
    password_changed_at: NaiveDateTime,
    password_provisional: bool,
    second_factor: bool,
    role: Option<Typed<Role>>,
    district_code: Option<String>,
    enterprise_id: Option<String>,
    state: Typed<State>,
    epoch: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    seq: i64,
}

impl Row {
    fn of(user: &User) -> Row {
        Row {
            id: user.id.clone(),
            username: user.username.clone(),
            password_hash: user.password_hash.clone(),
            password_changed_at: user.password_changed_at.naive_utc(),
            password_provisional: user.password_provisional,
            second_factor: user.second_factor,
            role: user.role.map(Typed),
            district_code: user.district_code.clone(),
            enterprise_id: user.enterprise_id.clone(),
            state: Typed(user.state),
            epoch: user.epoch,
            created_at: user.created_at.naive_utc(),
            updated_at: user.updated_at.naive_utc(),
            seq: user.seq,
        }
    }

    fn user(self) -> User {
        User {
            role: self.role.map(|role| role.0),
            state: self.state.0,
            id: self.id,
            username: self.username,
            password_hash: self.password_hash,
            password_changed_at: self.password_changed_at.and_utc(),
            password_provisional: self.password_provisional,
            second_factor: self.second_factor,
            district_code: self.district_code,
            enterprise_id: self.enterprise_id,
            epoch: self.epoch,
            created_at: self.created_at.and_utc(),
            updated_at: self.updated_at.and_utc(),
            seq: self.seq,
        }
    }
}

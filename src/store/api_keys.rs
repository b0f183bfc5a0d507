//! Keys of API clients; of a key only the hash is kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::{Conn, on_engine};
use super::error::StoreError;
use super::schema::{agencies as a, api_clients as c, api_keys as k};
use super::typed::Typed;
use crate::domain::access::{ApiScope, State};
use crate::domain::api_key::KeyKind;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = k)]
pub struct KeyRow {
    pub id: String,
    pub client_id: String,
    /// 1 or 2.
    pub place: i32,
    pub kind: Typed<KeyKind>,
    pub hint: String,
    pub hash: String,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub ended_by: Option<String>,
    pub ended_at: Option<NaiveDateTime>,
    pub last_used_at: Option<NaiveDateTime>,
    pub seq: i64,
}

/// What a request needs to know of the client behind a key that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    pub key_id: String,
    pub client_id: String,
    pub test: bool,
    pub owner: Owner,
    pub scopes: Vec<ApiScope>,
    /// Ranges of addresses divided by blanks; none: from anywhere.
    pub addresses: String,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Whose program it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Enterprise(String),
    Agency(String),
}

type Found = (
    String,
    String,
    Typed<KeyKind>,
    Option<String>,
    Option<String>,
    String,
    String,
    Option<NaiveDateTime>,
);

/// Asked at every request with a key; `None` where the key has ended, or its client or agency is disabled.
pub fn standing(
    conn: &mut Conn,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<KeyHolder>, StoreError> {
    let query = k::table
        .inner_join(c::table.on(c::id.eq(k::client_id)))
        .left_join(a::table.on(a::id.nullable().eq(c::agency_id)))
        .filter(k::hash.eq(hash))
        .filter(k::ended_at.is_null())
        .filter(k::expires_at.gt(now.naive_utc()))
        .filter(c::state.eq(Typed(State::Active)))
        .filter(
            a::state
                .nullable()
                .is_null()
                .or(a::state.nullable().eq(Typed(State::Active))),
        )
        .select((
            k::id,
            k::client_id,
            k::kind,
            c::enterprise_id,
            c::agency_id,
            c::scopes,
            c::addresses,
            k::last_used_at,
        ));
    let found: Option<Found> = on_engine!(conn, c => query.first(c)).optional()?;
    found.map(read).transpose()
}

/// All of a client, oldest first.
pub fn of_client(conn: &mut Conn, client_id: &str) -> Result<Vec<KeyRow>, StoreError> {
    Ok(k::table
        .filter(k::client_id.eq(client_id))
        .order(k::id)
        .select(KeyRow::as_select())
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, row: &KeyRow) -> Result<(), StoreError> {
    diesel::insert_into(k::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &KeyRow) -> Result<(), StoreError> {
    diesel::update(k::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// The clients of keys, with the keys, by the clients' ids.
pub fn clients_of(conn: &mut Conn, ids: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(k::table
        .filter(k::id.eq_any(ids))
        .order((k::client_id, k::id))
        .select((k::client_id, k::id))
        .load(conn)?)
}

/// Notes a use; another process may have noted a later one.
pub fn used(conn: &mut Conn, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    let at = at.naive_utc();
    let earlier = k::last_used_at.is_null().or(k::last_used_at.lt(at));
    diesel::update(k::table.filter(k::id.eq(id)).filter(earlier))
        .set(k::last_used_at.eq(at))
        .execute(conn)?;
    Ok(())
}

fn read(found: Found) -> Result<KeyHolder, StoreError> {
    let (key_id, client_id, kind, enterprise_id, agency_id, scopes, addresses, last_used_at) =
        found;
    let owner = match (enterprise_id, agency_id) {
        (Some(id), None) => Owner::Enterprise(id),
        (None, Some(id)) => Owner::Agency(id),
        _ => return Err(StoreError::corrupt("an API client that is nobody's")),
    };
    Ok(KeyHolder {
        key_id,
        client_id,
        test: *kind == KeyKind::Test,
        owner,
        scopes: scopes_of(&scopes)?,
        addresses,
        last_used_at: last_used_at.map(|at| at.and_utc()),
    })
}

/// Rights as they are kept.
pub fn scopes_of(text: &str) -> Result<Vec<ApiScope>, StoreError> {
    let parse = |name: &str| {
        ApiScope::parse(name).ok_or_else(|| StoreError::corrupt(format!("unknown right {name}")))
    };
    text.split_whitespace().map(parse).collect()
}

//! The keys that sign access tokens; the private halves are sealed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::signing_keys as k;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = k)]
pub struct KeyRow {
    pub kid: String,
    pub sealed_key: String,
    pub created_at: NaiveDateTime,
    pub signs_from: NaiveDateTime,
    pub good_until: Option<NaiveDateTime>,
    pub withdrawn_at: Option<NaiveDateTime>,
}

/// Oldest first.
pub fn all(conn: &mut Conn) -> Result<Vec<KeyRow>, StoreError> {
    Ok(k::table
        .order((k::signs_from, k::kid))
        .select(KeyRow::as_select())
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, row: &KeyRow) -> Result<(), StoreError> {
    diesel::insert_into(k::table).values(row).execute(conn)?;
    Ok(())
}

/// Every key is good until then at the latest.
pub fn end_all(conn: &mut Conn, until: DateTime<Utc>) -> Result<usize, StoreError> {
    let until = until.naive_utc();
    let longer = k::good_until.is_null().or(k::good_until.gt(until));
    Ok(diesel::update(k::table)
        .filter(longer)
        .set(k::good_until.eq(until))
        .execute(conn)?)
}

/// Nothing that any of them signed is good any more.
pub fn withdraw_all(conn: &mut Conn, at: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::update(k::table)
        .filter(k::withdrawn_at.is_null())
        .set(k::withdrawn_at.eq(at.naive_utc()))
        .execute(conn)?)
}

/// Deletes those that were good for nothing any more by then. What was withdrawn stays, so that no change of the master secret
/// brings it back.
pub fn forget(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(k::table)
        .filter(k::good_until.lt(before.naive_utc()))
        .filter(k::withdrawn_at.is_null())
        .execute(conn)?)
}

pub fn reseal(conn: &mut Conn, kid: &str, sealed_key: &str) -> Result<(), StoreError> {
    diesel::update(k::table.find(kid))
        .set(k::sealed_key.eq(sealed_key))
        .execute(conn)?;
    Ok(())
}

//! The keys that sign access tokens; the private halves are sealed.

use chrono::NaiveDateTime;
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

/// Writes when it ends.
pub fn end(conn: &mut Conn, row: &KeyRow) -> Result<(), StoreError> {
    diesel::update(k::table.find(&row.kid))
        .set((
            k::good_until.eq(row.good_until),
            k::withdrawn_at.eq(row.withdrawn_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn forget(conn: &mut Conn, kid: &str) -> Result<(), StoreError> {
    diesel::delete(k::table.find(kid)).execute(conn)?;
    Ok(())
}

pub fn reseal(conn: &mut Conn, kid: &str, sealed_key: &str) -> Result<(), StoreError> {
    diesel::update(k::table.find(kid))
        .set(k::sealed_key.eq(sealed_key))
        .execute(conn)?;
    Ok(())
}

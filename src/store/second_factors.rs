//! One-time passwords by time, and the recovery codes for who has lost the device.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::{recovery_codes as r, second_factors as f};
use super::typed::Typed;
use crate::domain::access::FactorState;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = f)]
pub struct FactorRow {
    pub user_id: String,
    pub sealed_secret: String,
    pub state: Typed<FactorState>,
    /// Neither the code of this step nor an earlier one is taken.
    pub last_step: i64,
    pub created_at: NaiveDateTime,
}

pub fn find(conn: &mut Conn, user_id: &str) -> Result<Option<FactorRow>, StoreError> {
    Ok(f::table
        .find(user_id)
        .select(FactorRow::as_select())
        .first(conn)
        .optional()?)
}

pub fn all(conn: &mut Conn) -> Result<Vec<FactorRow>, StoreError> {
    Ok(f::table
        .order(f::user_id)
        .select(FactorRow::as_select())
        .load(conn)?)
}

pub fn put(conn: &mut Conn, row: &FactorRow) -> Result<(), StoreError> {
    let changed = diesel::update(f::table.find(&row.user_id))
        .set(row)
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(f::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// The factor and its recovery codes; whether there was one.
pub fn remove(conn: &mut Conn, user_id: &str) -> Result<bool, StoreError> {
    diesel::delete(r::table)
        .filter(r::user_id.eq(user_id))
        .execute(conn)?;
    Ok(diesel::delete(f::table.find(user_id)).execute(conn)? > 0)
}

/// These take the place of those before.
pub fn put_recovery(conn: &mut Conn, user_id: &str, hashes: &[String]) -> Result<(), StoreError> {
    diesel::delete(r::table)
        .filter(r::user_id.eq(user_id))
        .execute(conn)?;
    for hash in hashes {
        diesel::insert_into(r::table)
            .values((r::user_id.eq(user_id), r::code_hash.eq(hash)))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes one away; whether it was there.
pub fn spend_recovery(conn: &mut Conn, user_id: &str, hash: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(r::table.find((user_id, hash))).execute(conn)? > 0)
}

pub fn count_recovery(conn: &mut Conn, user_id: &str) -> Result<i64, StoreError> {
    Ok(r::table
        .filter(r::user_id.eq(user_id))
        .count()
        .get_result(conn)?)
}

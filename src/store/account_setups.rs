//! One-time tokens with which an owner sets the first password; only hashes are kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::account_setups as s;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = s)]
pub struct SetupRow {
    pub token_hash: String,
    pub user_id: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
}

/// The account a token is for, while it is good.
pub fn user_of(
    conn: &mut Conn,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    Ok(s::table
        .find(token_hash)
        .filter(s::expires_at.gt(now.naive_utc()))
        .select(s::user_id)
        .first(conn)
        .optional()?)
}

/// The only one of its account.
pub fn put(conn: &mut Conn, row: &SetupRow) -> Result<(), StoreError> {
    forget(conn, &row.user_id)?;
    diesel::insert_into(s::table).values(row).execute(conn)?;
    Ok(())
}

/// Those of an account, used or not.
pub fn forget(conn: &mut Conn, user_id: &str) -> Result<(), StoreError> {
    diesel::delete(s::table)
        .filter(s::user_id.eq(user_id))
        .execute(conn)?;
    Ok(())
}

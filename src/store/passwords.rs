//! The passwords an account had last, as hashes.

use diesel::prelude::*;

use super::backend::Conn;
use super::change::Seq;
use super::error::StoreError;
use super::schema::password_history as h;
use crate::domain::account_policy::PASSWORDS_KEPT;

/// The latest first.
pub fn latest(conn: &mut Conn, user_id: &str, most: usize) -> Result<Vec<String>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(h::table
        .filter(h::user_id.eq(user_id))
        .order(h::seq.desc())
        .limit(most)
        .select(h::password_hash)
        .load(conn)?)
}

/// Keeps a new one, and of the earlier ones so many that there are [`PASSWORDS_KEPT`].
pub fn keep(
    conn: &mut Conn,
    user_id: &str,
    seq: Seq,
    password_hash: &str,
) -> Result<(), StoreError> {
    let row = (
        h::user_id.eq(user_id),
        h::seq.eq(seq.get()),
        h::password_hash.eq(password_hash),
    );
    diesel::insert_into(h::table).values(row).execute(conn)?;
    let skipped = i64::try_from(PASSWORDS_KEPT).unwrap_or(i64::MAX);
    let oldest: Option<i64> = h::table
        .filter(h::user_id.eq(user_id))
        .order(h::seq.desc())
        .offset(skipped)
        .select(h::seq)
        .first(conn)
        .optional()?;
    if let Some(oldest) = oldest {
        diesel::delete(h::table)
            .filter(h::user_id.eq(user_id))
            .filter(h::seq.le(oldest))
            .execute(conn)?;
    }
    Ok(())
}

/// The same password under another hash.
pub fn rehash(conn: &mut Conn, user_id: &str, before: &str, after: &str) -> Result<(), StoreError> {
    diesel::update(h::table)
        .filter(h::user_id.eq(user_id))
        .filter(h::password_hash.eq(before))
        .set(h::password_hash.eq(after))
        .execute(conn)?;
    Ok(())
}

//! Answers kept under the client's key, in the transaction that made them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::backend::Conn;
use super::change::Stamp;
use super::error::StoreError;
use super::schema::idempotency_keys as keys;

pub(super) fn recall<T: DeserializeOwned>(
    conn: &mut Conn,
    by: &Stamp,
) -> Result<Option<T>, StoreError> {
    let Some(claim) = &by.idempotency else {
        return Ok(None);
    };
    let stored: Option<(String, String)> = keys::table
        .find((&by.origin.actor, &claim.key))
        .select((keys::request_hash, keys::answer))
        .first(conn)
        .optional()?;
    match stored {
        None => Ok(None),
        Some((hash, _)) if hash != claim.request_hash => Err(StoreError::KeyReused),
        Some((_, answer)) => serde_json::from_str(&answer)
            .map(Some)
            .map_err(StoreError::corrupt),
    }
}

pub(super) fn remember<T: Serialize>(
    conn: &mut Conn,
    by: &Stamp,
    now: DateTime<Utc>,
    value: &T,
) -> Result<(), StoreError> {
    let Some(claim) = &by.idempotency else {
        return Ok(());
    };
    let answer = serde_json::to_string(value).map_err(StoreError::corrupt)?;
    diesel::insert_into(keys::table)
        .values((
            keys::actor.eq(&by.origin.actor),
            keys::key.eq(&claim.key),
            keys::request_hash.eq(&claim.request_hash),
            keys::answer.eq(answer),
            keys::recorded_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes answers recorded before an instant, the oldest first and at most so many; tells how many.
pub fn forget(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let before = before.naive_utc();
    // Both engines can say "the oldest n" only by the instant of the next one.
    let next: Option<NaiveDateTime> = keys::table
        .filter(keys::recorded_at.lt(before))
        .order(keys::recorded_at)
        .offset(limit)
        .select(keys::recorded_at)
        .first(conn)
        .optional()?;
    let old = keys::table.filter(keys::recorded_at.lt(next.unwrap_or(before)));
    Ok(diesel::delete(old).execute(conn)?)
}

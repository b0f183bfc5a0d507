//! 废止: the day after which the versions of a rule set are in force no more.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::rule_retirements as r;
use crate::domain::rules::life::Retirement;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = r)]
pub struct RetirementRow {
    pub code: String,
    pub seq: i64,
    pub effective_until: NaiveDate,
    pub reason: String,
    pub retired_by: String,
    pub recorded_at: NaiveDateTime,
}

pub fn insert(conn: &mut Conn, row: &RetirementRow) -> Result<(), StoreError> {
    diesel::insert_into(r::table).values(row).execute(conn)?;
    Ok(())
}

/// Those recorded by an instant, of all rule sets, oldest first.
pub fn all(conn: &mut Conn, known_at: DateTime<Utc>) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(r::table
        .filter(r::recorded_at.le(known_at.naive_utc()))
        .order((r::code, r::seq))
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// Those among the first so many entries of the ledger.
pub fn through(conn: &mut Conn, seq: i64) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(r::table
        .filter(r::seq.le(seq))
        .order((r::code, r::seq))
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// How many these are.
pub fn count_through(conn: &mut Conn, seq: i64) -> Result<i64, StoreError> {
    Ok(r::table.filter(r::seq.le(seq)).count().get_result(conn)?)
}

/// How many were recorded by an instant.
pub fn count(conn: &mut Conn, known_at: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(r::table
        .filter(r::recorded_at.le(known_at.naive_utc()))
        .count()
        .get_result(conn)?)
}

/// Of one rule set, as the domain sees them.
pub fn of(rows: &[RetirementRow], code: &str) -> Vec<Retirement> {
    let mine = rows.iter().filter(|row| row.code == code);
    mine.map(|row| Retirement {
        seq: row.seq,
        effective_until: row.effective_until,
    })
    .collect()
}

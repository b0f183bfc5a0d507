//! Published rule sets, each version with the date it is in force from and the instant it was recorded.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::rule_versions as v;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = v)]
pub struct RuleVersionRow {
    pub code: String,
    pub version: i64,
    pub effective_from: NaiveDate,
    pub hash: String,
    pub document: String,
    pub recorded_at: NaiveDateTime,
    pub seq: i64,
}

pub fn insert(conn: &mut Conn, row: &RuleVersionRow) -> Result<(), StoreError> {
    diesel::insert_into(v::table).values(row).execute(conn)?;
    Ok(())
}

/// All versions recorded by an instant, by code and version.
pub fn all(conn: &mut Conn, known_at: DateTime<Utc>) -> Result<Vec<RuleVersionRow>, StoreError> {
    Ok(v::table
        .filter(v::recorded_at.le(known_at.naive_utc()))
        .order((v::code, v::version))
        .select(RuleVersionRow::as_select())
        .load(conn)?)
}

/// All versions that are among the first so many entries of the ledger, by code and version.
pub fn through(conn: &mut Conn, seq: i64) -> Result<Vec<RuleVersionRow>, StoreError> {
    Ok(v::table
        .filter(v::seq.le(seq))
        .order((v::code, v::version))
        .select(RuleVersionRow::as_select())
        .load(conn)?)
}

/// How many these are.
pub fn count_through(conn: &mut Conn, seq: i64) -> Result<i64, StoreError> {
    Ok(v::table.filter(v::seq.le(seq)).count().get_result(conn)?)
}

/// How many versions were recorded by an instant.
pub fn count(conn: &mut Conn, known_at: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(v::table
        .filter(v::recorded_at.le(known_at.naive_utc()))
        .count()
        .get_result(conn)?)
}

/// The versions of one rule set recorded by an instant, oldest first.
pub fn of_code(
    conn: &mut Conn,
    code: &str,
    known_at: DateTime<Utc>,
) -> Result<Vec<RuleVersionRow>, StoreError> {
    Ok(v::table
        .filter(v::code.eq(code))
        .filter(v::recorded_at.le(known_at.naive_utc()))
        .order(v::version)
        .select(RuleVersionRow::as_select())
        .load(conn)?)
}

pub fn by_number(
    conn: &mut Conn,
    code: &str,
    version: i64,
) -> Result<Option<RuleVersionRow>, StoreError> {
    Ok(v::table
        .find((code, version))
        .select(RuleVersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// The version in force on a day by what was known at an instant: the latest to begin, and of those the latest recorded.
pub fn in_force(
    conn: &mut Conn,
    code: &str,
    as_of: NaiveDate,
    known_at: DateTime<Utc>,
) -> Result<Option<RuleVersionRow>, StoreError> {
    Ok(v::table
        .filter(v::code.eq(code))
        .filter(v::effective_from.le(as_of))
        .filter(v::recorded_at.le(known_at.naive_utc()))
        .order((v::effective_from.desc(), v::seq.desc()))
        .select(RuleVersionRow::as_select())
        .first(conn)
        .optional()?)
}

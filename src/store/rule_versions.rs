//! Published rule sets, each version with the date it is in force from and the instant it was recorded.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::{Conn, on_engine};
use super::error::StoreError;
use super::schema::{rule_retirements as r, rule_versions as v};
use super::typed::Typed;
use crate::domain::drafting::life::RetirementState;

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

/// How many versions and retirements (废止) there were.
pub type Count = (i64, i64);

/// By an instant.
pub fn count(conn: &mut Conn, known_at: DateTime<Utc>) -> Result<Count, StoreError> {
    let known_at = known_at.naive_utc();
    let versions = v::table.filter(v::recorded_at.le(known_at)).count();
    let retired = r::table
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::decided_at.le(known_at))
        .count();
    // One question, since each evaluation asks it.
    let query = diesel::select((versions.single_value(), retired.single_value()));
    counted(on_engine!(conn, c => query.first(c))?)
}

/// Among the first so many entries of the ledger.
pub fn count_through(conn: &mut Conn, seq: i64) -> Result<Count, StoreError> {
    let versions = v::table.filter(v::seq.le(seq)).count();
    let retired = r::table
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::seq.le(seq))
        .count();
    let query = diesel::select((versions.single_value(), retired.single_value()));
    counted(on_engine!(conn, c => query.first(c))?)
}

fn counted(found: (Option<i64>, Option<i64>)) -> Result<Count, StoreError> {
    let count = |it: Option<i64>| it.ok_or_else(|| StoreError::corrupt("a count of nothing"));
    Ok((count(found.0)?, count(found.1)?))
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

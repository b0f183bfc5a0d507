//! Published documents, each version with the date it is in force from and the instant it was recorded.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::{Conn, on_engine};
use super::error::StoreError;
use super::schema::{document_retirements as r, document_versions as v};
use super::typed::{Named, Typed, names_of};
use crate::domain::document::life::RetirementState;
use crate::domain::document::{Kind, Name};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = v)]
pub struct VersionRow {
    pub name: Named,
    pub version: i64,
    pub effective_from: NaiveDate,
    pub hash: String,
    pub document: String,
    pub recorded_at: NaiveDateTime,
    pub seq: i64,
}

pub fn insert(conn: &mut Conn, row: &VersionRow) -> Result<(), StoreError> {
    diesel::insert_into(v::table).values(row).execute(conn)?;
    Ok(())
}

/// All versions of a kind recorded by an instant, by code and version.
pub fn all(
    conn: &mut Conn,
    kind: Kind,
    known_at: DateTime<Utc>,
) -> Result<Vec<VersionRow>, StoreError> {
    Ok(of_kind(kind)
        .filter(v::recorded_at.le(known_at.naive_utc()))
        .order((v::name, v::version))
        .select(VersionRow::as_select())
        .load(conn)?)
}

/// All versions that are among the first so many entries of the ledger, by code and version.
pub fn through(conn: &mut Conn, kind: Kind, seq: i64) -> Result<Vec<VersionRow>, StoreError> {
    Ok(of_kind(kind)
        .filter(v::seq.le(seq))
        .order((v::name, v::version))
        .select(VersionRow::as_select())
        .load(conn)?)
}

/// How many versions and retirements (废止) there were.
pub type Count = (i64, i64);

/// By an instant.
pub fn count(conn: &mut Conn, kind: Kind, known_at: DateTime<Utc>) -> Result<Count, StoreError> {
    let known_at = known_at.naive_utc();
    let versions = of_kind(kind).filter(v::recorded_at.le(known_at)).count();
    let (from, before) = names_of(kind);
    let retired = r::table
        .filter(r::name.ge(from))
        .filter(r::name.lt(before))
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::decided_at.le(known_at))
        .count();
    // One question, since each evaluation asks it.
    let query = diesel::select((versions.single_value(), retired.single_value()));
    counted(on_engine!(conn, c => query.first(c))?)
}

/// Among the first so many entries of the ledger.
pub fn count_through(conn: &mut Conn, kind: Kind, seq: i64) -> Result<Count, StoreError> {
    let versions = of_kind(kind).filter(v::seq.le(seq)).count();
    let (from, before) = names_of(kind);
    let retired = r::table
        .filter(r::name.ge(from))
        .filter(r::name.lt(before))
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

/// The versions of one document recorded by an instant, oldest first.
pub fn of(
    conn: &mut Conn,
    name: &Name,
    known_at: DateTime<Utc>,
) -> Result<Vec<VersionRow>, StoreError> {
    Ok(v::table
        .filter(v::name.eq(Named::from(name)))
        .filter(v::recorded_at.le(known_at.naive_utc()))
        .order(v::version)
        .select(VersionRow::as_select())
        .load(conn)?)
}

pub fn by_number(
    conn: &mut Conn,
    name: &Name,
    version: i64,
) -> Result<Option<VersionRow>, StoreError> {
    Ok(v::table
        .find((Named::from(name), version))
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_kind(kind: Kind) -> _ {
    let (from, before): (String, String) = names_of(kind);
    v::table.filter(v::name.ge(from)).filter(v::name.lt(before))
}

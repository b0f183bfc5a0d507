//! The golden cases of a version of a document, and what became of them when they were run.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, columns};
use super::error::StoreError;
use super::schema::{document_cases as c, document_test_runs as r};
use super::typed::Named;
use crate::domain::document::Name;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = c)]
pub struct CaseRow {
    pub name: Named,
    pub version: i64,
    pub id: String,
    pub seq: i64,
    /// Canonical JSON.
    pub body: String,
    pub added_by: String,
    pub recorded_at: NaiveDateTime,
    pub superseded_at: Option<NaiveDateTime>,
    /// Who replaced it or took it away.
    pub superseded_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = r)]
pub struct TestRunRow {
    pub id: String,
    pub name: Named,
    pub version: i64,
    pub document_hash: String,
    pub cases_hash: String,
    pub passed: bool,
    pub case_count: i64,
    pub failed_count: i64,
    pub missing_count: i64,
    pub run_by: String,
    pub run_at: NaiveDateTime,
    pub seq: i64,
}

/// A run with its report, as JSON.
pub type Reported = (TestRunRow, String);

pub fn insert_cases(conn: &mut Conn, rows: &[CaseRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        name version id seq body added_by recorded_at superseded_at superseded_by
    };
    bulk::insert(conn, "document_cases", &columns)
}

/// Takes cases out of those that count.
pub fn supersede_cases(
    conn: &mut Conn,
    name: &Name,
    version: i64,
    ids: &[&str],
    by: &str,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    Ok(diesel::update(c::table)
        .filter(c::name.eq(Named::from(name)))
        .filter(c::version.eq(version))
        .filter(c::id.eq_any(ids))
        .filter(c::superseded_at.is_null())
        .set((
            c::superseded_at.eq(now.naive_utc()),
            c::superseded_by.eq(by),
        ))
        .execute(conn)?)
}

/// The cases of a version as they were known at an instant, by id.
pub fn cases(
    conn: &mut Conn,
    name: &Name,
    version: i64,
    known_at: DateTime<Utc>,
) -> Result<Vec<CaseRow>, StoreError> {
    let known_at = known_at.naive_utc();
    Ok(c::table
        .filter(c::name.eq(Named::from(name)))
        .filter(c::version.eq(version))
        .filter(c::recorded_at.le(known_at))
        .filter(c::superseded_at.is_null().or(c::superseded_at.gt(known_at)))
        .order((c::id, c::seq))
        .select(CaseRow::as_select())
        .load(conn)?)
}

/// The latest version before one that has cases.
pub fn version_before(
    conn: &mut Conn,
    name: &Name,
    version: i64,
) -> Result<Option<i64>, StoreError> {
    Ok(c::table
        .filter(c::name.eq(Named::from(name)))
        .filter(c::version.lt(version))
        .filter(c::superseded_at.is_null())
        .select(max(c::version))
        .first(conn)?)
}

/// Everybody who added, replaced or took away a case.
pub fn case_editors(conn: &mut Conn, name: &Name, version: i64) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String, Option<String>)> = c::table
        .filter(c::name.eq(Named::from(name)))
        .filter(c::version.eq(version))
        .select((c::added_by, c::superseded_by))
        .distinct()
        .load(conn)?;
    let all = rows
        .into_iter()
        .flat_map(|(added, replaced)| [Some(added), replaced]);
    Ok(all.flatten().collect())
}

pub fn insert_run(conn: &mut Conn, row: &TestRunRow, report: &str) -> Result<(), StoreError> {
    diesel::insert_into(r::table)
        .values((row, r::report.eq(report)))
        .execute(conn)?;
    Ok(())
}

/// The runs of a version by an instant, before one of them, latest first.
pub fn runs(
    conn: &mut Conn,
    name: &Name,
    version: i64,
    known_at: DateTime<Utc>,
    before: i64,
    limit: i64,
) -> Result<Vec<TestRunRow>, StoreError> {
    Ok(r::table
        .filter(r::name.eq(Named::from(name)))
        .filter(r::version.eq(version))
        .filter(r::run_at.le(known_at.naive_utc()))
        .filter(r::seq.lt(before))
        .order(r::seq.desc())
        .limit(limit)
        .select(TestRunRow::as_select())
        .load(conn)?)
}

pub fn run(
    conn: &mut Conn,
    name: &Name,
    version: i64,
    id: &str,
) -> Result<Option<Reported>, StoreError> {
    Ok(r::table
        .filter(r::id.eq(id))
        .filter(r::name.eq(Named::from(name)))
        .filter(r::version.eq(version))
        .select((TestRunRow::as_select(), r::report))
        .first(conn)
        .optional()?)
}

pub fn latest_run(
    conn: &mut Conn,
    name: &Name,
    version: i64,
) -> Result<Option<TestRunRow>, StoreError> {
    Ok(r::table
        .filter(r::name.eq(Named::from(name)))
        .filter(r::version.eq(version))
        .order(r::seq.desc())
        .select(TestRunRow::as_select())
        .first(conn)
        .optional()?)
}

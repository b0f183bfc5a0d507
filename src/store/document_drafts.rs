//! Versions of documents on their way to publication: one row a state, the current one without `superseded_at`.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::{document_drafts as d, document_versions as v};
use super::typed::{Named, Typed, names_of};
use crate::domain::document::life::State;
use crate::domain::document::{Kind, Name};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = d)]
pub struct DraftRow {
    pub name: Named,
    pub version: i64,
    pub seq: i64,
    pub state: Typed<State>,
    pub document: String,
    pub document_hash: String,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub edited_by: String,
    pub edited_at: NaiveDateTime,
    pub approved_by: Option<String>,
    pub approved_at: Option<NaiveDateTime>,
    pub published_by: Option<String>,
    /// Of the approval or the withdrawal.
    pub reason: Option<String>,
    pub recorded_at: NaiveDateTime,
    pub superseded_at: Option<NaiveDateTime>,
}

/// A first state, or a further one in the place of the current one.
pub fn put(conn: &mut Conn, row: &DraftRow) -> Result<(), StoreError> {
    diesel::update(d::table)
        .filter(d::name.eq(&row.name))
        .filter(d::version.eq(row.version))
        .filter(d::superseded_at.is_null())
        .set(d::superseded_at.eq(row.recorded_at))
        .execute(conn)?;
    diesel::insert_into(d::table).values(row).execute(conn)?;
    Ok(())
}

pub fn current(conn: &mut Conn, name: &Name, version: i64) -> Result<Option<DraftRow>, StoreError> {
    Ok(d::table
        .filter(d::name.eq(Named::from(name)))
        .filter(d::version.eq(version))
        .filter(d::superseded_at.is_null())
        .select(DraftRow::as_select())
        .first(conn)
        .optional()?)
}

/// The state of each version of a document as it was known at an instant, by version.
pub fn of(
    conn: &mut Conn,
    name: &Name,
    known_at: DateTime<Utc>,
) -> Result<Vec<DraftRow>, StoreError> {
    let known_at = known_at.naive_utc();
    Ok(d::table
        .filter(d::name.eq(Named::from(name)))
        .filter(d::recorded_at.le(known_at))
        .filter(d::superseded_at.is_null().or(d::superseded_at.gt(known_at)))
        // Two states of one instant: the later one counts, so that it stands last.
        .order((d::version, d::seq))
        .select(DraftRow::as_select())
        .load(conn)?)
}

/// The codes of all documents of a kind, drafted or published by an instant, in order.
pub fn codes(
    conn: &mut Conn,
    kind: Kind,
    known_at: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let known_at = known_at.naive_utc();
    let (from, before) = names_of(kind);
    let mut all: Vec<Named> = v::table
        .filter(v::name.ge(&from))
        .filter(v::name.lt(&before))
        .filter(v::recorded_at.le(known_at))
        .select(v::name)
        .distinct()
        .load(conn)?;
    let drafted: Vec<Named> = d::table
        .filter(d::name.ge(&from))
        .filter(d::name.lt(&before))
        .filter(d::recorded_at.le(known_at))
        .select(d::name)
        .distinct()
        .load(conn)?;
    all.extend(drafted);
    all.sort();
    all.dedup();
    Ok(all.into_iter().map(|name| name.code.clone()).collect())
}

/// Everybody who had a hand in the documents of a version.
pub fn editors(conn: &mut Conn, name: &Name, version: i64) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String, String)> = d::table
        .filter(d::name.eq(Named::from(name)))
        .filter(d::version.eq(version))
        .select((d::created_by, d::edited_by))
        .load(conn)?;
    let mut all: Vec<String> = rows.into_iter().flat_map(|(a, b)| [a, b]).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// Numbers are given once, whatever becomes of the draft.
pub fn next_version(conn: &mut Conn, name: &Name) -> Result<i64, StoreError> {
    let drafted: Option<i64> = d::table
        .filter(d::name.eq(Named::from(name)))
        .select(max(d::version))
        .first(conn)?;
    let published: Option<i64> = v::table
        .filter(v::name.eq(Named::from(name)))
        .select(max(v::version))
        .first(conn)?;
    Ok(drafted.max(published).unwrap_or(0) + 1)
}

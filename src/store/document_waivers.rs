//! Boundaries of a version that a person has waived; what is superseded stays readable by what was known.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::document_waivers as w;
use super::typed::Named;
use crate::domain::document::Name;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = w)]
pub struct WaiverRow {
    pub name: Named,
    pub version: i64,
    /// As it is called within a period.
    pub boundary: String,
    /// Over what the document says at its place.
    pub place_hash: String,
    pub seq: i64,
    /// The boundary in words, as the person read them.
    pub what_zh: String,
    pub what_en: String,
    pub reason: String,
    /// The document it was given for.
    pub document_hash: String,
    pub waived_by: String,
    pub waived_at: NaiveDateTime,
    pub recorded_at: NaiveDateTime,
    pub superseded_at: Option<NaiveDateTime>,
    /// Who took it back, or changed the place.
    pub superseded_by: Option<String>,
}

pub fn insert(conn: &mut Conn, row: &WaiverRow) -> Result<(), StoreError> {
    diesel::insert_into(w::table).values(row).execute(conn)?;
    Ok(())
}

/// From now on the waiver does not stand.
pub fn supersede(
    conn: &mut Conn,
    row: &WaiverRow,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(w::table)
        .filter(w::name.eq(&row.name))
        .filter(w::version.eq(row.version))
        .filter(w::boundary.eq(&row.boundary))
        .filter(w::place_hash.eq(&row.place_hash))
        .filter(w::superseded_at.is_null())
        .set((
            w::superseded_at.eq(now.naive_utc()),
            w::superseded_by.eq(by),
        ))
        .execute(conn)?;
    Ok(())
}

/// The waivers of a version as they stood at an instant, by boundary.
pub fn standing(
    conn: &mut Conn,
    name: &Name,
    version: i64,
    known_at: DateTime<Utc>,
) -> Result<Vec<WaiverRow>, StoreError> {
    let known_at = known_at.naive_utc();
    Ok(w::table
        .filter(w::name.eq(Named::from(name)))
        .filter(w::version.eq(version))
        .filter(w::recorded_at.le(known_at))
        .filter(w::superseded_at.is_null().or(w::superseded_at.gt(known_at)))
        .order((w::boundary, w::seq))
        .select(WaiverRow::as_select())
        .load(conn)?)
}

/// Everybody who gave a waiver of the version or took one back.
pub fn makers(conn: &mut Conn, name: &Name, version: i64) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String, Option<String>)> = w::table
        .filter(w::name.eq(Named::from(name)))
        .filter(w::version.eq(version))
        .select((w::waived_by, w::superseded_by))
        .distinct()
        .load(conn)?;
    let all = rows
        .into_iter()
        .flat_map(|(waived, superseded)| [Some(waived), superseded]);
    Ok(all.flatten().collect())
}

//! Titles held (资质). A correction keeps the id: the earlier state is marked superseded, never overwritten.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::certifications as c;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = c)]
pub struct CertificationRow {
    pub id: String,
    pub seq: i64,
    pub enterprise_id: String,
    pub scheme: String,
    pub number: String,
    pub valid_from: NaiveDate,
    pub valid_through: Option<NaiveDate>,
    pub issuer: Option<String>,
    pub document: Option<String>,
    pub recorded_by: String,
    pub recorded_at: NaiveDateTime,
    pub superseded_at: Option<NaiveDateTime>,
}

pub fn insert(conn: &mut Conn, row: &CertificationRow) -> Result<(), StoreError> {
    diesel::insert_into(c::table).values(row).execute(conn)?;
    Ok(())
}

/// Ends the state in force, so that a corrected one can take its place.
pub fn supersede(conn: &mut Conn, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(
        c::table
            .filter(c::id.eq(id))
            .filter(c::superseded_at.is_null()),
    )
    .set(c::superseded_at.eq(at.naive_utc()))
    .execute(conn)?;
    Ok(())
}

/// As recorded by an instant, oldest title first.
pub fn of_enterprise(
    conn: &mut Conn,
    enterprise_id: &str,
    known_at: DateTime<Utc>,
) -> Result<Vec<CertificationRow>, StoreError> {
    let known_at = known_at.naive_utc();
    Ok(c::table
        .filter(c::enterprise_id.eq(enterprise_id))
        .filter(c::recorded_at.le(known_at))
        .filter(c::superseded_at.is_null().or(c::superseded_at.gt(known_at)))
        .order((c::valid_from, c::id))
        .select(CertificationRow::as_select())
        .load(conn)?)
}

/// The state in force of one title.
pub fn current(
    conn: &mut Conn,
    enterprise_id: &str,
    id: &str,
) -> Result<Option<CertificationRow>, StoreError> {
    Ok(c::table
        .filter(c::enterprise_id.eq(enterprise_id))
        .filter(c::id.eq(id))
        .filter(c::superseded_at.is_null())
        .select(CertificationRow::as_select())
        .first(conn)
        .optional()?)
}

/// The state in force of the title with this number.
pub fn by_number(
    conn: &mut Conn,
    enterprise_id: &str,
    scheme: &str,
    number: &str,
) -> Result<Option<CertificationRow>, StoreError> {
    Ok(c::table
        .filter(c::enterprise_id.eq(enterprise_id))
        .filter(c::scheme.eq(scheme))
        .filter(c::number.eq(number))
        .filter(c::superseded_at.is_null())
        .select(CertificationRow::as_select())
        .first(conn)
        .optional()?)
}

/// What an assessment needs of a title: one of its states.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = c)]
pub struct TitleRow {
    pub enterprise_id: String,
    pub id: String,
    pub seq: i64,
    pub scheme: String,
    pub valid_from: NaiveDate,
    pub valid_through: Option<NaiveDate>,
    pub recorded_at: NaiveDateTime,
}

impl TitleRow {
    /// The last known state of each title, of rows in the order in which they were read.
    pub fn standing(rows: &[TitleRow], known_seq: i64) -> impl Iterator<Item = &TitleRow> {
        rows.chunk_by(|one, next| one.id == next.id)
            .filter_map(move |states| states.iter().rfind(|it| it.seq <= known_seq))
    }
}

//! 废止: the day after which the versions of a document are in force no more; proposed by one, decided by another.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::document_retirements as r;
use super::typed::{Named, Typed, names_of};
use crate::domain::document::life::{Retirement, RetirementState};
use crate::domain::document::{Kind, Name};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = r)]
pub struct RetirementRow {
    pub id: String,
    pub name: Named,
    pub state: Typed<RetirementState>,
    pub effective_until: NaiveDate,
    pub reason: String,
    pub proposed_by: String,
    pub proposed_at: NaiveDateTime,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub decision_reason: Option<String>,
    /// The place of its last change in the ledger.
    pub seq: i64,
}

pub fn insert(conn: &mut Conn, row: &RetirementRow) -> Result<(), StoreError> {
    diesel::insert_into(r::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &RetirementRow) -> Result<(), StoreError> {
    diesel::update(r::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

pub fn by_id(conn: &mut Conn, name: &Name, id: &str) -> Result<Option<RetirementRow>, StoreError> {
    Ok(r::table
        .find(id)
        .filter(r::name.eq(Named::from(name)))
        .select(RetirementRow::as_select())
        .first(conn)
        .optional()?)
}

/// Of one document what was proposed by an instant, in whatever state now, oldest first.
pub fn proposed(
    conn: &mut Conn,
    name: &Name,
    known_at: DateTime<Utc>,
) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(r::table
        .filter(r::name.eq(Named::from(name)))
        .filter(r::proposed_at.le(known_at.naive_utc()))
        .order(r::id)
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// Those that counted by an instant, of all documents of a kind, by name and oldest first.
pub fn all(
    conn: &mut Conn,
    kind: Kind,
    known_at: DateTime<Utc>,
) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(of_kind(kind)
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::decided_at.le(known_at.naive_utc()))
        .order((r::name, r::seq))
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// Those among the first so many entries of the ledger.
pub fn through(conn: &mut Conn, kind: Kind, seq: i64) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(of_kind(kind)
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::seq.le(seq))
        .order((r::name, r::seq))
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// Of one document, as the domain sees them.
pub fn of(rows: &[RetirementRow], name: &Name) -> Vec<Retirement> {
    let mine = rows.iter().filter(|row| *row.name == *name);
    mine.map(|row| Retirement {
        seq: row.seq,
        effective_until: row.effective_until,
    })
    .collect()
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_kind(kind: Kind) -> _ {
    let (from, before): (String, String) = names_of(kind);
    r::table.filter(r::name.ge(from)).filter(r::name.lt(before))
}

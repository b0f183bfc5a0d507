//! 废止: the day after which the versions of a rule set are in force no more; proposed by one, decided by another.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::rule_retirements as r;
use super::typed::Typed;
use crate::domain::drafting::life::{Retirement, RetirementState};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = r)]
pub struct RetirementRow {
    pub id: String,
    pub code: String,
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

pub fn by_id(conn: &mut Conn, code: &str, id: &str) -> Result<Option<RetirementRow>, StoreError> {
    Ok(r::table
        .find(id)
        .filter(r::code.eq(code))
        .select(RetirementRow::as_select())
        .first(conn)
        .optional()?)
}

/// Of one rule set what was proposed by an instant, in whatever state now, oldest first.
pub fn proposed(
    conn: &mut Conn,
    code: &str,
    known_at: DateTime<Utc>,
) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(r::table
        .filter(r::code.eq(code))
        .filter(r::proposed_at.le(known_at.naive_utc()))
        .order(r::id)
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// Those that counted by an instant, of all rule sets, oldest first.
pub fn all(conn: &mut Conn, known_at: DateTime<Utc>) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(r::table
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::decided_at.le(known_at.naive_utc()))
        .order((r::code, r::seq))
        .select(RetirementRow::as_select())
        .load(conn)?)
}

/// Those among the first so many entries of the ledger.
pub fn through(conn: &mut Conn, seq: i64) -> Result<Vec<RetirementRow>, StoreError> {
    Ok(r::table
        .filter(r::state.eq(Typed(RetirementState::Approved)))
        .filter(r::seq.le(seq))
        .order((r::code, r::seq))
        .select(RetirementRow::as_select())
        .load(conn)?)
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

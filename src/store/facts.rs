//! What was stated about an enterprise: append-only rows, of which the latest that names a fact decides.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::fact_statements as statements;
use super::typed::Typed;
use crate::domain::facts::Evidence;

/// One statement: about a fiscal year, or holding from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = statements)]
pub struct StatementRow {
    pub enterprise_id: String,
    pub seq: i64,
    pub year: Option<i32>,
    pub effective_from: Option<NaiveDate>,
    /// Canonical JSON: fact name to value, null where a value is withdrawn.
    pub facts: String,
    pub evidence: Typed<Evidence>,
    pub source: String,
    pub recorded_by: String,
    pub recorded_at: NaiveDateTime,
}

pub fn insert(conn: &mut Conn, row: &StatementRow) -> Result<(), StoreError> {
    diesel::insert_into(statements::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// All statements about an enterprise that were recorded by an instant, in the order they were recorded.
pub fn of_enterprise(
    conn: &mut Conn,
    enterprise_id: &str,
    known_at: DateTime<Utc>,
) -> Result<Vec<StatementRow>, StoreError> {
    Ok(statements::table
        .filter(statements::enterprise_id.eq(enterprise_id))
        .filter(statements::recorded_at.le(known_at.naive_utc()))
        .order(statements::seq)
        .select(StatementRow::as_select())
        .load(conn)?)
}

/// The statements about all enterprises from one id to another, both included, that are among the first so many entries
/// of the ledger: what an assessment reads.
pub fn of_range(
    conn: &mut Conn,
    from: &str,
    to: &str,
    known_seq: i64,
) -> Result<Vec<StatementRow>, StoreError> {
    Ok(statements::table
        .filter(statements::enterprise_id.ge(from))
        .filter(statements::enterprise_id.le(to))
        .filter(statements::seq.le(known_seq))
        .order((statements::enterprise_id, statements::seq))
        .select(StatementRow::as_select())
        .load(conn)?)
}

//! What was stated about an enterprise: append-only rows, of which the latest that names a fact decides. Beside each stands
//! whether it still decides anything (`stands`), so that what holds now is read without what it replaced.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::backend::Conn;
use super::bulk::{self, Column, columns};
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
    /// By the rule of `domain::statement::standing`.
    pub stands: bool,
}

pub fn insert(conn: &mut Conn, row: &StatementRow) -> Result<(), StoreError> {
    diesel::insert_into(statements::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

pub fn insert_all(conn: &mut Conn, rows: &[StatementRow]) -> Result<(), StoreError> {
    let columns = columns! { rows;
        enterprise_id seq year effective_from facts evidence source recorded_by recorded_at stands
    };
    bulk::insert(conn, "fact_statements", &columns)
}

/// A statement by its enterprise and its sequence.
pub type StatementKey = (String, i64);

/// Notes that statements no longer decide anything.
pub fn supersede(conn: &mut Conn, places: &[StatementKey]) -> Result<(), StoreError> {
    let (ids, seqs): (Vec<String>, Vec<i64>) = places.iter().cloned().unzip();
    let key = [
        ("enterprise_id", Column::from(ids)),
        ("stands", Column::from(vec![true; places.len()])),
        ("seq", Column::from(seqs)),
    ];
    bulk::set(conn, "fact_statements", &key, "stands = FALSE")
}

//! Long work as a client sees it, the reports of imports, and the files that exports made.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::{export_files as f, imports as i, operations as o};
use super::typed::Typed;
use crate::domain::operation::{OperationKind, OperationState};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = o, treat_none_as_null = true)]
pub struct OperationRow {
    pub id: String,
    pub kind: Typed<OperationKind>,
    pub state: Typed<OperationState>,
    pub done: i64,
    pub total: i64,
    pub result_url: Option<String>,
    /// The problem document of a failure.
    pub problem: Option<String>,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = i)]
pub struct ImportRow {
    pub id: String,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub files_hash: String,
    pub report: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = f)]
pub struct ExportFileRow {
    pub id: String,
    pub created_by: String,
    /// Of the account when it asked.
    pub epoch: i64,
    pub created_at: NaiveDateTime,
    pub file_name: String,
    pub media_type: String,
    pub content: Vec<u8>,
}

pub fn insert(conn: &mut Conn, row: &OperationRow) -> Result<(), StoreError> {
    diesel::insert_into(o::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &OperationRow) -> Result<(), StoreError> {
    diesel::update(o::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<OperationRow>, StoreError> {
    Ok(o::table
        .find(id)
        .select(OperationRow::as_select())
        .first(conn)
        .optional()?)
}

/// What a stopped process left running.
pub fn running(conn: &mut Conn) -> Result<Vec<OperationRow>, StoreError> {
    Ok(o::table
        .filter(o::state.eq(Typed(OperationState::Running)))
        .order(o::id)
        .select(OperationRow::as_select())
        .load(conn)?)
}

pub fn insert_import(conn: &mut Conn, row: &ImportRow) -> Result<(), StoreError> {
    diesel::insert_into(i::table).values(row).execute(conn)?;
    Ok(())
}

pub fn import_by_id(conn: &mut Conn, id: &str) -> Result<Option<ImportRow>, StoreError> {
    Ok(i::table
        .find(id)
        .select(ImportRow::as_select())
        .first(conn)
        .optional()?)
}

pub fn insert_export(conn: &mut Conn, row: &ExportFileRow) -> Result<(), StoreError> {
    diesel::insert_into(f::table).values(row).execute(conn)?;
    Ok(())
}

/// A file is its maker's alone, and as long as the account is what it was: what it may see now may be something else.
pub fn export_of(
    conn: &mut Conn,
    id: &str,
    created_by: &str,
    epoch: i64,
) -> Result<Option<ExportFileRow>, StoreError> {
    Ok(f::table
        .find(id)
        .filter(f::created_by.eq(created_by))
        .filter(f::epoch.eq(epoch))
        .select(ExportFileRow::as_select())
        .first(conn)
        .optional()?)
}

/// The files made by an instant.
pub fn exports_until(conn: &mut Conn, instant: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    Ok(f::table
        .filter(f::created_at.le(instant.naive_utc()))
        .order(f::id)
        .select(f::id)
        .load(conn)?)
}

pub fn delete_exports(conn: &mut Conn, ids: &[String]) -> Result<(), StoreError> {
    diesel::delete(f::table.filter(f::id.eq_any(ids))).execute(conn)?;
    Ok(())
}

//! Agencies (代理机构).

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::agencies as a;
use super::typed::Typed;
use crate::domain::access::State;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = a)]
pub struct AgencyRow {
    pub id: String,
    pub uscc: String,
    pub name: String,
    pub state: Typed<State>,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub seq: i64,
}

pub fn by_uscc(conn: &mut Conn, uscc: &str) -> Result<Option<AgencyRow>, StoreError> {
    Ok(a::table
        .filter(a::uscc.eq(uscc))
        .select(AgencyRow::as_select())
        .first(conn)
        .optional()?)
}

/// In the order in which they were put on record.
pub fn page(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<AgencyRow>, StoreError> {
    Ok(a::table
        .filter(a::id.gt(after))
        .order(a::id)
        .limit(limit)
        .select(AgencyRow::as_select())
        .load(conn)?)
}

/// The codes of agencies by their ids.
pub fn usccs_of(conn: &mut Conn, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(a::table
        .filter(a::id.eq_any(ids))
        .select((a::id, a::uscc))
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, row: &AgencyRow) -> Result<(), StoreError> {
    diesel::insert_into(a::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &AgencyRow) -> Result<(), StoreError> {
    diesel::update(a::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

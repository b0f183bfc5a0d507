//! What enterprises have delegated (委托) to agencies. How it opens the register to them stands in `scope`.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::{delegation_scopes as s, delegations as d};
use super::typed::Typed;
use crate::domain::access::ApiScope;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = d)]
pub struct DelegationRow {
    pub id: String,
    pub enterprise_id: String,
    pub agency_id: String,
    pub valid_from: NaiveDate,
    pub valid_through: NaiveDate,
    pub made_by: String,
    pub made_at: NaiveDateTime,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<NaiveDateTime>,
    pub seq: i64,
}

pub fn by_id(
    conn: &mut Conn,
    enterprise_id: &str,
    id: &str,
) -> Result<Option<DelegationRow>, StoreError> {
    Ok(d::table
        .filter(d::id.eq(id))
        .filter(d::enterprise_id.eq(enterprise_id))
        .select(DelegationRow::as_select())
        .first(conn)
        .optional()?)
}

/// Oldest first.
pub fn of_enterprise(
    conn: &mut Conn,
    enterprise_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<DelegationRow>, StoreError> {
    Ok(d::table
        .filter(d::enterprise_id.eq(enterprise_id))
        .filter(d::id.gt(after))
        .order(d::id)
        .limit(limit)
        .select(DelegationRow::as_select())
        .load(conn)?)
}

/// The rights of delegations, by the delegations' ids.
pub fn scopes_of(
    conn: &mut Conn,
    ids: &[String],
) -> Result<Vec<(String, Typed<ApiScope>)>, StoreError> {
    Ok(s::table
        .filter(s::delegation_id.eq_any(ids))
        .order((s::delegation_id, s::scope))
        .select((s::delegation_id, s::scope))
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, row: &DelegationRow, scopes: &[ApiScope]) -> Result<(), StoreError> {
    diesel::insert_into(d::table).values(row).execute(conn)?;
    for scope in scopes {
        diesel::insert_into(s::table)
            .values((s::delegation_id.eq(&row.id), s::scope.eq(Typed(*scope))))
            .execute(conn)?;
    }
    Ok(())
}

pub fn update(conn: &mut Conn, row: &DelegationRow) -> Result<(), StoreError> {
    diesel::update(d::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

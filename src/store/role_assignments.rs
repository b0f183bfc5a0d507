//! Assignments of roles: proposed by one, decided by another.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::Conn;
use super::error::StoreError;
use super::schema::role_assignments as a;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = a)]
pub struct AssignmentRow {
    pub id: String,
    pub user_id: String,
    pub role: String,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub state: String,
    pub proposed_by: String,
    pub proposed_at: NaiveDateTime,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub reason: Option<String>,
    pub seq: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub user_id: Option<String>,
    pub state: Option<String>,
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<AssignmentRow>, StoreError> {
    Ok(a::table
        .find(id)
        .select(AssignmentRow::as_select())
        .first(conn)
        .optional()?)
}

/// Oldest first.
pub fn page(
    conn: &mut Conn,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<AssignmentRow>, StoreError> {
    let mut query = a::table
        .filter(a::id.gt(after))
        .order(a::id)
        .limit(limit)
        .select(AssignmentRow::as_select())
        .into_boxed();
    if let Some(id) = &filter.user_id {
        query = query.filter(a::user_id.eq(id));
    }
    if let Some(state) = &filter.state {
        query = query.filter(a::state.eq(state));
    }
    Ok(query.load(conn)?)
}

pub fn in_force(conn: &mut Conn, user_id: &str) -> Result<Option<AssignmentRow>, StoreError> {
    Ok(a::table
        .filter(a::user_id.eq(user_id))
        .filter(a::state.eq("APPROVED"))
        .select(AssignmentRow::as_select())
        .first(conn)
        .optional()?)
}

/// The roles an account has or had.
pub fn roles_held(conn: &mut Conn, user_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(a::table
        .filter(a::user_id.eq(user_id))
        .filter(a::state.eq_any(["APPROVED", "SUPERSEDED"]))
        .select(a::role)
        .load(conn)?)
}

/// Another one takes the place of the one in force.
pub fn supersede(conn: &mut Conn, user_id: &str, seq: i64) -> Result<(), StoreError> {
    let in_force = a::table
        .filter(a::user_id.eq(user_id))
        .filter(a::state.eq("APPROVED"));
    diesel::update(in_force)
        .set((a::state.eq("SUPERSEDED"), a::seq.eq(seq)))
        .execute(conn)?;
    Ok(())
}

pub fn insert(conn: &mut Conn, row: &AssignmentRow) -> Result<(), StoreError> {
    diesel::insert_into(a::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &AssignmentRow) -> Result<(), StoreError> {
    diesel::update(a::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

//! Assignments of roles: proposed by one, decided by another.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::Conn;
use super::change::Seq;
use super::error::StoreError;
use super::schema::role_assignments as a;
use super::typed::Typed;
use crate::domain::access::{AssignmentState, Role};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = a)]
pub struct AssignmentRow {
    pub id: String,
    pub user_id: String,
    pub role: Typed<Role>,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub state: Typed<AssignmentState>,
    pub proposed_by: String,
    pub proposed_at: NaiveDateTime,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub reason: Option<String>,
    pub seq: i64,
}

pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<AssignmentRow>, StoreError> {
    Ok(a::table
        .find(id)
        .select(AssignmentRow::as_select())
        .first(conn)
        .optional()?)
}

/// Oldest first; of one account, or in one state.
pub fn page(
    conn: &mut Conn,
    user_id: Option<&str>,
    state: Option<AssignmentState>,
    after: &str,
    limit: i64,
) -> Result<Vec<AssignmentRow>, StoreError> {
    let mut query = a::table
        .filter(a::id.gt(after))
        .order(a::id)
        .limit(limit)
        .select(AssignmentRow::as_select())
        .into_boxed();
    if let Some(id) = user_id {
        query = query.filter(a::user_id.eq(id));
    }
    if let Some(state) = state {
        query = query.filter(a::state.eq(Typed(state)));
    }
    Ok(query.load(conn)?)
}

pub fn in_force(conn: &mut Conn, user_id: &str) -> Result<Option<AssignmentRow>, StoreError> {
    Ok(a::table
        .filter(a::user_id.eq(user_id))
        .filter(a::state.eq(Typed(AssignmentState::Approved)))
        .select(AssignmentRow::as_select())
        .first(conn)
        .optional()?)
}

/// The roles an account has or had.
pub fn roles_held(conn: &mut Conn, user_id: &str) -> Result<Vec<Typed<Role>>, StoreError> {
    const HELD: [Typed<AssignmentState>; 2] = [
        Typed(AssignmentState::Approved),
        Typed(AssignmentState::Superseded),
    ];
    Ok(a::table
        .filter(a::user_id.eq(user_id))
        .filter(a::state.eq_any(HELD))
        .select(a::role)
        .load(conn)?)
}

/// Another one takes the place of the one in force.
pub fn supersede(conn: &mut Conn, user_id: &str, seq: Seq) -> Result<(), StoreError> {
    let in_force = a::table
        .filter(a::user_id.eq(user_id))
        .filter(a::state.eq(Typed(AssignmentState::Approved)));
    diesel::update(in_force)
        .set((
            a::state.eq(Typed(AssignmentState::Superseded)),
            a::seq.eq(seq.get()),
        ))
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

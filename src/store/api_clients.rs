//! API clients: programs that act for an enterprise or for an agency.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::Conn;
use super::enterprises::Backend;
use super::error::StoreError;
use super::schema::api_clients as c;
use super::typed::Typed;
use crate::domain::access::{Scope, State};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = c)]
pub struct ClientRow {
    pub id: String,
    pub name: String,
    pub enterprise_id: Option<String>,
    pub agency_id: Option<String>,
    /// Names divided by blanks.
    pub scopes: String,
    pub addresses: String,
    pub state: Typed<State>,
    pub created_by: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub seq: i64,
}

pub fn by_id(conn: &mut Conn, scope: &Scope, id: &str) -> Result<Option<ClientRow>, StoreError> {
    Ok(visible(scope)
        .filter(c::id.eq(id))
        .select(ClientRow::as_select())
        .first(conn)
        .optional()?)
}

/// Oldest first.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    after: &str,
    limit: i64,
) -> Result<Vec<ClientRow>, StoreError> {
    Ok(visible(scope)
        .filter(c::id.gt(after))
        .order(c::id)
        .limit(limit)
        .select(ClientRow::as_select())
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, row: &ClientRow) -> Result<(), StoreError> {
    diesel::insert_into(c::table).values(row).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, row: &ClientRow) -> Result<(), StoreError> {
    diesel::update(c::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// An enterprise sees its own clients; whoever sees all enterprises, or keeps keys safe, all of them.
fn visible(scope: &Scope) -> c::BoxedQuery<'_, Backend> {
    let all = c::table.into_boxed();
    match scope {
        Scope::All => all,
        Scope::Enterprise(id) => all.filter(c::enterprise_id.eq(id)),
        Scope::District(_) | Scope::Delegated(_) | Scope::Nothing => all.filter(c::id.is_null()),
    }
}

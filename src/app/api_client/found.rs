//! An API client is found by whom it belongs to.

use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::{Role, Scope};
use crate::domain::clock::is_id;
use crate::store::Conn;
use crate::store::api_clients::{self, ClientRow};

pub(super) const NOT_ITS_OWN: AppError = AppError::Forbidden {
    code: "api_client.only_its_own",
};

/// A client of an enterprise gets what it gets from the enterprise's own account.
pub(super) fn only_its_own(by: &Scope, client: &ClientRow) -> Result<(), AppError> {
    match client.enterprise_id.is_none() || is_enterprise(by) {
        true => Ok(()),
        false => Err(NOT_ITS_OWN),
    }
}

pub(super) fn is_enterprise(scope: &Scope) -> bool {
    matches!(scope, Scope::Enterprise(_))
}

/// The security administrator sees no enterprise, but every program that does, and what was delegated to it.
pub(in crate::app) fn reach<P>(caller: &Caller<P>) -> Scope {
    match caller.role() {
        Some(Role::SecurityAdmin) => Scope::All,
        _ => caller.scope().clone(),
    }
}

pub(super) fn find<P>(
    conn: &mut Conn,
    caller: &Caller<P>,
    id: &str,
) -> Result<ClientRow, AppError> {
    find_in(conn, &reach(caller), id)
}

pub(super) fn find_in(conn: &mut Conn, reach: &Scope, id: &str) -> Result<ClientRow, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    api_clients::by_id(conn, reach, id)?.ok_or(AppError::NotFound)
}

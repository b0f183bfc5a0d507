//! `/v1/role-assignments`: who shall be what, proposed by one and decided by another.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::Done;
use crate::app::role_assignment::{
    self, AssignmentFilter, NewRoleAssignment, RoleAssignment, RoleAssignments, RoleDecision,
};
use crate::app::shown::Versioned;
use crate::domain::access::{ActOnRoleAssignment, ManageUsers, ReadRoleAssignments};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::listing;
use crate::http::problem::Problem;
use crate::http::query::{Paging, Query};

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    /// `PROPOSED`, `APPROVED`, `REJECTED`, `WITHDRAWN` or `SUPERSEDED`.
    state: Option<String>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    cursor: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadRoleAssignments>,
    query: Query<Listing>,
) -> Result<Shown<Page<RoleAssignment>>, Problem> {
    page(ticket, None, query).await
}

pub async fn of_user(
    ticket: Ticket<ReadRoleAssignments>,
    id: Path<String>,
    query: Query<Listing>,
) -> Result<Shown<Page<RoleAssignment>>, Problem> {
    page(ticket, Some(id.into_inner()), query).await
}

pub async fn propose(
    ticket: Ticket<ManageUsers>,
    id: Path<String>,
    once: Once<NewRoleAssignment>,
) -> Result<Created<RoleAssignment>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        Ok(role_assignment::propose(app, &caller, &id, body)?)
    });
    Ok(created(done.await?))
}

pub async fn get(
    ticket: Ticket<ReadRoleAssignments>,
    id: Path<String>,
) -> Result<Shown<RoleAssignment>, Problem> {
    let found = ticket.call(move |app, caller| Ok(role_assignment::get(app, &caller, &id)?));
    Ok(Shown::record(found.await?))
}

pub async fn decide(
    ticket: Ticket<ActOnRoleAssignment>,
    id: Path<String>,
    once: Once<RoleDecision>,
) -> Result<Created<RoleAssignment>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        Ok(role_assignment::decide(app, &caller, &id, &body)?)
    });
    Ok(created(done.await?))
}

async fn page(
    ticket: Ticket<ReadRoleAssignments>,
    user_id: Option<String>,
    query: Query<Listing>,
) -> Result<Shown<Page<RoleAssignment>>, Problem> {
    let asked = move || {
        let Listing {
            state,
            limit,
            cursor,
        } = query.read()?;
        let filter = AssignmentFilter { user_id, state };
        Ok((Paging { limit, cursor }, filter))
    };
    listing::page::<RoleAssignments>(ticket, asked).await
}

fn created(done: Done<Versioned<RoleAssignment>>) -> Created<RoleAssignment> {
    let url = format!("/v1/role-assignments/{}", done.value.id);
    Created::changed(done).location(url)
}

//! `/v1/role-assignments`: who shall be what, proposed by one and decided by another.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::Done;
use crate::app::role_assignment::{
    self, AssignmentFilter, AssignmentView, RoleInput, VerdictInput,
};
use crate::domain::access::{DecideRoles, ManageUsers, ReadRoleAssignments};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::Instant;

/// Names the list in its cursors.
/// A role for an account, on its way or in force.
#[derive(Serialize, ToSchema)]
pub struct RoleAssignment {
    id: String,
    user_id: String,
    username: String,
    role: String,
    district_code: Option<String>,
    uscc: Option<String>,
    /// `PROPOSED`, `APPROVED` (in force), `REJECTED` or `SUPERSEDED` (by a later one).
    state: String,
    proposed_by: String,
    proposed_at: Instant,
    decided_by: Option<String>,
    decided_at: Option<Instant>,
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct NewRoleAssignment {
    #[schema(example = "DISTRICT_OFFICER")]
    role: String,
    /// Of a `DISTRICT_OFFICER`.
    district_code: Option<String>,
    /// Of an `ENTERPRISE`.
    uscc: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct RoleDecision {
    /// `APPROVE` or `REJECT`.
    verdict: String,
    /// Needed to reject.
    reason: Option<String>,
}

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    /// `PROPOSED`, `APPROVED`, `REJECTED` or `SUPERSEDED`.
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
        let NewRoleAssignment {
            role,
            district_code,
            uscc,
        } = body;
        let input = RoleInput {
            role,
            district_code,
            uscc,
        };
        Ok(role_assignment::propose(app, &caller, &id, input)?)
    });
    Ok(created(done.await?))
}

pub async fn get(
    ticket: Ticket<ReadRoleAssignments>,
    id: Path<String>,
) -> Result<Shown<RoleAssignment>, Problem> {
    let found = ticket
        .call(move |app, caller| Ok(role_assignment::get(app, &caller, &id)?))
        .await?;
    Ok(Shown::of(found))
}

pub async fn decide(
    ticket: Ticket<DecideRoles>,
    id: Path<String>,
    once: Once<RoleDecision>,
) -> Result<Created<RoleAssignment>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let RoleDecision { verdict, reason } = body;
        let input = VerdictInput { verdict, reason };
        Ok(role_assignment::decide(app, &caller, &id, &input)?)
    });
    Ok(created(done.await?))
}

async fn page(
    ticket: Ticket<ReadRoleAssignments>,
    user_id: Option<String>,
    query: Query<Listing>,
) -> Result<Shown<Page<RoleAssignment>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let named = asked.state.as_deref().map(role_assignment::state);
        let named = named.transpose();
        let filter = AssignmentFilter {
            user_id,
            state: named.map_err(|fault| query::refused(vec![fault.at("/state")]))?,
        };
        let name = Etag::content(format!("{filter:?}").as_bytes());
        let list = format!("role-assignments {name}");
        let after: Option<String> = state.cursors.start(&list, asked.cursor.as_deref())?;
        let after = after.unwrap_or_default();
        let found = role_assignment::list(app, &caller, &filter, &after, i64::from(limit) + 1)?;
        let place = |last: &AssignmentView| last.id.clone();
        let page = state.cursors.page(&list, limit, found, place)?;
        Ok(page.map(RoleAssignment::from))
    });
    Ok(Shown::new(page.await?))
}

fn created(done: Done<AssignmentView>) -> Created<RoleAssignment> {
    let url = format!("/v1/role-assignments/{}", done.value.id);
    Created::done(done).location(url)
}

impl From<AssignmentView> for RoleAssignment {
    fn from(view: AssignmentView) -> Self {
        RoleAssignment {
            id: view.id,
            user_id: view.user_id,
            username: view.username,
            role: view.role,
            district_code: view.district_code,
            uscc: view.uscc,
            state: view.state,
            proposed_by: view.proposed_by,
            proposed_at: Instant(view.proposed_at),
            decided_by: view.decided_by,
            decided_at: view.decided_at.map(Instant),
            reason: view.reason,
        }
    }
}

//! `/v1/sessions`: the own running log-ins; `/v1/users/{id}/sessions`: those of a user, for administrators.

use actix_web::web::Path;

use crate::app::sessions::{self, Session};
use crate::domain::access::{ManageSessions, OwnAccount};
use crate::http::answer::{NoContent, Page, Shown};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;

pub async fn own(ticket: Ticket<OwnAccount>) -> Result<Shown<Page<Session>>, Problem> {
    let found = ticket
        .call(|app, caller| Ok(sessions::own(app, &caller)?))
        .await?;
    Ok(page(found))
}

pub async fn end_own(ticket: Ticket<OwnAccount>, id: Path<String>) -> Result<NoContent, Problem> {
    ticket
        .call(move |app, caller| Ok(sessions::end_own(app, &caller, &id)?))
        .await?;
    Ok(NoContent)
}

pub async fn of_user(
    ticket: Ticket<ManageSessions>,
    id: Path<String>,
) -> Result<Shown<Page<Session>>, Problem> {
    let found = ticket
        .call(move |app, caller| Ok(sessions::of_user(app, &caller, &id)?))
        .await?;
    Ok(page(found))
}

pub async fn end_all(
    ticket: Ticket<ManageSessions>,
    id: Path<String>,
) -> Result<NoContent, Problem> {
    ticket
        .call(move |app, caller| Ok(sessions::end_of_user(app, &caller, &id, None)?))
        .await?;
    Ok(NoContent)
}

pub async fn end_one(
    ticket: Ticket<ManageSessions>,
    path: Path<(String, String)>,
) -> Result<NoContent, Problem> {
    let (id, session) = path.into_inner();
    ticket
        .call(move |app, caller| Ok(sessions::end_of_user(app, &caller, &id, Some(&session))?))
        .await?;
    Ok(NoContent)
}

/// Nobody has so many that they need a second page.
fn page(found: Vec<Session>) -> Shown<Page<Session>> {
    Shown::new(Page {
        items: found,
        next_cursor: None,
    })
}

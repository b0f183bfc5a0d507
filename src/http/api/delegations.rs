//! `/v1/enterprises/{uscc}/delegations`: what an enterprise lets an agency do for it.

use actix_web::web::Path;

use crate::app::delegation::{self, Delegation, Delegations, NewDelegation};
use crate::domain::access::{Delegate, ReadDelegations, RevokeDelegations};
use crate::http::answer::{Created, NoContent, Page, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::listing;
use crate::http::problem::Problem;
use crate::http::query::{Paging, Query};

pub async fn list(
    ticket: Ticket<ReadDelegations>,
    uscc: Path<String>,
    query: Query<Paging>,
) -> Result<Shown<Page<Delegation>>, Problem> {
    listing::page::<Delegations>(ticket, || Ok((query.read()?, uscc.into_inner()))).await
}

pub async fn create(
    ticket: Ticket<Delegate>,
    uscc: Path<String>,
    once: Once<NewDelegation>,
) -> Result<Created<Delegation>, Problem> {
    let url = format!("/v1/enterprises/{uscc}/delegations/");
    let done = ticket.change(once, move |app, caller, body| {
        Ok(delegation::make(app, &caller, &uscc, &body)?)
    });
    let done = done.await?;
    let url = url + &done.value.id;
    Ok(Created::changed(done).location(url))
}

pub async fn get(
    ticket: Ticket<ReadDelegations>,
    path: Path<(String, String)>,
) -> Result<Shown<Delegation>, Problem> {
    let (uscc, id) = path.into_inner();
    let found = ticket.call(move |app, caller| Ok(delegation::get(app, &caller, &uscc, &id)?));
    Ok(Shown::record(found.await?))
}

pub async fn revoke(
    ticket: Ticket<RevokeDelegations>,
    path: Path<(String, String)>,
) -> Result<NoContent, Problem> {
    let (uscc, id) = path.into_inner();
    let done = ticket.call(move |app, caller| Ok(delegation::revoke(app, &caller, &uscc, &id)?));
    done.await.map(|_| NoContent)
}

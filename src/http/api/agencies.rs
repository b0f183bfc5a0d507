//! `/v1/agencies`: firms that act for enterprises.

use actix_web::web::Path;

use crate::app::agency::{self, Agencies, Agency, AgencyChange, NewAgency};
use crate::domain::access::{ManageAgencies, ReadAgencies};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::listing;
use crate::http::problem::Problem;
use crate::http::query::{Paging, Query};

pub async fn list(
    ticket: Ticket<ReadAgencies>,
    query: Query<Paging>,
) -> Result<Shown<Page<Agency>>, Problem> {
    listing::page::<Agencies>(ticket, || Ok((query.read()?, ()))).await
}

pub async fn create(
    ticket: Ticket<ManageAgencies>,
    once: Once<NewAgency>,
) -> Result<Created<Agency>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        Ok(agency::register(app, &caller, &body)?)
    });
    let done = done.await?;
    let url = format!("/v1/agencies/{}", done.value.uscc);
    Ok(Created::changed(done).location(url))
}

pub async fn get(
    ticket: Ticket<ReadAgencies>,
    uscc: Path<String>,
) -> Result<Shown<Agency>, Problem> {
    let found = ticket.call(move |app, caller| Ok(agency::get(app, &caller, &uscc)?));
    Ok(Shown::record(found.await?))
}

pub async fn amend(
    ticket: Ticket<ManageAgencies>,
    uscc: Path<String>,
    if_match: IfMatch,
    once: Once<AgencyChange>,
) -> Result<Shown<Agency>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let expected = if_match.read()?;
        Ok(agency::amend(app, &caller, &uscc, expected, &body)?)
    });
    Ok(Shown::changed(done.await?))
}

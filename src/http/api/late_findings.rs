//! `/v1/late-findings`: past decisions that would be others by what is known now, and what people make of that.

use actix_web::web::Path;

use crate::app::late::{
    self, LateFinding, LateFindingDetail, LateFindings, LateQuery, LateSettlement,
};
use crate::domain::access::{ReadLateFindings, SettleLateFindings};
use crate::http::answer::{Created, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::IfMatch;
use crate::http::guard::Ticket;
use crate::http::listing::{self, Listing};
use crate::http::problem::Problem;

pub async fn list(
    ticket: Ticket<ReadLateFindings>,
    query: Listing<LateQuery>,
) -> Result<Shown<Page<LateFinding>>, Problem> {
    listing::page::<LateFindings>(ticket, || query.read()).await
}

pub async fn get(
    ticket: Ticket<ReadLateFindings>,
    id: Path<String>,
) -> Result<Shown<LateFindingDetail>, Problem> {
    let found = ticket.call(move |app, caller| Ok(late::get(app, &caller, &id)?));
    Ok(Shown::record(found.await?))
}

pub async fn settle(
    ticket: Ticket<SettleLateFindings>,
    id: Path<String>,
    if_match: IfMatch,
    once: Once<LateSettlement>,
) -> Result<Created<LateFinding>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let expected = if_match.read()?;
        Ok(late::settle(app, &caller, &id, &expected, &body)?)
    });
    let done = done.await?;
    let url = format!("/v1/late-findings/{}", done.value.id);
    Ok(Created::changed(done).location(url))
}

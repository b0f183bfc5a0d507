//! Boundaries of a version that a person has waived.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{numbered, of_version};
use crate::app::Done;
use crate::app::documents;
use crate::app::documents::{WaiverView, Waivers};
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::http::answer::{Created, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::When;

#[derive(Deserialize, ToSchema)]
pub struct NewWaiver {
    /// As the test report names it.
    #[schema(example = "s_staff/at")]
    boundary: Option<String>,
    /// Why no case has to show it; 1 to 1,000 characters.
    reason: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadRuleDrafts>,
    path: Path<(String, String)>,
    query: Query<When>,
) -> Result<Shown<Waivers>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let (of, number) = numbered(&path)?;
        let found = documents::list_waivers(app, &caller, &of, number, at)?;
        Ok(Waivers::of(&found, at, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

pub async fn create(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String)>,
    once: Once<NewWaiver>,
) -> Result<Created<WaiverView>, Problem> {
    let url = format!("/v1/rule-sets/{}/versions/{}/waivers", path.0, path.1);
    let done = ticket.change(once, move |app, caller, body| {
        let (of, number) = numbered(&path)?;
        let (boundary, reason) = (body.boundary.as_deref(), body.reason.as_deref());
        let done = documents::waive(app, &caller, &of, number, boundary, reason)?;
        Ok((done, caller.lang()))
    });
    let (Done { value, replayed }, lang) = done.await?;
    let shown = Created::new(WaiverView::of(&value, lang));
    Ok(shown.location(url).replayed(replayed))
}

pub async fn remove(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String, String)>,
) -> Result<Shown<WaiverView>, Problem> {
    let done = ticket.call(move |app, caller| {
        let (of, number, boundary) = of_version(&path)?;
        let done = documents::take_back_waiver(app, &caller, &of, number, boundary)?;
        Ok(WaiverView::of(&done.value, caller.lang()))
    });
    Ok(Shown::new(done.await?))
}

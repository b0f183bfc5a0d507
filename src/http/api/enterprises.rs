//! `/v1/enterprises`: the register.

mod body;
mod contact;
mod list;
mod view;

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::Done;
use crate::app::enterprise::{self, EnterpriseView};
use crate::domain::access::{AmendEnterprise, ReadRegister, WriteRegister};
use crate::domain::date;
use crate::http::answer::{Created, Shown};
use crate::http::body::Once;
use crate::http::etag::{Etag, IfMatch};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::{self, When};

use body::{EnterprisePatch, NewEnterprise};
use view::{Enterprise, FormerNames};

pub use contact::get as get_contact;
pub use list::list;

#[derive(Deserialize, IntoParams)]
pub struct Amending {
    /// The day from which the change holds, today if not given; never one to come. A back-dated change holds until
    /// the next recorded state.
    #[param(example = "2026-06-15")]
    effective_from: Option<String>,
}

pub async fn create(
    ticket: Ticket<WriteRegister>,
    once: Once<NewEnterprise>,
) -> Result<Created<Enterprise>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        Ok(enterprise::register(app, &caller, &body.into())?)
    });
    let Done { value, replayed } = done.await?;
    let url = format!("/v1/enterprises/{}", value.record.uscc);
    let etag = Etag::version(value.record.version);
    Ok(Created::new(changed(value))
        .location(url)
        .etag(etag)
        .replayed(replayed))
}

pub async fn get(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<Enterprise>, Problem> {
    let found = ticket.call(move |app, caller| {
        let clock = &*app.env.clock;
        let found = match query.read()?.given(clock)? {
            Some(at) => (enterprise::get_at(app, &caller, &uscc, at)?, at),
            None => (enterprise::get(app, &caller, &uscc)?, time::now(clock)),
        };
        Ok(found)
    });
    let (found, at) = found.await?;
    let etag = Etag::version(found.record.version);
    Ok(Shown::new(Enterprise::of(found, at)).etag(etag))
}

pub async fn amend(
    ticket: Ticket<AmendEnterprise>,
    uscc: Path<String>,
    query: Query<Amending>,
    if_match: IfMatch,
    once: Once<EnterprisePatch>,
) -> Result<Shown<Enterprise>, Problem> {
    let done = ticket.change(once, move |app, caller, patch| {
        let day = query.read()?.effective_from.as_deref().map(date::parse);
        let day = day
            .transpose()
            .map_err(|fault| query::refused(vec![fault.at("/effective_from")]))?;
        let expected = if_match.read()?;
        let amended = enterprise::amend(app, &caller, &uscc, &expected, &patch.into(), day);
        amended.map_err(|error| query::names(error, &["/effective_from"]))
    });
    let Done { value, replayed } = done.await?;
    let etag = Etag::version(value.record.version);
    Ok(Shown::new(changed(value)).etag(etag).replayed(replayed))
}

pub async fn former_names(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<FormerNames>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        Ok((enterprise::former_names(app, &caller, &uscc, at)?, at))
    });
    let (names, at) = found.await?;
    Ok(Shown::new(FormerNames::of(names, at)))
}

fn changed(value: EnterpriseView) -> Enterprise {
    let at = time::recorded(value.record.updated_at);
    Enterprise::of(value, at)
}

//! `…/annual-facts` and `…/facts`: figures of fiscal years, and facts that hold from a day on.

mod body;

use actix_web::web::Path;

use crate::app::Done;
use crate::app::error::AppError;
use crate::app::figures::face::{AnnualFacts, DatedFacts, Years};
use crate::app::figures::{self, FiguresView};
use crate::domain::access::{ReadRegister, RecordFacts};
use crate::domain::date;
use crate::http::answer::Shown;
use crate::http::body::Once;
use crate::http::etag::{Etag, IfMatch};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::When;

use body::{AnnualStatement, DatedStatement};

pub async fn years(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<Years>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        Ok(Years::of(figures::years(app, &caller, &uscc, at)?, at))
    });
    Ok(Shown::new(found.await?))
}

pub async fn year(
    ticket: Ticket<ReadRegister>,
    path: Path<(String, String)>,
    query: Query<When>,
) -> Result<Shown<AnnualFacts>, Problem> {
    let found = ticket.call(move |app, caller| {
        let (uscc, year) = &*path;
        let at = query.read()?.at(&*app.env.clock)?;
        let year = fiscal_year(year)?;
        let found = figures::year(app, &caller, uscc, year, at)?.ok_or(AppError::NotFound)?;
        let etag = Etag::version(found.version);
        Ok((AnnualFacts::of(year, found, caller.lang()), etag))
    });
    let (shown, etag) = found.await?;
    Ok(Shown::new(shown).etag(etag))
}

pub async fn put_year(
    ticket: Ticket<RecordFacts>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    once: Once<AnnualStatement>,
) -> Result<Shown<AnnualFacts>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (uscc, year) = &*path;
        let year = fiscal_year(year)?;
        let expected = if_match.read()?;
        let Done { value, replayed } =
            figures::state_year(app, &caller, uscc, year, expected, body.into())?;
        let etag = Etag::version(value.version);
        let shown = AnnualFacts::of(year, value, caller.lang());
        Ok((shown, etag, replayed))
    });
    let (shown, etag, replayed) = done.await.map_err(body::in_words_of_facts)?;
    Ok(Shown::new(shown).etag(etag).replayed(replayed))
}

pub async fn dated(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<DatedFacts>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        Ok(figures::dated(app, &caller, &uscc, at)?)
    });
    Ok(shown(found.await?))
}

pub async fn put_dated(
    ticket: Ticket<RecordFacts>,
    uscc: Path<String>,
    if_match: IfMatch,
    once: Once<DatedStatement>,
) -> Result<Shown<DatedFacts>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let expected = if_match.read()?;
        let day = date::parse(&body.effective_from)
            .map_err(|fault| AppError::invalid(fault.at("/effective_from")))?;
        Ok(figures::state_dated(
            app,
            &caller,
            &uscc,
            day,
            expected,
            body.into(),
        )?)
    });
    let Done { value, replayed } = done.await.map_err(body::in_words_of_facts)?;
    Ok(shown(value).replayed(replayed))
}

fn shown(found: FiguresView) -> Shown<DatedFacts> {
    let etag = Etag::version(found.version);
    Shown::new(DatedFacts::of(found)).etag(etag)
}

/// Four digits: another text names no year, and so nothing.
fn fiscal_year(text: &str) -> Result<i32, AppError> {
    let four_digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(year) if four_digits => Ok(year),
        _ => Err(AppError::NotFound),
    }
}

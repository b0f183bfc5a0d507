//! Pages of lists: what is asked for is read, one row more than asked for is fetched, and where the next page begins is
//! sealed.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::list::{Filter, List};
use crate::domain::access::Permission;
use crate::domain::messages::Lang;

use super::answer::{Page, Shown};
use super::cursor::Cursors;
use super::describe::{Describe, Operation};
use super::etag::Etag;
use super::guard::Ticket;
use super::problem::Problem;
use super::query::{self, Paging};

/// The query string of a list that has filters and nothing else.
pub struct Listing<F> {
    raw: String,
    filter: PhantomData<fn() -> F>,
}

impl<F: DeserializeOwned> Listing<F> {
    pub fn read(self) -> Result<(Paging, F), Problem> {
        query::listing(&self.raw)
    }
}

impl<F: 'static> FromRequest for Listing<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Listing {
            raw: request.query_string().to_string(),
            filter: PhantomData,
        }))
    }
}

impl<F: IntoParams> Describe for Listing<F> {
    fn describe(operation: &mut Operation) {
        let in_query = || Some(ParameterIn::Query);
        let mut paging = Paging::into_params(in_query);
        for parameter in paging.iter_mut().filter(|it| it.name == "cursor") {
            let same = "`next_cursor` of the page before, with the same filters.";
            parameter.description = Some(same.into());
        }
        operation.parameters.extend(F::into_params(in_query));
        operation.parameters.extend(paging);
        operation.problems(&[400]);
    }
}

/// A page as the answer of a request.
pub async fn page<L>(
    ticket: Ticket<L::Reader>,
    asked: impl FnOnce() -> Result<(Paging, L::Filter), Problem> + Send + 'static,
) -> Result<Shown<Page<L::Row>>, Problem>
where
    L: List<Reader: Permission, Row: Send + 'static> + 'static,
{
    told::<L, _>(ticket, asked, |row, _| row).await
}

/// The same where a row is told in the words of a language.
pub async fn told<L, T>(
    ticket: Ticket<L::Reader>,
    asked: impl FnOnce() -> Result<(Paging, L::Filter), Problem> + Send + 'static,
    tell: impl Fn(L::Row, Lang) -> T + Send + 'static,
) -> Result<Shown<Page<T>>, Problem>
where
    L: List<Reader: Permission> + 'static,
    T: Send + 'static,
{
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let (paging, filter) = asked()?;
        let page = read::<L>(app, &caller, &state.cursors, paging, &filter)?;
        let lang = caller.lang();
        Ok(page.map(|row| tell(row, lang)))
    });
    Ok(Shown::new(page.await?))
}

/// A page for an answer that says more than the page.
pub fn read<L: List>(
    app: &App,
    caller: &Caller<L::Reader>,
    cursors: &Cursors,
    paging: Paging,
    filter: &L::Filter,
) -> Result<Page<L::Row>, Problem> {
    let limit = query::limit(paging.limit)?;
    filter.check().map_err(query::refused)?;
    let asked = Etag::content(format!("{filter:?}").as_bytes());
    let list = format!("{} {asked}", L::NAME);
    let after: Option<L::Position> = cursors.start(&list, paging.cursor.as_deref())?;
    let found = L::page(app, caller, filter, after.as_ref(), limit as usize + 1)?;
    cursors.page(&list, limit, found, L::position)
}

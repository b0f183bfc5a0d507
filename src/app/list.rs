//! Lists, each stated once: who may read it, what it is filtered by, in which order it comes. The API shows it page by
//! page, an export writes all of it, the command line prints it.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::field_error::FieldError;

use super::App;
use super::caller::Caller;
use super::error::AppError;

pub trait List {
    /// Names it where a page says which list it is of.
    const NAME: &'static str;
    /// The permission that reads it.
    type Reader;
    type Filter: Filter;
    type Row;
    /// Where a page ends and the next one goes on: the key of the order.
    type Position: Serialize + DeserializeOwned;

    /// The rows in the caller's scope that come after a place, at most so many.
    fn page(
        app: &App,
        caller: &Caller<Self::Reader>,
        filter: &Self::Filter,
        after: Option<&Self::Position>,
        limit: usize,
    ) -> Result<Vec<Self::Row>, AppError>;

    fn position(row: &Self::Row) -> Self::Position;
}

/// What of a list is asked for. Its `Debug` tells two filters apart, for the page that goes on in the same list.
pub trait Filter: Debug {
    /// Tells every filter that names nothing there is: an empty list would hide the slip.
    fn check(&self) -> Result<(), Vec<FieldError>>;
}

/// The whole list.
impl Filter for () {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        Ok(())
    }
}

/// The enterprise or other record whose list it is; whether there is one, the list says.
impl Filter for String {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        Ok(())
    }
}

/// Rows in memory at a time.
pub(super) const AT_A_TIME: usize = 2_000;

/// All of a list that is short enough to hold.
pub fn whole<L: List>(
    app: &App,
    caller: &Caller<L::Reader>,
    filter: &L::Filter,
) -> Result<Vec<L::Row>, AppError> {
    let mut rows = Vec::new();
    each::<L>(app, caller, filter, |row| {
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}

/// Every row in its turn. A change that comes between two pages may show or not.
pub fn each<L: List>(
    app: &App,
    caller: &Caller<L::Reader>,
    filter: &L::Filter,
    mut row: impl FnMut(L::Row) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let mut after: Option<L::Position> = None;
    loop {
        let page = L::page(app, caller, filter, after.as_ref(), AT_A_TIME)?;
        let full = page.len() == AT_A_TIME;
        after = page.last().map(L::position);
        page.into_iter().try_for_each(&mut row)?;
        if !full {
            return Ok(());
        }
    }
}

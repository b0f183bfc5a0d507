//! A noun as a row of a table: what its columns are called and show, in the words of staff. Contacts are never among them.

use crate::domain::clock::legal_day;
use crate::domain::{codes, words};

use super::shown::{Day, Instant};

pub trait Tabled: Sized + 'static {
    const COLUMNS: &'static [Column<Self>];
}

/// Its header, and what it shows of a row.
pub type Column<T> = (&'static str, fn(&T) -> Cell);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Count(i32),
    Blank,
}

pub fn headers<T: Tabled>() -> Vec<&'static str> {
    T::COLUMNS.iter().map(|(header, _)| *header).collect()
}

pub fn cells<T: Tabled>(row: &T) -> Vec<Cell> {
    T::COLUMNS.iter().map(|(_, cell)| cell(row)).collect()
}

/// The cell of an industry's code in words.
pub fn industry(code: &str) -> Cell {
    text(codes::industry_name(code).unwrap_or_default())
}

/// Empty text is an empty cell.
pub fn text(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Blank
    } else {
        Cell::Text(text.to_owned())
    }
}

pub fn maybe(given: &Option<String>) -> Cell {
    given.as_deref().map_or(Cell::Blank, text)
}

/// Days are text: a spreadsheet would show a date in its own way.
pub fn day(day: Day) -> Cell {
    Cell::Text(day.0.to_string())
}

pub fn maybe_day(given: Option<Day>) -> Cell {
    given.map_or(Cell::Blank, day)
}

/// The legal day of an instant.
pub fn day_of(at: Instant) -> Cell {
    day(Day(legal_day(at.0)))
}

pub fn maybe_day_of(given: Option<Instant>) -> Cell {
    given.map_or(Cell::Blank, day_of)
}

/// A pool or another placement, an outcome, a size class.
pub fn place(code: &str) -> Cell {
    let lists = ["pools", "placements", "outcomes", "size_classes"];
    let found = lists.into_iter().find_map(|list| {
        let known = words::zh(list, code);
        (known != code).then_some(known)
    });
    text(found.unwrap_or(code))
}

pub fn district(code: &str) -> Cell {
    text(codes::district(code).map_or(code, |it| &it.zh))
}

pub fn status(code: &str) -> Cell {
    let known = codes::legal_statuses().iter().find(|it| it.code == code);
    text(known.map_or(code, |it| &it.zh))
}

pub fn word(list: &str, code: &str) -> Cell {
    text(words::zh(list, code))
}

pub fn worded(list: &str, code: &Option<String>) -> Cell {
    code.as_deref().map_or(Cell::Blank, |code| word(list, code))
}

//! A row as events make it: columns by their names.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// The columns of a row by their names. Days are `YYYY-MM-DD`, instants RFC 3339 in UTC with microseconds.
pub type Row = Map<String, Json>;

/// The values of a table's key, as texts.
pub type Key = Vec<String>;

/// The columns that a part of a body gives, by the names of its members.
pub(crate) fn row_of(part: &impl Serialize) -> Row {
    match serde_json::to_value(part) {
        Ok(Json::Object(row)) => row,
        // No body is anything but an object; a row without columns would not be found equal to any.
        _ => Row::new(),
    }
}

pub(crate) fn set(row: &mut Row, column: &str, value: impl Into<Json>) {
    row.insert(column.into(), value.into());
}

/// The column has the name of the member in events, and another one in the table.
pub(crate) fn rename(row: &mut Row, member: &str, column: &str) {
    let value = row.remove(member).unwrap_or_default();
    row.insert(column.into(), value);
}

pub fn instant(at: DateTime<Utc>) -> Json {
    at.to_rfc3339_opts(SecondsFormat::Micros, true).into()
}

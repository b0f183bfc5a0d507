//! How days, instants and versions are shown: the faces of records are made of these, and every room shows the same.

use std::ops::Deref;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::Error};
use utoipa::ToSchema;

/// A legal day in Asia/Shanghai, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-06-15")]
pub struct Day(pub NaiveDate);

/// RFC 3339 in UTC with microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-06-15T08:00:00.000000Z")]
pub struct Instant(pub DateTime<Utc>);

/// A record with the version that whoever changes it has to name; the version goes beside it, as the `ETag` of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned<T> {
    pub version: i64,
    pub record: T,
}

impl<T> Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}

impl From<NaiveDate> for Day {
    fn from(day: NaiveDate) -> Self {
        Day(day)
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Instant(at)
    }
}

/// As the store keeps it, in UTC.
impl From<NaiveDateTime> for Instant {
    fn from(at: NaiveDateTime) -> Self {
        Instant(at.and_utc())
    }
}

/// Written into place: a list holds hundreds of them.
impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let at = self.0;
        for (place, digits, value) in [
            (0, 4, at.year().unsigned_abs()),
            (5, 2, at.month()),
            (8, 2, at.day()),
            (11, 2, at.hour()),
            (14, 2, at.minute()),
            (17, 2, at.second()),
            (20, 6, at.nanosecond() / 1_000),
        ] {
            write_digits(&mut text[place..place + digits], value);
        }
        serializer.serialize_str(std::str::from_utf8(&text).map_err(S::Error::custom)?)
    }
}

fn write_digits(place: &mut [u8], mut value: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

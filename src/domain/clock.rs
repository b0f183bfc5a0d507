//! Time and identifiers come in from outside, so that a decision can be replayed and a test can stand still.

use chrono::{DateTime, NaiveDate, Utc};

/// Tells the time, in whole microseconds: PostgreSQL truncates what is finer, SQLite would keep it.
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// The legal day in Asia/Shanghai, which has been UTC+8 without daylight saving since 1991.
    fn today(&self) -> NaiveDate {
        legal_day(self.now())
    }
}

/// Makes identifiers: UUIDv7 as text, so that they sort by the time they were made.
pub trait Ids: Send + Sync {
    fn new_id(&self) -> String;
}

/// The day in Asia/Shanghai on which an instant falls.
pub fn legal_day(instant: DateTime<Utc>) -> NaiveDate {
    (instant + chrono::Duration::hours(8)).date_naive()
}

/// Whether a text has the form of an identifier: only then is it worth asking the database for.
pub fn is_id(text: &str) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let fits = |(place, byte): (usize, u8)| match byte {
        b'-' => HYPHENS.contains(&place),
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f') && !HYPHENS.contains(&place),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_in_its_usual_form() {
        assert!(is_id("0193e0a0-0000-7000-8000-00000000000f"));
        for other in [
            "",
            "0193e0a0-0000-7000-8000-00000000000F",
            "0193e0a0000070008000-00000000000f----",
            "0193e0a0-0000-7000-8000-00000000000\0",
            "{193e0a0-0000-7000-8000-00000000000}",
        ] {
            assert!(!is_id(other), "{other:?}");
        }
    }
}

//! Days and instants on the wire, and the two time axes of a read.

use chrono::{DateTime, SubsecRound, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::at::At;
use crate::domain::clock::{Clock, legal_day};
use crate::domain::date;
use crate::domain::field_error::{Fault, FieldError, keep};

use super::problem::Problem;
use super::query;

pub use crate::app::shown::{Day, Instant};

/// The two time axes of a read.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct When {
    /// True when: the day (`YYYY-MM-DD`, Asia/Shanghai) to show the record for. Today if not given.
    #[param(example = "2026-06-15")]
    pub as_of: Option<String>,
    /// Recorded when: the RFC 3339 instant whose knowledge to show, of any offset, cut to microseconds. Now if not
    /// given. (`+` is written `%2B` in a URL.)
    #[param(example = "2026-06-15T08:00:00Z")]
    pub known_at: Option<String>,
}

impl When {
    /// `None` where neither is given: what stands now.
    pub fn given(&self, clock: &dyn Clock) -> Result<Option<At>, Problem> {
        match (&self.as_of, &self.known_at) {
            (None, None) => Ok(None),
            _ => self.at(clock).map(Some),
        }
    }

    pub fn at(&self, clock: &dyn Clock) -> Result<At, Problem> {
        let mut errors: Vec<FieldError> = Vec::new();
        let present = now(clock);
        let as_of = match self.as_of.as_deref() {
            None => Some(present.as_of),
            Some(raw) => keep(date::parse(raw), "/as_of", &mut errors),
        };
        let known_at = match self.known_at.as_deref() {
            None => Some(present.known_at),
            Some(raw) => keep(known(raw, present.known_at), "/known_at", &mut errors),
        };
        match (as_of, known_at) {
            (Some(as_of), Some(known_at)) => Ok(At { as_of, known_at }),
            _ => Err(query::refused(errors)),
        }
    }
}

/// Today, by what is known now.
pub fn now(clock: &dyn Clock) -> At {
    let known_at = clock.now();
    At {
        as_of: legal_day(known_at),
        known_at,
    }
}

/// What a change answers is shown for the day and instant at which it was recorded.
pub fn recorded(at: DateTime<Utc>) -> At {
    At {
        as_of: legal_day(at),
        known_at: at,
    }
}

fn known(raw: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let instant = parse(raw)?;
    if instant > now || instant.date_naive() < date::FIRST_DAY {
        return Err(Fault::new("instant.range").with("first", date::FIRST_DAY));
    }
    Ok(instant)
}

/// RFC 3339 as it is written, cut to microseconds. The library also takes blanks, lower case and the leap seconds that
/// nobody knows of; `-00:00` says that the offset is not known, and then the instant is not either.
fn parse(raw: &str) -> Result<DateTime<Utc>, Fault> {
    const LONGEST: usize = 40;
    let form = || Fault::new("instant.form");
    let bytes = raw.as_bytes();
    let odd = bytes.len() > LONGEST
        || bytes.get(10) != Some(&b'T')
        || bytes.get(17) == Some(&b'6')
        || raw.ends_with('z')
        || raw.ends_with("-00:00");
    if odd {
        return Err(form());
    }
    let instant = DateTime::parse_from_rfc3339(raw).map_err(|_| form())?;
    Ok(instant.to_utc().trunc_subsecs(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_strictly_and_shown_with_microseconds() {
        for (raw, shown) in [
            ("2026-03-01T08:00:00+08:00", "2026-03-01T00:00:00.000000Z"),
            (
                "2026-03-01T00:00:00.123456789Z",
                "2026-03-01T00:00:00.123456Z",
            ),
            ("2025-12-31T23:59:59.9-09:30", "2026-01-01T09:29:59.900000Z"),
        ] {
            let instant = Instant(parse(raw).unwrap());
            assert_eq!(
                serde_json::to_string(&instant).unwrap(),
                format!("\"{shown}\"")
            );
        }
        for raw in [
            "",
            "2026-03-01",
            "2026-03-01T00:00:00",
            "2026-03-01t00:00:00Z",
            "2026-03-01T00:00:00z",
            "2026-03-01 00:00:00Z",
            "2026-03-01T23:59:60Z",
            "2026-03-01T25:00:00Z",
            "2026-03-01T00:00:00+24:00",
            "2026-03-01T00:00:00+08",
            "2026-03-01T00:00:00-00:00",
            "2026-03-01T00:00:00 08:00",
            "２026-03-01T00:00:00Z",
        ] {
            assert_eq!(parse(raw), Err(Fault::new("instant.form")), "{raw}");
        }
    }

    #[test]
    fn the_axes_default_to_today_and_now_and_both_faults_are_told() {
        let (env, _) = crate::app::env::Env::fixed("2026-06-15T20:00:00Z".parse().unwrap());
        let clock = &*env.clock;
        let present = When::default().at(clock).unwrap();
        assert_eq!(
            present.as_of.to_string(),
            "2026-06-16",
            "the day in Shanghai"
        );
        assert_eq!(When::default().given(clock), Ok(None));
        let given = |as_of: &str, known_at: &str| When {
            as_of: Some(as_of.into()),
            known_at: Some(known_at.into()),
        };
        let then = given("2030-01-01", "2026-06-15T00:00:00Z").given(clock);
        assert_eq!(then.unwrap().unwrap().as_of.to_string(), "2030-01-01");
        let refused = given("2026-02-30", "2026-06-15T20:00:00.000001Z").at(clock);
        let Err(Problem::BadParameters { errors, .. }) = refused else {
            panic!("{refused:?}")
        };
        let told: Vec<_> = errors
            .iter()
            .map(|e| (e.pointer.as_str(), e.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/as_of", "date.no_such_day"),
                ("/known_at", "instant.range")
            ]
        );
    }
}

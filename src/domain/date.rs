//! Legal dates: days in Asia/Shanghai, never instants.

use chrono::{Days, NaiveDate};

use super::field_error::Fault;
use super::text;

/// No enterprise of today was registered before the People's Republic.
pub const FIRST_DAY: NaiveDate = day(1949, 10, 1);

/// Bound for days that may lie ahead: a typing slip, not a plan.
pub const LAST_DAY: NaiveDate = day(2199, 12, 31);

/// `YYYY-MM-DD` and nothing else: the form of the API.
pub fn parse(raw: &str) -> Result<NaiveDate, Fault> {
    let bytes = raw.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, b)| match place {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !shaped {
        return Err(Fault::new("date.form"));
    }
    let date = ymd(&raw[..4], &raw[5..7], &raw[8..])?;
    within(date, FIRST_DAY, LAST_DAY)
}

/// The forms sheets hold: `2015-06-30`, `2015-6-30`, `2015/6/30`, `2015.6.30`, `2015年6月30日`, `20150630`,
/// each also with a midnight behind it.
pub fn parse_import(raw: &str) -> Result<NaiveDate, Fault> {
    const FORM: Fault = Fault::new("date.import_form");
    let raw = raw.trim();
    if raw.len() > 64 {
        return Err(FORM);
    }
    let folded: String = raw.chars().map(text::fold_width).collect();
    let day = match folded.split_once([' ', 'T']) {
        None => folded.as_str(),
        Some((day, time)) if is_midnight(time.trim()) => day,
        Some(_) => return Err(FORM),
    };
    if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        let date = ymd(&day[..4], &day[4..6], &day[6..])?;
        return within(date, FIRST_DAY, LAST_DAY);
    }
    let (year, month, dom) = parts(day).ok_or(FORM)?;
    if year.len() != 4 || !(1..=2).contains(&month.len()) || !(1..=2).contains(&dom.len()) {
        return Err(FORM);
    }
    within(ymd(year, month, dom)?, FIRST_DAY, LAST_DAY)
}

/// A day as Excel counts them (1900 system): 42185 is 2015-06-30. Days before March 1900 do not occur here, so
/// Excel's 29 February 1900 does not matter.
pub fn from_excel_serial(serial: i64) -> Result<NaiveDate, Fault> {
    const DAY_ZERO: NaiveDate = day(1899, 12, 30);
    let date = u64::try_from(serial)
        .ok()
        .and_then(|days| DAY_ZERO.checked_add_days(Days::new(days)))
        .ok_or(Fault::new("date.import_form"))?;
    within(date, FIRST_DAY, LAST_DAY)
}

/// 成立日期: from 1949-10-01 to `today`.
pub fn registered_on(date: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Fault> {
    within(not_in_future(date, today)?, FIRST_DAY, LAST_DAY)
}

/// A day on which something has happened.
pub fn not_in_future(date: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Fault> {
    match date > today {
        true => Err(Fault::new("date.future").with("today", today)),
        false => Ok(date),
    }
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

fn ymd(year: &str, month: &str, day: &str) -> Result<NaiveDate, Fault> {
    let number = |digits: &str| digits.parse::<u32>().ok();
    number(year)
        .zip(number(month))
        .zip(number(day))
        .and_then(|((year, month), day)| {
            NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
        })
        .ok_or(Fault::new("date.no_such_day"))
}

fn within(date: NaiveDate, first: NaiveDate, last: NaiveDate) -> Result<NaiveDate, Fault> {
    if (first..=last).contains(&date) {
        Ok(date)
    } else {
        Err(Fault::new("date.range")
            .with("first", first)
            .with("last", last))
    }
}

/// Year, month and day of one separator, or of 年月日; digits only.
fn parts(day: &str) -> Option<(&str, &str, &str)> {
    let (year, month, dom) = if let Some((year, rest)) = day.split_once('年') {
        let (month, rest) = rest.split_once('月')?;
        (year, month, rest.strip_suffix(['日', '号']).unwrap_or(rest))
    } else {
        let separator = day.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
        let mut parts = day.split(separator);
        let found = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(found)?
    };
    [year, month, dom]
        .iter()
        .all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        .then_some((year, month, dom))
}

fn is_midnight(time: &str) -> bool {
    matches!(time, "0:00" | "00:00" | "0:00:00" | "00:00:00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    const TODAY: NaiveDate = day(2026, 11, 24);

    #[test]
    fn the_corpus_of_dates() {
        for row in corpus::rows("date") {
            // Instants belong to the web's own reader; periods to `certification`.
            if row.field != "established_on" {
                continue;
            }
            let read = parse(&row.value).and_then(|date| registered_on(date, TODAY));
            assert_eq!(
                read.ok().map(|date| date.to_string()),
                row.accepted,
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn sheets_write_days_in_many_forms() {
        for raw in [
            "2015-06-30",
            "2015-6-30",
            "2015/6/30",
            "2015/06/30",
            "2015.6.30",
            "2015年6月30日",
            "２０１５年０６月３０日",
            "20150630",
            "2015/6/30 0:00",
            "2015-06-30 00:00:00",
            "2015-06-30T00:00:00",
        ] {
            assert_eq!(parse_import(raw), Ok(day(2015, 6, 30)), "{raw}");
        }
        for raw in [
            "",
            "42185",
            "15/6/30",
            "2015/6",
            "2015/6/30/1",
            "6/30/2015",
            "2015-6/30",
            "2015年6月",
            "2015-06-30 08:00",
            "二〇一五年六月三十日",
            "2015-+6-30",
            "now",
        ] {
            assert_eq!(
                parse_import(raw).unwrap_err().code,
                "date.import_form",
                "{raw}"
            );
        }
        assert_eq!(
            parse_import("2015/2/29").unwrap_err().code,
            "date.no_such_day"
        );
    }

    #[test]
    fn serial_days_of_excel() {
        assert_eq!(from_excel_serial(42185), Ok(day(2015, 6, 30)));
        assert_eq!(from_excel_serial(18172), Ok(FIRST_DAY));
        for serial in [-1, 0, 60, 18171, i64::MAX] {
            assert!(from_excel_serial(serial).is_err(), "{serial}");
        }
    }

    #[test]
    fn an_enterprise_is_registered_between_1949_and_today() {
        assert_eq!(registered_on(TODAY, TODAY), Ok(TODAY));
        let tomorrow = day(2026, 11, 25);
        assert_eq!(
            registered_on(tomorrow, TODAY).unwrap_err().code,
            "date.future"
        );
        assert_eq!(parse("1949-09-30").unwrap_err().code, "date.range");
        assert_eq!(parse("2026-12-31"), Ok(day(2026, 12, 31)));
    }
}

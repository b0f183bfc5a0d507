//! 资质: a title held, granted here or elsewhere. Whether it is valid is computed for a date, never stored.

use chrono::{Months, NaiveDate};
use serde::Deserialize;
use validator::Validate;

use super::codes::{self, Scheme};
use super::date;
use super::field_error::{Fault, FieldError, from_validator, keep};
use super::text;

/// A title as somebody gives it; see [`Certification::check`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct CertificationInput {
    #[validate(length(max = 100))]
    pub scheme: Option<String>,
    #[validate(length(max = 500))]
    pub number: Option<String>,
    #[validate(length(max = 100))]
    pub valid_from: Option<String>,
    /// Not given: no end is known.
    #[validate(length(max = 100))]
    pub valid_through: Option<String>,
    #[validate(length(max = 1000))]
    pub issuer: Option<String>,
    #[validate(length(max = 1000))]
    pub document: Option<String>,
}

/// A validated title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    pub scheme: &'static str,
    pub number: String,
    pub valid_from: NaiveDate,
    /// The last day on which it is valid.
    pub valid_through: Option<NaiveDate>,
    pub issuer: Option<String>,
    /// 文号 of the decision that granted it.
    pub document: Option<String>,
}

impl Certification {
    /// Checks every field and tells all faults at once. A title that begins later than `today` is not held.
    pub fn check(input: &CertificationInput, today: NaiveDate) -> Result<Self, Vec<FieldError>> {
        if let Err(too_long) = input.validate() {
            return Err(from_validator(&too_long));
        }
        let required = |given: &Option<String>| given.clone().ok_or(Fault::new("field.required"));
        let mut errors = Vec::new();
        let scheme = required(&input.scheme).and_then(|code| codes::scheme(&code));
        let scheme = keep(scheme, "/scheme", &mut errors);
        let number = required(&input.number).and_then(|raw| certificate_number(&raw));
        let number = keep(number, "/number", &mut errors);
        let from = required(&input.valid_from).and_then(|raw| date::parse(&raw));
        let from = from.and_then(|from| date::not_in_future(from, today));
        let from = keep(from, "/valid_from", &mut errors);
        let through = input.valid_through.as_deref().map(date::parse).transpose();
        let mut through = keep(through, "/valid_through", &mut errors);
        if let (Some(scheme), Some(from), Some(Some(last))) = (scheme, from, through) {
            let fits = period(scheme, from, last).map(|()| Some(last));
            through = keep(fits, "/valid_through", &mut errors);
        }
        let issuer = keep(short_text(&input.issuer), "/issuer", &mut errors);
        let document = keep(short_text(&input.document), "/document", &mut errors);
        match (scheme, number, from, through, issuer, document) {
            (
                Some(scheme),
                Some(number),
                Some(from),
                Some(through),
                Some(issuer),
                Some(document),
            ) if errors.is_empty() => Ok(Self {
                scheme: &scheme.code,
                number,
                valid_from: from,
                valid_through: through,
                issuer,
                document,
            }),
            _ => Err(errors),
        }
    }

    pub fn is_valid_on(&self, day: NaiveDate) -> bool {
        is_valid_on(self.valid_from, self.valid_through, day)
    }
}

/// A title is valid from its first to its last day, both included; without a last day it is open.
pub fn is_valid_on(from: NaiveDate, through: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && through.is_none_or(|last| day <= last)
}

/// 证书编号: a plain text without blanks; full-width letters and digits are folded. The layouts of numbers are
/// not official rules, so none is enforced.
pub fn certificate_number(raw: &str) -> Result<String, Fault> {
    let folded: String = raw.chars().map(text::fold_width).collect();
    let number = text::plain(&folded, 1, NUMBER_MAX)?;
    match number.find(' ') {
        None => Ok(number),
        Some(_) => Err(Fault::new("certification.number.blank")),
    }
}

/// Whether the title ends after it begins and lasts no longer than its scheme allows: N years from a day end on
/// the same day N years on (民法典 第201、202条: without such a day, on the last of the month).
pub fn period(scheme: &Scheme, from: NaiveDate, through: NaiveDate) -> Result<(), Fault> {
    if through < from {
        return Err(Fault::new("certification.period.reversed"));
    }
    let longest = from.checked_add_months(Months::new(scheme.max_months));
    match longest {
        Some(longest) if through > longest => {
            Err(Fault::new("certification.period.too_long").with("last", longest))
        }
        _ => Ok(()),
    }
}

/// Issuer and document: short plain texts.
pub fn short_text(given: &Option<String>) -> Result<Option<String>, Fault> {
    given
        .as_deref()
        .map(|raw| text::plain(raw, 1, TEXT_MAX))
        .transpose()
}

const NUMBER_MAX: usize = 64;
const TEXT_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    fn today() -> NaiveDate {
        "2026-06-15".parse().unwrap()
    }

    fn good() -> CertificationInput {
        let given = |text: &str| Some(text.to_owned());
        CertificationInput {
            scheme: given("NATIONAL_HNTE"),
            number: given("ＧＲ202333001234"),
            valid_from: given("2023-12-08"),
            valid_through: given("2026-12-08"),
            issuer: given("全国高新技术企业认定管理工作领导小组办公室"),
            document: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        date::parse(text).unwrap()
    }

    #[test]
    fn a_title_is_valid_from_its_first_to_its_last_day() {
        let title = Certification::check(&good(), today()).unwrap();
        assert_eq!(title.number, "GR202333001234");
        for (on, valid) in [
            ("2023-12-07", false),
            ("2023-12-08", true),
            ("2026-12-08", true),
            ("2026-12-09", false),
        ] {
            assert_eq!(title.is_valid_on(day(on)), valid, "{on}");
        }
        assert!(is_valid_on(day("2023-12-08"), None, day("2199-01-01")));
    }

    #[test]
    fn a_title_lasts_no_longer_than_its_scheme() {
        let mut title = good();
        title.valid_through = Some("2026-12-09".into());
        let too_long = Fault::new("certification.period.too_long").with("last", "2026-12-08");
        assert_eq!(
            Certification::check(&title, today()),
            Err(vec![too_long.at("/valid_through")])
        );
        let hnte = codes::scheme("NATIONAL_HNTE").unwrap();
        assert!(period(hnte, day("2024-02-29"), day("2027-02-28")).is_ok());
        assert!(period(hnte, day("2024-02-29"), day("2027-03-01")).is_err());
        // 115号: the number of a year is updated by 31 March of the next.
        let yearly = codes::scheme("NATIONAL_TECH_SME").unwrap();
        assert!(period(yearly, day("2026-01-01"), day("2027-03-31")).is_ok());
        assert!(period(yearly, day("2026-01-01"), day("2027-12-31")).is_err());
    }

    #[test]
    fn the_corpus_of_periods() {
        for row in corpus::raw_rows("date", "valid_from/valid_to") {
            let body: serde_json::Value = serde_json::from_str(&row).unwrap();
            let mut title = good();
            title.valid_from = body["valid_from"].as_str().map(str::to_owned);
            title.valid_through = body["valid_to"].as_str().map(str::to_owned);
            assert!(Certification::check(&title, today()).is_err(), "{row}");
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let wrong = |text: &str| Some(text.to_owned());
        let errors = Certification::check(
            &CertificationInput {
                scheme: wrong("HNTE"),
                number: wrong("GR 1"),
                valid_from: None,
                valid_through: wrong("2026-02-30"),
                issuer: wrong(""),
                document: wrong("a\u{7}"),
            },
            today(),
        )
        .unwrap_err();
        let told: Vec<_> = errors
            .iter()
            .map(|e| (e.pointer.as_str(), e.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/scheme", "scheme.unknown"),
                ("/number", "certification.number.blank"),
                ("/valid_from", "field.required"),
                ("/valid_through", "date.no_such_day"),
                ("/issuer", "text.required"),
                ("/document", "text.character"),
            ]
        );
    }

    #[test]
    fn a_title_has_begun() {
        let from = |day: &str| CertificationInput {
            valid_from: Some(day.to_owned()),
            valid_through: None,
            ..good()
        };
        assert!(Certification::check(&from("2026-06-15"), today()).is_ok());
        let errors = Certification::check(&from("2026-06-16"), today()).unwrap_err();
        let told: Vec<(&str, &str)> = errors
            .iter()
            .map(|it| (it.pointer.as_str(), it.code))
            .collect();
        assert_eq!(told, [("/valid_from", "date.future")]);
    }
}

//! How figures, limits and changes are shown.

use std::borrow::Cow;

use super::profile::Profile;
use super::reading::Reading;
use super::verdict::verdict;
use crate::domain::exact::Fraction;
use crate::domain::facts::{FactId, catalogue};
use crate::domain::money::Money;
use crate::domain::rules::RuleSet;
use crate::domain::rules::size::SizeClass;
use crate::domain::rules::test::{Bound, Coded, Test, Title, Unit, YesNo};

/// Ratios and rates are shown to so many places, truncated toward zero.
const RATIO_PLACES: u32 = 6;

/// What one comparison found and asks for.
#[derive(Debug, Clone, Default)]
pub struct Shown<'a> {
    pub actual: Option<Cow<'a, str>>,
    pub required: Option<Cow<'a, str>>,
    pub comparison: Option<&'a str>,
}

pub fn reading(reading: Reading, unit: &Unit) -> Option<String> {
    reading.value().map(|value| quantity(value, unit))
}

pub fn bound(bound: &Bound, unit: &Unit) -> String {
    quantity(bound.limit, unit)
}

/// A change of a fact in its own unit, with a sign where it must fall.
pub fn change(fact: FactId, change: i64) -> String {
    let text = catalogue().def(fact).to_text(change.saturating_abs());
    if change < 0 { format!("-{text}") } else { text }
}

pub fn yes_no<'a>(test: &YesNo, profile: &Profile) -> Shown<'a> {
    let word = |yes: bool| Cow::Borrowed(if yes { "true" } else { "false" });
    Shown {
        actual: profile.figure(test.operand).map(|it| word(it.value != 0)),
        required: Some(word(test.wanted)),
        comparison: Some("EQ"),
    }
}

pub fn coded<'a>(test: &Coded, profile: &Profile) -> Shown<'a> {
    let def = catalogue().def(test.operand.fact);
    let allowed = def
        .codes
        .iter()
        .enumerate()
        .filter(|(place, _)| test.allowed >> place & 1 == 1)
        .map(|(_, code)| code.code.as_str());
    Shown {
        actual: profile
            .figure(test.operand)
            .map(|it| Cow::Owned(def.to_text(it.value))),
        required: Some(Cow::Owned(allowed.collect::<Vec<_>>().join(" | "))),
        comparison: Some("IN"),
    }
}

pub fn title<'a>(test: &'a Title, profile: &Profile) -> Shown<'a> {
    let mut held = test
        .schemes
        .iter()
        .filter(|scheme| profile.valid_title(scheme).is_some());
    Shown {
        actual: held.next().map(|scheme| Cow::Borrowed(scheme.as_str())),
        required: Some(match test.schemes.as_slice() {
            [only] => Cow::Borrowed(only),
            several => Cow::Owned(several.join(" | ")),
        }),
        comparison: Some(if test.held { "HOLDS" } else { "LACKS" }),
    }
}

/// Seat and status.
pub fn standing<'a>(test: &'a Test, profile: &Profile) -> Shown<'a> {
    match test {
        Test::District(prefix) => Shown {
            actual: Some(Cow::Owned(profile.district_code().to_owned())),
            required: Some(Cow::Borrowed(prefix)),
            comparison: Some("STARTS_WITH"),
        },
        Test::Legal(allowed) => Shown {
            actual: Some(Cow::Borrowed(profile.legal_status().as_str())),
            required: Some(Cow::Owned(
                allowed
                    .iter()
                    .map(|status| status.as_str())
                    .collect::<Vec<_>>()
                    .join(" | "),
            )),
            comparison: Some("IN"),
        },
        _ => Shown::default(),
    }
}

/// The class where it is clear, and the classes that will do.
pub fn size<'a>(table: &RuleSet, refused: u8, profile: &Profile) -> Shown<'a> {
    let allowed = SizeClass::ALL
        .into_iter()
        .filter(|it| refused & it.bit() == 0);
    Shown {
        actual: verdict(table, profile)
            .class
            .map(|class| Cow::Borrowed(class.as_str())),
        required: Some(Cow::Owned(
            allowed
                .map(SizeClass::as_str)
                .collect::<Vec<_>>()
                .join(" | "),
        )),
        comparison: Some("IN"),
    }
}

fn quantity(value: Fraction, unit: &Unit) -> String {
    match unit {
        Unit::Share | Unit::Growth => value.to_decimal(RATIO_PLACES),
        Unit::Yuan => match whole(value) {
            Some(fen) => Money(fen).to_string(),
            None => stepped(value, 100),
        },
        Unit::Day | Unit::Point => stepped(value, 1),
        Unit::Counted { step, .. } => stepped(value, *step),
    }
}

/// Whole units where it is whole, else a decimal.
fn stepped(value: Fraction, step: i64) -> String {
    let Some(units) = Fraction::new(
        value.numerator(),
        value.denominator().saturating_mul(i128::from(step)),
    ) else {
        return String::new();
    };
    match whole(units) {
        Some(whole) => whole.to_string(),
        None => {
            let text = units.to_decimal(RATIO_PLACES);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

fn whole(value: Fraction) -> Option<i64> {
    let is_whole = value.denominator() == 1 || value.numerator() % value.denominator() == 0;
    is_whole
        .then(|| i64::try_from(value.numerator() / value.denominator()).ok())
        .flatten()
}

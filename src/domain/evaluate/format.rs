//! How figures, limits and changes are shown.

use std::borrow::Cow;

use super::profile::Profile;
use super::verdict::verdict;
use crate::facts::{FactId, catalogue};
use crate::rules::RuleSet;
use crate::rules::size::SizeClass;
use crate::rules::test::{Coded, Test, Title, YesNo};

/// What one comparison found and asks for.
#[derive(Debug, Clone, Default)]
pub struct Shown<'a> {
    pub actual: Option<Cow<'a, str>>,
    pub required: Option<Cow<'a, str>>,
    pub comparison: Option<&'a str>,
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

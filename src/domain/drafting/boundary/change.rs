//! Changes of a profile: the smallest steps of one fact, and what else a search may try.

use chrono::Days;

use super::site::Gauge;
use crate::drafting::extent;
use crate::enterprise::LegalStatus;
use crate::evaluate::{Figure, HeldTitle, Profile};
use crate::facts::{Kind, catalogue};
use crate::rules::RuleSet;
use crate::rules::test::{Measure, Operand};
use crate::rules::uses;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Other figures.
    Figures(Vec<(Operand, i64)>),
    /// Nothing recorded any more.
    Withdraw(Operand),
    /// So many days since the registration.
    Age(i64),
    /// The scheme's title is valid, on its last day.
    Hold(String),
    /// It ended the day before.
    Expire(String),
    /// It was never held.
    Drop(String),
    District(String),
    Legal(LegalStatus),
}

impl Change {
    pub fn on(&self, profile: &Profile) -> Profile {
        let mut next = profile.clone();
        match self {
            Self::Figures(figures) => {
                for (operand, value) in figures {
                    next.replace(*operand, Some(plain(*value)));
                }
            }
            Self::Withdraw(operand) => next.replace(*operand, None),
            Self::Age(days) => {
                let days = Days::new(days.unsigned_abs());
                let registered = profile.as_of().checked_sub_days(days);
                let registered = registered.unwrap_or(profile.registered_on());
                return profile.with_standing(
                    registered,
                    profile.district_code(),
                    profile.legal_status(),
                );
            }
            Self::Hold(scheme) => next.set_titles(retitled(profile, scheme, Some(0))),
            Self::Expire(scheme) => next.set_titles(retitled(profile, scheme, Some(1))),
            Self::Drop(scheme) => next.set_titles(retitled(profile, scheme, None)),
            Self::District(code) => {
                return profile.with_standing(
                    profile.registered_on(),
                    code,
                    profile.legal_status(),
                );
            }
            Self::Legal(status) => {
                return profile.with_standing(
                    profile.registered_on(),
                    profile.district_code(),
                    *status,
                );
            }
        }
        next
    }

    /// Figures within the limits of their facts; None where one is outside.
    pub fn figures(figures: Vec<(Operand, i128)>) -> Option<Self> {
        let fits = |(operand, value): (Operand, i128)| {
            let value = i64::try_from(value).ok()?;
            let (low, high) = extent::of_fact(operand.fact);
            (low..=high).contains(&value).then_some((operand, value))
        };
        let figures: Option<Vec<(Operand, i64)>> = figures.into_iter().map(fits).collect();
        figures.map(Self::Figures)
    }

    pub fn figure(operand: Operand, value: i64) -> Option<Self> {
        Self::figures(vec![(operand, i128::from(value))])
    }
}

/// One smallest step of one fact that the gauge reads: one unit more or less, or another answer.
pub fn steps(set: &RuleSet, gauge: Gauge, profile: &Profile) -> Vec<Change> {
    let operands = match gauge {
        Gauge::Measure(Measure::Age, _) => return steps_of_age(profile),
        Gauge::Measure(measure, points) => uses::of_measure(measure, points),
        Gauge::Figure(operand) => vec![operand],
        Gauge::Parts(entry) => uses::of_entry(entry, &set.points),
    };
    let mut found = Vec::new();
    for operand in operands {
        let Some(figure) = profile.figure(operand) else {
            continue;
        };
        let def = catalogue().def(operand.fact);
        match def.kind {
            Kind::YesNo | Kind::Code => {
                let (low, high) = extent::of_fact(operand.fact);
                let others = (low..=high).filter(|value| *value != figure.value);
                found.extend(others.filter_map(|value| Change::figure(operand, value)));
            }
            Kind::Money | Kind::Count | Kind::Decimal | Kind::Score => {
                found.extend(Change::figure(operand, figure.value - 1));
                found.extend(Change::figure(operand, figure.value + 1));
            }
        }
    }
    found
}

pub const fn plain(value: i64) -> Figure {
    Figure {
        value,
        evidence: None,
    }
}

pub fn age(profile: &Profile) -> i64 {
    let days = profile
        .as_of()
        .signed_duration_since(profile.registered_on());
    days.num_days()
}

fn steps_of_age(profile: &Profile) -> Vec<Change> {
    let days = age(profile);
    let mut found = vec![Change::Age(days + 1)];
    if days > 0 {
        found.push(Change::Age(days - 1));
    }
    found
}

/// The titles with that of the scheme ending so many days before the day; None: without it.
fn retitled(profile: &Profile, scheme: &str, ended: Option<u64>) -> Vec<HeldTitle> {
    let kept = profile.titles().iter().filter(|it| it.scheme != scheme);
    let mut titles: Vec<HeldTitle> = kept.cloned().collect();
    let day = profile.as_of();
    if let Some(ended) = ended
        && let Some(valid_from) = day.checked_sub_days(Days::new(365))
    {
        titles.push(HeldTitle {
            scheme: scheme.to_owned(),
            valid_from,
            valid_through: day.checked_sub_days(Days::new(ended)),
        });
    }
    titles.sort();
    titles
}

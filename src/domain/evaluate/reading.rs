//! What a measure reads on a profile.

use std::cmp::Ordering;

use super::profile::Profile;
use super::scoring::{self, Scored};
use crate::exact::{Fraction, square_root};
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::test::{Bound, GrowthMethod, Limit, Measure, Operand, Term, WhenZero, YEARS};

#[derive(Debug, Clone, Copy)]
pub enum Reading {
    Known(Fraction),
    /// √x − 1, compared by squares so that no root is taken.
    RootLessOne(Fraction),
    /// A figure that should exist is not recorded, or a ratio has no meaning.
    Unknown,
    /// Points that a person must settle first; the points are there all the same.
    Review(Fraction),
    /// Points whose band cannot be checked; the points are there all the same.
    Unchecked(Fraction),
    /// A year it needs did not exist, or the text says it is not met: neither missing nor zero.
    Never,
    /// More than any limit: a positive figure over sales of 0.
    Boundless,
}

/// What the measures of a rule set are read from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub profile: &'a Profile,
    pub scored: &'a [Scored],
}

impl Reading {
    #[inline]
    pub fn against(self, bound: &Bound) -> Outcome {
        match self {
            Self::Known(value) => Outcome::from_bool(bound.comparison.holds(value, bound.limit)),
            Self::RootLessOne(square) => squared(bound.limit).map_or(Outcome::Unknown, |limit| {
                Outcome::from_bool(bound.comparison.holds(square, limit))
            }),
            Self::Unknown | Self::Unchecked(_) => Outcome::Unknown,
            Self::Review(_) => Outcome::NeedsReview,
            Self::Never => Outcome::Unmet,
            Self::Boundless => Outcome::from_bool(bound.comparison.is_lower_limit()),
        }
    }

    /// How it stands to a limit; None where it has no settled value.
    pub fn compared(self, limit: Fraction) -> Option<Ordering> {
        match self {
            Self::Known(value) => Some(value.cmp(&limit)),
            Self::RootLessOne(square) => squared(limit).map(|limit| square.cmp(&limit)),
            Self::Boundless => Some(Ordering::Greater),
            Self::Unknown | Self::Review(_) | Self::Unchecked(_) | Self::Never => None,
        }
    }

    /// What there is to show; a root is truncated to the places in which rates are shown.
    pub fn value(self) -> Option<Fraction> {
        match self {
            Self::Known(value) | Self::Review(value) | Self::Unchecked(value) => Some(value),
            Self::RootLessOne(square) => root_less_one(square),
            Self::Unknown | Self::Never | Self::Boundless => None,
        }
    }
}

/// (1 + x)²
fn squared(limit: Fraction) -> Option<Fraction> {
    let below = limit.denominator();
    let above = limit.numerator() + below;
    Fraction::new(above.checked_mul(above)?, below.checked_mul(below)?)
}

/// The root is cut off two places beyond those shown, so that cutting twice shows the same as cutting once.
fn root_less_one(square: Fraction) -> Option<Fraction> {
    const SCALE: i128 = 100_000_000;
    let scaled = square.floor_times(SCALE * SCALE)?;
    let root = square_root(u128::try_from(scaled).ok()?);
    Fraction::new(i128::try_from(root).ok()? - SCALE, SCALE)
}

/// The bound that applies: for brackets the one in which the other figure lies.
pub enum Applicable<'a> {
    Bound(&'a Bound, Option<&'a str>),
    /// The figure that chooses the bracket is not recorded.
    Unknown,
    /// Its year did not exist.
    Never,
}

pub fn applicable<'a>(limit: &'a Limit, profile: &Profile) -> Applicable<'a> {
    match limit {
        Limit::Fixed(bound) => Applicable::Bound(bound, None),
        Limit::Bracketed { on, brackets } => {
            if !profile.existed(*on) {
                return Applicable::Never;
            }
            let Some(figure) = profile.figure(*on) else {
                return Applicable::Unknown;
            };
            let lies_in = |upper: Option<(i64, bool)>| {
                upper
                    .is_none_or(|(end, taken)| figure.value < end || (taken && figure.value == end))
            };
            match brackets.iter().find(|it| lies_in(it.upper)) {
                Some(bracket) => Applicable::Bound(&bracket.bound, Some(&bracket.text)),
                None => Applicable::Unknown,
            }
        }
    }
}

pub fn read(measure: &Measure, source: Source) -> Reading {
    let profile = source.profile;
    match measure {
        Measure::Term { term, divided_by } => match sum(term, profile) {
            Sum::Known(value) => fraction(value, i128::from(*divided_by)),
            Sum::Missing => Reading::Unknown,
            Sum::NoYear => Reading::Never,
        },
        Measure::Ratio {
            above,
            below,
            when_zero,
        } => ratio(sum(above, profile), sum(below, profile), *when_zero),
        Measure::Growth { years, method } => growth(years, *method, profile),
        Measure::Age => {
            let days = profile
                .as_of()
                .signed_duration_since(profile.registered_on());
            Reading::Known(Fraction::whole(i128::from(days.num_days())))
        }
        Measure::Points(entry) => source
            .scored
            .get(*entry)
            .map_or(Reading::Unknown, |scored| scored.reading()),
        Measure::PointsOf {
            rule_set,
            entry,
            or_fact,
        } => points_of(rule_set, *entry, *or_fact, profile),
    }
}

/// Apart, because the score sheet takes room that the other measures need not make.
#[inline(never)]
fn points_of(
    rule_set: &RuleSet,
    entry: usize,
    or_fact: Option<Operand>,
    profile: &Profile,
) -> Reading {
    let scored = scoring::score(&rule_set.points, profile)[entry];
    match (scored.points, or_fact) {
        (None, Some(operand)) => single(operand, profile),
        _ => scored.reading(),
    }
}

enum Sum {
    Known(i128),
    Missing,
    NoYear,
}

/// Sums run over the years that existed; a year that existed and has no figure makes them unknown.
#[inline]
fn sum(term: &Term, profile: &Profile) -> Sum {
    match profile.existing_and_missing(term.slots) {
        (0, _) => Sum::NoYear,
        (_, 0) => {
            let values = term.operands.iter().map(|it| profile.value_or_zero(*it));
            Sum::Known(values.map(i128::from).sum())
        }
        _ => Sum::Missing,
    }
}

fn ratio(above: Sum, below: Sum, when_zero: WhenZero) -> Reading {
    match (above, below) {
        (Sum::NoYear, _) | (_, Sum::NoYear) => Reading::Never,
        // Whatever stands above: the text says the ratio is not met.
        (_, Sum::Known(0)) if when_zero == WhenZero::NotMet => Reading::Never,
        (Sum::Missing, _) | (_, Sum::Missing) => Reading::Unknown,
        (Sum::Known(above), Sum::Known(0)) => match when_zero {
            WhenZero::Unknown => Reading::Unknown,
            WhenZero::MetIfPositive if above > 0 => Reading::Boundless,
            WhenZero::MetIfPositive | WhenZero::NotMet => Reading::Never,
        },
        (Sum::Known(above), Sum::Known(below)) => fraction(above, below),
    }
}

fn growth(years: &[Operand; YEARS], method: GrowthMethod, profile: &Profile) -> Reading {
    let existed = profile.years();
    let needed = match method {
        GrowthMethod::LastYear => 2,
        GrowthMethod::MeanOfTwoYears | GrowthMethod::CompoundOfTwoYears => YEARS,
        GrowthMethod::MeanOfYearsThatExisted => match existed {
            0 | 1 => return Reading::Known(Fraction::ZERO),
            years => years,
        },
    };
    if existed < needed {
        return Reading::Never;
    }
    let mut figures = [0i128; YEARS];
    for (figure, operand) in figures.iter_mut().zip(years).take(needed) {
        match profile.figure(*operand) {
            Some(recorded) => *figure = i128::from(recorded.value),
            None => return Reading::Unknown,
        }
    }
    let [y3, y2, y1] = figures;
    if y2 == 0 {
        return Reading::Never;
    }
    if needed == 2 || y1 == 0 {
        return fraction(y3 - y2, y2);
    }
    match method {
        GrowthMethod::CompoundOfTwoYears => match Fraction::new(y3, y1) {
            Some(square) if square >= Fraction::ZERO => Reading::RootLessOne(square),
            _ => Reading::Unknown,
        },
        _ => fraction(y2 * y2 + y1 * y3 - 2 * y1 * y2, 2 * y1 * y2),
    }
}

fn single(operand: Operand, profile: &Profile) -> Reading {
    match profile.figure(operand) {
        Some(figure) => Reading::Known(Fraction::whole(i128::from(figure.value))),
        None => Reading::Unknown,
    }
}

fn fraction(above: i128, below: i128) -> Reading {
    Fraction::new(above, below).map_or(Reading::Unknown, Reading::Known)
}

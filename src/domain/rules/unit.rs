//! What a measure is counted in, and how its values are shown.

use crate::exact::Fraction;
use crate::facts::{FactId, catalogue};
use crate::money::Money;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// A share (占比), told in percent.
    Share,
    /// A rate of growth (增长率), told in percent.
    Growth,
    Yuan,
    Day,
    Point,
    /// A unit of the catalogue (person, right, item …) and how many steps one has.
    Counted {
        name: String,
        step: i64,
    },
}

/// Ratios and rates are shown to so many places, truncated toward zero.
const RATIO_PLACES: u32 = 6;

impl Unit {
    /// The unit of a fact's figures.
    pub fn of(fact: FactId) -> Self {
        let def = catalogue().def(fact);
        match def.unit.as_str() {
            "yuan" => Self::Yuan,
            "point" => Self::Point,
            name => Self::Counted {
                name: name.to_owned(),
                step: def.step(),
            },
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Share | Self::Growth => "percent",
            Self::Yuan => "yuan",
            Self::Day => "day",
            Self::Point => "point",
            Self::Counted { name, .. } => name,
        }
    }

    /// A value as explanations show it: ratios to six places, amounts to two, counts whole.
    pub fn show(&self, value: Fraction) -> String {
        match self {
            Self::Share | Self::Growth => value.to_decimal(RATIO_PLACES),
            Self::Yuan => match whole(value) {
                Some(fen) => Money(fen).to_string(),
                None => stepped(value, 100),
            },
            Self::Day | Self::Point => stepped(value, 1),
            Self::Counted { step, .. } => stepped(value, *step),
        }
    }
}

/// Whole units where it is whole, else a decimal.
fn stepped(value: Fraction, step: i64) -> String {
    let below = value.denominator().saturating_mul(i128::from(step));
    let Some(units) = Fraction::new(value.numerator(), below) else {
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
    let (above, below) = (value.numerator(), value.denominator());
    if below == 1 {
        return i64::try_from(above).ok();
    }
    (above % below == 0).then(|| i64::try_from(above / below).ok())?
}

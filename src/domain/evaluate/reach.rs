//! How far a figure is from a limit: guesses that the search for ways (`ways`) tries.

use super::profile::Profile;
use crate::exact::Fraction;
use crate::facts::{FactDef, Kind};
use crate::money::Money;
use crate::rules::points::{PointTable, Points};
use crate::rules::test::{
    Bound, Comparison, GrowthMethod, Limit, Measure, Operand, Term, Test, YEARS,
};

/// The change of the operand that brings a measure to the bound, where it is linear in it.
pub fn reach(measure: &Measure, bound: &Bound, operand: Operand, profile: &Profile) -> Option<i64> {
    let change = match measure {
        Measure::Term { term, divided_by } if term.slots & operand.bit() != 0 => {
            nearest(bound, i128::from(*divided_by))? - total(term, profile)
        }
        Measure::Ratio { above, below, .. } if above.slots & operand.bit() != 0 => {
            nearest(bound, total(below, profile))? - total(above, profile)
        }
        Measure::Growth { years, method } if years[0] == operand => {
            grown(years, *method, bound, profile)? - i128::from(profile.value_or_zero(operand))
        }
        _ => return None,
    };
    i64::try_from(change).ok()
}

/// The figure of the last year from which on a rate of growth reaches the bound.
pub fn grown(
    years: &[Operand; YEARS],
    method: GrowthMethod,
    bound: &Bound,
    profile: &Profile,
) -> Option<i128> {
    let [_, y2, y1] = years.map(|it| i128::from(profile.value_or_zero(it)));
    let limit = bound.limit;
    let (above, below) = (limit.numerator() + limit.denominator(), limit.denominator());
    let existed = profile.years();
    let (above, below) = match method {
        _ if y2 <= 0 || y1 < 0 => return None,
        GrowthMethod::LastYear => (above * y2, below),
        _ if existed < YEARS || y1 == 0 => (above * y2, below),
        GrowthMethod::CompoundOfTwoYears => {
            (above.checked_mul(above)?.checked_mul(y1)?, below * below)
        }
        // y3 = 2·(1 + limit)·y2 − y2²/y1
        GrowthMethod::MeanOfTwoYears | GrowthMethod::MeanOfYearsThatExisted => {
            let twice = (2 * above * y2).checked_mul(y1)?;
            (twice.checked_sub(below.checked_mul(y2 * y2)?)?, below * y1)
        }
    };
    let threshold = Bound {
        limit: Fraction::new(above, below)?,
        ..bound.clone()
    };
    nearest(&threshold, 1)
}

/// The changes of the operand that bring an entry, or a part of it, into each of its bands.
pub fn steps_of(
    table: &PointTable,
    entry: usize,
    operand: Operand,
    profile: &Profile,
    steps: &mut Vec<i64>,
) {
    let mut add = |measure: &Measure, bound: &Bound| {
        steps.extend(reach(measure, bound, operand, profile));
    };
    match &table.entries[entry].points {
        Points::Block(parts) => {
            for part in parts {
                steps_of(table, *part, operand, profile, steps);
            }
        }
        Points::Bands(bands) => {
            for (bound, _) in &bands.bands {
                add(&bands.measure, bound);
            }
        }
        Points::BestOf(ways) => {
            for bands in ways {
                for (bound, _) in &bands.bands {
                    add(&bands.measure, bound);
                }
            }
        }
        Points::Ladder(ladder) => {
            for (test, _) in &ladder.rungs {
                if let Test::Compare(compare) = test
                    && let Limit::Fixed(bound) = &compare.limit
                {
                    add(&compare.measure, bound);
                }
            }
        }
        Points::Codes { .. } | Points::Steps { .. } | Points::Entered { .. } => {}
    }
}

/// The whole number nearest to `limit × factor` that satisfies the bound.
pub fn nearest(bound: &Bound, factor: i128) -> Option<i128> {
    let limit: Fraction = bound.limit;
    match bound.comparison {
        Comparison::AtLeast => limit.ceil_times(factor),
        Comparison::MoreThan => limit.floor_times(factor).map(|it| it + 1),
        Comparison::AtMost => limit.floor_times(factor),
        Comparison::LessThan => limit.ceil_times(factor).map(|it| it - 1),
    }
}

pub fn total(term: &Term, profile: &Profile) -> i128 {
    let values = term.operands.iter().map(|it| profile.value_or_zero(*it));
    values.map(i128::from).sum()
}

/// How far a value may go within the limits of its fact.
pub fn room(def: &FactDef, value: i64, up: bool) -> i64 {
    let (lowest, highest) = match def.kind {
        Kind::Money if def.signed => (1 - Money::LIMIT_FEN, Money::LIMIT_FEN - 1),
        Kind::Money => (0, Money::LIMIT_FEN - 1),
        _ => (
            def.min.unwrap_or(0) * def.step(),
            def.max.unwrap_or(0) * def.step(),
        ),
    };
    if up { highest - value } else { value - lowest }
}

/// The change nearest to `below`, which does not meet, on the way to `reached`, which does.
pub fn halve(mut below: i64, mut reached: i64, mut met: impl FnMut(i64) -> bool) -> i64 {
    while (reached - below).abs() > 1 {
        let middle = below + (reached - below) / 2;
        if met(middle) {
            reached = middle;
        } else {
            below = middle;
        }
    }
    reached
}

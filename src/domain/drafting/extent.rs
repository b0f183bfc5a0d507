//! The least and the greatest a measure can be, by the limits of its facts and the points an item can give.

use crate::exact::Fraction;
use crate::facts::{FactId, Kind, catalogue};
use crate::money::Money;
use crate::rules::points::{PointTable, Points, Within};
use crate::rules::test::{Measure, Operand, Term};

/// Lowest and highest; None where there is no end.
pub type Extent = (Option<Fraction>, Option<Fraction>);

/// What a fact may be in its smallest steps, both ends included.
pub fn of_fact(fact: FactId) -> (i64, i64) {
    let def = catalogue().def(fact);
    match def.kind {
        Kind::Money if def.signed => (1 - Money::LIMIT_FEN, Money::LIMIT_FEN - 1),
        Kind::Money => (0, Money::LIMIT_FEN - 1),
        Kind::YesNo => (0, 1),
        Kind::Code => (0, def.codes.len() as i64 - 1),
        Kind::Count | Kind::Score | Kind::Decimal => (
            def.min.unwrap_or(0) * def.step(),
            def.max.unwrap_or(0) * def.step(),
        ),
    }
}

pub fn of_figure(operand: Operand) -> Extent {
    let (low, high) = of_fact(operand.fact);
    (whole(low), whole(high))
}

pub fn of_measure(measure: &Measure, table: &PointTable) -> Extent {
    match measure {
        Measure::Term { term, divided_by } => {
            let (low, high) = sums(term);
            let over = |sum: i128| Fraction::new(sum, i128::from(*divided_by));
            (over(low), over(high))
        }
        // A part may be recorded above its whole, so that only the sign is known.
        Measure::Ratio { above, below, .. } => {
            let is_positive = sums(above).0 >= 0 && sums(below).0 >= 0;
            (is_positive.then_some(Fraction::ZERO), None)
        }
        Measure::Growth { years, .. } => {
            let is_positive = of_fact(years[0].fact).0 >= 0;
            (is_positive.then_some(Fraction::whole(-1)), None)
        }
        Measure::Age => (Some(Fraction::ZERO), None),
        Measure::Points(entry) => of_points(*entry, table),
        Measure::PointsOf {
            rule_set,
            entry,
            or_fact,
        } => {
            let points = of_points(*entry, &rule_set.points);
            match or_fact {
                Some(operand) => wider(points, of_figure(*operand)),
                None => points,
            }
        }
    }
}

/// The points an entry can come to.
pub fn of_points(entry: usize, table: &PointTable) -> Extent {
    let (low, high) = points(entry, table);
    (whole(low), whole(high))
}

/// The same as whole numbers. What is entered counts as it is, but only within its ranges is it settled.
pub fn points(index: usize, table: &PointTable) -> (i64, i64) {
    let Some(entry) = table.entries.get(index) else {
        return (0, 0);
    };
    let given: Vec<i64> = match &entry.points {
        Points::Block(parts) => {
            let (low, high) = parts_of(parts, table);
            return (low.min(entry.max), high.min(entry.max));
        }
        Points::Bands(bands) => gives(bands).collect(),
        Points::BestOf(ways) => {
            let lowest = |bands: &crate::rules::points::Bands| gives(bands).min().unwrap_or(0);
            let low = ways.iter().map(lowest).max().unwrap_or(0);
            let high = ways.iter().flat_map(gives).max().unwrap_or(0);
            return (low, high);
        }
        Points::Ladder(ladder) => {
            let rungs = ladder.rungs.iter().map(|rung| rung.1);
            rungs.chain([ladder.otherwise]).collect()
        }
        Points::Codes { points, .. } => points.clone(),
        Points::Steps {
            operand,
            step,
            points,
        } => {
            let (low, high) = of_fact(operand.fact);
            let at = |value: i64| (value / step * points).clamp(0, entry.max);
            vec![at(low), at(high)]
        }
        Points::Entered { within, .. } => {
            let ranges = ranges(within);
            vec![
                ranges.iter().map(|range| range.from).min().unwrap_or(0),
                ranges.iter().map(|range| range.to).max().unwrap_or(0),
            ]
        }
    };
    let low = given.iter().min().copied().unwrap_or(0);
    (low, given.iter().max().copied().unwrap_or(0))
}

/// The least and the greatest sum of parts, not held down to a max.
pub fn parts_of(parts: &[usize], table: &PointTable) -> (i64, i64) {
    let sum = |(low, high): (i64, i64), part: &usize| {
        let of_part = points(*part, table);
        (low + of_part.0, high + of_part.1)
    };
    parts.iter().fold((0, 0), sum)
}

/// The ranges an entered number may have to lie in, the last where nothing else applies.
pub fn ranges(within: &Within) -> Vec<crate::rules::points::Range> {
    match within {
        Within::Range(range) => vec![*range],
        Within::Bands {
            bands, otherwise, ..
        } => {
            let of_bands = bands.iter().map(|band| band.1);
            of_bands.chain([*otherwise]).collect()
        }
        Within::Ladder(ladder) => {
            let rungs = ladder.rungs.iter().map(|rung| rung.1);
            rungs.chain([ladder.otherwise]).collect()
        }
    }
}

fn gives(bands: &crate::rules::points::Bands) -> impl Iterator<Item = i64> {
    let of_bands = bands.bands.iter().map(|band| band.1);
    of_bands.chain([bands.otherwise])
}

fn sums(term: &Term) -> (i128, i128) {
    let ends = term.operands.iter().map(|it| of_fact(it.fact));
    ends.fold((0, 0), |(low, high), (from, to)| {
        (low + i128::from(from), high + i128::from(to))
    })
}

fn wider(a: Extent, b: Extent) -> Extent {
    let low = a.0.zip(b.0).map(|(a, b)| a.min(b));
    (low, a.1.zip(b.1).map(|(a, b)| a.max(b)))
}

fn whole(value: i64) -> Option<Fraction> {
    Some(Fraction::whole(i128::from(value)))
}

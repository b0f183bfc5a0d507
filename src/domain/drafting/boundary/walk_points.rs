//! The boundaries of scored items and blocks.

use super::site::{Edge, Gauge, Owner, Side, Turn, What};
use super::walk::{At, Walk};
use crate::drafting::extent;
use crate::exact::Fraction;
use crate::facts::{Kind, catalogue};
use crate::rules::points::{Entry, Points, Within};
use crate::rules::test::{Bound, Measure, Operand, Test};

/// The boundaries of all items and blocks.
pub fn entries(walk: &mut Walk<'_>) {
    let points = walk.points;
    for (index, entry) in points.entries.iter().enumerate() {
        let at = At {
            id: format!("points:{}", entry.id),
            title: &entry.title,
            owner: Owner::Entry(index),
        };
        one(walk, &at, index, entry);
    }
}

fn one<'s>(walk: &mut Walk<'s>, at: &At<'s>, index: usize, entry: &'s Entry) {
    match &entry.points {
        Points::Block(parts) => cap(walk, at, index, entry, parts),
        Points::Bands(it) => {
            let limits = it.bands.iter().map(|band| &band.0);
            bands(walk, at, &it.measure, limits, (index, 0));
        }
        Points::BestOf(ways) => {
            for (way, it) in ways.iter().enumerate() {
                let limits = it.bands.iter().map(|band| &band.0);
                let place = at.part(format_args!("way-{}", way + 1));
                bands(walk, &place, &it.measure, limits, (index, way));
            }
        }
        Points::Ladder(ladder) => rungs(walk, at, ladder.rungs.iter().map(|rung| &rung.0)),
        Points::Codes { operand, points } => {
            for value in 0..points.len() as i64 {
                let name = code(*operand, value);
                let what = What::Code {
                    entry: index,
                    operand: *operand,
                    value,
                };
                walk.add(at, &format!("code-{name}"), &name, what);
            }
        }
        Points::Steps {
            operand,
            step,
            points,
        } => steps(walk, at, index, *operand, (*step, *points, entry.max)),
        Points::Entered { operand, within } => entered(walk, at, index, *operand, within),
    }
}

fn code(operand: Operand, value: i64) -> String {
    let def = catalogue().def(operand.fact);
    match def.kind {
        Kind::YesNo => if value == 0 { "no" } else { "yes" }.to_owned(),
        _ => def.code_of(value).unwrap_or_default().to_owned(),
    }
}

/// A block whose parts can make up more than its max: exactly the max, and more.
fn cap<'s>(walk: &mut Walk<'s>, at: &At<'s>, index: usize, entry: &Entry, parts: &[usize]) {
    if extent::parts_of(parts, walk.points).1 <= entry.max {
        return;
    }
    let edge = Edge {
        gauge: Gauge::Parts(index),
        limit: Fraction::whole(i128::from(entry.max)),
        side: Side::At,
        within: None,
        turn: Turn::Nothing,
    };
    let max = entry.max.to_string();
    walk.add(at, "cap/at", &max, What::Edge(edge));
    walk.add(at, "cap/above", &max, What::OverCap(index));
}

fn bands<'s>(
    walk: &mut Walk<'s>,
    at: &At<'s>,
    measure: &'s Measure,
    limits: impl Iterator<Item = &'s Bound>,
    (entry, way): (usize, usize),
) {
    for (band, bound) in limits.enumerate() {
        let edge = Edge {
            gauge: Gauge::Measure(measure, walk.points),
            limit: bound.limit,
            side: Side::At,
            within: None,
            turn: Turn::Band { entry, way, band },
        };
        let place = at.part(format_args!("band-{}", band + 1));
        walk.edge(&place, &bound.text, edge);
    }
}

fn rungs<'s>(walk: &mut Walk<'s>, at: &At<'s>, tests: impl Iterator<Item = &'s Test>) {
    for (index, test) in tests.enumerate() {
        let place = at.part(format_args!("rung-{}", index + 1));
        walk.test(&place, test, "");
    }
}

/// Each full step, up to the one that reaches the max.
fn steps<'s>(
    walk: &mut Walk<'s>,
    at: &At<'s>,
    entry: usize,
    operand: Operand,
    (step, points, max): (i64, i64, i64),
) {
    let count = if points > 0 {
        (max + points - 1) / points
    } else {
        0
    };
    for number in 1..=count {
        let value = number * step;
        let edge = Edge {
            gauge: Gauge::Figure(operand),
            limit: Fraction::whole(i128::from(value)),
            side: Side::At,
            within: None,
            turn: Turn::Band {
                entry,
                way: 0,
                band: (number - 1) as usize,
            },
        };
        let text = catalogue().def(operand.fact).to_text(value);
        walk.edge(&at.part(format_args!("step-{number}")), &text, edge);
    }
}

/// The edges of the bands and rungs, and each range at its ends and just outside.
fn entered<'s>(
    walk: &mut Walk<'s>,
    at: &At<'s>,
    index: usize,
    operand: Operand,
    within: &'s Within,
) {
    match within {
        Within::Range(_) => {}
        Within::Bands {
            measure,
            bands: rows,
            ..
        } => {
            let limits = rows.iter().map(|band| &band.0);
            bands(walk, at, measure, limits, (index, 0));
        }
        Within::Ladder(ladder) => rungs(walk, at, ladder.rungs.iter().map(|rung| &rung.0)),
    }
    let (lowest, highest) = extent::of_fact(operand.fact);
    for (range, ends) in extent::ranges(within).iter().enumerate() {
        let mut values = vec![ends.from - 1, ends.from, ends.to, ends.to + 1];
        values.dedup();
        values.retain(|value| (lowest..=highest).contains(value));
        for value in values {
            let what = What::RangeEnd {
                entry: index,
                operand,
                range,
                value,
                is_within: ends.contains(value),
            };
            let name = format!("range-{}/{value}", range + 1);
            walk.add(at, &name, value.to_string(), what);
        }
    }
}

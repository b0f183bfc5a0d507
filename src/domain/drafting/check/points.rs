//! Items and blocks: bands and ranges that do not fit together, maxima that cannot be reached, points that count nowhere.

use super::finding::Finding;
use crate::drafting::extent;
use crate::rules::RuleSet;
use crate::rules::points::{Bands, Entry, PointTable, Points, Range, Within};
use crate::rules::test::{Measure, Test};

pub fn check(set: &RuleSet, findings: &mut Vec<Finding>) {
    let points = &set.points;
    for (index, entry) in points.entries.iter().enumerate() {
        let kind = match entry.points {
            Points::Block(_) => "block",
            _ => "item",
        };
        let place = format!("{kind} {}", entry.id);
        of_entry(points, index, entry, &place, findings);
        if !counts(set, index) {
            findings.push(Finding::warning("check.points_unused", place));
        }
    }
}

fn of_entry(
    points: &PointTable,
    index: usize,
    entry: &Entry,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    match &entry.points {
        Points::Bands(it) => bands(points, it, place, findings),
        Points::BestOf(ways) => {
            for it in ways {
                bands(points, it, place, findings);
            }
        }
        Points::Entered { within, .. } => {
            ranges(entry, within, place, findings);
            if let Within::Bands { measure, bands, .. } = within {
                let limits = bands.iter().map(|band| &band.0);
                out_of_reach(points, measure, limits, place, findings);
            }
        }
        Points::Block(_) | Points::Ladder(_) | Points::Codes { .. } | Points::Steps { .. } => {}
    }
    let most = extent::points(index, points).1;
    if most < entry.max {
        let finding = Finding::warning("check.max_never", place);
        findings.push(finding.with("max", entry.max).with("most", most));
    }
}

fn bands(points: &PointTable, it: &Bands, place: &str, findings: &mut Vec<Finding>) {
    let limits = it.bands.iter().map(|band| &band.0);
    out_of_reach(points, &it.measure, limits, place, findings);
    let given: Vec<i64> = it
        .bands
        .iter()
        .map(|band| band.1)
        .chain([it.otherwise])
        .collect();
    let rises = given.windows(2).any(|pair| pair[0] < pair[1]);
    let falls = given.windows(2).any(|pair| pair[0] > pair[1]);
    if rises && falls {
        findings.push(Finding::warning("check.bands_order", place));
    }
    if let Some(same) = given.windows(2).position(|pair| pair[0] == pair[1]) {
        let finding = Finding::warning("check.bands_same", place);
        findings.push(finding.with("band", same + 1));
    }
}

/// A band that no measure can lie in, or that keeps all others from it.
fn out_of_reach<'s>(
    points: &PointTable,
    measure: &Measure,
    limits: impl Iterator<Item = &'s crate::rules::test::Bound>,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    let (low, high) = extent::of_measure(measure, points);
    for (index, bound) in limits.enumerate() {
        let best = match bound.comparison.is_lower_limit() {
            true => high,
            false => low,
        };
        if best.is_some_and(|end| !bound.comparison.holds(end, bound.limit)) {
            let finding = Finding::error("check.band_never", place);
            findings.push(finding.with("band", index + 1).with("limit", &bound.text));
        }
    }
}

/// The ranges of an entered number: beyond the max, with a hole between two, or one number in two.
fn ranges(entry: &Entry, within: &Within, place: &str, findings: &mut Vec<Finding>) {
    let mut ranges = extent::ranges(within);
    if ranges.iter().any(|range| range.to > entry.max) {
        let finding = Finding::error("check.range_max", place);
        findings.push(finding.with("max", entry.max));
    }
    ranges.sort_by_key(|range: &Range| (range.from, range.to));
    for pair in ranges.windows(2) {
        let code = match pair[1].from - pair[0].to {
            1 => continue,
            2.. => "check.ranges_gap",
            _ => "check.ranges_overlap",
        };
        let finding = Finding::error(code, place);
        findings.push(
            finding
                .with("one", format_args!("[{}, {}]", pair[0].from, pair[0].to))
                .with("next", format_args!("[{}, {}]", pair[1].from, pair[1].to)),
        );
    }
}

/// Whether the score, a block or a criterion takes these points.
fn counts(set: &RuleSet, index: usize) -> bool {
    let in_block = set.points.entries.iter().any(|entry| match &entry.points {
        Points::Block(parts) => parts.contains(&index),
        Points::Ladder(ladder) => ladder.rungs.iter().any(|rung| asks(&rung.0, index)),
        _ => false,
    });
    in_block || set.points.total == Some(index) || set.criteria().any(|it| asks(&it.test, index))
}

fn asks(test: &Test, index: usize) -> bool {
    match test {
        Test::Compare(compare) => {
            matches!(compare.measure, Measure::Points(entry) if entry == index)
        }
        Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
            tests.iter().any(|it| asks(it, index))
        }
        _ => false,
    }
}

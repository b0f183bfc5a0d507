//! What a search wants of a profile, and how far a profile is from it.

use super::holds::{order, parts, range_of, stands};
use super::site::{Edge, Gauge, Side, Site, What};
use super::turned::shows;
use crate::drafting::boundary::change::steps;
use crate::evaluate::Profile;
use crate::evaluate::judge;
use crate::evaluate::reading::{Source, read};
use crate::evaluate::scoring::{ScoreSheet, Scored, score};
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Criterion, Group, Need};
use crate::rules::points::{PointTable, Points, Within};
use crate::rules::test::{Compare, Measure, Test};

#[derive(Clone)]
pub enum Aim<'s> {
    /// The test answers MET (or UNMET).
    Test(&'s Test, bool),
    Group(&'s Group, bool),
    /// All of these criteria of the group are met (or one is not).
    Criteria(&'s Group, u64, bool),
    /// All of one of the routes are met.
    AnyRoute(&'s Group),
    /// Exactly so many of the tests are met.
    Count(Vec<&'s Test>, usize),
    /// The profile stands at the boundary.
    Stand(&'s Site<'s>),
    /// It shows there.
    Show(&'s Site<'s>),
    /// The other ways of a best-of item give no more than this.
    OtherWays {
        entry: usize,
        way: usize,
        most: i64,
    },
    /// No block that counts this entry is held down to its max.
    Uncapped(usize),
    /// Every other entered number lies where it must.
    Checks(Option<usize>),
}

/// One thing that is not as it should be; what is left below it is a distance in points.
pub const MISS: i64 = 1_000_000;

/// 0 where all aims are reached.
pub fn cost(set: &RuleSet, aims: &[Aim], profile: &Profile) -> i64 {
    let sheet = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &sheet,
    };
    let (last, others): (Vec<&Aim>, Vec<&Aim>) =
        aims.iter().partition(|aim| matches!(aim, Aim::Show(_)));
    let away: i64 = others.iter().map(|aim| of_aim(set, aim, source)).sum();
    // Whether it shows is the dearest to ask and means little before the rest is reached.
    let shown = last.iter().map(|aim| match away {
        0 => of_aim(set, aim, source),
        _ => MISS,
    });
    away + shown.sum::<i64>()
}

pub fn of_aim(set: &RuleSet, aim: &Aim, source: Source) -> i64 {
    let points = &set.points;
    match aim {
        Aim::Test(test, want) => of_test(test, *want, source, points),
        Aim::Group(group, want) => of_group(group, *want, source, points),
        Aim::Criteria(group, bits, want) => of_parts(criteria(group, *bits), *want, source, points),
        Aim::AnyRoute(group) => any_route(group, source, points),
        Aim::Count(tests, met) => {
            let found = tests.iter().map(|it| judge::test(it, source));
            let found = found.filter(|it| *it == Outcome::Met).count();
            found.abs_diff(*met) as i64 * MISS
        }
        Aim::Stand(site) => stand(set, site, source),
        Aim::Show(site) => miss(shows(set, site, source.profile)),
        Aim::OtherWays { entry, way, most } => other_ways(set, *entry, *way, *most, source),
        Aim::Uncapped(entry) => {
            let blocks = blocks_of(points, *entry);
            let over =
                blocks.map(|(block, max)| parts(set, block, source).map_or(0, |it| it - max));
            over.filter(|over| *over > 0).map(|over| MISS + over).sum()
        }
        Aim::Checks(except) => {
            let scored = source.scored.iter().enumerate();
            let bad =
                scored.filter(|(index, it)| Some(*index) != *except && it.check != Outcome::Met);
            // A block has the check of its parts.
            bad.filter(|(index, _)| is_entered(points, *index)).count() as i64 * MISS
        }
    }
}

/// The tests of a group's criteria that stand in `bits`.
pub fn criteria(group: &Group, bits: u64) -> impl Iterator<Item = &Test> {
    let chosen = group.criteria.iter().enumerate();
    let chosen = chosen.filter(move |(place, _)| bits >> place & 1 == 1);
    chosen.map(|(_, it): (usize, &Criterion)| &it.test)
}

/// The blocks an entry counts in, each with its max.
pub fn blocks_of(points: &PointTable, entry: usize) -> impl Iterator<Item = (usize, i64)> {
    let entries = points.entries.iter().enumerate();
    entries.filter_map(move |(index, it)| match &it.points {
        Points::Block(parts) if parts.contains(&entry) => Some((index, it.max)),
        _ => None,
    })
}

pub fn is_entered(points: &PointTable, index: usize) -> bool {
    let entry = points.entries.get(index);
    entry.is_some_and(|it| matches!(it.points, Points::Entered { .. }))
}

pub fn of_test(test: &Test, want: bool, source: Source, points: &PointTable) -> i64 {
    match test {
        Test::All(tests) => of_parts(tests.iter(), want, source, points),
        Test::Any(tests) => of_any(tests, want, source, points),
        Test::AtLeast(count, tests) => {
            let needed = if want {
                *count
            } else {
                tests.len() + 1 - count
            };
            let mut costs: Vec<i64> = tests
                .iter()
                .map(|it| of_test(it, want, source, points))
                .collect();
            costs.sort_unstable();
            costs.iter().take(needed).sum()
        }
        Test::Passes(set) => {
            let sheet = score(&set.points, source.profile);
            let inner = Source {
                scored: &sheet,
                ..source
            };
            match &set.body {
                Body::Conditions(group) => of_group(group, want, inner, &set.points),
                Body::Pools(_) | Body::Size(_) => leaf(test, want, source, points),
            }
        }
        _ => leaf(test, want, source, points),
    }
}

pub fn of_group(group: &Group, want: bool, source: Source, points: &PointTable) -> i64 {
    match group.need {
        Need::AtLeast(count) => {
            let tests = group.criteria.iter().map(|it| &it.test);
            let mut costs: Vec<i64> = tests.map(|it| of_test(it, want, source, points)).collect();
            costs.sort_unstable();
            let needed = if want { count } else { costs.len() + 1 - count };
            costs.iter().take(needed).sum()
        }
        Need::All => {
            let common = of_parts(criteria(group, group.common), want, source, points);
            if group.routes.is_empty() {
                return common;
            }
            if want {
                return common + any_route(group, source, points);
            }
            let routes = group.routes.iter();
            let routes: i64 = routes
                .map(|it| of_parts(criteria(group, it.criteria), false, source, points))
                .sum();
            match group.common {
                0 => routes,
                _ => common.min(routes),
            }
        }
    }
}

fn any_route(group: &Group, source: Source, points: &PointTable) -> i64 {
    let routes = group.routes.iter();
    let costs = routes.map(|it| of_parts(criteria(group, it.criteria), true, source, points));
    costs.min().unwrap_or(0)
}

/// All of the tests: each must be met, or one must not.
fn of_parts<'t>(
    tests: impl Iterator<Item = &'t Test>,
    want: bool,
    source: Source,
    points: &PointTable,
) -> i64 {
    let costs = tests.map(|it| of_test(it, want, source, points));
    if want {
        costs.sum()
    } else {
        costs.min().unwrap_or(0)
    }
}

fn of_any(tests: &[Test], want: bool, source: Source, points: &PointTable) -> i64 {
    let costs = tests.iter().map(|it| of_test(it, want, source, points));
    if want {
        costs.min().unwrap_or(0)
    } else {
        costs.sum()
    }
}

fn leaf(test: &Test, want: bool, source: Source, points: &PointTable) -> i64 {
    let outcome = judge::test(test, source);
    if outcome == Outcome::from_bool(want) {
        return 0;
    }
    match test {
        Test::Compare(compare) => MISS + distance(compare, source, points),
        _ => MISS,
    }
}

/// How far points are from their limit, and how many entered numbers are not where they must be.
fn distance(compare: &Compare, source: Source, points: &PointTable) -> i64 {
    let crate::rules::test::Limit::Fixed(bound) = &compare.limit else {
        return 0;
    };
    let wanted = i64::try_from(bound.limit.numerator()).unwrap_or(0);
    match &compare.measure {
        Measure::Points(entry) => of_points(*entry, wanted, source.scored, points),
        Measure::PointsOf {
            rule_set, entry, ..
        } => {
            let sheet: ScoreSheet = score(&rule_set.points, source.profile);
            of_points(*entry, wanted, &sheet, &rule_set.points)
        }
        _ => 0,
    }
}

fn of_points(entry: usize, wanted: i64, sheet: &[Scored], points: &PointTable) -> i64 {
    let unsettled = unsettled(sheet, points);
    match sheet.get(entry).and_then(|it| it.points) {
        Some(found) => (found - wanted).abs() + unsettled,
        None => 10_000 + unsettled,
    }
}

/// What entered numbers weigh that are not where they must be.
fn unsettled(sheet: &[Scored], points: &PointTable) -> i64 {
    let scored = sheet.iter().enumerate();
    let bad = scored.filter(|(index, it)| is_entered(points, *index) && it.check != Outcome::Met);
    bad.count() as i64 * 1_000
}

fn stand(set: &RuleSet, site: &Site, source: Source) -> i64 {
    if stands(set, site, source.profile) {
        return 0;
    }
    match site.what {
        What::Edge(edge) => {
            let away = edge
                .within
                .is_some_and(|(limit, index)| !super::holds::applies(limit, index, source.profile));
            MISS + i64::from(away) * MISS / 2 + to_side(set, &edge, source)
        }
        What::RangeEnd { entry, range, .. } => MISS + to_range(set, entry, range, source),
        What::OverCap(entry) => {
            let short = |it: i64| set.points.entries[entry].max + 1 - it;
            MISS + parts(set, entry, source).map_or(10_000, short).max(0)
        }
        _ => MISS,
    }
}

/// How far the range is from being the one that applies.
fn to_range(set: &RuleSet, entry: usize, range: usize, source: Source) -> i64 {
    let points = &set.points;
    if let Some(Points::Entered {
        within: Within::Ladder(ladder),
        ..
    }) = points.entries.get(entry).map(|it| &it.points)
    {
        let rungs = ladder.rungs.iter().take(range + 1).enumerate();
        let costs = rungs.map(|(place, rung)| of_test(&rung.0, place == range, source, points));
        return costs.sum();
    }
    miss(range_of(set, entry, source) == Some(range))
}

/// For points: how far they and their best neighbour are from the two sides of the limit.
fn to_side(set: &RuleSet, edge: &Edge, source: Source) -> i64 {
    let is_points = match edge.gauge {
        Gauge::Parts(_) => true,
        Gauge::Measure(measure, _) => {
            matches!(measure, Measure::Points(_) | Measure::PointsOf { .. })
        }
        Gauge::Figure(_) => false,
    };
    if !is_points {
        return match order(set, edge.gauge, edge.limit, source) {
            Some(_) => 0,
            None => 1_000,
        };
    }
    let limit = i64::try_from(edge.limit.numerator()).unwrap_or(0);
    let Some(own) = points_at(set, edge, source) else {
        return 20_000;
    };
    let unsettled = match edge.gauge {
        Gauge::Measure(Measure::PointsOf { rule_set, .. }, _) => {
            let sheet = score(&rule_set.points, source.profile);
            unsettled(&sheet, &rule_set.points)
        }
        _ => unsettled(source.scored, &set.points),
    };
    let beyond = |value: i64| match edge.side {
        Side::Below => limit - value,
        Side::At => (value - limit).abs(),
        Side::Above => value - limit,
    };
    if edge.side == Side::At {
        return beyond(own) * 10 + unsettled;
    }
    // The own points must lie beyond the limit, a neighbour's must not.
    let own_short = (1 - beyond(own)).max(0);
    let changes = steps(set, edge.gauge, source.profile);
    let nearest = changes.iter().filter_map(|change| {
        let next = change.on(source.profile);
        let sheet = score(&set.points, &next);
        let source = Source {
            profile: &next,
            scored: &sheet,
        };
        points_at(set, edge, source).map(|value| beyond(value).max(0))
    });
    own_short * 10 + nearest.min().unwrap_or(10_000) * 10 + unsettled
}

/// The points, also where an entered number still has to be settled.
pub fn points_at(set: &RuleSet, edge: &Edge, source: Source) -> Option<i64> {
    match edge.gauge {
        Gauge::Parts(entry) => parts(set, entry, source),
        Gauge::Measure(measure, _) => {
            let value = read(measure, source).value()?;
            i64::try_from(value.numerator()).ok()
        }
        Gauge::Figure(_) => None,
    }
}

fn other_ways(set: &RuleSet, entry: usize, way: usize, most: i64, source: Source) -> i64 {
    let Some(Points::BestOf(ways)) = set.points.entries.get(entry).map(|it| &it.points) else {
        return 0;
    };
    let others = ways.iter().enumerate().filter(|(index, _)| *index != way);
    let over = others.map(|(_, bands)| {
        let points = crate::evaluate::scoring::banded(bands, source);
        points.map_or(MISS, |it| if it > most { MISS + it - most } else { 0 })
    });
    over.sum()
}

fn miss(is_there: bool) -> i64 {
    if is_there { 0 } else { MISS }
}

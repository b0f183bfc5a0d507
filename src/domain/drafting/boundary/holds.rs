//! Whether a profile stands where a boundary wants it.

use std::cmp::Ordering;

use super::change::{Change, steps};
use super::site::{Answer, Edge, Gauge, Side, Site, Turn, What};
use crate::evaluate::judge;
use crate::evaluate::reading::{Applicable, Source, applicable, read};
use crate::evaluate::scoring::score;
use crate::evaluate::{Profile, verdict};
use crate::exact::Fraction;
use crate::outcome::Outcome;
use crate::pool::placement::Placement;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Group, PoolRules};
use crate::rules::points::{Points, Within};
use crate::rules::test::{Limit, Test, Title};

/// Whether the profile stands on the side of the boundary that is asked for; not yet whether that shows.
pub fn stands(set: &RuleSet, site: &Site, profile: &Profile) -> bool {
    let sheet = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &sheet,
    };
    match site.what {
        What::Edge(edge) => beside(set, &edge, source),
        What::Answer { test, answer } => answered(test, answer, source),
        What::Code { operand, value, .. } => {
            profile.figure(operand).is_some_and(|it| it.value == value)
        }
        What::RangeEnd {
            entry,
            operand,
            range,
            value,
            ..
        } => {
            let is_there = profile.figure(operand).is_some_and(|it| it.value == value);
            is_there && range_of(set, entry, source) == Some(range)
        }
        What::OverCap(entry) => {
            let max = set.points.entries.get(entry).map(|it| it.max);
            parts(set, entry, source) > max
        }
        What::Count { test, met } => counted(test, met, source),
        What::Route { group, route } => alone(set, group, route, source),
        What::Need { group, met } => set.groups().nth(group).is_some_and(|group| {
            let outcomes = group.criteria.iter().map(|it| judge::criterion(it, source));
            is_count(outcomes, met)
        }),
        What::Gate(gate) => stopped(set, gate, source),
        What::Tier(tier) => placed(set, tier, profile),
    }
}

/// How the gauge stands to a limit; None where it has no settled value.
pub fn order(set: &RuleSet, gauge: Gauge, limit: Fraction, source: Source) -> Option<Ordering> {
    let whole = |value: i64| Fraction::whole(i128::from(value)).cmp(&limit);
    match gauge {
        Gauge::Measure(measure, _) => read(measure, source).compared(limit),
        Gauge::Figure(operand) => source.profile.figure(operand).map(|it| whole(it.value)),
        Gauge::Parts(entry) => parts(set, entry, source).map(whole),
    }
}

/// The same of another profile, whose points are its own.
pub fn order_of(set: &RuleSet, edge: &Edge, profile: &Profile) -> Option<Ordering> {
    let sheet = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &sheet,
    };
    order(set, edge.gauge, edge.limit, source)
}

/// The points of a block's parts together, where all are known.
pub fn parts(set: &RuleSet, entry: usize, source: Source) -> Option<i64> {
    let Points::Block(parts) = &set.points.entries.get(entry)?.points else {
        return None;
    };
    let points = parts.iter().map(|part| source.scored.get(*part)?.points);
    points.sum()
}

/// Which of an entered number's ranges applies.
pub fn range_of(set: &RuleSet, entry: usize, source: Source) -> Option<usize> {
    let Points::Entered { within, .. } = &set.points.entries.get(entry)?.points else {
        return None;
    };
    let outcomes: Vec<Outcome> = match within {
        Within::Range(_) => return Some(0),
        Within::Bands { measure, bands, .. } => {
            let reading = read(measure, source);
            bands.iter().map(|band| reading.against(&band.0)).collect()
        }
        Within::Ladder(ladder) => {
            let rungs = ladder.rungs.iter();
            rungs.map(|rung| judge::test(&rung.0, source)).collect()
        }
    };
    let decided = outcomes.iter().position(|it| *it != Outcome::Unmet);
    match decided {
        None => Some(outcomes.len()),
        Some(place) => (outcomes[place] == Outcome::Met).then_some(place),
    }
}

fn beside(set: &RuleSet, edge: &Edge, source: Source) -> bool {
    if let Some((limit, bracket)) = edge.within
        && !applies(limit, bracket, source.profile)
    {
        return false;
    }
    if let (Turn::Floor { industry, .. }, Body::Size(table)) = (edge.turn, &set.body) {
        let known = source.profile.figure(table.by);
        if known.is_none_or(|it| it.value != industry as i64) {
            return false;
        }
    }
    let found = order(set, edge.gauge, edge.limit, source);
    match (edge.side, found) {
        (Side::At, found) => found == Some(Ordering::Equal),
        (Side::Below, Some(Ordering::Less)) => reaches(set, edge, source.profile, Ordering::Less),
        (Side::Above, Some(Ordering::Greater)) => {
            reaches(set, edge, source.profile, Ordering::Greater)
        }
        _ => false,
    }
}

/// Whether one smallest step of one fact leaves this side.
fn reaches(set: &RuleSet, edge: &Edge, profile: &Profile, side: Ordering) -> bool {
    let leaves = |change: &Change| {
        let next = change.on(profile);
        order_of(set, edge, &next).is_some_and(|found| found != side)
    };
    steps(set, edge.gauge, profile).iter().any(leaves)
}

pub fn applies(limit: &Limit, bracket: usize, profile: &Profile) -> bool {
    let Limit::Bracketed { brackets, .. } = limit else {
        return true;
    };
    match (applicable(limit, profile), brackets.get(bracket)) {
        (Applicable::Bound(bound, _), Some(wanted)) => std::ptr::eq(bound, &wanted.bound),
        _ => false,
    }
}

pub fn answered(test: &Test, answer: Answer, source: Source) -> bool {
    let outcome = judge::test(test, source);
    match (answer, test) {
        (Answer::Met, _) => outcome == Outcome::Met,
        (Answer::Unmet, _) => outcome == Outcome::Unmet,
        (Answer::Unrecorded, _) => outcome == Outcome::NeedsReview,
        // Of several titles this one alone, so that the list is seen to name it.
        (Answer::Held(scheme), Test::Title(title)) => {
            let is_valid = |it: &String| source.profile.valid_title(it).is_some();
            title
                .schemes
                .iter()
                .all(|it| is_valid(it) == (it == scheme))
        }
        (Answer::NeverHeld, Test::Title(title)) => !any_title(title, source.profile, |_| true),
        (Answer::Expired, Test::Title(title)) => {
            let day = source.profile.as_of();
            let profile = source.profile;
            !any_title(title, profile, |it| it.is_valid_on(day))
                && any_title(title, profile, |it| {
                    it.valid_through.is_some_and(|last| last < day)
                })
        }
        _ => false,
    }
}

fn any_title(
    title: &Title,
    profile: &Profile,
    is_wanted: impl Fn(&crate::evaluate::HeldTitle) -> bool,
) -> bool {
    let held = profile.titles().iter();
    held.filter(|it| title.schemes.contains(&it.scheme))
        .any(is_wanted)
}

fn counted(test: &Test, met: usize, source: Source) -> bool {
    let Test::AtLeast(_, tests) = test else {
        return false;
    };
    is_count(tests.iter().map(|it| judge::test(it, source)), met)
}

/// Exactly so many are met and the others are not.
fn is_count(outcomes: impl Iterator<Item = Outcome>, met: usize) -> bool {
    let mut found = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::Met => found += 1,
            Outcome::Unmet => {}
            Outcome::Unknown | Outcome::NeedsReview => return false,
        }
    }
    found == met
}

fn alone(set: &RuleSet, index: usize, route: usize, source: Source) -> bool {
    let Some(group) = set.groups().nth(index) else {
        return false;
    };
    if !is_reached(set, index, source) || of_criteria(group, group.common, source) != Outcome::Met {
        return false;
    }
    let routes = group.routes.iter().enumerate();
    routes
        .map(|(place, it)| (place == route, of_criteria(group, it.criteria, source)))
        .all(|(is_asked, outcome)| match is_asked {
            true => outcome == Outcome::Met,
            false => outcome == Outcome::Unmet,
        })
}

/// All of the group's criteria that stand in `bits`.
pub fn of_criteria(group: &Group, bits: u64, source: Source) -> Outcome {
    let chosen = group.criteria.iter().enumerate();
    let chosen = chosen.filter(|(place, _)| bits >> place & 1 == 1);
    Outcome::all(chosen.map(|(_, it)| judge::criterion(it, source)))
}

pub fn of_group(group: &Group, source: Source) -> Outcome {
    let mut outcomes = crate::outcome::Outcomes::default();
    for (place, it) in group.criteria.iter().enumerate() {
        outcomes.set(place, judge::criterion(it, source));
    }
    judge::group(group, &outcomes, 0)
}

/// Of pools: whether the placement comes down to this group.
fn is_reached(set: &RuleSet, index: usize, source: Source) -> bool {
    let Body::Pools(pools) = &set.body else {
        return true;
    };
    let before = pools.groups().take(index).enumerate();
    before
        .map(|(place, group)| (place < pools.gates.len(), of_group(group, source)))
        .all(|(is_gate, outcome)| match is_gate {
            true => outcome == Outcome::Met,
            false => outcome == Outcome::Unmet,
        })
}

fn stopped(set: &RuleSet, gate: usize, source: Source) -> bool {
    let Body::Pools(pools) = &set.body else {
        return false;
    };
    let of = |index: usize| pools.gates.get(index).map(|it| of_group(&it.group, source));
    (0..gate).all(|index| of(index) == Some(Outcome::Met)) && of(gate) == Some(Outcome::Unmet)
}

fn placed(set: &RuleSet, tier: Option<usize>, profile: &Profile) -> bool {
    let Body::Pools(pools) = &set.body else {
        return false;
    };
    let verdict = verdict(set, profile);
    let wanted = match tier {
        Some(index) => pools.tiers.get(index).map(|it| Placement::In(it.pool)),
        None => Some(Placement::None),
    };
    verdict.placement == wanted && verdict.undecided.is_empty() && passes_gates(set, pools, profile)
}

fn passes_gates(set: &RuleSet, pools: &PoolRules, profile: &Profile) -> bool {
    let sheet = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &sheet,
    };
    let mut gates = pools.gates.iter();
    gates.all(|gate| of_group(&gate.group, source) == Outcome::Met)
}

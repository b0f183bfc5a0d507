//! How one criterion is met: by one change if there is one, else by several that together do it.

use std::cmp::Reverse;

use super::{Deed, Walk, ways_to};
use crate::evaluate::judge;
use crate::evaluate::profile::{Figure, Profile};
use crate::evaluate::reach::{room, steps_of};
use crate::evaluate::reading::{Applicable, Reading, applicable, read};
use crate::evaluate::ways::{Goal, Subject, is_score, priced};
use crate::facts::catalogue;
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::Body;
use crate::rules::test::{Coded, Compare, Measure, Operand, Test};

/// The cheapest deeds after which the goal is MET.
pub fn approach<'a>(set: &'a RuleSet, goal: Goal<'a>, profile: &Profile) -> Option<Vec<Deed<'a>>> {
    if let Some(way) = ways_to(set, goal, profile).first() {
        return Some(vec![Deed::Change(*way)]);
    }
    let deeds = match goal.test {
        Test::Compare(compare) => points(set, goal, compare, profile),
        Test::Title(title) if title.held => Some(vec![Deed::Title(&title.schemes)]),
        Test::Coded(coded) => code(set, coded).map(|deed| vec![deed]),
        Test::Passes(embedded) => passes(embedded, profile),
        Test::All(tests) => together(set, goal, tests, profile),
        Test::Any(tests) => some_of(set, goal, tests, 1, profile),
        Test::AtLeast(count, tests) => some_of(set, goal, tests, *count, profile),
        Test::YesNo(_)
        | Test::Title(_)
        | Test::District(_)
        | Test::Legal(_)
        | Test::SizeNot { .. } => None,
    }?;
    let waits = deeds.iter().any(Deed::is_wait);
    (waits || meets(set, goal.test, &after(profile, &deeds))).then_some(deeds)
}

/// One test after the other, each on what the earlier ones have changed.
fn together<'a>(
    set: &'a RuleSet,
    goal: Goal<'a>,
    tests: &'a [Test],
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    let mut work = profile.clone();
    let mut deeds = Vec::new();
    // Twice: a later test may undo what an earlier one reached.
    for test in tests.iter().chain(tests) {
        if outcome(set, test, &work) == Outcome::Unmet {
            for deed in approach(set, Goal { test, ..goal }, &work)? {
                deed.done(&mut work);
                deeds.push(deed);
            }
        }
    }
    Some(deeds)
}

/// So many of the tests, the cheapest of those that are not met.
fn some_of<'a>(
    set: &'a RuleSet,
    goal: Goal<'a>,
    tests: &'a [Test],
    count: usize,
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    let is_met = |test: &&Test| outcome(set, test, profile) == Outcome::Met;
    let lacking = count.saturating_sub(tests.iter().filter(is_met).count());
    let mut found: Vec<(_, Vec<Deed<'a>>)> = tests
        .iter()
        .filter(|test| !is_met(test))
        .filter_map(|test| approach(set, Goal { test, ..goal }, profile))
        .map(|deeds| (price(&deeds), deeds))
        .collect();
    found.sort_by_key(|it| it.0);
    let enough = found.len() >= lacking;
    let chosen = found.into_iter().take(lacking);
    enough.then(|| chosen.flat_map(|it| it.1).collect())
}

fn passes<'a>(embedded: &'a RuleSet, profile: &Profile) -> Option<Vec<Deed<'a>>> {
    let Body::Conditions(group) = &embedded.body else {
        return None;
    };
    let walk = Walk {
        set: embedded,
        profile,
    };
    let route = walk.to_group(group)?;
    (route.blocked.is_empty() && !route.steps.is_empty())
        .then(|| route.steps.into_iter().map(|it| it.deed).collect())
}

/// The least demanding of the codes that will do: the catalogue has the highest first.
fn code<'a>(set: &RuleSet, coded: &Coded) -> Option<Deed<'a>> {
    let def = catalogue().def(coded.operand.fact);
    let fits = |place: &usize| coded.allowed >> place & 1 == 1;
    let place = (0..def.codes.len()).rev().find(fits)?;
    let answer = priced(&set.effort, Subject::Answer(coded.operand), 1);
    Some(Deed::Code {
        operand: coded.operand,
        place: i64::try_from(place).ok()?,
        cost: answer.cost,
    })
}

/// Points that no single figure brings: the figures that bring most first, the last one only as far as it must go.
fn points<'a>(
    set: &RuleSet,
    goal: Goal<'_>,
    compare: &Compare,
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    let table = match &compare.measure {
        Measure::Points(entry) => Some((&set.points, *entry)),
        Measure::PointsOf {
            rule_set, entry, ..
        } => Some((&rule_set.points, *entry)),
        _ => None,
    };
    let (table, entry) = table?;
    let mut work = profile.clone();
    let mut deeds: Vec<Deed<'a>> = Vec::new();
    let mut unused = compare.change.clone();
    loop {
        let last = ways_to(set, goal, &work);
        let last = last
            .iter()
            .find(|way| matches!(way.subject, Subject::Fact(it) if unused.contains(&it)));
        if let Some(way) = last {
            deeds.push(Deed::Change(*way));
            return Some(deeds);
        }
        let now = known(set, compare, &work)?;
        let best = unused
            .iter()
            .enumerate()
            .filter_map(|(place, operand)| {
                let room = room_above(&work, *operand);
                let mut changes = Vec::new();
                if !is_score(*operand) {
                    steps_of(table, entry, *operand, &work, &mut changes);
                }
                let gain = |change: i64| {
                    let gain = with_change(&mut work, *operand, change, |work| {
                        known(set, compare, work)
                    })? - now;
                    (gain > 0).then_some((gain, Reverse(change.unsigned_abs()), place, change))
                };
                if is_score(*operand) {
                    return most_points(gain, room);
                }
                changes.into_iter().filter_map(gain).max_by_key(order)
            })
            .max_by_key(order);
        let (_, _, place, change) = best?;
        let operand = unused.remove(place);
        let way = priced(&set.effort, Subject::Fact(operand), change);
        let deed = Deed::Change(way);
        deed.done(&mut work);
        deeds.push(deed);
    }
}

/// What a change gains, how little it changes, whose it is, and the change.
type Gain = (i128, Reverse<u64>, usize, i64);

/// Of changes that gain alike the smallest; of those alike in both the later one.
fn order(gain: &Gain) -> (i128, Reverse<u64>) {
    (gain.0, gain.1)
}

/// An entered score counts point for point up to the most its part may have: nothing gains more than the highest score that
/// stands in its band, and the least change that gains as much changes by as many points.
fn most_points(mut gain: impl FnMut(i64) -> Option<Gain>, room: i64) -> Option<Gain> {
    let most = (1..=room).rev().find_map(&mut gain)?;
    if most.0 == i128::from(most.3) {
        return Some(most);
    }
    let least = i64::try_from(most.0).ok().and_then(&mut gain);
    match least {
        Some(least) if least.0 == most.0 => Some(least),
        _ => (1..=room).filter_map(gain).max_by_key(order),
    }
}

fn room_above(profile: &Profile, operand: Operand) -> i64 {
    let figure = profile.figure(operand).map_or(0, |it| it.value);
    room(catalogue().def(operand.fact), figure, true)
}

/// The measured points, where nobody has to look at them first.
fn known(set: &RuleSet, compare: &Compare, profile: &Profile) -> Option<i128> {
    let Applicable::Bound(..) = applicable(&compare.limit, profile) else {
        return None;
    };
    judge::with_source(&set.points, profile, |source| {
        match read(&compare.measure, source) {
            Reading::Known(value) => Some(value.numerator()),
            _ => None,
        }
    })
}

/// What is so with a figure changed; `None` where it cannot be changed so.
fn with_change<T>(
    work: &mut Profile,
    operand: Operand,
    change: i64,
    look: impl FnOnce(&Profile) -> Option<T>,
) -> Option<T> {
    let figure = work.figure(operand)?;
    let def = catalogue().def(operand.fact);
    if change == 0 || room(def, figure.value, change > 0) < change.abs() {
        return None;
    }
    let value = figure.value + change;
    work.replace(operand, Some(Figure { value, ..figure }));
    let found = look(work);
    work.replace(operand, Some(figure));
    found
}

fn after(profile: &Profile, deeds: &[Deed<'_>]) -> Profile {
    let mut work = profile.clone();
    deeds.iter().for_each(|deed| deed.done(&mut work));
    work
}

fn meets(set: &RuleSet, test: &Test, profile: &Profile) -> bool {
    // An undecided part does not make the rest useless: it is told among what is open.
    outcome(set, test, profile) != Outcome::Unmet
}

fn outcome(set: &RuleSet, test: &Test, profile: &Profile) -> Outcome {
    judge::with_source(&set.points, profile, |source| judge::test(test, source))
}

fn price(deeds: &[Deed<'_>]) -> (usize, usize, i128) {
    let titles = deeds.iter().filter(|it| matches!(it, Deed::Title(_)));
    let cost = deeds.iter().map(Deed::cost).sum();
    (titles.count(), deeds.len(), cost)
}

//! How one criterion is met: by one change if there is one, else by several that together do it.

use super::{Deed, Walk, ways};
use crate::domain::evaluate::judge;
use crate::domain::evaluate::profile::{Figure, Profile};
use crate::domain::evaluate::reach::{room, steps_of};
use crate::domain::evaluate::reading::{Applicable, Reading, Source, applicable, read};
use crate::domain::evaluate::scoring::score;
use crate::domain::evaluate::ways::{Subject, is_score, priced};
use crate::domain::facts::catalogue;
use crate::domain::outcome::Outcome;
use crate::domain::rules::RuleSet;
use crate::domain::rules::model::{Body, Criterion};
use crate::domain::rules::test::{Coded, Compare, Measure, Operand, Test};

/// The cheapest deeds after which `test`, a part of the criterion or all of it, is MET.
pub fn approach<'a>(
    set: &'a RuleSet,
    criterion: &'a Criterion,
    test: &'a Test,
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    let part = Criterion {
        test: test.clone(),
        ..criterion.clone()
    };
    if let Some(way) = ways(set, &part, profile).first() {
        return Some(vec![Deed::Change(*way)]);
    }
    let deeds = match test {
        Test::Compare(compare) => points(set, &part, compare, profile),
        Test::Title(title) if title.held => Some(vec![Deed::Title(&title.schemes)]),
        Test::Coded(coded) => code(set, coded).map(|deed| vec![deed]),
        Test::Passes(embedded) => passes(embedded, profile),
        Test::All(tests) => together(set, criterion, tests, profile),
        Test::Any(tests) => some_of(set, criterion, tests, 1, profile),
        Test::AtLeast(count, tests) => some_of(set, criterion, tests, *count, profile),
        Test::YesNo(_)
        | Test::Title(_)
        | Test::District(_)
        | Test::Legal(_)
        | Test::SizeNot { .. } => None,
    }?;
    let waits = deeds.iter().any(Deed::is_wait);
    (waits || meets(set, test, &after(profile, &deeds))).then_some(deeds)
}

/// One test after the other, each on what the earlier ones have changed.
fn together<'a>(
    set: &'a RuleSet,
    criterion: &'a Criterion,
    tests: &'a [Test],
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    let mut work = profile.clone();
    let mut deeds = Vec::new();
    // Twice: a later test may undo what an earlier one reached.
    for test in tests.iter().chain(tests) {
        if outcome(set, test, &work) == Outcome::Unmet {
            for deed in approach(set, criterion, test, &work)? {
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
    criterion: &'a Criterion,
    tests: &'a [Test],
    count: usize,
    profile: &Profile,
) -> Option<Vec<Deed<'a>>> {
    let is_met = |test: &&Test| outcome(set, test, profile) == Outcome::Met;
    let lacking = count.saturating_sub(tests.iter().filter(is_met).count());
    let mut found: Vec<(_, Vec<Deed<'a>>)> = tests
        .iter()
        .filter(|test| !is_met(test))
        .filter_map(|test| approach(set, criterion, test, profile))
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
    part: &Criterion,
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
        let last = ways(set, part, &work);
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
            .flat_map(|(place, operand)| {
                let mut changes = Vec::new();
                if is_score(*operand) {
                    let figure = work.figure(*operand).map_or(0, |it| it.value);
                    changes.extend(1..=room(catalogue().def(operand.fact), figure, true));
                } else {
                    steps_of(table, entry, *operand, &work, &mut changes);
                }
                changes
                    .into_iter()
                    .map(move |change| (place, *operand, change))
            })
            .filter_map(|(place, operand, change)| {
                let tried = changed(&work, operand, change)?;
                let gain = known(set, compare, &tried)? - now;
                (gain > 0).then_some((gain, change.unsigned_abs(), place, change))
            })
            .max_by_key(|(gain, size, ..)| (*gain, std::cmp::Reverse(*size)));
        let (_, _, place, change) = best?;
        let operand = unused.remove(place);
        let way = priced(&set.effort, Subject::Fact(operand), change);
        let deed = Deed::Change(way);
        deed.done(&mut work);
        deeds.push(deed);
    }
}

/// The measured points, where nobody has to look at them first.
fn known(set: &RuleSet, compare: &Compare, profile: &Profile) -> Option<i128> {
    let scored = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &scored,
    };
    match (
        applicable(&compare.limit, profile),
        read(&compare.measure, source),
    ) {
        (Applicable::Bound(..), Reading::Known(value)) => Some(value.numerator()),
        _ => None,
    }
}

fn changed(profile: &Profile, operand: Operand, change: i64) -> Option<Profile> {
    let figure = profile.figure(operand)?;
    let def = catalogue().def(operand.fact);
    if change == 0 || room(def, figure.value, change > 0) < change.abs() {
        return None;
    }
    let mut work = profile.clone();
    let value = figure.value + change;
    work.replace(operand, Some(Figure { value, ..figure }));
    Some(work)
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
    let scored = score(&set.points, profile);
    let source = Source {
        profile,
        scored: &scored,
    };
    judge::test(test, source)
}

fn price(deeds: &[Deed<'_>]) -> (usize, usize, i128) {
    let titles = deeds.iter().filter(|it| matches!(it, Deed::Title(_)));
    let cost = deeds.iter().map(Deed::cost).sum();
    (titles.count(), deeds.len(), cost)
}

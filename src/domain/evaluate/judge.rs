//! Outcomes of tests, criteria and groups.

use super::profile::Profile;
use super::reading::{Applicable, Source, applicable, read};
use super::scoring::score;
use super::verdict::verdict;
use crate::outcome::{Outcome, Outcomes};
use crate::rules::model::{Body, Criterion, Group, Need};
use crate::rules::size::{SizeClass, SizeTable};
use crate::rules::test::{Coded, Compare, Test, Title, YesNo};

pub fn criterion(criterion: &Criterion, source: Source) -> Outcome {
    match test(&criterion.test, source) {
        Outcome::Unmet if criterion.in_principle => Outcome::NeedsReview,
        outcome => outcome,
    }
}

pub fn test(test_: &Test, source: Source) -> Outcome {
    let profile = source.profile;
    match test_ {
        Test::Compare(it) => compare(it, source),
        Test::YesNo(it) => yes_no(it, profile),
        Test::Coded(it) => coded(it, profile),
        Test::Title(it) => title(it, profile),
        Test::District(prefix) => Outcome::from_bool(profile.in_district(prefix)),
        Test::Legal(allowed) => Outcome::from_bool(allowed.contains(&profile.legal_status())),
        Test::Passes(set) => verdict(set, profile).outcome,
        Test::SizeNot { table, classes } => match &table.body {
            Body::Size(rows) => size_is_not(possible_classes(rows, profile), *classes),
            Body::Conditions(_) | Body::Pools(_) => Outcome::Unknown,
        },
        Test::All(tests) => Outcome::all(tests.iter().map(|it| test(it, source))),
        Test::Any(tests) => Outcome::any(tests.iter().map(|it| test(it, source))),
        Test::AtLeast(count, tests) => {
            Outcome::at_least(*count, tests.iter().map(|it| test(it, source)))
        }
    }
}

/// The outcome of a group whose criteria stand in `outcomes` from `start` on.
pub fn group(group: &Group, outcomes: &Outcomes, start: usize) -> Outcome {
    match group.need {
        Need::AtLeast(count) => outcomes.at_least(count, group.common << start),
        Need::All if group.routes.is_empty() => outcomes.all(group.common << start),
        Need::All => {
            let routes = group.routes.iter();
            let routes = routes.map(|route| outcomes.all(route.criteria << start));
            Outcome::all([outcomes.all(group.common << start), Outcome::any(routes)])
        }
    }
}

/// The classes an enterprise may have, as bits: one where all is recorded that decides.
pub fn possible_classes(table: &SizeTable, profile: &Profile) -> u8 {
    const ALL: u8 = 0b1111;
    let industry = profile.figure(table.by).map(|it| it.value);
    let place = industry.and_then(|value| usize::try_from(value).ok());
    let row = place.and_then(|place| table.rows.get(place)?.as_ref());
    let Some(row) = row else { return ALL };
    let mut possible = 0;
    for (class, floors) in SizeClass::WITH_FLOORS.into_iter().zip(&row.floors) {
        let reached = floors.iter().map(|(operand, floor)| {
            if !profile.existed(*operand) {
                return Outcome::Unmet;
            }
            let figure = profile.figure(*operand);
            figure.map_or(Outcome::Unknown, |it| {
                Outcome::from_bool(it.value >= *floor)
            })
        });
        match Outcome::all(reached) {
            Outcome::Met => return possible | class.bit(),
            Outcome::Unmet => {}
            Outcome::Unknown | Outcome::NeedsReview => possible |= class.bit(),
        }
    }
    possible | SizeClass::Micro.bit()
}

/// The points of a rule set and its criteria are judged from the same source.
pub fn with_source<T>(
    points: &crate::rules::points::PointTable,
    profile: &Profile,
    judge: impl FnOnce(Source) -> T,
) -> T {
    if points.entries.is_empty() {
        return judge(Source {
            profile,
            scored: &[],
        });
    }
    let sheet = score(points, profile);
    judge(Source {
        profile,
        scored: &sheet,
    })
}

fn compare(compare: &Compare, source: Source) -> Outcome {
    match applicable(&compare.limit, source.profile) {
        Applicable::Bound(bound, _) => read(&compare.measure, source).against(bound),
        Applicable::Unknown => Outcome::Unknown,
        Applicable::Never => Outcome::Unmet,
    }
}

fn yes_no(test: &YesNo, profile: &Profile) -> Outcome {
    match profile.figure(test.operand) {
        Some(figure) => Outcome::from_bool((figure.value != 0) == test.wanted),
        None if test.judged => Outcome::NeedsReview,
        None => Outcome::Unknown,
    }
}

fn coded(test: &Coded, profile: &Profile) -> Outcome {
    match profile.figure(test.operand) {
        Some(figure) => Outcome::from_bool(test.allowed >> (figure.value & 63) & 1 == 1),
        None if test.judged => Outcome::NeedsReview,
        None => Outcome::Unknown,
    }
}

fn title(test: &Title, profile: &Profile) -> Outcome {
    let holds = |scheme: &String| profile.valid_title(scheme).is_some();
    Outcome::from_bool(test.schemes.iter().any(holds) == test.held)
}

fn size_is_not(possible: u8, classes: u8) -> Outcome {
    if possible & classes == 0 {
        Outcome::Met
    } else if possible & !classes == 0 {
        Outcome::Unmet
    } else {
        Outcome::Unknown
    }
}

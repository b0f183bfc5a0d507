//! What a case shows of a rule set, also when one answer in it is turned: a case that shows the same either way does not
//! test that answer.

use crate::evaluate::Profile;
use crate::evaluate::judge;
use crate::evaluate::reading::Source;
use crate::evaluate::scoring::{self, ScoreSheet, Scored};
use crate::evaluate::verdict::{Undecided, Verdict, classed, decided};
use crate::outcome::{Outcome, Outcomes};
use crate::pool::placement::Placement;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Criterion, Group};
use crate::rules::size::SizeClass;
use crate::rules::test::Test;

/// One answer that is taken to be another.
#[derive(Clone, Copy)]
pub enum Force<'s> {
    Leaf(&'s Test, Outcome),
    Entry(usize, Scored),
    /// The size classes that are possible, as bits.
    Classes(u8),
}

/// What `expected` of a case can ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    outcome: Outcome,
    placement: Option<Placement>,
    undecided: Undecided,
    score: Option<i64>,
    class: Option<SizeClass>,
    /// Of pools the criteria do not show.
    criteria: Option<Outcomes>,
}

pub fn seen(set: &RuleSet, profile: &Profile, force: Force) -> Seen {
    let sheet = match force {
        Force::Entry(index, scored) => scoring::score_with(&set.points, profile, index, scored),
        Force::Leaf(..) | Force::Classes(_) => scoring::score(&set.points, profile),
    };
    let verdict = verdict(set, profile, force, &sheet);
    let total = set.points.total.and_then(|total| sheet.get(total));
    Seen {
        outcome: verdict.outcome,
        placement: verdict.placement,
        undecided: verdict.undecided,
        score: total.and_then(|scored| scored.points),
        class: verdict.class,
        criteria: matches!(set.body, Body::Conditions(_)).then_some(verdict.outcomes),
    }
}

/// The answer of a test in which one leaf may be taken to answer otherwise.
pub fn test(asked: &Test, source: Source, force: Force) -> Outcome {
    if let Force::Leaf(leaf, outcome) = force
        && std::ptr::eq(leaf, asked)
    {
        return outcome;
    }
    match asked {
        Test::All(tests) => Outcome::all(tests.iter().map(|it| test(it, source, force))),
        Test::Any(tests) => Outcome::any(tests.iter().map(|it| test(it, source, force))),
        Test::AtLeast(count, tests) => {
            Outcome::at_least(*count, tests.iter().map(|it| test(it, source, force)))
        }
        _ => judge::test(asked, source),
    }
}

fn verdict(set: &RuleSet, profile: &Profile, force: Force, sheet: &ScoreSheet) -> Verdict {
    let source = Source {
        profile,
        scored: sheet,
    };
    let mut outcomes = Outcomes::default();
    match &set.body {
        Body::Conditions(group) => {
            let mut verdict = classed(0);
            verdict.outcome = judged(group, source, force, &mut outcomes, 0);
            verdict.outcomes = outcomes;
            verdict
        }
        Body::Pools(pools) => {
            let mut of_groups = Outcomes::default();
            let mut start = 0;
            for (index, group) in pools.groups().enumerate() {
                of_groups.set(index, judged(group, source, force, &mut outcomes, start));
                start += group.criteria.len();
            }
            decided(pools, of_groups)
        }
        Body::Size(table) => classed(match force {
            Force::Classes(possible) => possible,
            Force::Leaf(..) | Force::Entry(..) => judge::possible_classes(table, profile),
        }),
    }
}

fn judged(
    group: &Group,
    source: Source,
    force: Force,
    outcomes: &mut Outcomes,
    start: usize,
) -> Outcome {
    for (place, it) in group.criteria.iter().enumerate() {
        outcomes.set(start + place, criterion(it, source, force));
    }
    judge::group(group, outcomes, start)
}

fn criterion(criterion: &Criterion, source: Source, force: Force) -> Outcome {
    match test(&criterion.test, source, force) {
        Outcome::Unmet if criterion.in_principle => Outcome::NeedsReview,
        outcome => outcome,
    }
}

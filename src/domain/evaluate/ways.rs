//! What would turn a criterion to MET: the least change of one fact alone, all else held (差额).
//!
//! Every change told here was tried: with it the whole criterion is MET, with one unit less it is not. So a change
//! that also shifts another operand or the bracket is counted with all it does.

use super::judge;
use super::profile::{Figure, Profile};
use super::reach::{halve, nearest, reach, room, steps_of};
use super::reading::{Applicable, Source, applicable, read};
use super::scoring::{ScoreSheet, score};
use crate::facts::{Kind, catalogue};
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::{Criterion, Effort};
use crate::rules::test::{Bound, Compare, Measure, Operand, Test};

/// One way to meet a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub subject: Subject,
    /// How much more (or, below zero, less) in smallest units: fen, persons, rights, days, points.
    pub change: i64,
    /// What it is taken to cost in fen; orders ways, nothing else.
    pub cost: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Fact(Operand),
    /// A yes/no that would have to be answered the other way; the change is the wanted answer.
    Answer(Operand),
    /// Days since registration.
    Age,
}

/// What is to be met: a criterion's test, or a part of it.
#[derive(Clone, Copy)]
pub struct Goal<'t> {
    pub test: &'t Test,
    /// Whether points of the rule set itself decide it.
    pub by_points: bool,
}

impl<'t> Goal<'t> {
    pub fn of(criterion: &'t Criterion) -> Self {
        Self {
            test: &criterion.test,
            by_points: criterion.by_points,
        }
    }
}

/// A profile to try changes on, and the scores of the real one.
pub struct Trial<'a> {
    pub set: &'a RuleSet,
    pub profile: Profile,
    pub scored: &'a ScoreSheet,
}

impl Trial<'_> {
    /// The ways to meet what is UNMET, the cheapest first.
    pub fn ways(&mut self, goal: Goal<'_>) -> Vec<Way> {
        let mut ways = Vec::new();
        self.collect(goal, goal.test, &mut ways);
        ways.sort_by_key(|way| way.cost);
        ways
    }

    fn collect(&mut self, goal: Goal<'_>, test: &Test, ways: &mut Vec<Way>) {
        match test {
            Test::Compare(compare) => self.by_figure(goal, compare, ways),
            Test::YesNo(it) => {
                let wanted = i64::from(it.wanted);
                if self.is_met_with(goal, it.operand, wanted) {
                    ways.push(self.way(Subject::Answer(it.operand), wanted));
                }
            }
            Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
                for test in tests {
                    self.collect(goal, test, ways);
                }
            }
            Test::Coded(_)
            | Test::Title(_)
            | Test::District(_)
            | Test::Legal(_)
            | Test::Passes(_)
            | Test::SizeNot { .. } => {}
        }
    }

    fn by_figure(&mut self, goal: Goal<'_>, compare: &Compare, ways: &mut Vec<Way>) {
        let Applicable::Bound(bound, _) = applicable(&compare.limit, &self.profile) else {
            return;
        };
        if matches!(compare.measure, Measure::Age) {
            ways.extend(self.by_age(bound));
            return;
        }
        for operand in &compare.change {
            let Some(figure) = self.profile.figure(*operand) else {
                continue;
            };
            let guesses = self.guesses(&compare.measure, bound, *operand);
            let up = bound.comparison.is_lower_limit();
            if let Some(change) = self.least(goal, *operand, figure, guesses, up) {
                ways.push(self.way(Subject::Fact(*operand), change));
            }
        }
    }

    fn by_age(&self, bound: &Bound) -> Option<Way> {
        let days = self
            .profile
            .as_of()
            .signed_duration_since(self.profile.registered_on())
            .num_days();
        let wanted = i64::try_from(nearest(bound, 1)?).ok()?;
        let short = wanted - days;
        (short > 0).then(|| self.way(Subject::Age, short))
    }

    /// Changes of the operand that may reach the bound: where the measure is linear in it one, where points decide those
    /// that reach another band. None where nothing can be said beforehand.
    fn guesses(&self, measure: &Measure, bound: &Bound, operand: Operand) -> Option<Vec<i64>> {
        let by = match measure {
            Measure::Points(entry) => Some((&self.set.points, *entry)),
            Measure::PointsOf {
                rule_set, entry, ..
            } => Some((&rule_set.points, *entry)),
            _ => None,
        };
        let mut guesses = Vec::new();
        match by {
            None => guesses.push(reach(measure, bound, operand, &self.profile)?),
            // An entered score counts point for point.
            Some(_) if is_score(operand) => {
                let points = read(measure, self.source()).value()?;
                let short = nearest(bound, 1)? - points.numerator();
                guesses.push(i64::try_from(short).ok()?);
            }
            Some((table, entry)) => {
                steps_of(table, entry, operand, &self.profile, &mut guesses);
                guesses.sort_unstable_by_key(|change: &i64| change.abs());
            }
        }
        Some(guesses)
    }

    /// The least change that meets the criterion, if the fact's limits allow one.
    fn least(
        &mut self,
        goal: Goal<'_>,
        operand: Operand,
        figure: Figure,
        guesses: Option<Vec<i64>>,
        up: bool,
    ) -> Option<i64> {
        let def = catalogue().def(operand.fact);
        let mut met = |change: i64| {
            room(def, figure.value, change > 0) >= change.abs()
                && self.is_met_with(goal, operand, figure.value + change)
        };
        let (mut below, mut reached) = (0, if up { 1 } else { -1 });
        let mut guesses = guesses.into_iter().flatten().filter(|change| *change != 0);
        if let Some(guess) = guesses.find(|change| met(*change)) {
            if !met(guess - guess.signum()) {
                return Some(guess);
            }
            reached = guess;
        } else {
            let furthest = room(def, figure.value, up) * reached;
            if furthest == 0 || !met(furthest) {
                return None;
            }
            while !met(reached) {
                below = reached;
                let doubled = reached.saturating_mul(2);
                reached = doubled.clamp(furthest.min(0), furthest.max(0));
            }
        }
        Some(halve(below, reached, met))
    }

    fn source(&self) -> Source<'_> {
        Source {
            profile: &self.profile,
            scored: self.scored,
        }
    }

    fn is_met_with(&mut self, goal: Goal<'_>, operand: Operand, value: i64) -> bool {
        let kept = self.profile.figure(operand);
        let evidence = kept.and_then(|it| it.evidence);
        self.profile
            .replace(operand, Some(Figure { value, evidence }));
        let outcome = if goal.by_points {
            let sheet = score(&self.set.points, &self.profile);
            self.judged(goal, &sheet)
        } else {
            self.judged(goal, self.scored)
        };
        self.profile.replace(operand, kept);
        outcome == Outcome::Met
    }

    fn judged(&self, goal: Goal<'_>, scored: &ScoreSheet) -> Outcome {
        let source = Source {
            scored,
            ..self.source()
        };
        judge::test(goal.test, source)
    }

    fn way(&self, subject: Subject, change: i64) -> Way {
        priced(&self.set.effort, subject, change)
    }
}

/// A change with what it is taken to cost.
pub fn priced(effort: &Effort, subject: Subject, change: i64) -> Way {
    let cost = match subject {
        Subject::Age => i128::from(change) * i128::from(effort.of("age", "day")),
        Subject::Answer(operand) => {
            let def = catalogue().def(operand.fact);
            i128::from(effort.of(&def.name, &def.unit))
        }
        Subject::Fact(operand) => {
            let def = catalogue().def(operand.fact);
            let change = i128::from(change).abs();
            match def.kind {
                Kind::Money => change,
                _ => change * i128::from(effort.of(&def.name, &def.unit)) / i128::from(def.step()),
            }
        }
    };
    Way {
        subject,
        change,
        cost,
    }
}

pub fn is_score(operand: Operand) -> bool {
    catalogue().def(operand.fact).kind == Kind::Score
}

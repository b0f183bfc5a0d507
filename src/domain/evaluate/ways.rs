//! What would turn a criterion to MET: the least change of one fact alone, all else held (差额).
//!
//! Every change told here was tried: with it the whole criterion is MET, with one unit less it is not. So a change
//! that also shifts another operand or the bracket is counted with all it does.

use super::judge;
use super::profile::{Figure, Profile};
use super::reading::{Applicable, Source, applicable, read};
use super::scoring::{ScoreSheet, score};
use crate::domain::exact::Fraction;
use crate::domain::facts::{FactDef, Kind, catalogue};
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::rules::RuleSet;
use crate::domain::rules::model::Criterion;
use crate::domain::rules::test::{Bound, Compare, Comparison, Measure, Operand, Term, Test};

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

/// A profile to try changes on, and the scores of the real one.
pub struct Trial<'a> {
    pub set: &'a RuleSet,
    pub profile: Profile,
    pub scored: &'a ScoreSheet,
}

impl Trial<'_> {
    /// The ways to meet a criterion that is UNMET, the cheapest first.
    pub fn ways(&mut self, criterion: &Criterion) -> Vec<Way> {
        let mut ways = Vec::new();
        self.collect(criterion, &criterion.test, &mut ways);
        ways.sort_by_key(|way| way.cost);
        ways
    }

    fn collect(&mut self, criterion: &Criterion, test: &Test, ways: &mut Vec<Way>) {
        match test {
            Test::Compare(compare) => self.by_figure(criterion, compare, ways),
            Test::YesNo(it) => {
                let wanted = i64::from(it.wanted);
                if self.is_met_with(criterion, it.operand, wanted) {
                    ways.push(self.way(Subject::Answer(it.operand), wanted));
                }
            }
            Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
                for test in tests {
                    self.collect(criterion, test, ways);
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

    fn by_figure(&mut self, criterion: &Criterion, compare: &Compare, ways: &mut Vec<Way>) {
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
            let guess = self.guess(&compare.measure, bound, *operand);
            let up = bound.comparison.is_lower_limit();
            if let Some(change) = self.least(criterion, *operand, figure, guess, up) {
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

    /// Where the measure is linear in the operand, the change that reaches the bound.
    fn guess(&self, measure: &Measure, bound: &Bound, operand: Operand) -> Option<i64> {
        let change = match measure {
            Measure::Term { term, divided_by } => {
                nearest(bound, i128::from(*divided_by))? - total(term, &self.profile)
            }
            Measure::Ratio { above, below, .. } if above.operands.contains(&operand) => {
                nearest(bound, total(below, &self.profile))? - total(above, &self.profile)
            }
            // An entered score counts point for point; other facts move points in steps.
            Measure::Points(_) | Measure::PointsOf { .. } if is_score(operand) => {
                let source = Source {
                    profile: &self.profile,
                    scored: self.scored,
                };
                let points = read(measure, source).value()?;
                nearest(bound, 1)? - points.numerator()
            }
            _ => return None,
        };
        i64::try_from(change).ok()
    }

    /// The least change in one direction that meets the criterion, if the fact's limits allow one.
    fn least(
        &mut self,
        criterion: &Criterion,
        operand: Operand,
        figure: Figure,
        guess: Option<i64>,
        up: bool,
    ) -> Option<i64> {
        let def = catalogue().def(operand.fact);
        let room = room(def, figure.value, up);
        let sign = if up { 1 } else { -1 };
        let mut met =
            |steps: i64| self.is_met_with(criterion, operand, figure.value + sign * steps);
        if let Some(steps) = guess.map(|change| change * sign)
            && (1..=room).contains(&steps)
            && met(steps)
        {
            let first = if !met(steps - 1) {
                steps
            } else {
                halve(0, steps - 1, met)
            };
            return Some(sign * first);
        }
        // A score that the missing points do not lift over the bound stands in a band that does not reach there.
        if def.kind == Kind::Score || room < 1 || !met(room) {
            return None;
        }
        let mut below = 0;
        let mut steps = 1;
        while !met(steps) {
            below = steps;
            steps = steps.saturating_mul(2).min(room);
        }
        Some(sign * halve(below, steps, met))
    }

    fn is_met_with(&mut self, criterion: &Criterion, operand: Operand, value: i64) -> bool {
        let kept = self.profile.figure(operand);
        let evidence = kept.and_then(|it| it.evidence);
        self.profile
            .replace(operand, Some(Figure { value, evidence }));
        let outcome = if criterion.by_points {
            let sheet = score(&self.set.points, &self.profile);
            self.judged(criterion, &sheet)
        } else {
            self.judged(criterion, self.scored)
        };
        self.profile.replace(operand, kept);
        outcome == Outcome::Met
    }

    fn judged(&self, criterion: &Criterion, scored: &ScoreSheet) -> Outcome {
        let source = Source {
            profile: &self.profile,
            scored,
        };
        judge::test(&criterion.test, source)
    }

    fn way(&self, subject: Subject, change: i64) -> Way {
        let effort = &self.set.effort;
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
                    _ => {
                        change * i128::from(effort.of(&def.name, &def.unit))
                            / i128::from(def.step())
                    }
                }
            }
        };
        Way {
            subject,
            change,
            cost,
        }
    }
}

/// The whole number nearest to `limit × factor` that satisfies the bound.
fn nearest(bound: &Bound, factor: i128) -> Option<i128> {
    let limit: Fraction = bound.limit;
    match bound.comparison {
        Comparison::AtLeast => limit.ceil_times(factor),
        Comparison::MoreThan => limit.floor_times(factor).map(|it| it + 1),
        Comparison::AtMost => limit.floor_times(factor),
        Comparison::LessThan => limit.ceil_times(factor).map(|it| it - 1),
    }
}

fn total(term: &Term, profile: &Profile) -> i128 {
    let figures = term.operands.iter().filter_map(|it| profile.figure(*it));
    figures.map(|it| i128::from(it.value)).sum()
}

fn is_score(operand: Operand) -> bool {
    catalogue().def(operand.fact).kind == Kind::Score
}

/// How far a value may go within the limits of its fact.
fn room(def: &FactDef, value: i64, up: bool) -> i64 {
    let (lowest, highest) = match def.kind {
        Kind::Money if def.signed => (1 - Money::LIMIT_FEN, Money::LIMIT_FEN - 1),
        Kind::Money => (0, Money::LIMIT_FEN - 1),
        _ => (
            def.min.unwrap_or(0) * def.step(),
            def.max.unwrap_or(0) * def.step(),
        ),
    };
    if up { highest - value } else { value - lowest }
}

/// The first step between one that does not meet (`below`) and one that does.
fn halve(mut below: i64, mut met_at: i64, mut met: impl FnMut(i64) -> bool) -> i64 {
    while met_at - below > 1 {
        let middle = below + (met_at - below) / 2;
        if met(middle) {
            met_at = middle;
        } else {
            below = middle;
        }
    }
    met_at
}

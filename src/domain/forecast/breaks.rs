//! The days on which something may be otherwise, and why.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use super::history::{History, Period, window_end};
use super::outlook::{Asked, Cause};
use crate::rules::Library;
use crate::rules::RuleSet;
use crate::rules::model::Body;
use crate::rules::points::{PointTable, Points, Within};
use crate::rules::test::{Bound, Comparison, Limit, Measure, Test};

pub type Breaks = BTreeMap<NaiveDate, Vec<Cause>>;

/// All days after `as_of` up to `until` that what is recorded makes different.
pub fn breakpoints(history: &History, library: &Library, asked: Asked<'_>) -> Breaks {
    let mut breaks = Found {
        asked,
        breaks: Breaks::new(),
    };
    for year in asked.as_of.year()..=asked.until.year() {
        breaks.add(
            NaiveDate::from_ymd_opt(year, 1, 1),
            Cause::YearEnded(year - 1),
        );
    }
    for title in &history.titles {
        let scheme = || title.scheme.clone();
        breaks.add(Some(title.valid_from), Cause::TitleBegins(scheme()));
        if let Some(last) = title.valid_through {
            breaks.add(last.succ_opt(), Cause::TitleEnded(scheme(), last));
        }
    }
    for fact in &history.facts {
        if let Period::From(from) = fact.period {
            breaks.add(Some(from), Cause::FactBegins(fact.id));
            let last = window_end(fact, from);
            let next = last.and_then(|it| it.succ_opt());
            // Unless something else has been stated meanwhile.
            let counts = next.is_some_and(|day| {
                let dated = history.dated(day);
                let standing = dated.iter().rfind(|it| it.1.id == fact.id);
                standing.is_some_and(|it| std::ptr::eq(it.1, fact))
            });
            breaks.add(next.filter(|_| counts), Cause::FactLapsed(fact.id));
        }
    }
    for state in &history.states {
        breaks.add(Some(state.from), Cause::StateBegins);
    }
    for set in library.iter().filter(|set| asked.wants(&set.code)) {
        breaks.of_rules(set, history);
    }
    breaks.breaks
}

impl Asked<'_> {
    pub(super) fn wants(&self, code: &str) -> bool {
        self.only.is_none_or(|only| only == code)
    }
}

struct Found<'a> {
    asked: Asked<'a>,
    breaks: Breaks,
}

impl Found<'_> {
    fn add(&mut self, day: Option<NaiveDate>, cause: Cause) {
        let Some(day) = day.filter(|it| self.asked.as_of < *it && *it <= self.asked.until) else {
            return;
        };
        let causes = self.breaks.entry(day).or_default();
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }

    fn of_rules(&mut self, set: &RuleSet, history: &History) {
        let begins = Cause::RulesBegin {
            code: set.code.clone(),
            version: set.version,
        };
        self.add(Some(set.effective_from), begins);
        let after = set.last_day.and_then(|it| it.succ_opt());
        self.add(after, Cause::RulesEnded(set.code.clone()));
        let mut ages = Vec::new();
        ages_of(set, &mut ages);
        // Another registration may have been recorded for later.
        for days in ages {
            for state in &history.states {
                let ahead = u64::try_from(days).ok().map(Days::new);
                let day = ahead.and_then(|it| state.registered_on.checked_add_days(it));
                self.add(day, Cause::AgeReached(days));
            }
        }
        if let Body::Pools(pools) = &set.body
            && set.code == self.asked.policy
        {
            for year in self.asked.as_of.year()..=self.asked.until.year() {
                let first = NaiveDate::from_ymd_opt(year, 1, 1);
                let day = first.and_then(|it| pools.moves.yearly_from.in_year(it));
                self.add(day, Cause::YearlyEvaluation);
            }
        }
    }
}

/// The numbers of days since the registration from which on a rule set may answer otherwise.
fn ages_of(set: &RuleSet, ages: &mut Vec<i64>) {
    for group in set.groups() {
        group.criteria.iter().for_each(|it| of_test(&it.test, ages));
    }
    if let Body::Pools(pools) = &set.body {
        let keep = pools.tiers.iter().flat_map(|it| &it.keep.criteria);
        keep.for_each(|it| of_test(&it.test, ages));
    }
    of_points(&set.points, ages);
}

fn of_test(test: &Test, ages: &mut Vec<i64>) {
    match test {
        Test::Compare(compare) => match &compare.measure {
            Measure::Age => match &compare.limit {
                Limit::Fixed(bound) => ages.extend(turn(bound)),
                Limit::Bracketed { brackets, .. } => {
                    ages.extend(brackets.iter().filter_map(|it| turn(&it.bound)));
                }
            },
            Measure::PointsOf { rule_set, .. } => of_points(&rule_set.points, ages),
            _ => {}
        },
        Test::Passes(set) => ages_of(set, ages),
        Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
            tests.iter().for_each(|it| of_test(it, ages));
        }
        Test::YesNo(_)
        | Test::Coded(_)
        | Test::Title(_)
        | Test::District(_)
        | Test::Legal(_)
        | Test::SizeNot { .. } => {}
    }
}

fn of_points(table: &PointTable, ages: &mut Vec<i64>) {
    let mut banded = |measure: &Measure, bounds: &mut dyn Iterator<Item = &Bound>| {
        if matches!(measure, Measure::Age) {
            ages.extend(bounds.filter_map(turn));
        }
    };
    for entry in &table.entries {
        match &entry.points {
            Points::Bands(bands) => banded(&bands.measure, &mut bands.bands.iter().map(|it| &it.0)),
            Points::BestOf(ways) => {
                for bands in ways {
                    banded(&bands.measure, &mut bands.bands.iter().map(|it| &it.0));
                }
            }
            Points::Entered {
                within: Within::Bands { measure, bands, .. },
                ..
            } => banded(measure, &mut bands.iter().map(|it| &it.0)),
            _ => {}
        }
    }
    for entry in &table.entries {
        match &entry.points {
            Points::Ladder(ladder) => ladder.rungs.iter().for_each(|it| of_test(&it.0, ages)),
            Points::Entered {
                within: Within::Ladder(ladder),
                ..
            } => ladder.rungs.iter().for_each(|it| of_test(&it.0, ages)),
            _ => {}
        }
    }
}

/// The first whole number of days that stands otherwise to a bound than the days before it.
fn turn(bound: &Bound) -> Option<i64> {
    let days = match bound.comparison {
        Comparison::AtLeast | Comparison::LessThan => bound.limit.ceil_times(1)?,
        Comparison::MoreThan | Comparison::AtMost => bound.limit.floor_times(1)? + 1,
    };
    i64::try_from(days).ok()
}

//! What a search may change to come nearer to an aim that is not reached.

use super::aim::{Aim, blocks_of, criteria, is_entered, of_aim, of_test};
use super::change::Change;
use super::place;
use super::site::Gauge;
use crate::drafting::extent;
use crate::enterprise::LegalStatus;
use crate::evaluate::reading::{Source, read};
use crate::evaluate::scoring::score;
use crate::exact::Fraction;
use crate::rules::RuleSet;
use crate::rules::model::Body;
use crate::rules::points::PointTable;
use crate::rules::size::SizeTable;
use crate::rules::test::{Compare, Limit, Measure, Operand, Test};

const STATUSES: [LegalStatus; 4] = [
    LegalStatus::Active,
    LegalStatus::Deregistered,
    LegalStatus::LicenceRevoked,
    LegalStatus::MovedOut,
];

/// The changes that may help with the aims that are not reached, each once.
pub fn moves(set: &RuleSet, aims: &[Aim], source: Source) -> Vec<Change> {
    let mut moves = Moves {
        set,
        source,
        found: Vec::new(),
    };
    for aim in aims {
        if of_aim(set, aim, source) > 0 {
            moves.aim(aim);
        }
    }
    let mut found: Vec<Change> = Vec::new();
    for change in moves.found {
        if !found.contains(&change) {
            found.push(change);
        }
    }
    found
}

pub struct Moves<'a> {
    pub set: &'a RuleSet,
    pub source: Source<'a>,
    pub found: Vec<Change>,
}

impl Moves<'_> {
    pub fn aim(&mut self, aim: &Aim) {
        let points = &self.set.points;
        match aim {
            Aim::Test(test, want) => self.test(test, *want, points),
            Aim::Group(group, want) => self.tests(criteria(group, u64::MAX), *want, points),
            Aim::Criteria(group, bits, want) => {
                self.tests(criteria(group, *bits), *want, points);
            }
            Aim::AnyRoute(group) => {
                let routes = group.routes.iter().fold(0, |bits, it| bits | it.criteria);
                self.tests(criteria(group, routes), true, points);
            }
            Aim::Count(tests, _) => {
                for want in [true, false] {
                    self.tests(tests.iter().copied(), want, points);
                }
            }
            Aim::Stand(site) => self.stand(site),
            Aim::Show(site) => self.show(site),
            Aim::OtherWays { entry, .. } => self.entry(*entry, points, None),
            Aim::Uncapped(entry) => {
                let blocks: Vec<usize> = blocks_of(points, *entry).map(|it| it.0).collect();
                for block in blocks {
                    self.entry(block, points, None);
                }
            }
            Aim::Checks(except) => {
                for index in 0..points.entries.len() {
                    if Some(index) != *except && is_entered(points, index) {
                        self.entry(index, points, None);
                    }
                }
            }
        }
    }

    pub fn tests<'t>(
        &mut self,
        tests: impl Iterator<Item = &'t Test>,
        want: bool,
        points: &PointTable,
    ) {
        for test in tests {
            self.test(test, want, points);
        }
    }

    pub fn test(&mut self, test: &Test, want: bool, points: &PointTable) {
        if of_test(test, want, self.source, points) == 0 {
            return;
        }
        match test {
            Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
                self.tests(tests.iter(), want, points);
            }
            Test::Compare(compare) => self.compare(compare, points),
            Test::YesNo(it) => self.set_to(it.operand, i64::from(it.wanted == want)),
            Test::Coded(it) => {
                let (low, high) = extent::of_fact(it.operand.fact);
                let fits = |code: &i64| (it.allowed >> code & 1 == 1) == want;
                if let Some(code) = (low..=high).find(fits) {
                    self.set_to(it.operand, code);
                }
            }
            Test::Title(title) => self.titles(&title.schemes, title.held == want),
            Test::District(prefix) => {
                let code = if want {
                    inside(prefix)
                } else {
                    outside(prefix)
                };
                self.found.push(Change::District(code));
            }
            Test::Legal(allowed) => {
                let fits = |status: &LegalStatus| allowed.contains(status) == want;
                let status = STATUSES.into_iter().find(fits);
                self.found.extend(status.map(Change::Legal));
            }
            Test::Passes(set) => self.passes(set, want),
            Test::SizeNot { table, .. } => {
                if let Body::Size(rows) = &table.body {
                    self.sizes(rows);
                }
            }
        }
    }

    fn passes(&mut self, set: &RuleSet, want: bool) {
        let sheet = score(&set.points, self.source.profile);
        let mut inner = Moves {
            set,
            source: Source {
                scored: &sheet,
                ..self.source
            },
            found: Vec::new(),
        };
        for group in set.groups() {
            inner.tests(criteria(group, u64::MAX), want, &set.points);
        }
        self.found.extend(inner.found);
    }

    pub fn titles(&mut self, schemes: &[String], held: bool) {
        for scheme in schemes {
            self.found.push(match held {
                true => Change::Hold(scheme.clone()),
                false => Change::Drop(scheme.clone()),
            });
        }
    }

    pub fn compare(&mut self, compare: &Compare, points: &PointTable) {
        let gauge = Gauge::Measure(&compare.measure, points);
        match &compare.limit {
            Limit::Fixed(bound) => self.gauge(gauge, bound.limit),
            Limit::Bracketed { on, brackets } => {
                for bracket in brackets {
                    self.gauge(gauge, bracket.bound.limit);
                    if let Some((end, _)) = bracket.upper {
                        self.gauge(Gauge::Figure(*on), whole(end));
                    }
                }
            }
        }
    }

    pub fn gauge(&mut self, gauge: Gauge, limit: Fraction) {
        let short = |value: Option<Fraction>| {
            let short = limit.numerator() - value?.numerator();
            i64::try_from(short).ok()
        };
        match gauge {
            Gauge::Measure(Measure::Points(entry), points) => {
                let now = self.source.scored.get(*entry).copied();
                let now = now.and_then(|it| it.reading().value());
                self.entry(*entry, points, short(now));
            }
            Gauge::Measure(
                measure @ Measure::PointsOf {
                    rule_set,
                    entry,
                    or_fact,
                },
                _,
            ) => {
                let now = read(measure, self.source).value();
                let sheet = score(&rule_set.points, self.source.profile);
                let mut inner = Moves {
                    set: rule_set,
                    source: Source {
                        scored: &sheet,
                        ..self.source
                    },
                    found: Vec::new(),
                };
                inner.entry(*entry, &rule_set.points, short(now));
                self.found.extend(inner.found);
                if let Some(operand) = or_fact {
                    self.gauge(Gauge::Figure(*operand), limit);
                }
            }
            Gauge::Parts(entry) => {
                let now = super::holds::parts(self.set, entry, self.source);
                let now = now.map(|it| Fraction::whole(i128::from(it)));
                self.entry(entry, &self.set.points, short(now));
            }
            _ => {
                let changes = place::changes(gauge, limit, self.source.profile);
                self.found.extend(changes);
            }
        }
    }

    fn sizes(&mut self, table: &SizeTable) {
        for (industry, row) in table.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let set = (table.by, industry as i128);
            let mut reached = vec![set];
            for (operand, floor) in row.floors.iter().flatten() {
                let missed = vec![set, (*operand, i128::from(*floor) - 1)];
                self.found.extend(Change::figures(missed));
            }
            for (operand, floor) in &row.floors[0] {
                reached.push((*operand, i128::from(*floor)));
            }
            self.found.extend(Change::figures(reached));
        }
    }

    pub fn set_to(&mut self, operand: Operand, value: i64) {
        self.found.extend(Change::figure(operand, value));
    }
}

/// A district code that begins so; the rest is that of a district of this city.
fn inside(prefix: &str) -> String {
    let rest = "330602".get(prefix.len()..).unwrap_or_default();
    format!("{prefix}{rest}")
}

fn outside(prefix: &str) -> String {
    let code = if prefix.starts_with("33") {
        "110101"
    } else {
        "330602"
    };
    code.to_owned()
}

pub fn whole(value: i64) -> Fraction {
    Fraction::whole(i128::from(value))
}

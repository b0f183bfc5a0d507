//! What a search may change to come nearer to an aim that is not reached.

use super::aim::{Aim, blocks_of, criteria, is_entered, of_aim, of_test};
use super::change::Change;
use super::place;
use super::site::{Answer, Edge, Gauge, Side, Site, Turn, What};
use crate::domain::enterprise::LegalStatus;
use crate::domain::evaluate::reading::{Source, read};
use crate::domain::evaluate::scoring::score;
use crate::domain::exact::Fraction;
use crate::domain::rules::RuleSet;
use crate::domain::rules::extent;
use crate::domain::rules::model::Body;
use crate::domain::rules::points::{PointTable, Points, Range, Within};
use crate::domain::rules::size::SizeTable;
use crate::domain::rules::test::{Compare, Limit, Measure, Operand, Test};

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

struct Moves<'a> {
    set: &'a RuleSet,
    source: Source<'a>,
    found: Vec<Change>,
}

impl Moves<'_> {
    fn aim(&mut self, aim: &Aim) {
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

    fn tests<'t>(
        &mut self,
        tests: impl Iterator<Item = &'t Test>,
        want: bool,
        points: &PointTable,
    ) {
        for test in tests {
            self.test(test, want, points);
        }
    }

    fn test(&mut self, test: &Test, want: bool, points: &PointTable) {
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

    fn titles(&mut self, schemes: &[String], held: bool) {
        for scheme in schemes {
            self.found.push(match held {
                true => Change::Hold(scheme.clone()),
                false => Change::Drop(scheme.clone()),
            });
        }
    }

    fn compare(&mut self, compare: &Compare, points: &PointTable) {
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

    fn gauge(&mut self, gauge: Gauge, limit: Fraction) {
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

    /// What changes the points of an entry; `short` is by how many they miss a limit.
    fn entry(&mut self, index: usize, points: &PointTable, short: Option<i64>) {
        let Some(entry) = points.entries.get(index) else {
            return;
        };
        match &entry.points {
            Points::Block(parts) => {
                for part in parts {
                    self.entry(*part, points, short);
                }
            }
            Points::Bands(bands) => self.bands(&bands.measure, &bands.bands, points),
            Points::BestOf(ways) => {
                for bands in ways {
                    self.bands(&bands.measure, &bands.bands, points);
                }
            }
            Points::Ladder(ladder) => self.rungs(ladder.rungs.iter().map(|it| &it.0), points),
            Points::Codes { operand, points } => {
                for value in 0..points.len() as i64 {
                    self.set_to(*operand, value);
                }
            }
            Points::Steps {
                operand,
                step,
                points,
            } => {
                for number in 0..=(entry.max / points.max(&1) + 1) {
                    self.gauge(Gauge::Figure(*operand), whole(number * step));
                }
            }
            Points::Entered { operand, within } => self.entered(*operand, within, points, short),
        }
    }

    fn entered(
        &mut self,
        operand: Operand,
        within: &Within,
        points: &PointTable,
        short: Option<i64>,
    ) {
        for range in extent::ranges(within) {
            self.set_to(operand, range.from);
            self.set_to(operand, range.to);
        }
        if let Some(figure) = self.source.profile.figure(operand) {
            for by in [1, -1].into_iter().chain(short) {
                self.set_to(operand, figure.value + by);
            }
        }
        match within {
            Within::Range(_) => {}
            Within::Bands { measure, bands, .. } => {
                self.bands(measure, bands, points);
                for (bound, range) in bands {
                    let gauge = Gauge::Measure(measure, points);
                    self.moved_with(gauge, bound.limit, operand, *range);
                }
            }
            Within::Ladder(ladder) => {
                self.rungs(ladder.rungs.iter().map(|it| &it.0), points);
                for (test, range) in &ladder.rungs {
                    if let Test::Compare(compare) = test
                        && let Limit::Fixed(bound) = &compare.limit
                    {
                        let gauge = Gauge::Measure(&compare.measure, points);
                        self.moved_with(gauge, bound.limit, operand, *range);
                    }
                }
            }
        }
    }

    /// To another band together with the number it asks for: one without the other is no nearer to anything.
    fn moved_with(&mut self, gauge: Gauge, limit: Fraction, operand: Operand, range: Range) {
        for change in place::changes(gauge, limit, self.source.profile) {
            let Change::Figures(figures) = change else {
                continue;
            };
            for value in [range.from, range.to] {
                let mut figures = figures.clone();
                figures.push((operand, value));
                self.found.push(Change::Figures(figures));
            }
        }
    }

    fn bands<T>(
        &mut self,
        measure: &Measure,
        bands: &[(crate::domain::rules::test::Bound, T)],
        points: &PointTable,
    ) {
        for (bound, _) in bands {
            self.gauge(Gauge::Measure(measure, points), bound.limit);
        }
    }

    fn rungs<'t>(&mut self, tests: impl Iterator<Item = &'t Test>, points: &PointTable) {
        for test in tests {
            self.test(test, true, points);
            self.test(test, false, points);
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

    fn set_to(&mut self, operand: Operand, value: i64) {
        self.found.extend(Change::figure(operand, value));
    }

    fn stand(&mut self, site: &Site) {
        match site.what {
            What::Edge(edge) => self.edge(&edge),
            What::Answer { test, answer } => self.answer(test, answer),
            What::Code { operand, value, .. } => self.set_to(operand, value),
            What::RangeEnd {
                entry,
                operand,
                value,
                ..
            } => {
                self.set_to(operand, value);
                self.entry(entry, &self.set.points, None);
            }
            What::OverCap(entry) => self.entry(entry, &self.set.points, None),
            What::Count { .. }
            | What::Route { .. }
            | What::Need { .. }
            | What::Gate(_)
            | What::Tier(_) => {}
        }
    }

    fn edge(&mut self, edge: &Edge) {
        self.gauge(edge.gauge, edge.limit);
        if let Some((Limit::Bracketed { on, brackets }, _)) = edge.within {
            for (end, _) in brackets.iter().filter_map(|it| it.upper) {
                self.gauge(Gauge::Figure(*on), whole(end));
            }
        }
        if let (Turn::Floor { industry, .. }, Body::Size(table)) = (edge.turn, &self.set.body) {
            let by = (table.by, industry as i128);
            let Gauge::Figure(operand) = edge.gauge else {
                return;
            };
            let beside = match edge.side {
                Side::Below => -1,
                Side::At => 0,
                Side::Above => 1,
            };
            let value = edge.limit.numerator() + beside;
            self.found
                .extend(Change::figures(vec![by, (operand, value)]));
        }
    }

    fn answer(&mut self, test: &Test, answer: Answer) {
        let points = &self.set.points;
        match (answer, test) {
            (Answer::Met, _) => self.test(test, true, points),
            (Answer::Unmet, _) => self.test(test, false, points),
            (Answer::Unrecorded, Test::YesNo(it)) => self.found.push(Change::Withdraw(it.operand)),
            (Answer::Unrecorded, Test::Coded(it)) => self.found.push(Change::Withdraw(it.operand)),
            (Answer::Held(scheme), Test::Title(title)) => {
                self.found.push(Change::Hold(scheme.to_owned()));
                let others = title.schemes.iter().filter(|it| *it != scheme);
                self.found.extend(others.cloned().map(Change::Drop));
            }
            (Answer::NeverHeld, Test::Title(title)) => self.titles(&title.schemes, false),
            (Answer::Expired, Test::Title(title)) => {
                for scheme in &title.schemes {
                    self.found.push(Change::Expire(scheme.clone()));
                    self.found.push(Change::Drop(scheme.clone()));
                }
            }
            _ => {}
        }
    }

    /// What may make an answer show that does not.
    fn show(&mut self, site: &Site) {
        let points = &self.set.points;
        match site.what {
            What::Edge(edge) => match edge.turn {
                Turn::Brackets { compare, .. } => self.compare(compare, points),
                Turn::Band { entry, .. } => self.entry(entry, points, None),
                Turn::Floor {
                    industry,
                    class,
                    operand,
                } => self.floor(industry, class, operand),
                Turn::Leaf(_) | Turn::Nothing => {}
            },
            What::Code { entry, .. } | What::RangeEnd { entry, .. } | What::OverCap(entry) => {
                self.entry(entry, points, None);
            }
            _ => {}
        }
        if let super::site::Owner::Entry(entry) = site.owner
            && is_entered(points, entry)
        {
            self.entry(entry, points, None);
        }
    }

    /// The class's other floors reached, those of higher classes missed.
    fn floor(&mut self, industry: usize, class: usize, operand: Operand) {
        let Body::Size(table) = &self.set.body else {
            return;
        };
        let Some(Some(row)) = table.rows.get(industry) else {
            return;
        };
        let others = row.floors[class].iter().filter(|it| it.0 != operand);
        let mut reached = vec![(table.by, industry as i128)];
        reached.extend(others.map(|(of, floor)| (*of, i128::from(*floor))));
        self.found.extend(Change::figures(reached));
        for (of, floor) in row.floors[..class].iter().flatten() {
            self.set_to(*of, floor - 1);
        }
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

fn whole(value: i64) -> Fraction {
    Fraction::whole(i128::from(value))
}

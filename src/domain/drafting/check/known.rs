//! What must hold of a firm if certain tests are all met, and which further tests cannot be met with that, or must be.

use std::collections::BTreeMap;

use crate::drafting::extent;
use crate::enterprise::LegalStatus;
use crate::exact::Fraction;
use crate::facts::catalogue;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Group, Need};
use crate::rules::points::PointTable;
use crate::rules::test::{Bound, Compare, Comparison, Limit, Measure, Operand, Term, Test, Title};

/// Two tests that exclude each other, by the ids of their criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub place: String,
    pub other: String,
}

#[derive(Debug, Clone, Default)]
pub struct Known {
    intervals: BTreeMap<String, Interval>,
    answers: BTreeMap<Operand, (u64, String)>,
    /// One of these must be held.
    held: Vec<(Vec<String>, String)>,
    /// None of these may be.
    lacking: BTreeMap<String, String>,
    district: Option<(String, String)>,
    legal: Option<(Vec<LegalStatus>, String)>,
    /// Size classes that are excluded, by the table's name.
    sizes: BTreeMap<String, u8>,
    passed: Vec<String>,
}

/// Where a measure must lie.
#[derive(Debug, Clone, Default)]
struct Interval {
    /// The end, whether it belongs, and whose it is.
    low: Option<(Fraction, bool, String)>,
    high: Option<(Fraction, bool, String)>,
}

/// Figures of which one is a part of the other, so that the ratio is at most 1 (占比).
const PARTS: &[(&str, &str)] = &[
    ("tech_staff", "staff_total"),
    ("rd_staff", "staff_total"),
    ("rd_expense_domestic", "rd_expense"),
    ("hightech_income", "total_income"),
    ("main_revenue", "sales"),
];

const ALL_CLASSES: u8 = 0b1111;

impl Known {
    /// Adds a test that must be met; an error where it cannot be with what is known.
    pub fn add(&mut self, test: &Test, place: &str, set: &RuleSet) -> Result<(), Clash> {
        self.add_in(test, place, &set.name, &set.points)
    }

    fn add_in(
        &mut self,
        test: &Test,
        place: &str,
        name: &str,
        points: &PointTable,
    ) -> Result<(), Clash> {
        let clash = |other: &str| Clash {
            place: place.to_owned(),
            other: other.to_owned(),
        };
        match test {
            Test::Compare(compare) => self.compare(compare, place, name, points),
            Test::YesNo(it) => self.answer(it.operand, 1 << u8::from(it.wanted), place),
            Test::Coded(it) => self.answer(it.operand, it.allowed, place),
            Test::Title(title) => self.title(title, place),
            Test::District(prefix) => self.district(prefix, place),
            Test::Legal(allowed) => {
                let (known, other) = match &self.legal {
                    Some((known, other)) => (known.clone(), other.clone()),
                    None => (allowed.clone(), place.to_owned()),
                };
                let both: Vec<LegalStatus> = known
                    .into_iter()
                    .filter(|it| allowed.contains(it))
                    .collect();
                if both.is_empty() {
                    return Err(clash(&other));
                }
                self.legal = Some((both, place.to_owned()));
                Ok(())
            }
            Test::SizeNot { table, classes } => {
                let excluded = self.sizes.entry(table.name.clone()).or_default();
                *excluded |= classes;
                if *excluded == ALL_CLASSES {
                    return Err(clash(place));
                }
                Ok(())
            }
            Test::Passes(set) => {
                self.passed.push(set.name.clone());
                self.passes(set, place)
            }
            Test::All(tests) => tests
                .iter()
                .try_for_each(|it| self.add_in(it, place, name, points)),
            Test::Any(tests) => self.some_of(1, tests, place, (name, points)),
            Test::AtLeast(count, tests) => self.some_of(*count, tests, place, (name, points)),
        }
    }

    /// So many of the tests must be possible, each by itself; a single way there is must hold.
    fn some_of(
        &mut self,
        count: usize,
        tests: &[Test],
        place: &str,
        (name, points): (&str, &PointTable),
    ) -> Result<(), Clash> {
        let mut other = place.to_owned();
        let mut possible = Vec::new();
        for test in tests {
            let mut with = self.clone();
            match with.add_in(test, place, name, points) {
                Ok(()) => possible.push(with),
                Err(clash) => other = clash.other,
            }
        }
        if possible.len() < count {
            return Err(Clash {
                place: place.to_owned(),
                other,
            });
        }
        if count == tests.len() {
            return tests
                .iter()
                .try_for_each(|it| self.add_in(it, place, name, points));
        }
        Ok(())
    }

    fn passes(&mut self, set: &RuleSet, place: &str) -> Result<(), Clash> {
        let Body::Conditions(group) = &set.body else {
            return Ok(());
        };
        if group.need != Need::All {
            return Ok(());
        }
        let tests = of_bits(group, group.common);
        tests
            .into_iter()
            .try_for_each(|it| self.add_in(it, place, &set.name, &set.points))
    }

    fn compare(
        &mut self,
        compare: &Compare,
        place: &str,
        name: &str,
        points: &PointTable,
    ) -> Result<(), Clash> {
        // Of brackets only the weakest bound is certain, and only if all look the same way.
        let Some(bound) = weakest(&compare.limit) else {
            return Ok(());
        };
        let interval = self
            .intervals
            .entry(key(&compare.measure, name))
            .or_insert_with(|| Interval::of(&compare.measure, points, place));
        interval.narrow(bound, place)
    }

    fn answer(&mut self, operand: Operand, allowed: u64, place: &str) -> Result<(), Clash> {
        let known = self.answers.get(&operand);
        let (bits, other) = known.map_or((u64::MAX, place), |it| (it.0, it.1.as_str()));
        if bits & allowed == 0 {
            return Err(Clash {
                place: place.to_owned(),
                other: other.to_owned(),
            });
        }
        self.answers
            .insert(operand, (bits & allowed, place.to_owned()));
        Ok(())
    }

    fn title(&mut self, title: &Title, place: &str) -> Result<(), Clash> {
        if title.held {
            self.held.push((title.schemes.clone(), place.to_owned()));
        } else {
            for scheme in &title.schemes {
                self.lacking.insert(scheme.clone(), place.to_owned());
            }
        }
        for (schemes, holder) in &self.held {
            let mut lacked = schemes.iter().map(|it| self.lacking.get(it));
            let first = schemes.first().and_then(|it| self.lacking.get(it));
            if let Some(first) = first
                && lacked.all(|it| it.is_some())
            {
                let other = if title.held { first } else { holder };
                return Err(Clash {
                    place: place.to_owned(),
                    other: other.clone(),
                });
            }
        }
        Ok(())
    }

    fn district(&mut self, prefix: &str, place: &str) -> Result<(), Clash> {
        if let Some((known, other)) = &self.district {
            if known.starts_with(prefix) {
                return Ok(());
            }
            if !prefix.starts_with(known.as_str()) {
                return Err(Clash {
                    place: place.to_owned(),
                    other: other.clone(),
                });
            }
        }
        self.district = Some((prefix.to_owned(), place.to_owned()));
        Ok(())
    }
}

/// What must be met of what is known.
impl Known {
    pub fn implies_group(&self, group: &Group, set: &RuleSet) -> bool {
        let implied = |bits: u64| {
            let tests = of_bits(group, bits);
            tests.into_iter().filter(|it| self.implies(it, set)).count()
        };
        let all = |bits: u64| implied(bits) == bits.count_ones() as usize;
        match group.need {
            Need::AtLeast(count) => implied(group.common) >= count,
            Need::All => {
                let mut routes = group.routes.iter();
                all(group.common)
                    && (group.routes.is_empty() || routes.any(|route| all(route.criteria)))
            }
        }
    }

    pub fn implies(&self, test: &Test, set: &RuleSet) -> bool {
        match test {
            Test::Compare(compare) => {
                let Some(interval) = self.intervals.get(&key(&compare.measure, &set.name)) else {
                    return false;
                };
                match &compare.limit {
                    Limit::Fixed(bound) => interval.lies_within(bound),
                    Limit::Bracketed { brackets, .. } => {
                        brackets.iter().all(|it| interval.lies_within(&it.bound))
                    }
                }
            }
            Test::YesNo(it) => self.is_among(it.operand, 1 << u8::from(it.wanted)),
            Test::Coded(it) => self.is_among(it.operand, it.allowed),
            Test::Title(title) if title.held => self
                .held
                .iter()
                .any(|(held, _)| held.iter().all(|it| title.schemes.contains(it))),
            Test::Title(title) => {
                let mut schemes = title.schemes.iter();
                schemes.all(|it| self.lacking.contains_key(it))
            }
            Test::District(prefix) => {
                let known = self.district.as_ref();
                known.is_some_and(|it| it.0.starts_with(prefix))
            }
            Test::Legal(allowed) => {
                let known = self.legal.as_ref();
                known.is_some_and(|it| it.0.iter().all(|status| allowed.contains(status)))
            }
            Test::SizeNot { table, classes } => {
                let excluded = self.sizes.get(&table.name).copied().unwrap_or(0);
                classes & !excluded == 0
            }
            Test::Passes(embedded) => self.passed.contains(&embedded.name),
            Test::All(tests) => tests.iter().all(|it| self.implies(it, set)),
            Test::Any(tests) => tests.iter().any(|it| self.implies(it, set)),
            Test::AtLeast(count, tests) => {
                tests.iter().filter(|it| self.implies(it, set)).count() >= *count
            }
        }
    }

    fn is_among(&self, operand: Operand, allowed: u64) -> bool {
        let known = self.answers.get(&operand);
        known.is_some_and(|(bits, _)| bits & !allowed == 0)
    }
}

impl Interval {
    fn of(measure: &Measure, points: &PointTable, place: &str) -> Self {
        let (low, high) = extent::of_measure(measure, points);
        let high = if is_part(measure) {
            Some(Fraction::whole(1))
        } else {
            high
        };
        let end = |limit: Option<Fraction>| limit.map(|it| (it, true, place.to_owned()));
        Self {
            low: end(low),
            high: end(high),
        }
    }

    fn narrow(&mut self, bound: &Bound, place: &str) -> Result<(), Clash> {
        let includes = includes(bound);
        let own = (bound.limit, includes, place.to_owned());
        let is_lower = bound.comparison.is_lower_limit();
        let end = if is_lower {
            &mut self.low
        } else {
            &mut self.high
        };
        let is_tighter = end.as_ref().is_none_or(|(limit, included, _)| {
            let farther = if is_lower {
                bound.limit > *limit
            } else {
                bound.limit < *limit
            };
            farther || (bound.limit == *limit && *included && !includes)
        });
        if is_tighter {
            *end = Some(own);
        }
        let (Some(low), Some(high)) = (&self.low, &self.high) else {
            return Ok(());
        };
        let is_empty = low.0 > high.0 || (low.0 == high.0 && !(low.1 && high.1));
        if is_empty {
            let other = if is_lower { &high.2 } else { &low.2 };
            return Err(Clash {
                place: place.to_owned(),
                other: other.clone(),
            });
        }
        Ok(())
    }

    fn lies_within(&self, bound: &Bound) -> bool {
        let end = if bound.comparison.is_lower_limit() {
            &self.low
        } else {
            &self.high
        };
        end.as_ref().is_some_and(|(limit, included, _)| {
            bound.comparison.holds(*limit, bound.limit) || (*limit == bound.limit && !included)
        })
    }
}

/// The bound that is certain whichever bracket applies.
fn weakest(limit: &Limit) -> Option<&Bound> {
    match limit {
        Limit::Fixed(bound) => Some(bound),
        Limit::Bracketed { brackets, .. } => {
            let first = &brackets.first()?.bound;
            let is_lower = first.comparison.is_lower_limit();
            let bounds = brackets.iter().map(|it| &it.bound);
            let same = |it: &&Bound| it.comparison == first.comparison;
            if !bounds.clone().all(|it| same(&it)) {
                return None;
            }
            if is_lower {
                bounds.min_by_key(|it| it.limit)
            } else {
                bounds.max_by_key(|it| it.limit)
            }
        }
    }
}

const fn includes(bound: &Bound) -> bool {
    matches!(bound.comparison, Comparison::AtLeast | Comparison::AtMost)
}

fn is_part(measure: &Measure) -> bool {
    let Measure::Ratio { above, below, .. } = measure else {
        return false;
    };
    let name = |term: &Term| {
        let first = term.operands.first();
        first.map(|it| catalogue().def(it.fact).name.as_str())
    };
    let same_years = above.operands.len() == below.operands.len();
    match (name(above), name(below)) {
        (Some(part), Some(whole)) => same_years && PARTS.contains(&(part, whole)),
        _ => false,
    }
}

/// The same text for the same measure of the same rule set.
fn key(measure: &Measure, set: &str) -> String {
    let slots = |operands: &[Operand]| {
        let mut slots: Vec<usize> = operands.iter().map(|it| it.slot()).collect();
        slots.sort_unstable();
        format!("{slots:?}")
    };
    match measure {
        Measure::Term { term, divided_by } => format!("{} / {divided_by}", slots(&term.operands)),
        Measure::Ratio { above, below, .. } => {
            format!("{} : {}", slots(&above.operands), slots(&below.operands))
        }
        Measure::Growth { years, method } => format!("{method:?} {}", slots(years)),
        Measure::Age => "age".to_owned(),
        Measure::Points(entry) => format!("points {entry} of {set}"),
        Measure::PointsOf {
            rule_set, entry, ..
        } => format!("points {entry} of {}", rule_set.name),
    }
}

/// The tests of a group's criteria that stand in `bits`.
pub fn of_bits(group: &Group, bits: u64) -> Vec<&Test> {
    let chosen = group.criteria.iter().enumerate();
    let chosen = chosen.filter(|(place, _)| bits >> place & 1 == 1);
    chosen.map(|(_, it)| &it.test).collect()
}

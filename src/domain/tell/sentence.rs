//! One sentence for each criterion and each test of it, and the ways to meet it in words.

use super::about::About;
use super::about::open_ended;
use super::missing;
use super::summary;
use crate::evaluate::reading::Source;
use crate::evaluate::{
    ExplainedCriterion, ExplainedTest, ExplainedWay, judged_test, score, to_criterion, ways,
};
use crate::facts::catalogue;
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Criterion, Group};
use crate::rules::test::Test;

impl<'a> About<'a, '_> {
    /// `with_gaps`: also what would meet the criteria that are not.
    pub(super) fn criteria(
        self,
        group: &'a Group,
        told: &mut [ExplainedCriterion<'a>],
        with_gaps: bool,
    ) {
        let scored = score(&self.set.points, self.profile);
        let source = Source {
            profile: self.profile,
            scored: &scored,
        };
        for (criterion, told) in group.criteria.iter().zip(told) {
            self.parts(&criterion.test, source, &mut told.tests);
            self.criterion(criterion, source, told, with_gaps);
        }
    }

    fn criterion(
        self,
        criterion: &'a Criterion,
        source: Source,
        told: &mut ExplainedCriterion<'a>,
        with_gap: bool,
    ) {
        let finding = self.finding(&criterion.test, source);
        let judged = judged_test(&criterion.test, source);
        let principle = criterion.in_principle && judged == Outcome::Unmet;
        let found = match principle {
            true => self.say("told.in_principle", &[("finding", open_ended(&finding))]),
            false => finding,
        };
        told.unknown = missing::of_criterion(self, criterion, told.outcome);
        let gap = match judged {
            Outcome::Unmet if with_gap => self.gap(criterion, &mut told.ways),
            _ => None,
        };
        let review = self.review(&told.review);
        let sentence = [Some(found), gap, review].into_iter().flatten();
        told.sentence = Some(self.joined(sentence));
    }

    /// The least that meets it, in words; fills the sentences of the ways on the way.
    fn gap(self, criterion: &'a Criterion, told: &mut [ExplainedWay<'a>]) -> Option<String> {
        let ways = ways(self.set, criterion, self.profile);
        for (way, told) in ways.iter().zip(told.iter_mut()) {
            told.sentence = Some(self.way(way));
        }
        if let Some(first) = ways.first() {
            let gap = self.way(first);
            return Some(match ways.len() {
                1 => self.say("told.gap", &[("gap", &gap)]),
                several => {
                    let others = (several - 1).to_string();
                    self.say("told.gap_or", &[("gap", &gap), ("others", &others)])
                }
            });
        }
        match to_criterion(self.set, criterion, self.profile) {
            Some(deeds) => {
                let told: Vec<String> = deeds.iter().map(|it| self.deed(it)).collect();
                Some(self.say("told.gap", &[("gap", &self.deeds(&told))]))
            }
            None => {
                matches!(criterion.test, Test::Compare(_)).then(|| self.say("told.gap_none", &[]))
            }
        }
    }

    /// Entered scores that a person must look at.
    fn review(self, names: &[&str]) -> Option<String> {
        let labels: Vec<String> = names
            .iter()
            .filter_map(|name| catalogue().by_name(name))
            .map(|id| self.label(id).to_owned())
            .collect();
        (!labels.is_empty()).then(|| {
            let labels = self.list(&labels);
            self.say("told.review", &[("facts", &labels)])
        })
    }

    /// What one test found.
    fn finding(self, test: &'a Test, source: Source) -> String {
        let outcome = judged_test(test, source);
        match test {
            Test::Compare(compare) => self.compared(compare, source, outcome),
            Test::YesNo(it) => self.yes_no(it, outcome),
            Test::Coded(it) => self.coded(it, outcome),
            Test::Title(it) => self.title(it),
            Test::District(prefix) => self.district(prefix, outcome),
            Test::Legal(allowed) => {
                let codes: Vec<&'static str> = allowed.iter().map(|it| it.as_str()).collect();
                self.legal(&codes, outcome)
            }
            Test::SizeNot { table, classes } => self.size(table, *classes, outcome),
            Test::Passes(set) => self.passes(set, outcome),
            Test::All(tests) => self.all_of(tests, source, outcome),
            Test::Any(tests) => self.some_of(1, tests, source, outcome),
            Test::AtLeast(count, tests) => self.some_of(*count, tests, source, outcome),
        }
    }

    fn passes(self, set: &'a RuleSet, outcome: Outcome) -> String {
        let title = set.title.in_lang(self.lang);
        match outcome {
            Outcome::Met => self.say("told.passes_met", &[("title", title)]),
            _ => {
                let inner = About { set, ..self };
                match &set.body {
                    Body::Conditions(_) => summary::of_conditions(inner, outcome),
                    Body::Pools(_) | Body::Size(_) => String::new(),
                }
            }
        }
    }

    /// Only what is not met, or not known, keeps all of them from being met.
    fn all_of(self, tests: &'a [Test], source: Source, outcome: Outcome) -> String {
        let telling = tests.iter().filter(|it| judged_test(it, source) == outcome);
        let findings: Vec<String> = telling.map(|it| self.finding(it, source)).collect();
        self.joined(findings.into_iter())
    }

    /// Of alternatives the ones that are met, else every one that could still be.
    fn some_of(self, count: usize, tests: &'a [Test], source: Source, outcome: Outcome) -> String {
        if outcome == Outcome::Met {
            let met = tests
                .iter()
                .filter(|it| judged_test(it, source) == Outcome::Met);
            let findings: Vec<String> =
                met.take(count).map(|it| self.finding(it, source)).collect();
            return self.joined(findings.into_iter());
        }
        let findings: Vec<String> = tests
            .iter()
            .zip(1..)
            .map(|(test, number)| {
                let finding = self.finding(test, source);
                format!("({number}) {}", open_ended(&finding))
            })
            .collect();
        let findings = findings.join(self.lang.pick("；", "; "));
        let code = match outcome {
            Outcome::Unmet => "told.none_of",
            _ => "told.open_of",
        };
        self.say(
            code,
            &[("count", &count.to_string()), ("findings", &findings)],
        )
    }

    fn parts(self, test: &'a Test, source: Source, told: &mut [ExplainedTest<'a>]) {
        let parts: &[Test] = match test {
            Test::All(parts) | Test::Any(parts) | Test::AtLeast(_, parts) => parts,
            Test::Passes(_) => std::slice::from_ref(test),
            _ => return,
        };
        for (part, told) in parts.iter().zip(told) {
            told.sentence = Some(self.finding(part, source));
            match part {
                Test::Passes(set) => {
                    if let Body::Conditions(group) = &set.body {
                        About { set, ..self }.criteria(group, &mut told.criteria, true);
                    }
                }
                _ => self.parts(part, source, &mut told.tests),
            }
        }
    }

    /// Sentences one after the other.
    pub(super) fn joined(self, sentences: impl Iterator<Item = String>) -> String {
        let parts: Vec<String> = sentences.filter(|it| !it.is_empty()).collect();
        parts.join(self.lang.pick("", " "))
    }
}

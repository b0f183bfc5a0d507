//! A measure against its limit, in a sentence without what to do about it.

use super::about::About;
use super::amount;
use super::missing;
use crate::evaluate::reading::{Applicable, Reading, Source, applicable, read};
use crate::facts::catalogue;
use crate::messages::Lang;
use crate::outcome::Outcome;
use crate::rules::test::{Bound, Compare, Comparison, Limit, Measure, Operand};
use crate::rules::uses;
use crate::words;

impl About<'_, '_> {
    pub(super) fn compared(self, compare: &Compare, source: Source, outcome: Outcome) -> String {
        let reading = read(&compare.measure, source);
        let measure = self.measure(&compare.measure);
        let bound = match applicable(&compare.limit, self.profile) {
            Applicable::Bound(bound, _) => bound,
            Applicable::Unknown => return self.without(&measure, &self.inputs(compare)),
            Applicable::Never => return self.never(&measure, compare),
        };
        let required = self.required(compare, bound);
        let shown = reading
            .value()
            .map(|it| amount::value(&compare.unit, it, Some(bound.limit), self.lang))
            .map(|it| self.spaced(it));
        match (reading, shown) {
            (Reading::Never, _) => self.no_reading(&measure, compare, &required),
            (Reading::Boundless, _) => self.say(
                "told.boundless",
                &[("measure", &measure), ("required", &required)],
            ),
            (Reading::Unchecked(_), _) | (_, None) => {
                let absent = self.inputs(compare);
                match absent.is_empty() {
                    false => self.without(&measure, &absent),
                    true => match compare.measure {
                        Measure::Points(_) | Measure::PointsOf { .. } => {
                            self.say("told.no_points", &[("measure", &measure)])
                        }
                        _ => self.say("told.no_ratio", &[("measure", &measure)]),
                    },
                }
            }
            (Reading::Review(_), Some(actual)) => self.say(
                "told.points_review",
                &[("measure", &measure), ("actual", &actual)],
            ),
            (_, Some(actual)) => {
                let code = match outcome {
                    Outcome::Met => "told.met",
                    _ => "told.unmet",
                };
                let params = [
                    ("measure", measure.as_str()),
                    ("actual", &actual),
                    ("required", &required),
                ];
                self.say(code, &params)
            }
        }
    }

    /// Chinese has a blank before a figure, none before a word (约).
    fn spaced(self, amount: String) -> String {
        let figure = amount.starts_with(|it: char| it.is_ascii_digit() || it == '-');
        match self.lang {
            Lang::Zh if figure => format!(" {amount}"),
            Lang::Zh | Lang::En => amount,
        }
    }

    /// Something that is not recorded keeps it open.
    pub(super) fn without(self, what: &str, absent: &[Operand]) -> String {
        let facts = missing::named(self, absent);
        let papers = missing::papers(self, absent);
        if facts == what {
            return self.say("told.unrecorded", &[("what", what), ("papers", &papers)]);
        }
        let params = [
            ("what", what),
            ("facts", &facts),
            ("papers", papers.as_str()),
        ];
        self.say("told.unknown", &params)
    }

    /// 要求不低于 3%, with the bracket that makes it so.
    fn required(self, compare: &Compare, bound: &Bound) -> String {
        let comparison = self.comparison(bound.comparison);
        let limit = amount::value(&compare.unit, bound.limit, None, self.lang);
        let required = self.say(
            "told.required",
            &[("comparison", comparison), ("limit", &limit)],
        );
        let Limit::Bracketed { on, .. } = &compare.limit else {
            return required;
        };
        let figure = self.profile.figure(*on).map_or(0, |it| it.value);
        let def = catalogue().def(on.fact);
        let params = [
            ("required", required.as_str()),
            ("fact", &self.fact(*on)),
            ("value", &amount::of_fact(def, figure, self.lang)),
        ];
        self.say("told.bracket", &params)
    }

    fn comparison(self, comparison: Comparison) -> &'static str {
        let key = match comparison {
            Comparison::AtLeast => "at_least",
            Comparison::MoreThan => "more_than",
            Comparison::AtMost => "at_most",
            Comparison::LessThan => "less_than",
        };
        let word = words::of("rule_keys").find(|word| word.code == key);
        word.map_or("", |word| word.in_lang(self.lang))
    }

    /// A year it needs did not exist, or the text says that a share of nothing is not met.
    fn no_reading(self, measure: &str, compare: &Compare, required: &str) -> String {
        let inputs = uses::of_measure(&compare.measure, &self.set.points);
        match inputs.iter().find(|it| !self.profile.existed(**it)) {
            Some(_) if !matches!(compare.measure, Measure::Ratio { .. }) => {
                self.never(measure, compare)
            }
            Some(_) if inputs.iter().all(|it| !self.profile.existed(*it)) => {
                self.never(measure, compare)
            }
            _ => self.say(
                "told.of_nothing",
                &[("measure", measure), ("required", required)],
            ),
        }
    }

    fn never(self, measure: &str, compare: &Compare) -> String {
        let mut inputs = uses::of_measure(&compare.measure, &self.set.points);
        if let Limit::Bracketed { on, .. } = &compare.limit {
            inputs.push(*on);
        }
        let gone = inputs.into_iter().filter(|it| !self.profile.existed(*it));
        let years = gone.map(|it| self.profile.year_of(it));
        let mut years: Vec<String> = years.map(|it| it.to_string()).collect();
        years.sort();
        years.dedup();
        let years = self.list(&years);
        self.say("told.no_year", &[("measure", measure), ("years", &years)])
    }

    /// What the measure reads and is not recorded.
    fn inputs(self, compare: &Compare) -> Vec<Operand> {
        let table = match &compare.measure {
            Measure::PointsOf { rule_set, .. } => &rule_set.points,
            _ => &self.set.points,
        };
        let mut inputs = match &compare.measure {
            Measure::PointsOf { entry, or_fact, .. } => {
                let parts = uses::of_entry(*entry, table);
                // The one fact that stands for all of them is asked for first.
                or_fact.iter().copied().chain(parts).collect()
            }
            measure => uses::of_measure(measure, table),
        };
        if let Limit::Bracketed { on, .. } = &compare.limit
            && !inputs.contains(on)
        {
            inputs.push(*on);
        }
        inputs.retain(|it| self.lacks(*it));
        inputs
    }
}

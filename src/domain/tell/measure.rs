//! What is measured, in words: 2025年度研发费用占销售收入的比例.

use super::about::About;
use super::amount::name;
use crate::facts::catalogue;
use crate::messages::Lang;
use crate::rules::test::{GrowthMethod, Measure, Operand, Term};

impl About<'_, '_> {
    pub(super) fn measure(self, measure: &Measure) -> String {
        match measure {
            Measure::Term { term, divided_by } => {
                let whole = self.dated(&term.operands, self.term(term));
                match divided_by {
                    1 => whole,
                    by => self.say("told.divided", &[("of", &whole), ("by", &by.to_string())]),
                }
            }
            Measure::Ratio { above, below, .. } => {
                let (over, under) = (self.term(above), self.term(below));
                let ratio = self.say("told.ratio", &[("above", &over), ("below", &under)]);
                self.dated(&above.operands, ratio)
            }
            Measure::Growth { years, method } => {
                let fact = name(years[0], self.lang);
                let code = match method {
                    GrowthMethod::LastYear => "told.growth",
                    GrowthMethod::MeanOfTwoYears | GrowthMethod::MeanOfYearsThatExisted => {
                        "told.growth_mean"
                    }
                    GrowthMethod::CompoundOfTwoYears => "told.growth_compound",
                };
                self.dated(&years[..1], self.say(code, &[("of", fact)]))
            }
            Measure::Age => self.say("told.age", &[]),
            Measure::Points(entry) => {
                let entry = self.set.points.entries.get(*entry);
                self.points(entry.map_or("", |it| it.title.in_lang(self.lang)))
            }
            Measure::PointsOf {
                rule_set, entry, ..
            } => {
                let entry = rule_set.points.entries.get(*entry);
                self.points(entry.map_or("", |it| it.title.in_lang(self.lang)))
            }
        }
    }

    /// The fiscal years that existed, of annual facts: `2023—2025年度`; `None` for dated ones.
    pub(super) fn years(self, operands: &[Operand]) -> Option<String> {
        let annual = operands.iter().filter(|it| it.is_annual());
        let existed = annual.filter(|it| self.profile.existed(**it));
        let years = existed.map(|it| self.profile.year_of(*it));
        let (first, last) = (years.clone().min()?, years.max()?);
        Some(match first == last {
            true => self.say("told.year", &[("year", &last.to_string())]),
            false => self.say(
                "told.years",
                &[("first", &first.to_string()), ("last", &last.to_string())],
            ),
        })
    }

    /// The year of one operand, existing or not.
    pub(super) fn year(self, operand: Operand) -> String {
        let year = self.profile.year_of(operand).to_string();
        self.say("told.year", &[("year", &year)])
    }

    /// A fact with its year in front.
    pub(super) fn fact(self, operand: Operand) -> String {
        let name = name(operand, self.lang).to_owned();
        match operand.is_annual() {
            true => self.say(
                "told.dated",
                &[("when", &self.year(operand)), ("what", &name)],
            ),
            false => name,
        }
    }

    fn dated(self, operands: &[Operand], what: String) -> String {
        match self.years(operands) {
            Some(when) => self.say("told.dated", &[("when", &when), ("what", &what)]),
            None => what,
        }
    }

    fn term(self, term: &Term) -> String {
        let mut names: Vec<String> = Vec::new();
        for operand in &term.operands {
            let name = name(*operand, self.lang).to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let existing = term.operands.iter().filter(|it| self.profile.existed(**it));
        let several = names.len() < existing.count();
        let names = names.join(self.lang.pick("＋", " + "));
        match several {
            true => self.say("told.total", &[("of", &names)]),
            false => names,
        }
    }

    fn points(self, title: &str) -> String {
        match self.lang {
            Lang::Zh if title.contains("得分") => title.to_owned(),
            _ => self.say("told.points", &[("of", title)]),
        }
    }

    /// "研发费用" of the catalogue, for people who do not know the names.
    pub(super) fn label(self, fact: crate::facts::FactId) -> &'static str {
        let def = catalogue().def(fact);
        match self.lang {
            Lang::Zh => &def.zh,
            Lang::En => &def.en,
        }
    }
}

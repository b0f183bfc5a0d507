//! What is to be done, in words: 再投入研发费用 1.20 万元.

use chrono::Days;

use super::about::About;
use super::amount;
use crate::evaluate::{Deed, Subject, Way};
use crate::facts::catalogue;
use crate::messages::Lang;
use crate::rules::test::Operand;

impl About<'_, '_> {
    pub(super) fn way(self, way: &Way) -> String {
        match way.subject {
            Subject::Fact(operand) => self.changed(operand, way.change),
            Subject::Answer(operand) => {
                let wanted = amount::yes_no(way.change != 0, self.lang);
                let what = amount::name(operand, self.lang);
                self.say("told.gap_answer", &[("what", what), ("wanted", wanted)])
            }
            Subject::Age => {
                let days = amount::counted(&way.change.to_string(), "day", self.lang);
                let ahead = Days::new(way.change.unsigned_abs());
                let day = self.profile.as_of().checked_add_days(ahead);
                match day {
                    Some(day) => {
                        let day = day.to_string();
                        self.say("told.gap_days", &[("days", &days), ("day", &day)])
                    }
                    None => days,
                }
            }
        }
    }

    pub(super) fn deed(self, deed: &Deed<'_>) -> String {
        match deed {
            Deed::Change(way) => self.way(way),
            Deed::Code { operand, place, .. } => {
                let def = catalogue().def(operand.fact);
                let wanted = amount::code(def, *place, self.lang);
                let what = amount::name(*operand, self.lang);
                self.say("told.gap_answer", &[("what", what), ("wanted", wanted)])
            }
            Deed::Title(schemes) => {
                let names: Vec<String> = schemes.iter().map(|it| self.scheme(it)).collect();
                self.say("told.gap_title", &[("schemes", &self.either(&names))])
            }
        }
    }

    /// Deeds in a row: 甲，并乙.
    pub(super) fn deeds(self, deeds: &[String]) -> String {
        deeds.join(self.lang.pick("，并", ", and "))
    }

    fn changed(self, operand: Operand, change: i64) -> String {
        let def = catalogue().def(operand.fact);
        let much = amount::of_fact(def, change.saturating_abs(), self.lang);
        let name = amount::name(operand, self.lang);
        let (own, code) = match change < 0 {
            false => (&def.more, "told.gap_more"),
            true => (&def.less, "told.gap_less"),
        };
        let told = match (own, self.lang) {
            (Some(own), lang) => format!("{} {much}", own.in_lang(lang)),
            (None, Lang::Zh | Lang::En) => self.say(code, &[("what", name), ("much", &much)]),
        };
        // The last year is what everybody takes for granted.
        match operand.is_annual() && operand.back > 0 {
            true => self.say(
                "told.gap_of_year",
                &[("what", &told), ("year", &self.year(operand))],
            ),
            false => told,
        }
    }
}

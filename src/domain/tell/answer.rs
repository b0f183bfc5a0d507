//! Yes or no, codes, titles, seat, status and size, in sentences.

use super::about::About;
use super::amount;
use super::missing;
use crate::codes;
use crate::evaluate::verdict;
use crate::facts::catalogue;
use crate::messages;
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::size::SizeClass;
use crate::rules::test::{Coded, Operand, Title, YesNo};
use crate::words;

impl About<'_, '_> {
    pub(super) fn yes_no(self, test: &YesNo, outcome: Outcome) -> String {
        let what = amount::name(test.operand, self.lang);
        let Some(figure) = self.profile.figure(test.operand) else {
            return self.nothing_recorded(test.operand, test.judged);
        };
        let actual = amount::yes_no(figure.value != 0, self.lang);
        let required = amount::yes_no(test.wanted, self.lang);
        self.answered(what, actual, required, outcome)
    }

    pub(super) fn coded(self, test: &Coded, outcome: Outcome) -> String {
        let what = amount::name(test.operand, self.lang);
        let Some(figure) = self.profile.figure(test.operand) else {
            return self.nothing_recorded(test.operand, test.judged);
        };
        let def = catalogue().def(test.operand.fact);
        let actual = amount::code(def, figure.value, self.lang);
        let allowed = (0i64..)
            .zip(&def.codes)
            .filter(|(place, _)| test.allowed >> place & 1 == 1)
            .map(|(place, _)| amount::code(def, place, self.lang).to_owned());
        let required = self.either(&allowed.collect::<Vec<_>>());
        self.answered(what, actual, &required, outcome)
    }

    fn answered(self, what: &str, actual: &str, required: &str, outcome: Outcome) -> String {
        match outcome {
            Outcome::Met => self.say("told.answer_met", &[("what", what), ("actual", actual)]),
            _ => self.say(
                "told.answer_unmet",
                &[("what", what), ("actual", actual), ("required", required)],
            ),
        }
    }

    /// Nothing is recorded: for a person to judge, or simply missing.
    fn nothing_recorded(self, operand: Operand, judged: bool) -> String {
        let papers = missing::papers(self, &[operand]);
        let params = [
            ("what", amount::name(operand, self.lang)),
            ("papers", &papers),
        ];
        match judged {
            true => self.say("told.judged", &params),
            false => self.say("told.unrecorded", &params),
        }
    }

    /// A title held or not, with how long it is valid or when it lapsed.
    pub(super) fn title(self, test: &Title) -> String {
        let valid = test
            .schemes
            .iter()
            .find_map(|scheme| self.profile.valid_title(scheme));
        let names: Vec<String> = test.schemes.iter().map(|it| self.scheme(it)).collect();
        let names = self.either(&names);
        if let Some(title) = valid {
            let scheme = self.scheme(&title.scheme);
            let params = |day| [("scheme", scheme.as_str()), ("day", day)];
            return match (title.valid_through, test.held) {
                (Some(last), true) => self.say("told.title_held", &params(&last.to_string())),
                (None, true) => self.say("told.title_held_open", &[("scheme", &scheme)]),
                (Some(last), false) => self.say("told.title_barred", &params(&last.to_string())),
                (None, false) => self.say("told.title_barred_open", &[("scheme", &scheme)]),
            };
        }
        if !test.held {
            return self.say("told.title_lacked", &[("schemes", &names)]);
        }
        let of_scheme = || {
            let titles = self.profile.titles().iter();
            titles.filter(|it| test.schemes.contains(&it.scheme))
        };
        let as_of = self.profile.as_of();
        let coming = of_scheme().filter(|it| it.valid_from > as_of);
        if let Some(title) = coming.min_by_key(|it| it.valid_from) {
            let params = [
                ("scheme", self.scheme(&title.scheme)),
                ("day", title.valid_from.to_string()),
            ];
            return self.say_owned("told.title_coming", &params);
        }
        let lapsed = of_scheme().filter_map(|it| Some((it.valid_through?, it)));
        if let Some((last, title)) = lapsed.max_by_key(|it| it.0) {
            let params = [
                ("scheme", self.scheme(&title.scheme)),
                ("day", last.to_string()),
                ("schemes", names),
            ];
            return self.say_owned("told.title_lapsed", &params);
        }
        self.say("told.title_missing", &[("schemes", &names)])
    }

    pub(super) fn district(self, prefix: &str, outcome: Outcome) -> String {
        let code = self.profile.district_code();
        let name = codes::district(code).map_or(code, |it| self.lang.pick(&it.zh, &it.en));
        let params = [("district", name), ("code", code), ("prefix", prefix)];
        match outcome {
            Outcome::Met => self.say("told.district_met", &params),
            _ => self.say("told.district_unmet", &params),
        }
    }

    pub(super) fn legal(self, allowed: &[&'static str], outcome: Outcome) -> String {
        let word = |code: &str| {
            let known = codes::legal_statuses().iter().find(|it| it.code == code);
            known.map_or_else(
                || code.to_owned(),
                |it| self.lang.pick(&it.zh, &it.en).clone(),
            )
        };
        let actual = word(self.profile.legal_status().as_str());
        let required: Vec<String> = allowed.iter().map(|it| word(it)).collect();
        let what = self.say("told.legal_status", &[]);
        self.answered(&what, &actual, &self.either(&required), outcome)
    }

    pub(super) fn size(self, table: &RuleSet, refused: u8, outcome: Outcome) -> String {
        let word = |class: SizeClass| {
            let known = words::of("size_classes").find(|it| it.code == class.as_str());
            known.map_or("", |it| it.in_lang(self.lang)).to_owned()
        };
        let what = self.say("told.size", &[]);
        let Some(class) = verdict(table, self.profile).class else {
            let used = table.uses.operands.iter().copied();
            let absent: Vec<Operand> = used.filter(|it| self.lacks(*it)).collect();
            return match outcome {
                Outcome::Met => self.say("told.size_met", &[]),
                _ => self.without(&what, &absent),
            };
        };
        let allowed = SizeClass::ALL
            .into_iter()
            .filter(|it| refused & it.bit() == 0);
        let required = self.either(&allowed.map(word).collect::<Vec<_>>());
        self.answered(&what, &word(class), &required, outcome)
    }

    pub(super) fn scheme(self, code: &str) -> String {
        codes::scheme(code).map_or_else(
            |_| code.to_owned(),
            |it| self.lang.pick(&it.zh, &it.en).clone(),
        )
    }

    /// 甲或乙.
    pub(super) fn either(self, parts: &[String]) -> String {
        match parts {
            [rest @ .., last] if !rest.is_empty() => {
                let rest = self.list(rest);
                self.say("told.either", &[("first", &rest), ("last", last)])
            }
            _ => parts.concat(),
        }
    }

    fn say_owned(self, code: &'static str, params: &[(&'static str, String)]) -> String {
        messages::text(code, self.lang, &params.to_vec())
    }
}

//! A forecast in words.

use super::{Cause, Change, Moved, Place};
use crate::domain::codes;
use crate::domain::facts::catalogue;
use crate::domain::messages::{self, Lang};
use crate::domain::outcome::Outcome;
use crate::domain::words;

/// Why a day is otherwise.
pub fn cause(cause: &Cause, lang: Lang) -> String {
    let say = |code: &'static str, params: &[(&'static str, String)]| {
        messages::text(code, lang, &params.to_vec())
    };
    match cause {
        Cause::YearEnded(year) => say("forecast.year_ended", &[("year", year.to_string())]),
        Cause::TitleBegins(scheme) => say(
            "forecast.title_begins",
            &[("scheme", self::scheme(scheme, lang))],
        ),
        Cause::TitleEnded(scheme, last) => say(
            "forecast.title_ended",
            &[
                ("scheme", self::scheme(scheme, lang)),
                ("day", last.to_string()),
            ],
        ),
        Cause::FactBegins(id) => say("forecast.fact_begins", &[("fact", fact(*id, lang))]),
        Cause::FactLapsed(id) => say("forecast.fact_lapsed", &[("fact", fact(*id, lang))]),
        Cause::StateBegins => say("forecast.state_begins", &[]),
        Cause::AgeReached(days) => say("forecast.age_reached", &[("days", days.to_string())]),
        Cause::RulesBegin { code, version } => say(
            "forecast.rules_begin",
            &[("code", code.clone()), ("version", version.to_string())],
        ),
        Cause::RulesEnded(code) => say("forecast.rules_ended", &[("code", code.clone())]),
        Cause::YearlyEvaluation => say("forecast.yearly_evaluation", &[]),
        Cause::StayEnded => say("forecast.stay_ended", &[]),
        Cause::OverrideEnded => say("forecast.override_ended", &[]),
    }
}

/// What a change comes to: why, where each rule set puts the enterprise from then on, how it moves.
pub fn change(change: &Change, lang: Lang) -> String {
    let mark = match lang {
        Lang::Zh => "；",
        Lang::En => "; ",
    };
    let mut parts: Vec<String> = change.causes.iter().map(|it| cause(it, lang)).collect();
    parts.extend(change.places.iter().filter_map(|it| moved(it, lang)));
    parts.extend(change.movement.map(|it| {
        let kind = word("movement_kinds", it.kind.as_str(), lang);
        let pool = |pool: Option<crate::domain::pool::Pool>| match pool {
            Some(pool) => word("pools", pool.as_str(), lang),
            None => word("placements", "NONE", lang),
        };
        let reason = it.reason.map(|it| word("exit_reasons", it.as_str(), lang));
        let params = vec![
            ("kind", kind),
            ("from", pool(it.from)),
            ("to", pool(it.to)),
            ("reason", reason.unwrap_or_default()),
        ];
        match it.reason {
            Some(_) => messages::text("forecast.movement_why", lang, &params),
            None => messages::text("forecast.movement", lang, &params),
        }
    }));
    if change.warned {
        parts.push(messages::text("forecast.warned", lang, &Vec::new()));
    }
    let end = match lang {
        Lang::Zh => "。",
        Lang::En => ".",
    };
    parts.join(mark) + end
}

/// A fact whose record should be looked at again, because its window has passed.
pub fn lapse(cause: &Cause) -> Option<&'static str> {
    match cause {
        Cause::FactLapsed(id) => Some(&catalogue().def(*id).name),
        _ => None,
    }
}

/// Only where the answer is another; a criterion alone is told in its own sentence.
fn moved(moved: &Moved, lang: Lang) -> Option<String> {
    let answer = |place: &Option<Place>| {
        place.as_ref().map_or_else(
            || word("rule_statuses", "RETIRED", lang),
            |place| place.word(lang),
        )
    };
    let title = moved.after.as_ref().or(moved.before.as_ref());
    let title = title.map_or(moved.code.as_str(), |it| it.set.title.in_lang(lang));
    let (from, to) = (answer(&moved.before), answer(&moved.after));
    (from != to).then(|| {
        let params = vec![("title", title.to_owned()), ("from", from), ("to", to)];
        messages::text("forecast.place", lang, &params)
    })
}

impl Place {
    /// The pool, the class or the outcome in words.
    pub fn word(&self, lang: Lang) -> String {
        let known = |list: &str, code: &str| words::of(list).any(|it| it.code == code);
        match (self.pool, self.class) {
            (Some(pool), _) if known("pools", pool) => word("pools", pool, lang),
            (Some(place), _) => word("placements", place, lang),
            (None, Some(class)) => word("size_classes", class, lang),
            (None, None) => outcome(self.outcome, lang),
        }
    }
}

pub fn outcome(outcome: Outcome, lang: Lang) -> String {
    word("outcomes", outcome.as_str(), lang)
}

fn word(list: &str, code: &str, lang: Lang) -> String {
    let found = words::of(list).find(|it| it.code == code);
    found.map_or(code, |it| it.in_lang(lang)).to_owned()
}

fn scheme(code: &str, lang: Lang) -> String {
    let known = codes::scheme(code);
    let name = known.map_or(code, |it| match lang {
        Lang::Zh => &it.zh,
        Lang::En => &it.en,
    });
    name.to_owned()
}

fn fact(id: crate::domain::facts::FactId, lang: Lang) -> String {
    let def = catalogue().def(id);
    match lang {
        Lang::Zh => def.zh.clone(),
        Lang::En => def.en.clone(),
    }
}

//! A forecast in words, as it goes to people and programs.

use chrono::NaiveDate;
use serde::Serialize;

use super::history::History;
use super::outlook::{Asked, Cause, Change, Forecast, Moved, Movement, Placed};
use crate::codes;
use crate::duties::Due;
use crate::evaluate::{ExplainedCriteria, explain};
use crate::facts::{FactId, catalogue};
use crate::messages::{self, Lang};
use crate::pool::Pool;
use crate::tell::tell;
use crate::words;

/// Everything a forecast says. The members stand in alphabetical order, so that the JSON is canonical.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    pub as_of: NaiveDate,
    pub changes: Vec<ToldChange>,
    pub duties: Vec<ToldDuty>,
    pub now: Vec<ToldPlace>,
    pub pool: Option<&'static str>,
    pub pool_then: Option<&'static str>,
    pub sentence: String,
    pub until: NaiveDate,
}

/// What a rule set says.
#[derive(Debug, Clone, Serialize)]
pub struct ToldPlace {
    pub class: Option<&'static str>,
    pub outcome: &'static str,
    pub pool: Option<&'static str>,
    pub rule_set: String,
    pub score: Option<String>,
    pub title: String,
    pub version: u32,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToldChange {
    /// 预警: the yearly evaluation is failed, and the pool kept for now.
    pub at_risk: bool,
    pub causes: Vec<ToldCause>,
    pub day: NaiveDate,
    pub movement: Option<ToldMovement>,
    pub rule_sets: Vec<ToldMoved>,
    pub sentence: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToldCause {
    pub fact: Option<&'static str>,
    pub kind: &'static str,
    pub rule_set: Option<String>,
    pub scheme: Option<String>,
    pub sentence: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToldMovement {
    pub exit_reason: Option<&'static str>,
    pub from_pool: Option<&'static str>,
    pub kind: &'static str,
    pub to_pool: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToldMoved {
    /// None from the day on which no version is in force any more.
    pub after: Option<ToldPlace>,
    pub before: Option<ToldPlace>,
    pub criteria: Vec<ToldTurned>,
    pub rule_set: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToldTurned {
    pub after: &'static str,
    pub before: Option<&'static str>,
    pub id: String,
    pub sentence: String,
    pub title: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToldDuty {
    pub article: String,
    pub confidence: String,
    pub consequence: Option<String>,
    pub document: String,
    pub due: NaiveDate,
    pub duty: String,
    pub opens: NaiveDate,
    pub scheme: Option<String>,
    pub source: String,
    pub title: String,
}

/// Puts a forecast into words.
pub fn told(
    history: &History,
    forecast: &Forecast,
    duties: &[Due],
    asked: Asked<'_>,
    lang: Lang,
) -> Told {
    let duties: Vec<ToldDuty> = duties.iter().map(|it| duty(it, lang)).collect();
    let changes = forecast.changes.iter();
    Told {
        as_of: asked.as_of,
        sentence: summary(forecast, &duties, asked, lang),
        changes: changes.map(|it| change(history, it, lang)).collect(),
        duties,
        now: forecast.now.iter().map(|it| place(it, lang)).collect(),
        pool: forecast.pool.map(Pool::as_str),
        pool_then: forecast.pool_then.map(Pool::as_str),
        until: asked.until,
    }
}

pub fn duty(due: &Due, lang: Lang) -> ToldDuty {
    ToldDuty {
        article: due.term.article.clone(),
        confidence: due.term.confidence.clone(),
        consequence: due.duty.consequence_in(lang).map(str::to_owned),
        document: due.term.document.clone(),
        due: due.due,
        duty: due.duty.id.clone(),
        opens: due.opens,
        scheme: due.duty.scheme.clone(),
        source: due.term.source.clone(),
        title: due.duty.title_in(lang).to_owned(),
    }
}

fn summary(forecast: &Forecast, duties: &[ToldDuty], asked: Asked<'_>, lang: Lang) -> String {
    let pool = |pool: Option<Pool>| match pool {
        Some(pool) => word("pools", pool.as_str(), lang),
        None => messages::text("forecast.no_pool", lang, &Vec::new()),
    };
    let mut params = vec![
        ("pool", pool(forecast.pool)),
        ("then", pool(forecast.pool_then)),
        ("until", asked.until.to_string()),
        ("days", forecast.changes.len().to_string()),
    ];
    match duties.first() {
        None => messages::text("forecast.summary", lang, &params),
        Some(first) => {
            params.push(("due", first.due.to_string()));
            params.push(("duty", first.title.clone()));
            messages::text("forecast.summary_duty", lang, &params)
        }
    }
}

fn place(place: &Placed, lang: Lang) -> ToldPlace {
    ToldPlace {
        class: place.class,
        outcome: place.outcome.as_str(),
        pool: place.pool,
        rule_set: place.set.code.clone(),
        score: place.score.map(|it| it.to_string()),
        title: place.set.title.in_lang(lang).to_owned(),
        version: place.set.version,
    }
}

fn change(history: &History, change: &Change, lang: Lang) -> ToldChange {
    ToldChange {
        at_risk: change.warned,
        causes: change.causes.iter().map(|it| cause(it, lang)).collect(),
        day: change.day,
        movement: change.movement.map(|it| ToldMovement {
            exit_reason: it.reason.map(|it| it.as_str()),
            from_pool: it.from.map(Pool::as_str),
            kind: it.kind.as_str(),
            to_pool: it.to.map(Pool::as_str),
        }),
        rule_sets: change
            .places
            .iter()
            .map(|it| moved(history, change, it, lang))
            .collect(),
        sentence: sentence(change, lang),
    }
}

/// Why, where each rule set puts the enterprise from then on, how it moves.
fn sentence(change: &Change, lang: Lang) -> String {
    let (mark, end) = match lang {
        Lang::Zh => ("；", "。"),
        Lang::En => ("; ", "."),
    };
    let causes = change.causes.iter().map(|it| cause(it, lang).sentence);
    let mut parts: Vec<String> = causes.collect();
    parts.extend(change.places.iter().filter_map(|it| turn(it, lang)));
    parts.extend(change.movement.map(|it| movement(it, lang)));
    if change.warned {
        parts.push(messages::text("forecast.warned", lang, &Vec::new()));
    }
    parts.join(mark) + end
}

fn movement(movement: Movement, lang: Lang) -> String {
    let pool = |pool: Option<Pool>| match pool {
        Some(pool) => word("pools", pool.as_str(), lang),
        None => messages::text("forecast.no_pool", lang, &Vec::new()),
    };
    let mut params = vec![
        ("kind", word("movement_kinds", movement.kind.as_str(), lang)),
        ("from", pool(movement.from)),
        ("to", pool(movement.to)),
    ];
    match movement.reason {
        None => messages::text("forecast.movement", lang, &params),
        Some(reason) => {
            params.push(("reason", word("exit_reasons", reason.as_str(), lang)));
            messages::text("forecast.movement_why", lang, &params)
        }
    }
}

/// Only where the answer is another; a criterion alone is told in its own sentence.
fn turn(moved: &Moved, lang: Lang) -> Option<String> {
    let answer = |place: &Option<Placed>| match place {
        Some(place) => place.word(lang),
        None => messages::text("forecast.no_rules", lang, &Vec::new()),
    };
    let either = moved.after.as_ref().or(moved.before.as_ref());
    let title = either.map_or(moved.code.as_str(), |it| it.set.title.in_lang(lang));
    let (from, to) = (answer(&moved.before), answer(&moved.after));
    (from != to).then(|| {
        let params = vec![("title", title.to_owned()), ("from", from), ("to", to)];
        messages::text("forecast.place", lang, &params)
    })
}

impl Placed {
    /// The pool, the class or the outcome in words.
    fn word(&self, lang: Lang) -> String {
        let is_pool = |code: &str| Pool::parse(code).is_some();
        match (self.pool, self.class) {
            (Some(pool), _) if is_pool(pool) => word("pools", pool, lang),
            (Some(place), _) => word("placements", place, lang),
            (None, Some(class)) => word("size_classes", class, lang),
            (None, None) => word("outcomes", self.outcome.as_str(), lang),
        }
    }
}

/// The criteria with what is found on the day, in their own sentences.
fn moved(history: &History, change: &Change, moved: &Moved, lang: Lang) -> ToldMoved {
    let set = moved.after.as_ref().map(|it| &it.set);
    let profile = history.profile(change.day);
    let mut criteria = Vec::new();
    if let (Some(set), Some(profile), false) = (set, profile, moved.criteria.is_empty()) {
        let mut explained = explain(set, &profile, lang);
        tell(set, &profile, &mut explained, lang);
        let list = match explained.criteria {
            ExplainedCriteria::List(list) => list,
            ExplainedCriteria::Groups(groups) => {
                groups.into_iter().flat_map(|it| it.criteria).collect()
            }
        };
        let turned = moved.criteria.iter();
        criteria.extend(turned.filter_map(|turned| {
            let found = list.get(turned.place)?;
            Some(ToldTurned {
                after: turned.after.as_str(),
                before: turned.before.map(|it| it.as_str()),
                id: found.id.to_owned(),
                sentence: found.sentence.clone().unwrap_or_default(),
                title: found.title.to_owned(),
            })
        }));
    }
    ToldMoved {
        after: moved.after.as_ref().map(|it| place(it, lang)),
        before: moved.before.as_ref().map(|it| place(it, lang)),
        criteria,
        rule_set: moved.code.clone(),
    }
}

fn cause(cause: &Cause, lang: Lang) -> ToldCause {
    let say = |kind, code: &'static str, params: &[(&'static str, String)]| ToldCause {
        fact: None,
        kind,
        rule_set: None,
        scheme: None,
        sentence: messages::text(code, lang, &params.to_vec()),
    };
    let of_title = |kind, code, scheme: &String, last: Option<NaiveDate>| {
        let mut params = vec![("scheme", scheme_name(scheme, lang))];
        params.extend(last.map(|it| ("day", it.to_string())));
        ToldCause {
            scheme: Some(scheme.clone()),
            ..say(kind, code, &params)
        }
    };
    let of_fact = |kind, code, id: FactId| ToldCause {
        fact: Some(&catalogue().def(id).name),
        ..say(kind, code, &[("fact", fact_name(id, lang))])
    };
    match cause {
        Cause::YearEnded(year) => say(
            "YEAR_ENDED",
            "forecast.year_ended",
            &[("year", year.to_string())],
        ),
        Cause::TitleBegins(it) => of_title("TITLE_BEGINS", "forecast.title_begins", it, None),
        Cause::TitleEnded(it, last) => {
            of_title("TITLE_ENDED", "forecast.title_ended", it, Some(*last))
        }
        Cause::FactBegins(id) => of_fact("FACT_BEGINS", "forecast.fact_begins", *id),
        Cause::FactLapsed(id) => of_fact("FACT_LAPSED", "forecast.fact_lapsed", *id),
        Cause::StateBegins => say("STATE_BEGINS", "forecast.state_begins", &[]),
        Cause::AgeReached(days) => say(
            "AGE_REACHED",
            "forecast.age_reached",
            &[("days", days.to_string())],
        ),
        Cause::RulesBegin { code, version } => {
            let params = [("code", code.clone()), ("version", version.to_string())];
            ToldCause {
                rule_set: Some(code.clone()),
                ..say("RULES_BEGIN", "forecast.rules_begin", &params)
            }
        }
        Cause::RulesEnded(code) => ToldCause {
            rule_set: Some(code.clone()),
            ..say(
                "RULES_ENDED",
                "forecast.rules_ended",
                &[("code", code.clone())],
            )
        },
        Cause::YearlyEvaluation => say("YEARLY_EVALUATION", "forecast.yearly_evaluation", &[]),
        Cause::StayEnded => say("STAY_ENDED", "forecast.stay_ended", &[]),
        Cause::OverrideEnded => say("OVERRIDE_ENDED", "forecast.override_ended", &[]),
    }
}

fn word(list: &str, code: &str, lang: Lang) -> String {
    let found = words::of(list).find(|it| it.code == code);
    found.map_or(code, |it| it.in_lang(lang)).to_owned()
}

fn scheme_name(code: &str, lang: Lang) -> String {
    let known = codes::scheme(code);
    let name = known.map_or(code, |it| lang.pick(&it.zh, &it.en));
    name.to_owned()
}

fn fact_name(id: FactId, lang: Lang) -> String {
    let def = catalogue().def(id);
    lang.pick(&def.zh, &def.en).clone()
}

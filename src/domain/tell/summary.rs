//! What it comes to: one sentence for a rule set, a gate or a pool, and the cheapest route with its steps.

use super::about::About;
use super::about::open_ended;
use crate::evaluate::{
    Deed, Explained, ExplainedCriteria, ExplainedGroup, ExplainedRoute, ExplainedStep, Price,
    Route, Step, Subject, explained_change, judged, to_conditions, to_group, verdict,
};
use crate::facts::catalogue;
use crate::outcome::Outcome;
use crate::pool::{Placement, Pool};
use crate::rules::model::{Body, Criterion, Group};
use crate::words;

/// A gate or a tier; the price of the route to it, where there is one.
pub fn group<'a>(
    about: About<'a, '_>,
    group: &'a Group,
    told: &mut ExplainedGroup<'a>,
) -> Option<Price> {
    let mut route = to_group(about.set, group, about.profile);
    if told.pool == Placement::Graduated.as_str()
        && let Some(route) = &mut route
    {
        route.steps.clear();
        route.blocked.clear();
    }
    let title = group.title.in_lang(about.lang);
    told.sentence = Some(match &route {
        None if Pool::parse(told.pool).is_none() => about.say("told.gate_met", &[("title", title)]),
        None => about.say("told.group_met", &[("title", title)]),
        Some(route) => {
            let short = about.short(route);
            let told = about.say("told.group_short", &[("title", title), ("short", &short)]);
            about.with_steps(told, route)
        }
    });
    let price = route.as_ref().map(Route::price);
    told.route = route
        .filter(|_| told.pool != Placement::Graduated.as_str())
        .map(|route| about.route(route));
    price
}

/// The whole rule set; of pools with the prices of the routes to its groups.
pub fn whole<'a>(about: About<'a, '_>, told: &mut Explained<'a>, prices: &[Option<Price>]) {
    match &about.set.body {
        Body::Conditions(_) => {
            let route = to_conditions(about.set, about.profile);
            told.sentence = Some(conditions(
                about,
                told.outcome,
                told.score.as_deref(),
                &route,
            ));
            told.cheapest = route.map(|route| about.route(route));
        }
        Body::Size(_) => told.sentence = Some(size(about, told)),
        Body::Pools(_) => pools(about, told, prices),
    }
}

/// What an embedded rule set comes to; what to do is told by the criterion that embeds it.
pub fn of_conditions(about: About<'_, '_>, outcome: Outcome) -> String {
    let mut route = to_conditions(about.set, about.profile);
    if let Some(route) = &mut route {
        route.steps.clear();
    }
    let score = verdict(about.set, about.profile).score;
    let score = score.map(|it| it.to_string());
    conditions(about, outcome, score.as_deref(), &route)
}

fn conditions(
    about: About<'_, '_>,
    outcome: Outcome,
    score: Option<&str>,
    route: &Option<Route<'_>>,
) -> String {
    let title = about.set.title.in_lang(about.lang);
    let scored = score.map_or_else(String::new, |it| about.say("told.scored", &[("score", it)]));
    let Some(route) = route.as_ref().filter(|_| outcome != Outcome::Met) else {
        return about.say("told.set_met", &[("title", title), ("scored", &scored)]);
    };
    let short = about.short(route);
    let code = match outcome {
        Outcome::Unmet => "told.set_unmet",
        Outcome::Unknown => "told.set_unknown",
        Outcome::NeedsReview | Outcome::Met => "told.set_review",
    };
    let params = [("title", title), ("scored", &scored), ("short", &short)];
    about.with_steps(about.say(code, &params), route)
}

fn size(about: About<'_, '_>, told: &Explained<'_>) -> String {
    match told.class {
        Some(class) => {
            let word = words::of("size_classes").find(|it| it.code == class);
            let class = word.map_or(class, |it| it.in_lang(about.lang));
            about.say("told.class", &[("class", class)])
        }
        None => {
            let used = about.set.uses.operands.iter().copied();
            let absent: Vec<_> = used.filter(|it| about.lacks(*it)).collect();
            about.without(&about.say("told.size", &[]), &absent)
        }
    }
}

/// Where it is placed, what is short of the next pool up, and the cheapest way there.
fn pools<'a>(about: About<'a, '_>, told: &mut Explained<'a>, prices: &[Option<Price>]) {
    let ExplainedCriteria::Groups(groups) = &told.criteria else {
        return;
    };
    let next = next_up(told, groups, prices);
    let placed = match told.pool {
        None => about.say("told.place_open", &[]),
        Some(pool) if pool == Placement::Excluded.as_str() => {
            let reasons = reasons(about, groups, pool);
            about.say("told.place_excluded", &[("reasons", &reasons)])
        }
        Some(pool) if pool == Placement::Graduated.as_str() => {
            about.say("told.place_graduated", &[])
        }
        Some(pool) if pool == Placement::None.as_str() => {
            let reasons = reasons(about, groups, pool);
            match reasons.is_empty() {
                true => about.say("told.place_none", &[]),
                false => about.say("told.place_outside", &[("reasons", &reasons)]),
            }
        }
        Some(pool) => about.say("told.place_in", &[("pool", pool_word(about, pool))]),
    };
    let ahead = next.and_then(|group| group.sentence.clone());
    told.cheapest = next.and_then(|group| group.route.clone());
    told.sentence = Some(about.joined([Some(placed), ahead].into_iter().flatten()));
}

/// The tier that is reached at the least cost, of those above the placement: tiers do not build on each other. One that
/// nothing is unknown of goes before one whose data are missing. Where a gate bars the way, that gate.
fn next_up<'g, 'a>(
    told: &Explained<'a>,
    groups: &'g [ExplainedGroup<'a>],
    prices: &[Option<Price>],
) -> Option<&'g ExplainedGroup<'a>> {
    if told.pool == Some(Placement::Graduated.as_str()) {
        return None;
    }
    let is_tier = |it: &&ExplainedGroup<'_>| Pool::parse(it.pool).is_some();
    let gate = groups.iter().find(|it| {
        !is_tier(it) && it.pool != Placement::Graduated.as_str() && it.outcome != Outcome::Met
    });
    if gate.is_some() {
        return gate;
    }
    // Tiers stand from the top; those above the one that is met are not.
    let tiers = groups.iter().zip(prices).filter(|it| is_tier(&it.0));
    let above = tiers.take_while(|it| it.0.outcome != Outcome::Met);
    let dear = above.filter_map(|(told, price)| {
        let (blocked, titles, changes, open, cost) = (*price)?;
        Some((told, (blocked, titles, open, changes, cost)))
    });
    dear.min_by_key(|it| it.1).map(|it| it.0)
}

fn reasons(about: About<'_, '_>, groups: &[ExplainedGroup<'_>], pool: &str) -> String {
    let gates = groups.iter().filter(|it| it.pool == pool);
    let unmet = gates
        .flat_map(|it| &it.criteria)
        .filter(|it| it.outcome == Outcome::Unmet);
    let told: Vec<String> = unmet
        .filter_map(|it| Some(open_ended(it.sentence.as_deref()?).to_owned()))
        .collect();
    told.join(about.lang.pick("；", "; "))
}

fn pool_word<'w>(about: About<'_, '_>, code: &'w str) -> &'w str {
    let word = words::of("pools").find(|it| it.code == code);
    word.map_or(code, |it| it.in_lang(about.lang))
}

impl<'a> About<'a, '_> {
    /// 还差2项（…）；缺数据1项（…）.
    fn short(self, route: &Route<'_>) -> String {
        let (unknown, review): (Vec<&Criterion>, Vec<&Criterion>) = route
            .open
            .iter()
            .copied()
            .partition(|it| self.judged(it) == Outcome::Unknown);
        let parts = [
            ("told.short", &route.short),
            ("told.short_unknown", &unknown),
            ("told.short_review", &review),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .filter(|(_, criteria)| !criteria.is_empty())
            .map(|(code, criteria)| {
                let titles: Vec<String> = criteria
                    .iter()
                    .map(|it| it.title.in_lang(self.lang).to_owned())
                    .collect();
                let count = criteria.len().to_string();
                self.say(
                    code,
                    &[
                        ("count", &count),
                        ("titles", &titles.join(self.lang.pick("；", "; "))),
                    ],
                )
            })
            .collect();
        told.join(self.lang.pick("，", ", "))
    }

    fn judged(self, criterion: &Criterion) -> Outcome {
        judged(self.set, criterion, self.profile)
    }

    fn with_steps(self, told: String, route: &Route<'_>) -> String {
        if route.steps.is_empty() {
            return told;
        }
        let steps = self.told_steps(route);
        self.joined([told, steps].into_iter())
    }

    fn told_steps(self, route: &Route<'_>) -> String {
        let deeds: Vec<String> = route.steps.iter().map(|it| self.deed(&it.deed)).collect();
        let steps = self.deeds(&deeds);
        let steps = match route.name {
            Some(name) => self.say("told.steps_by", &[("route", name), ("steps", &steps)]),
            None => self.say("told.steps", &[("steps", &steps)]),
        };
        match route.blocked.is_empty() {
            true => steps,
            false => {
                let titles: Vec<String> = route
                    .blocked
                    .iter()
                    .map(|it| it.title.in_lang(self.lang).to_owned())
                    .collect();
                let titles = titles.join(self.lang.pick("；", "; "));
                let blocked = self.say("told.blocked", &[("titles", &titles)]);
                self.joined([steps, blocked].into_iter())
            }
        }
    }

    fn route(self, route: Route<'a>) -> ExplainedRoute<'a> {
        let ids = |criteria: &[&'a Criterion]| criteria.iter().map(|it| it.id.as_str()).collect();
        ExplainedRoute {
            blocked: ids(&route.blocked),
            name: route.name,
            sentence: match route.steps.is_empty() {
                true => None,
                false => Some(self.told_steps(&route)),
            },
            short: ids(&route.short),
            steps: route.steps.iter().map(|it| self.step(it)).collect(),
            undecided: ids(&route.open),
        }
    }

    fn step(self, step: &Step<'a>) -> ExplainedStep<'a> {
        let sentence = self.deed(&step.deed);
        let blank = ExplainedStep {
            change: None,
            criteria: step.criteria.clone(),
            fact: None,
            kind: "CHANGE",
            schemes: Vec::new(),
            sentence,
            unit: None,
            year: None,
        };
        match &step.deed {
            Deed::Title(schemes) => ExplainedStep {
                kind: "TITLE",
                schemes: schemes.iter().map(String::as_str).collect(),
                ..blank
            },
            Deed::Code { operand, place, .. } => {
                let def = catalogue().def(operand.fact);
                ExplainedStep {
                    kind: "ANSWER",
                    fact: Some(&def.name),
                    change: def.code_of(*place).map(str::to_owned),
                    ..blank
                }
            }
            Deed::Change(way) => match way.subject {
                Subject::Age => ExplainedStep {
                    kind: "WAIT",
                    change: Some(way.change.to_string()),
                    unit: Some("day"),
                    ..blank
                },
                Subject::Answer(operand) => {
                    let def = catalogue().def(operand.fact);
                    ExplainedStep {
                        kind: "ANSWER",
                        fact: Some(&def.name),
                        change: Some(def.to_text(way.change)),
                        ..blank
                    }
                }
                Subject::Fact(operand) => {
                    let def = catalogue().def(operand.fact);
                    ExplainedStep {
                        fact: Some(&def.name),
                        change: Some(explained_change(operand.fact, way.change)),
                        unit: Some(&def.unit),
                        year: operand.is_annual().then(|| self.profile.year_of(operand)),
                        ..blank
                    }
                }
            },
        }
    }
}

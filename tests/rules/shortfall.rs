//! What an explanation says is short, tried: with exactly that the criterion is MET, with one unit less it is not.

use chrono::Days;
use proptest::prelude::*;
use sanku::domain::evaluate::{
    Explained, ExplainedCriteria, ExplainedCriterion, ExplainedGroup, ExplainedTest, ExplainedWay,
    Figure, Profile, explain, verdict,
};
use sanku::domain::facts::{Kind, catalogue};
use sanku::domain::messages::Lang;
use sanku::domain::outcome::Outcome;
use sanku::domain::rules::{Library, RuleSet};

use crate::firm::firm;

/// Firms the property is tried on, all of them by every shipped rule set: a few in each run, `SANKU_SHORTFALL_FIRMS=10000`
/// for the long one.
fn firms() -> u32 {
    let asked = std::env::var("SANKU_SHORTFALL_FIRMS").ok();
    asked.map_or(1_000, |it| it.parse().expect("a number of firms"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: firms(), ..ProptestConfig::default() })]

    #[test]
    fn the_stated_shortfall_flips_the_criterion_and_one_unit_less_does_not(seed in any::<u64>()) {
        let profile = firm(seed);
        for set in Library::shipped().iter() {
            for told in told(set, &profile) {
                check(set, &profile, &told)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_way_leads_to_the_goal(seed in any::<u64>()) {
        let profile = firm(seed);
        for set in Library::shipped().iter() {
            let explained = explain(set, &profile, Lang::Zh);
            let mut ways = Vec::new();
            each(&explained, &mut |criterion| ways.extend(&criterion.ways));
            for way in ways {
                let after = outcome(set, &changed(&profile, &Told::of(way)).0, way.criterion);
                prop_assert_eq!(after, Outcome::Met, "{} {:?}", &set.name, way);
            }
            for group in groups(&explained).filter(|group| !group.cheapest.is_empty()) {
                let after = group
                    .cheapest
                    .iter()
                    .fold(profile.clone(), |firm, way| changed(&firm, &Told::of(way)).0);
                let explained = explain(set, &after, Lang::Zh);
                let same = groups(&explained).find(|it| it.id == group.id);
                prop_assert_eq!(same.unwrap().outcome, Outcome::Met, "{:?}", group.cheapest);
            }
        }
    }

    #[test]
    fn an_explanation_is_canonical_json_and_agrees_with_the_verdict(seed in any::<u64>()) {
        let profile = firm(seed);
        for set in Library::shipped().iter() {
            let explained = explain(set, &profile, Lang::Zh);
            let verdict = verdict(set, &profile);
            prop_assert_eq!(explained.outcome, verdict.outcome);
            prop_assert_eq!(explained.pool, verdict.placement.map(|it| it.as_str()));
            let canonical = serde_json_canonicalizer::to_string(&explained).unwrap();
            prop_assert_eq!(explained.to_json(), canonical);
        }
    }
}

/// Enough of the criteria must fall short for the property to say something.
#[test]
fn many_shortfalls_are_told() {
    let mut told_of = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..300 {
        let profile = firm(seed);
        for set in Library::shipped().iter() {
            for told in told(set, &profile) {
                *told_of
                    .entry(format!("{} {}", set.name, told.id))
                    .or_default() += 1;
            }
        }
    }
    assert!(told_of.values().sum::<usize>() > 1_000, "{told_of:#?}");
    assert!(told_of.len() > 20, "{told_of:#?}");
}

/// A shortfall as it is told.
struct Told {
    id: String,
    shortfall: String,
    unit: String,
    year: Option<i32>,
}

impl Told {
    fn of(way: &ExplainedWay) -> Self {
        Self {
            id: way.criterion.to_owned(),
            shortfall: way.shortfall.clone(),
            unit: way.shortfall_unit.clone(),
            year: way.shortfall_year,
        }
    }
}

fn told(set: &RuleSet, profile: &Profile) -> Vec<Told> {
    let explained = explain(set, profile, Lang::Zh);
    let mut told = Vec::new();
    each(&explained, &mut |criterion| {
        if let (Some(shortfall), Some(unit)) = (&criterion.shortfall, &criterion.shortfall_unit) {
            told.push(Told {
                id: criterion.id.to_owned(),
                shortfall: shortfall.clone(),
                unit: unit.clone(),
                year: criterion.shortfall_year,
            });
        }
    });
    told
}

fn check(set: &RuleSet, profile: &Profile, told: &Told) -> Result<(), TestCaseError> {
    let (enough, less) = changed(profile, told);
    let with = outcome(set, &enough, &told.id);
    let without = outcome(set, &less, &told.id);
    let place = format!("{} {}: {} {}", set.name, told.id, told.shortfall, told.unit);
    prop_assert_eq!(with, Outcome::Met, "{}", &place);
    prop_assert_ne!(without, Outcome::Met, "one unit less: {}", &place);
    Ok(())
}

/// The profile with the shortfall made up, and with one unit less.
fn changed(profile: &Profile, told: &Told) -> (Profile, Profile) {
    if let Some((_, fact)) = told.unit.split_once(" to ") {
        let id = catalogue().by_name(fact).unwrap();
        let answered = |yes: bool| {
            let mut changed = profile.clone();
            let value = i64::from(yes);
            changed.set_dated(
                id,
                Figure {
                    value,
                    evidence: None,
                },
            );
            changed
        };
        let wanted = told.shortfall == "true";
        return (answered(wanted), answered(!wanted));
    }
    let (_, subject) = told.unit.split_once(" of ").unwrap();
    if subject == "age" {
        let days: u64 = told.shortfall.parse().unwrap();
        return (older(profile, days), older(profile, days - 1));
    }
    let id = catalogue().by_name(subject).unwrap();
    let def = catalogue().def(id);
    let (sign, digits) = match told.shortfall.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, told.shortfall.as_str()),
    };
    let change = match def.kind {
        Kind::Money | Kind::Decimal => {
            let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
            let width = def.step().ilog10() as usize;
            format!("{whole}{places:0<width$}").parse::<i64>().unwrap()
        }
        _ => digits.parse().unwrap(),
    };
    let with = |steps: i64| {
        let mut changed = profile.clone();
        let now = current(profile, subject, told.year);
        let figure = Figure {
            value: now + sign * steps,
            evidence: None,
        };
        match told.year {
            Some(year) => changed.set_annual(year, id, figure),
            None => changed.set_dated(id, figure),
        }
        changed
    };
    (with(change), with(change - 1))
}

fn current(profile: &Profile, fact: &str, year: Option<i32>) -> i64 {
    let id = catalogue().by_name(fact).unwrap();
    let figure = match year {
        Some(year) => profile.annual(year, id),
        None => profile.dated(id),
    };
    figure.unwrap().value
}

fn older(profile: &Profile, days: u64) -> Profile {
    let mut older = Profile::new(
        profile.as_of(),
        profile.registered_on() - Days::new(days),
        profile.district_code(),
        profile.legal_status(),
    );
    for title in profile.titles() {
        older.add_title(title.clone());
    }
    older
}

fn outcome(set: &RuleSet, profile: &Profile, id: &str) -> Outcome {
    let mut found = None;
    each(&explain(set, profile, Lang::Zh), &mut |criterion| {
        if criterion.id == id {
            found = Some(criterion.outcome);
        }
    });
    found.unwrap()
}

fn groups<'e>(explained: &'e Explained<'e>) -> impl Iterator<Item = &'e ExplainedGroup<'e>> {
    let groups = match &explained.criteria {
        ExplainedCriteria::Groups(groups) => groups.as_slice(),
        ExplainedCriteria::List(_) => &[],
    };
    groups.iter()
}

/// Every criterion of an explanation, those of embedded rule sets included.
fn each<'e>(explained: &'e Explained, visit: &mut impl FnMut(&'e ExplainedCriterion)) {
    match &explained.criteria {
        ExplainedCriteria::List(list) => list.iter().for_each(|it| nested(it, visit)),
        ExplainedCriteria::Groups(groups) => groups
            .iter()
            .flat_map(|group| &group.criteria)
            .for_each(|it| nested(it, visit)),
    }
}

fn nested<'e>(criterion: &'e ExplainedCriterion, visit: &mut impl FnMut(&'e ExplainedCriterion)) {
    visit(criterion);
    criterion.tests.iter().for_each(|test| within(test, visit));
}

fn within<'e>(test: &'e ExplainedTest, visit: &mut impl FnMut(&'e ExplainedCriterion)) {
    test.criteria.iter().for_each(|it| nested(it, visit));
    test.tests.iter().for_each(|it| within(it, visit));
}

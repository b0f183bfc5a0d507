//! Forecasts: nothing changes between the days that are looked at, and what changes on them is told.

use chrono::{Days, NaiveDate};
use sanku::domain::duties;
use sanku::domain::enterprise::LegalStatus;
use sanku::domain::evaluate::{Figure, HeldTitle, Profile, verdict};
use sanku::domain::facts::catalogue;
use sanku::domain::forecast::{
    Asked, Fact, History, Period, State, Told, breakpoints, forecast, told,
};
use sanku::domain::messages::Lang;
use sanku::domain::outcome::Outcome;
use sanku::domain::pool::{Member, Pool, Standing};
use sanku::domain::rules::Library;
use serde_json::{Value as Json, json};

use crate::firm::{Dice, firm};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn asked<'a>(from: &str, until: &str) -> Asked<'a> {
    Asked {
        as_of: day(from),
        until: day(until),
        policy: "POOLS",
        only: None,
    }
}

/// Every day of three years is judged: on days that are no breakpoints nothing is otherwise than the day before.
#[test]
fn outcomes_change_on_breakpoints_only() {
    let library = dated_library();
    let asked = asked("2026-06-15", "2029-06-15");
    let (mut changed, mut looked_at) = (0, 0);
    for seed in 0..12 {
        let history = history(seed, asked.as_of);
        let breaks = breakpoints(&history, &library, asked);
        let judged = |on: NaiveDate| {
            let profile = history.profile(on).unwrap();
            let mut codes: Vec<&str> = library.iter().map(|it| it.code.as_str()).collect();
            codes.dedup();
            let in_force = codes.iter().filter_map(|code| library.in_force(code, on));
            in_force
                .map(|set| (set.name.clone(), set.version, verdict(set, &profile)))
                .collect::<Vec<_>>()
        };
        let mut before = judged(asked.as_of);
        let mut on = asked.as_of;
        while on < asked.until {
            on = on + Days::new(1);
            let now = judged(on);
            let is_break = breaks.contains_key(&on);
            looked_at += usize::from(is_break);
            if now != before {
                assert!(is_break, "{on} is no breakpoint of firm {seed}");
                changed += 1;
            }
            before = now;
        }
    }
    assert!(changed > 50, "{changed} of {looked_at} changed something");
    assert!(
        looked_at < 12 * 40,
        "{looked_at} days are more than what is recorded"
    );
}

/// A version that begins, one that ends, and a limit that is dated.
fn dated_library() -> Library {
    let mut library = Library::default();
    for set in Library::shipped().iter() {
        let last = (set.code == "PROVINCIAL_TECH_SME").then(|| day("2028-02-29"));
        library.add_until(&set.name, &set.document, last).unwrap();
    }
    let mut pools = Library::shipped().named("POOLS").unwrap().document.clone();
    pools["effective_from"] = "2027-03-01".into();
    let age = pools
        .pointer_mut("/pool/0/criterion/0/at_least/day")
        .unwrap();
    *age = json!({ "values": { "2027-03-01": "400", "2027-09-01": "700" } });
    library.add("next", pools).unwrap();
    library
}

/// The firm of the dice with days to what is recorded, some of them ahead.
fn history(seed: u64, as_of: NaiveDate) -> History {
    let profile = firm(seed);
    let mut dice = Dice(seed ^ 0xf0);
    let mut ahead = |most: i64| as_of + Days::new(dice.below(most).unsigned_abs());
    let registered_on = profile.registered_on();
    let state = |from: NaiveDate, district: &str, legal_status| State {
        from,
        name: "虚构".to_owned(),
        registered_on,
        district_code: district.to_owned(),
        legal_status,
    };
    let states = vec![
        state(registered_on, profile.district_code(), LegalStatus::Active),
        state(ahead(2_000), "330603", LegalStatus::Active),
    ];
    let facts = facts_of(&profile, as_of, &mut ahead);
    let mut titles = Vec::new();
    for scheme in [
        "NATIONAL_HNTE",
        "NATIONAL_TECH_SME",
        "SRDI_SME",
        "LITTLE_GIANT",
    ] {
        let valid_from = ahead(500);
        titles.push(HeldTitle {
            scheme: scheme.to_owned(),
            valid_from,
            valid_through: Some(valid_from + Days::new(200)),
        });
    }
    History {
        states,
        facts,
        titles,
        standing: Standing::Outside { timed_out_of: None },
    }
}

/// What is recorded of it, and what has been recorded for later: an incident, a right more, a count withdrawn.
fn facts_of(
    profile: &Profile,
    as_of: NaiveDate,
    ahead: &mut impl FnMut(i64) -> NaiveDate,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (id, _) in catalogue().iter() {
        for year in [2023, 2024, 2025, 2026] {
            if let Some(figure) = profile.annual(year, id) {
                facts.push(Fact {
                    id,
                    period: Period::Year(year),
                    figure: Some(figure),
                });
            }
        }
        if let Some(figure) = profile.dated(id) {
            let from = Period::From(as_of - Days::new(100));
            facts.push(Fact {
                id,
                period: from,
                figure: Some(figure),
            });
        }
    }
    let id = |name: &str| catalogue().by_name(name).unwrap();
    let figure = |value| {
        Some(Figure {
            value,
            evidence: None,
        })
    };
    let incident = Fact {
        id: id("major_incident_last_365d"),
        period: Period::From(ahead(300)),
        figure: figure(1),
    };
    let more = Fact {
        id: id("ip_class1"),
        period: Period::From(ahead(700)),
        figure: figure(9),
    };
    let withdrawn = Fact {
        id: id("ip_class2"),
        period: Period::From(ahead(700)),
        figure: None,
    };
    facts.extend([incident, more, withdrawn]);
    facts
}

/// A firm that passes for the sprint pool in every way, as the golden cases have it.
fn sound(certifications: &[(&str, &str, Option<&str>)], standing: Standing) -> History {
    let state = State {
        from: day("2018-03-01"),
        name: "虚构越城公司".to_owned(),
        registered_on: day("2018-03-01"),
        district_code: "330602".to_owned(),
        legal_status: LegalStatus::Active,
    };
    let mut facts = Vec::new();
    let mut state_of = |name: &str, json: Json, period: Period| {
        let id = catalogue().by_name(name).unwrap();
        let value = catalogue().def(id).from_json(&json).unwrap();
        let figure = Some(Figure {
            value,
            evidence: None,
        });
        facts.push(Fact { id, period, figure });
    };
    for year in [2023, 2024, 2025] {
        for (name, value) in [
            ("sales", json!("40000000.00")),
            ("total_income", json!("40000000.00")),
            ("hightech_income", json!("30000000.00")),
            ("rd_expense", json!("2400000.00")),
            ("rd_expense_domestic", json!("2400000.00")),
            ("staff_total", json!(100)),
            ("tech_staff", json!(12)),
        ] {
            state_of(name, value, Period::Year(year));
        }
    }
    for (name, value) in [
        ("abnormal_or_dishonest", json!(false)),
        ("major_incident_last_365d", json!(false)),
        ("ip_class1", json!(1)),
        ("ip_class2", json!(0)),
        ("innovation_self_score", json!(75)),
        ("rd_ledger_or_contract", json!(true)),
    ] {
        state_of(name, value, Period::From(day("2020-01-01")));
    }
    let titles = certifications
        .iter()
        .map(|(scheme, from, through)| HeldTitle {
            scheme: (*scheme).to_owned(),
            valid_from: day(from),
            valid_through: through.map(day),
        });
    History {
        states: vec![state],
        facts,
        titles: titles.collect(),
        standing,
    }
}

fn run(history: &History, from: &str, until: &str) -> Told {
    let asked = asked(from, until);
    let found = forecast(history, Library::shipped(), asked).unwrap();
    let duties = duties::due(&history.holder(asked.as_of), asked.as_of, asked.until);
    told(history, &found, &duties, asked, Lang::Zh)
}

fn on<'t>(told: &'t Told, day_: &str) -> &'t sanku::domain::forecast::ToldChange {
    let found = told.changes.iter().find(|it| it.day == day(day_));
    found.unwrap_or_else(|| panic!("nothing on {day_}: {:#?}", told.changes))
}

#[test]
fn a_title_that_lapses_leads_back_into_a_pool_and_its_renewal_comes_first() {
    let history = sound(
        &[("NATIONAL_HNTE", "2023-12-08", Some("2026-12-08"))],
        Standing::Outside { timed_out_of: None },
    );
    let told = run(&history, "2026-06-15", "2027-06-30");
    let pools = told.now.iter().find(|it| it.rule_set == "POOLS").unwrap();
    assert_eq!((pools.pool, told.pool), (Some("GRADUATED"), None));
    let lapse = on(&told, "2026-12-09");
    assert_eq!(
        lapse.sentence,
        "国家高新技术企业资格已于 2026-12-08 到期；创新型中小企业评价：达到 → 无法判断；起跑库、加速库、冲刺库（阶梯方案）：毕业 → 冲刺库；起跑库、加速库、冲刺库（全生命周期方案）：加速库 → 无法判断；入库：不在库 → 冲刺库。"
    );
    let movement = lapse.movement.as_ref().unwrap();
    assert_eq!(
        (movement.kind, movement.to_pool),
        ("ADMISSION", Some("SPRINT"))
    );
    let moved = lapse
        .rule_sets
        .iter()
        .find(|it| it.rule_set == "POOLS")
        .unwrap();
    let gate = moved.criteria.iter().find(|it| it.id == "g_hnte").unwrap();
    assert_eq!((gate.before, gate.after), (Some("UNMET"), "MET"));
    // The new year's figures are not there yet: the signs that need none still place it in the starter pool; a member
    // is not demoted for what is unknown.
    let year = on(&told, "2027-01-01");
    assert_eq!(year.causes[0].kind, "YEAR_ENDED");
    let after = |change: &sanku::domain::forecast::ToldChange| {
        let of = change.rule_sets.iter().find(|it| it.rule_set == "POOLS");
        of.unwrap().after.clone().unwrap()
    };
    assert_eq!(
        (after(year).pool, after(year).outcome),
        (Some("STARTER"), "MET")
    );
    assert!(year.movement.is_none());
    assert_eq!(told.pool_then, Some("SPRINT"));
    let duties: Vec<(String, &str)> = told
        .duties
        .iter()
        .map(|it| (it.due.to_string(), it.duty.as_str()))
        .collect();
    assert_eq!(
        duties,
        [
            ("2026-12-08".to_owned(), "hnte_renewal"),
            ("2027-05-31".to_owned(), "tax_settlement"),
        ]
    );
    assert!(
        told.sentence.contains("最先到期的义务：2026-12-08"),
        "{}",
        told.sentence
    );
}

#[test]
fn an_incident_shuts_out_for_365_days_and_no_longer() {
    let history = with_incident("major_incident_last_365d");
    let told = run(&history, "2026-06-15", "2026-12-31");
    let pools = |at: &str| verdict_of(&history, at);
    assert_eq!(
        told.now
            .iter()
            .find(|it| it.rule_set == "POOLS")
            .unwrap()
            .pool,
        Some("EXCLUDED")
    );
    assert_eq!(
        (pools("2026-12-01"), pools("2026-12-02")),
        ("EXCLUDED", "SPRINT")
    );
    let lapsed = on(&told, "2026-12-02");
    assert_eq!(
        (lapsed.causes[0].kind, lapsed.causes[0].fact),
        ("FACT_LAPSED", Some("major_incident_last_365d"))
    );
    assert_eq!(lapsed.movement.as_ref().unwrap().to_pool, Some("SPRINT"));
}

/// An incident within the window of a fact, stated on 1 December 2025.
fn with_incident(fact: &str) -> History {
    let mut history = sound(&[], Standing::Outside { timed_out_of: None });
    let id = catalogue().by_name(fact).unwrap();
    let figure = Some(Figure {
        value: 1,
        evidence: None,
    });
    let period = Period::From(day("2025-12-01"));
    history.facts.push(Fact { id, period, figure });
    history
}

/// This and the last calendar year end with 2026, three years on the same day of 2028.
#[test]
fn each_window_of_incidents_ends_by_its_own_words() {
    for (name, rule_set, last, next) in [
        (
            "major_incident_this_or_last_year",
            "NATIONAL_TECH_SME",
            "2026-12-31",
            "2027-01-01",
        ),
        (
            "major_incident_last_3y",
            "SRDI_SME",
            "2028-12-01",
            "2028-12-02",
        ),
    ] {
        let history = with_incident(name);
        let unmet = |at: &str| {
            let set = Library::shipped().in_force(rule_set, day(at)).unwrap();
            let profile = history.profile(day(at)).unwrap();
            let outcomes = verdict(set, &profile).outcomes;
            let place = set.criteria().position(|it| it.id.ends_with("_incident"));
            outcomes.get(place.unwrap()) == Outcome::Unmet
        };
        assert!(unmet(last) && !unmet(next), "{name}");
        let told = run(&history, "2026-06-15", "2029-01-31");
        let lapsed = on(&told, next);
        assert!(
            lapsed
                .causes
                .iter()
                .any(|it| (it.kind, it.fact) == ("FACT_LAPSED", Some(name)))
        );
    }
}

fn verdict_of(history: &History, at: &str) -> &'static str {
    let profile = history.profile(day(at)).unwrap();
    let set = Library::shipped().in_force("POOLS", day(at)).unwrap();
    verdict(set, &profile).placement.unwrap().as_str()
}

#[test]
fn a_stay_ends_and_who_was_timed_out_stays_out() {
    let member = Member {
        pool: Pool::Acceleration,
        since: day("2023-09-01"),
        failures: 0,
        last_yearly: Some(2026),
        extended: false,
        override_until: Some(day("2026-08-31")),
    };
    let history = sound(
        &[("PROVINCIAL_TECH_SME", "2024-01-01", Some("2029-12-31"))],
        Standing::Member(member),
    );
    // An override holds against promotion; when it ends, the firm rises.
    let told = run(&history, "2026-06-15", "2029-12-31");
    let rises = on(&told, "2026-09-01").movement.as_ref().unwrap();
    assert_eq!((rises.kind, rises.to_pool), ("PROMOTION", Some("SPRINT")));
    // Three years later the stay in the sprint pool ends; without figures nothing else is known.
    let ends = on(&told, "2029-09-02").movement.as_ref().unwrap();
    assert_eq!((ends.kind, ends.exit_reason), ("EXIT", Some("TIMED_OUT")));
    assert_eq!(told.pool_then, None);
}

#[test]
fn two_failed_years_demote_and_the_first_warns() {
    let member = Member {
        pool: Pool::Sprint,
        since: day("2026-01-01"),
        failures: 0,
        last_yearly: None,
        extended: false,
        override_until: None,
    };
    let mut history = sound(&[], Standing::Member(member));
    let tech = catalogue().by_name("tech_staff").unwrap();
    for fact in &mut history.facts {
        // 8 of 100: below the 9 that keep a member.
        if fact.id == tech {
            fact.figure = Some(Figure {
                value: 8,
                evidence: None,
            });
        }
        if fact.period == Period::Year(2025) {
            continue;
        }
    }
    // The same figures for the year that ends meanwhile.
    let again: Vec<Fact> = history
        .facts
        .iter()
        .filter(|it| it.period == Period::Year(2025))
        .map(|it| Fact {
            period: Period::Year(2026),
            ..*it
        })
        .collect();
    history.facts.extend(again);
    let told = run(&history, "2026-03-01", "2027-12-31");
    let warned = on(&told, "2026-06-01");
    assert!(warned.at_risk && warned.movement.is_none());
    assert!(warned.sentence.contains("预警"), "{}", warned.sentence);
    let demoted = on(&told, "2027-06-01").movement.as_ref().unwrap();
    assert_eq!(
        (demoted.kind, demoted.to_pool),
        ("DEMOTION", Some("ACCELERATION"))
    );
}

#[test]
fn days_since_the_registration_are_reached() {
    let mut history = sound(&[], Standing::Outside { timed_out_of: None });
    history.states[0].registered_on = day("2026-01-10");
    history.states[0].from = day("2026-01-10");
    let told = run(&history, "2026-06-15", "2027-03-31");
    let reached = on(&told, "2027-01-10");
    assert_eq!(reached.causes[0].kind, "AGE_REACHED");
    let pools = reached
        .rule_sets
        .iter()
        .find(|it| it.rule_set == "POOLS")
        .unwrap();
    let age = pools.criteria.iter().find(|it| it.id == "s_age").unwrap();
    assert_eq!((age.before, age.after), (Some("UNMET"), "MET"));
    assert_eq!(age.sentence, "成立天数为 365 天，要求不低于 365 天，符合。");
}

#[test]
fn versions_that_begin_and_end_are_told() {
    let history = sound(&[], Standing::Outside { timed_out_of: None });
    let asked = asked("2026-06-15", "2028-12-31");
    let found = forecast(&history, &dated_library(), asked).unwrap();
    let told = told(&history, &found, &[], asked, Lang::En);
    let begins = on(&told, "2027-03-01");
    assert_eq!(
        (begins.causes[0].kind, begins.causes[0].rule_set.as_deref()),
        ("RULES_BEGIN", Some("POOLS"))
    );
    let ends = on(&told, "2028-03-01");
    assert_eq!(ends.causes[0].kind, "RULES_ENDED");
    let gone = &ends.rule_sets[0];
    assert_eq!(
        (gone.rule_set.as_str(), gone.after.is_none()),
        ("PROVINCIAL_TECH_SME", true)
    );
    assert!(
        ends.sentence.contains("no rules in force"),
        "{}",
        ends.sentence
    );
}

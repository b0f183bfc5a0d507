//! Sentences: one for each outcome of each criterion, in both languages, exact, and routes that lead where they say.

use std::collections::{BTreeMap, BTreeSet};

use sanku::domain::drafting::shipped_cases;
use sanku::domain::evaluate::{
    Deed, Explained, ExplainedCriteria, ExplainedCriterion, ExplainedTest, Figure, HeldTitle,
    Profile, Route, Subject, explain, profile_from_json, to_conditions, to_group,
};
use sanku::domain::facts::catalogue;
use sanku::domain::messages::Lang;
use sanku::domain::outcome::Outcome;
use sanku::domain::rules::test::Operand;
use sanku::domain::rules::{Library, RuleSet};
use sanku::domain::tell::tell;
use serde_json::{Value as Json, json};

use crate::firm::firm;

/// Every criterion is told, each outcome that the firms of the dice and the shipped cases bring about, in both languages,
/// with nothing left to fill in and no word of one language in the other.
#[test]
fn every_outcome_of_every_criterion_has_a_sentence() {
    let mut seen: BTreeMap<String, BTreeSet<Outcome>> = BTreeMap::new();
    let cases = Library::shipped().iter().flat_map(|set| {
        let cases = shipped_cases(&set.code, &set.name).into_iter();
        cases.map(|case| (profile_from_json(&case, None).unwrap(), Some(&set.name)))
    });
    let firms = (0..60).map(|seed| (firm(seed), None));
    for (profile, only) in firms.chain(cases) {
        for set in Library::shipped().iter() {
            if only.is_some_and(|name| *name != set.name) {
                continue;
            }
            for lang in [Lang::Zh, Lang::En] {
                let explained = told(set, &profile, lang);
                sound(explained.sentence.as_deref().unwrap(), lang, &set.name);
                each(&explained, &mut |criterion| {
                    let place = format!("{} {}", set.name, criterion.id);
                    sound(criterion.sentence.as_deref().unwrap(), lang, &place);
                    seen.entry(place).or_default().insert(criterion.outcome);
                });
            }
        }
    }
    let both = [Outcome::Met, Outcome::Unmet];
    let lacking: Vec<_> = seen
        .iter()
        .filter(|(_, outcomes)| !both.iter().all(|it| outcomes.contains(it)))
        .map(|(place, outcomes)| format!("{place}: {outcomes:?}"))
        // One speaks "in principle" and so never is UNMET; the other has no code that would not do.
        .filter(|it| !it.contains("p3_staff") && !it.contains(" h3:"))
        .collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}

/// Money is told to the fen, persons whole, days with the day on which they have passed.
#[test]
fn gaps_are_told_in_real_units() {
    let case = json!({
        "as_of": "2026-06-15",
        "enterprise": { "district_code": "330602", "registered_on": "2025-06-27" },
        "years": { "2025": {
            "sales": "40000000.00", "rd_expense": "1588000.00", "rd_expense_domestic": "1588000.00",
            "staff_total": 100, "tech_staff": 8,
            "total_income": "40000000.00", "hightech_income": "19999999.99",
        } },
        "facts": {
            "abnormal_or_dishonest": false, "major_incident_last_365d": false,
            "ip_class1": 0, "ip_class2": 3, "innovation_self_score": 60, "rd_ledger_or_contract": true,
        },
    });
    let zh = [
        (
            "s_age",
            "成立天数为 353 天，要求不低于 365 天，没有达到。差 12 天（到 2026-06-27）即可达到。",
        ),
        (
            "s_staff",
            "2025年度科技人员数占职工总数的比例为 8%，要求不低于 10%，没有达到。再增加科技人员 2 人即可达到。",
        ),
        (
            "s_rd",
            "2025年度研发费用占销售收入的比例为 3.97%，要求不低于 4%（2025年度销售收入为 4000.00 万元，适用这一档），没有达到。再投入研发费用 1.20 万元即可达到。",
        ),
        (
            "s_hightech",
            "2025年度高新技术产品收入占总收入的比例为约 49.9999%，要求不低于 50%，没有达到。再增加高新技术产品收入 0.01 元即可达到。",
        ),
        (
            "s_ip",
            "以下各项至少须符合 1 项，还没有达到：(1) 一类知识产权数为 0 件，要求不低于 1 件，没有达到；(2) 二类知识产权数为 3 件，要求不低于 5 件，没有达到。再取得二类知识产权 2 件即可达到，另有 1 种办法。",
        ),
        (
            "s_score",
            "企业创新能力评价得分为 60 分，要求不低于 61 分，没有达到。再增加创新能力自评分 1 分即可达到。",
        ),
    ];
    let sentences = sentences(&by_pools(&case, Lang::Zh));
    for (id, sentence) in zh {
        assert_eq!(sentences[id], sentence);
    }
    let en = self::sentences(&by_pools(&case, Lang::En));
    assert_eq!(
        en["s_rd"],
        "R&D expense / sales of 2025 is 3.97%; required: at least 4% (the bracket for sales of 2025 of 40,000,000 yuan): not met. To meet it: spend more on R&D: 12,000 yuan."
    );
    assert_eq!(
        en["s_age"],
        "days since registration is 353 days; required: at least 365 days: not met. To meet it: 12 days short (until 2026-06-27)."
    );
}

/// The sprint pool's steps are few, in the cheapest way, and the summary says what is short.
#[test]
fn the_way_to_the_next_pool_is_told_with_its_steps() {
    let case = json!({
        "as_of": "2026-06-15",
        "enterprise": { "district_code": "330602", "registered_on": "2020-06-27" },
        "years": { "2025": {
            "sales": "40000000.00", "rd_expense": "1188000.00", "rd_expense_domestic": "1188000.00",
            "staff_total": 100, "tech_staff": 8,
        } },
        "facts": {
            "abnormal_or_dishonest": false, "major_incident_last_365d": false,
            "ip_class1": 0, "ip_class2": 3, "rd_ledger_or_contract": true,
        },
        "certifications": [
            { "scheme": "PROVINCIAL_TECH_SME", "valid_from": "2025-01-01", "valid_through": "2027-12-31" },
        ],
    });
    let explained = by_pools(&case, Lang::Zh);
    assert_eq!(
        explained.sentence.as_deref(),
        Some(
            "评为起跑库。加速库：还差 2 项（科技人员占比不低于10%；上年度研发费用占比不低于3%）。最省的办法：再增加科技人员 2 人，并再投入研发费用 1.20 万元。"
        )
    );
    let route = serde_json::to_value(explained.cheapest.unwrap()).unwrap();
    assert_eq!(route["short"], json!(["a_staff", "a_rd"]));
    assert_eq!(
        route["steps"][1],
        json!({
            "kind": "CHANGE", "criteria": ["a_rd"], "fact": "rd_expense", "year": 2025,
            "change": "12000.00", "unit": "yuan", "sentence": "再投入研发费用 1.20 万元",
        })
    );
    let sprint = groups(&by_pools(&case, Lang::Zh))["SPRINT"].clone();
    assert_eq!(
        sprint["route"]["undecided"],
        json!(["s_rd", "s_rd_domestic", "s_hightech", "s_score"])
    );
}

/// Tiers do not build on each other: one more person leads to the sprint pool, where the acceleration pool would take a
/// smaller firm.
#[test]
fn the_nearest_pool_is_not_always_the_next() {
    let case = json!({
        "as_of": "2026-06-15",
        "enterprise": { "district_code": "330602", "registered_on": "2010-06-27" },
        "years": {
            "2023": { "sales": "410000000.00", "rd_expense": "16000000.00", "rd_expense_domestic": "16000000.00" },
            "2024": { "sales": "415000000.00", "rd_expense": "16000000.00", "rd_expense_domestic": "16000000.00" },
            "2025": {
                "sales": "417000000.00", "rd_expense": "16000000.00", "rd_expense_domestic": "16000000.00",
                "staff_total": 735, "tech_staff": 73, "cost_total": "300000000.00",
                "total_assets": "403000000.00", "total_income": "417000000.00", "hightech_income": "300000000.00",
            },
        },
        "facts": {
            "abnormal_or_dishonest": false, "major_incident_last_365d": false, "audited_levy": true,
            "industry_allowed": true, "tsme_direct_route": false, "ip_class1": 1, "ip_class2": 0,
            "innovation_self_score": 75, "rd_ledger_or_contract": true,
        },
    });
    let explained = by_pools(&case, Lang::Zh);
    assert_eq!(
        explained.sentence.as_deref(),
        Some(
            "评为起跑库。冲刺库：还差 1 项（科技人员占比不低于10%）。最省的办法：再增加科技人员 1 人。"
        )
    );
    let acceleration = groups(&explained)["ACCELERATION"].clone();
    assert_eq!(
        acceleration["route"]["steps"].as_array().map(Vec::len),
        Some(3),
        "{acceleration}"
    );
}

/// What is unknown is told with the papers that settle it; the one that stands for many comes first.
#[test]
fn what_is_unknown_names_the_papers() {
    let case = json!({
        "as_of": "2026-06-15",
        "enterprise": { "district_code": "330602", "registered_on": "2020-06-27" },
        "years": { "2025": { "sales": "40000000.00" } },
    });
    let set = Library::shipped()
        .named("NATIONAL_HNTE@2016-01-01")
        .unwrap();
    let profile = profile_from_json(&case, None).unwrap();
    let explained = told(set, &profile, Lang::Zh);
    assert_eq!(
        sentences(&explained)["h4"],
        "2025年度科技人员数占职工总数的比例：缺少2025年度职工总数、2025年度科技人员数，暂不能判断；可由社保缴纳证明、科技人员情况说明确定。"
    );
    assert_eq!(
        sentences(&explained)["h3"],
        "“技术领域”须由人工认定，还没有记录；可依据技术领域认定意见。"
    );
    let unknown = serde_json::to_value(&explained.unknown).unwrap();
    let of = |fact: &str| -> Json {
        let all = unknown.as_array().unwrap().iter();
        all.clone().find(|it| it["fact"] == fact).unwrap().clone()
    };
    let rd = of("rd_expense");
    assert_eq!(rd["label"], "研发费用");
    assert_eq!(rd["years"], json!([2023, 2024, 2025]));
    assert_eq!(rd["documents"][0]["title"], "研发费用专项审计报告");
    assert_eq!(rd["documents"][0]["confidence"], "GENERAL_KNOWLEDGE");
    assert_eq!(of("staff_total")["documents"][0]["id"], "social_insurance");
    assert_eq!(of("ip_class1").get("years"), None);
}

/// Titles with their days, years that did not exist, what is for a person to judge.
#[test]
fn titles_years_and_judgements_are_told() {
    let case = json!({
        "as_of": "2026-12-09",
        "enterprise": { "district_code": "330106", "registered_on": "2025-03-01", "legal_status": "MOVED_OUT" },
        "years": { "2025": {
            "sales": "1000000.00", "rd_expense": "100000.00", "staff_total": 20, "tech_staff": 1,
            "main_revenue": "1000000.00",
        } },
        "certifications": [
            { "scheme": "NATIONAL_HNTE", "valid_from": "2023-12-08", "valid_through": "2026-12-08" },
            { "scheme": "SRDI_SME", "valid_from": "2027-01-01", "valid_through": null },
        ],
    });
    let profile = profile_from_json(&case, None).unwrap();
    let all = |name: &str, lang| {
        let set = Library::shipped().named(name).unwrap();
        sentences(&told(set, &profile, lang))
    };
    let tech = all("NATIONAL_TECH_SME@2017-05-03", Lang::Zh);
    assert!(
        tech["t8"].contains("国家高新技术企业资格已于 2026-12-08 到期"),
        "{}",
        tech["t8"]
    );
    assert!(
        tech["t3"].starts_with("“行业准入”须由人工认定"),
        "{}",
        tech["t3"]
    );
    let giant = all("LITTLE_GIANT@2022-06-01", Lang::Zh);
    assert_eq!(
        giant["g1"],
        "专精特新中小企业资格从 2027-01-01 起才有效。取得专精特新中小企业资格即可达到。"
    );
    assert_eq!(
        giant["g4_growth"],
        "2025年度主营业务收入年平均增长率：2023、2024 年企业尚未成立，按不符合处理。只改一项指标达不到。"
    );
    let provincial = all("PROVINCIAL_TECH_SME", Lang::Zh);
    assert_eq!(
        provincial["p3_staff"],
        "2025年度科技人员数占职工总数的比例为 5%，要求不低于 10%，没有达到；这是“原则上”的要求，须由人工判断。再增加科技人员 1 人即可达到。"
    );
    let pools = all("POOLS", Lang::En);
    assert_eq!(
        pools["n_active"],
        "\"legal status\" is Moved out; required: Active."
    );
}

/// After all steps of a route no criterion on it is UNMET but the ones it says cannot be met.
#[test]
fn routes_lead_where_they_say() {
    let (mut walked, mut several) = (0, 0);
    for seed in 0..80 {
        let profile = firm(seed);
        for set in Library::shipped().iter() {
            let of_groups = set
                .groups()
                .filter_map(|group| to_group(set, group, &profile));
            for route in to_conditions(set, &profile).into_iter().chain(of_groups) {
                let after = walk(&route, &profile);
                let explained = explain(set, &after, Lang::Zh);
                each(&explained, &mut |criterion| {
                    let on_it = route.short.iter().any(|it| it.id == criterion.id);
                    let blocked = route.blocked.iter().any(|it| it.id == criterion.id);
                    if on_it && !blocked {
                        walked += 1;
                        let told = (&set.name, seed, criterion.id, &route.steps);
                        assert_ne!(criterion.outcome, Outcome::Unmet, "{told:?}");
                    }
                });
                several += usize::from(route.steps.len() > 1);
            }
        }
    }
    assert!(walked > 1_000 && several > 150, "{walked} {several}");
}

fn walk(route: &Route<'_>, profile: &Profile) -> Profile {
    let mut after = profile.clone();
    let mut days = 0;
    for step in &route.steps {
        match &step.deed {
            Deed::Title(schemes) => after.add_title(HeldTitle {
                scheme: schemes[0].clone(),
                valid_from: profile.as_of(),
                valid_through: None,
            }),
            Deed::Code { operand, place, .. } => set_figure(&mut after, *operand, *place),
            Deed::Change(way) => match way.subject {
                Subject::Age => days = way.change,
                Subject::Answer(operand) => set_figure(&mut after, operand, way.change),
                Subject::Fact(operand) => {
                    let now = after.figure(operand).map_or(0, |it| it.value);
                    set_figure(&mut after, operand, now + way.change);
                }
            },
        }
    }
    match days {
        0 => after,
        // The day stays, so that the years do: the firm is as much older.
        _ => older(&after, days.unsigned_abs()),
    }
}

fn older(profile: &Profile, days: u64) -> Profile {
    let mut older = Profile::new(
        profile.as_of(),
        profile.registered_on() - chrono::Days::new(days),
        profile.district_code(),
        profile.legal_status(),
    );
    for (id, _) in catalogue().iter() {
        for year in [2023, 2024, 2025] {
            if let Some(figure) = profile.annual(year, id) {
                older.set_annual(year, id, figure);
            }
        }
        if let Some(figure) = profile.dated(id) {
            older.set_dated(id, figure);
        }
    }
    profile
        .titles()
        .iter()
        .for_each(|it| older.add_title(it.clone()));
    older
}

fn set_figure(profile: &mut Profile, operand: Operand, value: i64) {
    let figure = Figure {
        value,
        evidence: None,
    };
    match operand.is_annual() {
        true => profile.set_annual(profile.year_of(operand), operand.fact, figure),
        false => profile.set_dated(operand.fact, figure),
    }
}

fn sound(sentence: &str, lang: Lang, place: &str) {
    let han = sentence.chars().any(|it| ('一'..='鿿').contains(&it));
    assert_eq!(han, lang == Lang::Zh, "{place}: {sentence}");
    assert!(!sentence.contains(['{', '}']), "{place}: {sentence}");
    assert!(sentence.ends_with(['。', '.']), "{place}: {sentence}");
    for twice in ["。。", "..", "  ", "told."] {
        assert!(!sentence.contains(twice), "{place}: {sentence}");
    }
}

fn by_pools(case: &Json, lang: Lang) -> Explained<'static> {
    let pools = Library::shipped().named("POOLS").unwrap();
    told(pools, &profile_from_json(case, None).unwrap(), lang)
}

fn told<'a>(set: &'a RuleSet, profile: &Profile, lang: Lang) -> Explained<'a> {
    let mut explained = explain(set, profile, lang);
    tell(set, profile, &mut explained, lang);
    explained
}

fn sentences(explained: &Explained<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    each(explained, &mut |it| {
        found.insert(it.id.to_owned(), it.sentence.clone().unwrap());
    });
    found
}

fn groups(explained: &Explained<'_>) -> BTreeMap<String, Json> {
    let ExplainedCriteria::Groups(groups) = &explained.criteria else {
        return BTreeMap::new();
    };
    let told = groups
        .iter()
        .map(|it| (it.id.to_owned(), serde_json::to_value(it).unwrap()));
    told.collect()
}

/// Every criterion of an explanation, those of embedded rule sets included.
fn each(explained: &Explained<'_>, visit: &mut impl FnMut(&ExplainedCriterion<'_>)) {
    match &explained.criteria {
        ExplainedCriteria::List(list) => list.iter().for_each(|it| nested(it, visit)),
        ExplainedCriteria::Groups(groups) => groups
            .iter()
            .flat_map(|group| &group.criteria)
            .for_each(|it| nested(it, visit)),
    }
}

fn nested(criterion: &ExplainedCriterion<'_>, visit: &mut impl FnMut(&ExplainedCriterion<'_>)) {
    visit(criterion);
    criterion.tests.iter().for_each(|test| within(test, visit));
}

fn within(test: &ExplainedTest<'_>, visit: &mut impl FnMut(&ExplainedCriterion<'_>)) {
    test.criteria.iter().for_each(|it| nested(it, visit));
    test.tests.iter().for_each(|it| within(it, visit));
}

//! What time brings to an enterprise, and its tasks, through HTTP.

use chrono::Duration;
use serde_json::{Value, json};

use crate::builders::{Staff, faults, told};
use crate::firms::{approve, firm, open, ready, run};
use crate::on_both_engines;

on_both_engines!(a_forecast_tells_lapses_pools_and_duties, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    let staff = Staff::of(db);
    let url = format!("/v1/enterprises/{uscc}");
    let title = staff.city.post(
        &format!("{url}/certifications"),
        json!({ "scheme": "NATIONAL_HNTE", "number": "GR202333000001", "valid_from": "2023-09-08", "valid_through": "2026-09-08" }),
    );
    assert_eq!(title.status, 201, "{}", title.text());
    let found = staff.city.get(&format!("{url}/forecast?until=2027-06-30"));
    assert_eq!(found.status, 200, "{}", found.text());
    let found = found.json();
    assert_eq!(
        [
            &found["uscc"],
            &found["as_of"],
            &found["until"],
            &found["pool"]
        ],
        [
            &json!(uscc),
            &json!("2026-06-15"),
            &json!("2027-06-30"),
            &Value::Null
        ]
    );
    let of = |list: &Value, name: &str, value: &str| -> Value {
        let mut items = list.as_array().unwrap().iter();
        items
            .find(|it| it[name] == value)
            .unwrap_or_else(|| panic!("no {value}: {list}"))
            .clone()
    };
    assert_eq!(of(&found["now"], "rule_set", "POOLS")["pool"], "GRADUATED");
    let lapse = of(&found["changes"], "day", "2026-09-09");
    assert_eq!(lapse["causes"][0]["kind"], "TITLE_ENDED");
    assert_eq!(lapse["movement"]["to_pool"], "ACCELERATION");
    assert!(
        lapse["sentence"]
            .as_str()
            .unwrap()
            .starts_with("国家高新技术企业资格已于 2026-09-08 到期")
    );
    let gate = of(
        &of(&lapse["rule_sets"], "rule_set", "POOLS")["criteria"],
        "id",
        "g_hnte",
    );
    assert_eq!([&gate["before"], &gate["after"]], ["UNMET", "MET"]);
    let first = &found["duties"][0];
    assert_eq!(
        [&first["duty"], &first["due"], &first["scheme"]],
        ["hnte_renewal", "2026-09-08", "NATIONAL_HNTE"]
    );
    assert!(
        first["clause"]["document"]
            .as_str()
            .unwrap()
            .contains("32号")
    );
    // In English, and by one rule set alone.
    let english = [("accept-language", "en")];
    let english = staff
        .city
        .send(
            "GET",
            &format!("{url}/forecast?rule_set=POOLS"),
            &english,
            None,
        )
        .json();
    assert_eq!(english["until"], "2027-06-15");
    assert_eq!(english["now"].as_array().unwrap().len(), 1);
    assert!(
        english["duties"][0]["title"]
            .as_str()
            .unwrap()
            .starts_with("apply for recognition")
    );
    let slips = [
        ("until=2026-06-14", "/until", "forecast.until_order"),
        ("until=2036-06-16", "/until", "forecast.until_range"),
        ("until=2026-02-30", "/until", "date.no_such_day"),
        ("rule_set=POOL", "/rule_set", "rule_set.unknown"),
    ];
    for (query, place, code) in slips {
        let refused = staff.city.get(&format!("{url}/forecast?{query}"));
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert_eq!(faults(&refused), told([(place, code)]), "{query}");
    }
    assert_eq!(
        staff
            .city
            .get(&format!("{url}/forecast?as_of=1960-01-01"))
            .status,
        404
    );
});

on_both_engines!(a_member_is_followed_from_the_day_it_came_in, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    for proposal in open(db) {
        approve(db, &proposal.id, "checker");
    }
    let staff = Staff::of(db);
    let url = format!("/v1/enterprises/{uscc}/forecast?rule_set=POOLS&until=2029-12-31");
    let found = staff.city.get(&url).json();
    assert_eq!(
        [&found["pool"], &found["pool_then"]],
        [&json!("ACCELERATION"), &Value::Null]
    );
    let changes = found["changes"].as_array().unwrap();
    let exit = changes
        .iter()
        .find(|it| it["movement"]["exit_reason"] == "TIMED_OUT")
        .unwrap();
    assert_eq!(exit["day"], "2029-06-16", "three years after it came in");
    // What was known before says less.
    let before = staff
        .city
        .get(&format!("{url}&known_at=2026-06-15T07:59:59Z"));
    assert_eq!(
        before.status, 404,
        "the enterprise was not on the register yet"
    );
});

on_both_engines!(
    tasks_are_open_duties_and_facts_that_keep_answers_open,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 10);
        let staff = Staff::of(db);
        let url = format!("/v1/enterprises/{uscc}");
        let title = json!({ "scheme": "NATIONAL_HNTE", "number": "GR202333000001", "valid_from": "2023-09-08", "valid_through": "2026-09-08" });
        assert_eq!(
            staff
                .city
                .post(&format!("{url}/certifications"), title)
                .status,
            201
        );
        let found = staff.city.get(&format!("{url}/tasks")).json();
        assert_eq!(found["next_cursor"], Value::Null);
        let items = found["items"].as_array().unwrap();
        assert_eq!(
            [&items[0]["kind"], &items[0]["duty"]],
            ["DUTY", "hnte_renewal"]
        );
        let facts: Vec<&Value> = items.iter().filter(|it| it["kind"] == "FACT").collect();
        assert!(!facts.is_empty());
        let counts: Vec<usize> = facts
            .iter()
            .map(|it| it["rule_sets"].as_array().unwrap().len())
            .collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
        let class = facts
            .iter()
            .find(|it| it["fact"] == "industry_class")
            .expect("what the size class lacks");
        assert_eq!(class["documents"][0]["id"], "licence");
        let keeps_open = class["rule_sets"].as_array().unwrap();
        assert!(keeps_open.contains(&json!("SIZE_CLASS")), "{class}");
        // In spring the report is due first.
        let spring = staff
            .city
            .get(&format!("{url}/tasks?as_of=2026-05-01"))
            .json();
        assert_eq!(spring["items"][0]["duty"], "hnte_report");
        assert_eq!(spring["items"][0]["due"], "2026-05-31");
        // A change of name opens another one, for three months.
        db.clock.advance(Duration::minutes(1));
        let shown = staff.city.get(&url);
        let body = json!({ "name": "虚构越城改名科技有限公司" });
        let named = staff.city.change("PATCH", &url, shown.header("etag"), body);
        assert_eq!(named.status, 200, "{}", named.text());
        let after = staff.city.get(&format!("{url}/tasks")).json();
        let change = after["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["duty"] == "hnte_change");
        assert_eq!(change.expect("a report of the change")["due"], "2026-09-15");
    }
);

on_both_engines!(
    a_forecast_takes_a_version_by_its_day_as_eligibility_does,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 10);
        let staff = Staff::of(db);
        let now = |rule_set: &str| {
            let url = format!("/v1/enterprises/{uscc}/forecast?rule_set={rule_set}");
            let found = staff.city.get(&url);
            assert_eq!(found.status, 200, "{rule_set}: {}", found.text());
            found.json()["now"].clone()
        };
        assert_eq!(now("POOLS@2021-07-25"), now("POOLS"));
        // Another version is in force by now; who names this one asks for this one.
        let old = now("SRDI_SME@2022-06-01");
        assert_ne!(old, now("SRDI_SME"));
        assert_eq!(old.as_array().unwrap().len(), 1);
        let url = format!("/v1/enterprises/{uscc}/forecast?rule_set=POOLS@2021-07-24");
        assert_eq!(
            faults(&staff.city.get(&url)),
            told([("/rule_set", "rule_set.unknown")])
        );
    }
);

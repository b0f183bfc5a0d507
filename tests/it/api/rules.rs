//! `/v1/rule-sets` and `…/eligibility`.

use chrono::Duration;
use insta::assert_json_snapshot;
use sanku::app::caller::Caller;
use sanku::app::rules;
use sanku::domain::rules::Library;
use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, masked, told};
use crate::client::Client;
use crate::firms::{firm, ready, year};
use crate::harness::TestDb;
use crate::on_both_engines;

/// The city asks for all four signs of the lowest pool from a day on.
fn stricter(db: &TestDb, from: &str) {
    let shipped = Library::shipped().named("POOLS").expect("shipped");
    let mut document = shipped.document.clone();
    document["effective_from"] = from.into();
    document["pool"][2]["need"] = json!(4);
    rules::publish(&db.app, &Caller::operator(), &document).expect("published");
}

on_both_engines!(rule_sets_are_read_on_both_time_axes, |db| {
    ready(db);
    let staff = Staff::of(db);
    let all = staff.auditor.get("/v1/rule-sets").json();
    let codes: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect();
    assert!(codes.is_sorted() && codes.contains(&"POOLS") && codes.contains(&"NATIONAL_HNTE"));
    staff.later(db, Duration::hours(1));
    stricter(db, "2026-01-01");
    let versions = staff.city.get("/v1/rule-sets/POOLS/versions");
    assert_json_snapshot!("versions", masked(versions.json()));
    let version = |query: &str| {
        let listed = staff.city.get(&format!("/v1/rule-sets?{query}")).json();
        let items = listed["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .find(|it| it["code"] == "POOLS")
            .map(|it| it["version"].clone())
    };
    assert_eq!(version(""), Some(json!(2)));
    assert_eq!(version("as_of=2025-12-31"), Some(json!(1)));
    assert_eq!(version("known_at=2026-06-15T08:59:59Z"), Some(json!(1)));
    assert_eq!(version("as_of=2021-07-24"), None);
    let second = "/v1/rule-sets/POOLS/versions/2";
    let document = staff.city.get(second).json();
    assert_eq!(document["document"]["pool"][2]["code"], "STARTER");
    assert_eq!(
        (&document["in_force"], &document["effective_until"]),
        (&json!(true), &Value::Null)
    );
    let early = staff
        .city
        .get(&format!("{second}?known_at=2026-06-15T08:59:59Z"));
    assert_eq!(early.status, 404, "not known yet");
    let first = staff.city.get("/v1/rule-sets/POOLS/versions/1").json();
    assert_eq!(first["effective_until"], "2025-12-31", "the last day");
    for missing in [
        "NONE/versions",
        "NONE/versions/1",
        "POOLS/versions/9",
        "POOLS/versions/x",
    ] {
        assert_eq!(
            staff.city.get(&format!("/v1/rule-sets/{missing}")).status,
            404,
            "{missing}"
        );
    }
    let english = [("accept-language", "en")];
    let listed = staff
        .city
        .send("GET", "/v1/rule-sets/POOLS/versions", &english, None)
        .json();
    assert!(listed["items"][0]["title"].as_str().unwrap().is_ascii());
});

on_both_engines!(eligibility_is_explained_on_both_time_axes, |db| {
    ready(db);
    let uscc = firm(db, 1, 4);
    let staff = Staff::of(db);
    let url = &format!("/v1/enterprises/{uscc}/eligibility");
    assert_json_snapshot!("eligibility", masked(staff.city.get(url).json()));
    let pool = |query: &str| {
        let found = staff.city.get(&format!("{url}?{query}"));
        assert_eq!(found.status, 200, "{}", found.text());
        (
            found.json()["pool"].clone(),
            found.json()["version"].clone(),
        )
    };
    assert_eq!(pool(""), (json!("STARTER"), json!(1)));
    staff.later(db, Duration::hours(1));
    year(db, &uscc, 2025, 10);
    assert_eq!(pool(""), (json!("ACCELERATION"), json!(1)));
    assert_eq!(
        pool("known_at=2026-06-15T08:59:59Z"),
        (json!("STARTER"), json!(1))
    );
    year(db, &uscc, 2025, 4);
    staff.later(db, Duration::hours(1));
    stricter(db, "2026-01-01");
    assert_eq!(pool(""), (json!("NONE"), json!(2)));
    assert_eq!(
        pool("known_at=2026-06-15T09:59:59Z"),
        (json!("STARTER"), json!(1))
    );
    assert_eq!(
        pool("rule_set=POOLS@2021-07-25"),
        (json!("STARTER"), json!(1))
    );
    // On the last day of 2025 the figures of that year are not looked at yet, nor do the facts of 2026 hold.
    assert_eq!(pool("as_of=2025-12-31"), (Value::Null, json!(1)));
    let before = staff.city.get(&format!("{url}?as_of=2018-02-28"));
    assert_eq!(before.status, 404, "it was not registered yet");
});

on_both_engines!(
    eligibility_speaks_the_callers_language_and_keeps_the_scope,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 5);
        let staff = Staff::of(db);
        let url = &format!("/v1/enterprises/{uscc}/eligibility");
        let title = |language: &str| {
            let found = staff
                .city
                .send("GET", url, &[("accept-language", language)], None)
                .json();
            found["criteria"][0]["title"].as_str().unwrap().to_string()
        };
        assert_eq!(
            (title("zh-CN").as_str(), title("en").as_str()),
            ("排除情形", "exclusion")
        );
        let hnte = staff
            .city
            .get(&format!("{url}?rule_set=NATIONAL_HNTE"))
            .json();
        assert_eq!(hnte["rule_set"], "NATIONAL_HNTE");
        assert_eq!(hnte["pool"], Value::Null);
        assert!(hnte["criteria"][0]["clause"]["article"].is_string());
        let size = staff
            .city
            .get(&format!("{url}?rule_set=SIZE_CLASS@2011-06-18"))
            .json();
        assert_eq!(
            (&size["outcome"], size.get("undecided")),
            (&json!("UNKNOWN"), None)
        );
        // It classifies and has no criteria.
        assert_eq!(size.get("criteria"), None);
        let unknown = staff.city.get(&format!("{url}?rule_set=NONE"));
        assert_eq!(
            (unknown.status, faults(&unknown)),
            (400, told([("/rule_set", "rule_set.unknown")]))
        );
        let typo = staff.city.get(&format!("{url}?ruleset=POOLS"));
        assert_eq!(typo.status, 400);
        let other = Client::with_role(db, "keqiao", "DISTRICT_OFFICER", Some("330603"), None);
        assert_eq!(other.get(url).status, 404);
        let own = Client::with_role(db, "own", "ENTERPRISE", None, Some(&uscc));
        assert_eq!(own.get(url).status, 200);
        assert_eq!(
            own.get(&format!("/v1/enterprises/{}/eligibility", code(2)))
                .status,
            404
        );
    }
);

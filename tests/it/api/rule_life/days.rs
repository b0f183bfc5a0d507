//! Which version counts on a day by what was known at an instant, dated values, and what changed.

use chrono::Duration;
use serde_json::{Value, json};

use super::{Office, document, texts};
use crate::builders::{faults, told};
use crate::firms::{firm, ready};
use crate::on_both_engines;

on_both_engines!(a_version_is_found_by_its_day_and_by_what_was_known, |db| {
    let office = Office::of(db);
    office.published(&document("3"), "2026-01-01");
    office.later(db, Duration::hours(1));
    office.published(&document("4"), "2027-01-01");
    office.later(db, Duration::hours(1));
    // Found out later: something else was in force for half a year.
    office.published(&document("5"), "2026-03-01");
    let versions = |query: &str| {
        let listed = office
            .district
            .get(&format!("/v1/rule-sets/CITY_RULE/versions?{query}"));
        assert_eq!(listed.status, 200, "{}", listed.text());
        texts(&listed.json()["items"], "status")
    };
    assert_eq!(
        versions("as_of=2025-12-31"),
        ["SCHEDULED", "SCHEDULED", "SCHEDULED"]
    );
    assert_eq!(
        versions("as_of=2026-02-28"),
        ["IN_FORCE", "SCHEDULED", "SCHEDULED"]
    );
    assert_eq!(versions(""), ["SUPERSEDED", "SCHEDULED", "IN_FORCE"]);
    assert_eq!(
        versions("as_of=2027-01-01"),
        ["SUPERSEDED", "IN_FORCE", "SUPERSEDED"]
    );
    assert_eq!(versions("known_at=2026-06-15T08:30:00Z"), ["IN_FORCE"]);
    assert_eq!(
        versions("known_at=2026-06-15T09:30:00Z&as_of=2027-01-01"),
        ["SUPERSEDED", "IN_FORCE"]
    );
    let first = office
        .district
        .get("/v1/rule-sets/CITY_RULE/versions/1")
        .json();
    assert_eq!(first["effective_until"], "2026-02-28");
    let limit = |query: &str| {
        let listed = office
            .district
            .get(&format!("/v1/rule-sets?{query}"))
            .json();
        listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["code"] == "CITY_RULE")
            .map(|it| it["version"].clone())
    };
    assert_eq!(limit("as_of=2026-12-31"), Some(json!(3)));
    assert_eq!(limit("as_of=2027-01-01"), Some(json!(2)));
    assert_eq!(limit("known_at=2026-06-15T08:30:00Z"), Some(json!(1)));

    office.later(db, Duration::hours(1));
    let url = "/v1/rule-sets/CITY_RULE/retirements";
    let retire = |body: Value| office.maker.post(url, body);
    let slip = retire(json!({ "effective_until": "2026-02-30" }));
    assert_eq!(
        faults(&slip),
        told([
            ("/effective_until", "date.no_such_day"),
            ("/reason", "field.required")
        ])
    );
    assert_eq!(
        office
            .checker
            .post(
                "/v1/rule-sets/NONE/retirements",
                json!({"effective_until": "2026-12-31", "reason": "x"})
            )
            .status,
        404
    );
    let retired = office.retired("CITY_RULE", "2026-12-31");
    assert_eq!(retired["state"], "APPROVED");
    assert_eq!(versions(""), ["SUPERSEDED", "RETIRED", "IN_FORCE"]);
    assert_eq!(
        versions("as_of=2027-01-01"),
        ["SUPERSEDED", "RETIRED", "RETIRED"]
    );
    assert_eq!(limit("as_of=2027-01-01"), None);
    assert_eq!(
        limit("as_of=2027-01-01&known_at=2026-06-15T10:59:59Z"),
        Some(json!(2))
    );
    // What is published afterwards for a later day begins anew.
    office.published(&document("6"), "2027-06-01");
    assert_eq!(limit("as_of=2027-05-31"), None);
    assert_eq!(limit("as_of=2027-06-01"), Some(json!(4)));
});

// Documents of other kinds lie in the same tables; their names are near those of rule sets.
on_both_engines!(other_kinds_of_documents_are_no_rule_sets, |db| {
    let office = Office::of(db);
    office.published(&document("3"), "2026-01-01");
    let seen = || {
        let listed = office.district.get("/v1/rule-sets").json()["items"].clone();
        let versions = office.district.get("/v1/rule-sets/CITY_RULE/versions");
        (listed, versions.json()["items"].clone())
    };
    let before = seen();
    for name in [
        "RULE_SETS/CITY_RULE",
        "RULE_SET",
        "RULE/CITY_RULE",
        "RULE_SEU/A",
    ] {
        db.tamper(&format!(
            "INSERT INTO document_versions (name, version, effective_from, hash, document, recorded_at, seq)
             VALUES ('{name}', 9, '2026-01-01', 'h', '{{}}', '2026-06-15 08:00:00', 1)"
        ));
        db.tamper(&format!(
            "INSERT INTO document_retirements (id, name, state, effective_until, reason, proposed_by, proposed_at, decided_by, decided_at, seq)
             VALUES ('{name}', '{name}', 'APPROVED', '2026-01-02', 'r', 'a', '2026-06-15 08:00:00', 'b', '2026-06-15 08:00:00', 1)"
        ));
    }
    office.later(db, Duration::hours(1));
    assert_eq!(seen(), before);
    // What counts is counted anew, and the rule set is still the one in force.
    office.published(&document("4"), "2026-02-01");
    assert_eq!(seen().0.as_array().map(Vec::len), Some(1));
});

on_both_engines!(a_dated_limit_counts_from_its_day, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    let office = Office::of(db);
    let mut dated = document("3");
    dated["criterion"][0]["at_least"] = json!({
        "values": { "2026-01-01": { "percent": "3" }, "2026-06-01": { "percent": "7" } },
        "clauses": { "2026-06-01": { "document": "绍政发〔2026〕9号", "article": "第三条" } },
    });
    let url = office.published(&dated, "2026-01-01");
    let judged = |day: &str| {
        let found = office.maker.get(&format!(
            "/v1/enterprises/{uscc}/eligibility?rule_set=CITY_RULE&as_of={day}"
        ));
        assert_eq!(found.status, 200, "{}", found.text());
        let found = found.json();
        let criterion = &found["criteria"][0];
        (
            found["version"].clone(),
            criterion["outcome"].clone(),
            criterion["required"].clone(),
            criterion["clause"].clone(),
        )
    };
    let clause =
        |document: &str, article: &str| json!({ "document": document, "article": article });
    assert_eq!(
        judged("2026-05-31"),
        (
            json!(1),
            json!("MET"),
            json!("0.030000"),
            clause("绍政发〔2026〕1号", "第二条")
        )
    );
    assert_eq!(
        judged("2026-06-01"),
        (
            json!(1),
            json!("UNMET"),
            json!("0.070000"),
            clause("绍政发〔2026〕9号", "第三条")
        )
    );
    // Both periods have their boundary tests.
    let cases = texts(
        &office.maker.get(&format!("{url}/test-cases")).json()["items"],
        "id",
    );
    for id in ["2026-01-01:rd/at", "2026-06-01:rd/at"] {
        assert!(cases.contains(&id.to_string()), "{cases:?}");
    }
});

on_both_engines!(what_changed_is_told_in_words, |db| {
    let office = Office::of(db);
    office.published(&document("3"), "2026-01-01");
    let next = office.draft(&document("4")).header("location").to_string();
    let url = format!("{next}/differences");
    let found = office.auditor.get(&url).json();
    assert_eq!([&found["from"], &found["to"]], [1, 2]);
    assert_eq!(
        found["items"][0],
        json!({ "place": "rd/at_least", "criterion": "rd", "title": "研发占比", "kind": "LIMIT", "from": "3%", "to": "4%",
            "text": "研发费用占销售收入不低于 3% → 4%" })
    );
    let english = office
        .auditor
        .send(
            "GET",
            &format!("{url}?from=1"),
            &[("accept-language", "en")],
            None,
        )
        .json();
    assert_eq!(
        english["items"][0]["text"],
        "R&D expense / sales at least 3% → 4%"
    );
    assert_eq!(
        office
            .auditor
            .get(&format!("{next}/differences?from=7"))
            .status,
        404
    );
    assert_eq!(
        office.district.get(&url).status,
        404,
        "the draft is not there for a district"
    );
    assert_eq!(
        office
            .auditor
            .get("/v1/rule-sets/CITY_RULE/versions/1/differences")
            .status,
        404,
        "none before"
    );
});

//! What keeps a version from being published, and what is no document at all.

use sanku::app::caller::Caller;
use sanku::app::rules;
use sanku::domain::messages::{self, Lang};
use sanku::domain::rules::Library;
use serde_json::{Value, json};

use super::{Office, by_sql, document, texts};
use crate::builders::{faults, told};
use crate::firms::{firm, ready};
use crate::on_both_engines;

on_both_engines!(what_is_published_never_changes, |db| {
    ready(db);
    for sql in [
        "UPDATE document_versions SET document = '{}'",
        "DELETE FROM document_versions",
    ] {
        assert!(by_sql(db, sql.into()).is_err(), "{sql}");
    }
    let office = Office::of(db);
    let pools = office.maker.get("/v1/rule-sets/POOLS/versions/1");
    assert_eq!(pools.json()["status"], "IN_FORCE");
    let document = pools.json()["document"].clone();
    for (method, step) in [
        ("PUT", ""),
        ("POST", "/approvals"),
        ("POST", "/publications"),
        ("POST", "/test-runs"),
    ] {
        let url = format!("/v1/rule-sets/POOLS/versions/1{step}");
        let body = match step {
            "" => json!({ "document": document }),
            "/publications" => json!({ "effective_from": "2027-01-01" }),
            _ => json!({}),
        };
        let refused = office.maker.change(method, &url, "*", body);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "rule_version.not_now"),
            "{method} {url}"
        );
    }
});

on_both_engines!(no_publication_without_its_boundary_tests, |db| {
    let office = Office::of(db);
    let url = office.draft(&document("3")).header("location").to_string();
    let all = office.tested(&url)["suggestions"].clone();
    office.add(&office.maker, &url, &json!([all[0]]));
    assert_eq!(office.tested(&url)["passed"], true);
    let approvals = format!("{url}/approvals");
    assert_eq!(office.checker.post(&approvals, json!({})).status, 201);
    let refused = office.publish(&url, "2026-01-01");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "rule_set.boundary_missing")
    );
    let problem = refused.json();
    let named = texts(&problem["errors"], "pointer");
    assert!(
        named.contains(&"/test_cases/rd~1above".to_string()),
        "{named:?}"
    );
    assert!(
        texts(&problem["errors"], "code")
            .iter()
            .all(|it| it == "rule_case.boundary_missing")
    );
    assert!(
        problem["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("缺少边界测试")
    );
    // Whoever approved and then adds a case has a hand in what proves the version: another one approves it.
    let one = json!([problem["suggestions"][0]]);
    let by_approver = office.add(&office.checker, &url, &one);
    assert_eq!(by_approver["state"], "DRAFT");
    office.tested(&url);
    assert_eq!(
        office.checker.post(&approvals, json!({})).code(),
        "rule_version.maker_is_checker"
    );
    let another = crate::client::Client::with_role(db, "another", "CITY_OFFICER", None, None);
    assert_eq!(another.post(&approvals, json!({})).status, 201);
    // Further cases take nothing back: the approval stands.
    let added = office.add(&office.maker, &url, &problem["suggestions"]);
    assert_eq!(added["state"], "APPROVED");
    let published = office.publish(&url, "2026-01-01");
    assert_eq!(published.status, 201, "{}", published.text());

    // The next version inherits the cases; those the new limit turns fail, and what is suggested takes their place.
    let next = office.draft(&document("4"));
    let url = next.header("location").to_string();
    let run = office.tested(&url);
    assert_eq!(
        (&run["passed"], &run["case_count"]),
        (&json!(false), &added["total"])
    );
    let failed: Vec<&Value> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["passed"] == false)
        .collect();
    assert!(failed.iter().any(|it| it["id"] == "rd/at"), "{failed:?}");
    assert_eq!(
        (
            &failed[0]["expected"]["outcome"],
            &failed[0]["got"]["outcome"]
        ),
        (&json!("MET"), &json!("UNMET"))
    );
    let changed = office.add(&office.maker, &url, &run["suggestions"]);
    assert!(!changed["replaced"].as_array().unwrap().is_empty());
    assert_eq!(office.tested(&url)["passed"], true);
    assert_eq!(
        office
            .checker
            .post(&format!("{url}/approvals"), json!({}))
            .status,
        201
    );
    // A case that is replaced or taken away voids the approval.
    let case = json!({ "cases": [{ "id": "rd/at", "as_of": "2026-06-15",
        "enterprise": { "registered_on": "2018-01-01", "district_code": "330602" }, "expected": { "outcome": "MET" } }] });
    let spoiled = office.maker.post(&format!("{url}/test-cases"), case);
    assert_eq!(spoiled.json()["state"], "DRAFT");
    let run = office.tested(&url);
    assert_eq!(
        (&run["passed"], &run["failed_count"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(
        office
            .checker
            .post(&format!("{url}/approvals"), json!({}))
            .code(),
        "rule_version.not_tested"
    );
});

on_both_engines!(a_static_error_keeps_a_version_from_publication, |db| {
    let office = Office::of(db);
    let mut never = document("3");
    never["criterion"][1] = json!({
        "id": "twice", "title": "矛盾", "title_en": "contradiction",
        "all": [{ "fact": "audited_levy", "is": true }, { "fact": "audited_levy", "is": false }],
    });
    let url = office.draft(&never).header("location").to_string();
    let run = office.tested(&url);
    assert_eq!(run["findings"][0]["severity"], "ERROR", "{run}");
    office.add(&office.maker, &url, &run["suggestions"]);
    assert_eq!(office.tested(&url)["passed"], true);
    assert_eq!(
        office
            .checker
            .post(&format!("{url}/approvals"), json!({}))
            .status,
        201
    );
    let refused = office.publish(&url, "2026-01-01");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "rule_set.check_failed")
    );
    assert_eq!(refused.json()["errors"][0]["code"], "rule_set.finding");
});

on_both_engines!(
    an_embedded_rule_set_may_be_published_anew_for_its_day,
    |db| {
        ready(db);
        let office = Office::of(db);
        let shipped = &Library::shipped()
            .named("NATIONAL_TECH_SME@2017-05-03")
            .unwrap()
            .document;
        let mut corrected = shipped.clone();
        corrected["title"] = "国家科技型中小企业评价（勘误）".into();
        rules::publish(&db.app, &Caller::operator(), &corrected).expect("published");
        // The pool rules embed it by its name, and were recorded before.
        let uscc = firm(db, 1, 10);
        let url = format!("/v1/enterprises/{uscc}/eligibility");
        let found = office.maker.get(&url);
        assert_eq!(
            (found.status, &found.json()["pool"]),
            (200, &json!("ACCELERATION"))
        );
        // One that would break what embeds it is refused.
        let mut broken = Library::shipped()
            .named("NATIONAL_HNTE@2016-01-01")
            .unwrap()
            .document
            .clone();
        let text = broken.to_string().replace("\"total\"", "\"whole\"");
        broken = serde_json::from_str(&text).unwrap();
        let refused = rules::publish(&db.app, &Caller::operator(), &broken).unwrap_err();
        let sanku::app::error::AppError::Invalid { errors } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(errors[0].code, "rule_set.breaks_others");
        let zh = messages::of(&errors[0], Lang::Zh);
        assert!(
            zh.starts_with("发布后 ") && zh.ends_with(" 不能成立，原因如下"),
            "{zh}"
        );
        assert_eq!(errors[1].code, "rule_set.entry_unknown");
        assert_eq!(errors[1].params.iter().filter(|it| it.0 == "at").count(), 1);
    }
);

on_both_engines!(a_document_that_is_none_is_refused_by_place, |db| {
    let office = Office::of(db);
    let versions = "/v1/rule-sets/CITY_RULE/versions";
    let raw = |body: Vec<u8>| {
        let headers = [("content-type", "application/json")];
        office.maker.send_raw("POST", versions, &headers, body)
    };
    assert_eq!(raw(vec![b' '; 10 * 1024 * 1024]).status, 413);
    let mut large = document("3");
    large["source"] = "长".repeat(4 * 1024 * 1024).into();
    assert_eq!(
        raw(serde_json::to_vec(&json!({ "document": large })).unwrap()).status,
        413
    );
    let deep = format!(
        "{{\"document\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(raw(deep.into_bytes()).code(), "request.json_too_deep");
    let mut nested = json!({ "fact": "audited_levy", "is": true });
    for _ in 0..10 {
        nested = json!({ "any": [nested] });
    }
    let mut document_of_any = document("3");
    document_of_any["criterion"][1] = nested.clone();
    document_of_any["criterion"][1]["id"] = "deep".into();
    document_of_any["criterion"][1]["title"] = "深".into();
    document_of_any["criterion"][1]["title_en"] = "deep".into();
    assert_eq!(office.draft(&document_of_any).status, 201);
    let with = |pointer: &str, value: Value| {
        let mut changed = document("3");
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    for (changed, pointer) in [
        (json!(null), ""),
        (json!([1, 2]), ""),
        (
            with("/effective_from", json!("2026-02-30")),
            "/effective_from",
        ),
        (with("/criterion", json!({})), "/criterion"),
        (
            with("/criterion/0/at_least", json!({ "percent": 3 })),
            "/criterion/0/at_least/percent",
        ),
        (
            with("/criterion/0/at_least", json!({ "yuan": "3" })),
            "/criterion/0/at_least",
        ),
        (
            with("/criterion/0/ratio", json!(["rd_expense", "no_such_fact"])),
            "/criterion/0/ratio/1",
        ),
        (with("/criterion/1/is", json!("yes")), "/criterion/1/is"),
        (with("/title", json!(["a"])), "/title"),
        (
            with("/version", json!(9_007_199_254_740_993_i64)),
            "/version",
        ),
        (
            with("/criterion/0/at_least", json!({ "values": {} })),
            "/criterion/0/at_least",
        ),
        (
            with(
                "/criterion/0/at_least",
                json!({ "values": { "2027-01-01": { "percent": "3" } } }),
            ),
            "/criterion/0/at_least",
        ),
    ] {
        let refused = raw(serde_json::to_vec(&json!({ "document": changed })).unwrap());
        assert_eq!(refused.status, 422, "{changed}: {}", refused.text());
        let error = &refused.json()["errors"][0];
        assert_eq!(error["pointer"], format!("/document{pointer}"), "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_ascii(), "in Chinese: {error}");
    }
    // More limits than could be tested.
    let mut many = document("3");
    let rows = (1..1_000)
        .map(|n| json!({ "up_to": { "yuan": format!("{n}.00") }, "at_least": { "percent": "3" } }));
    let mut rows: Vec<Value> = rows.collect();
    rows.push(json!({ "at_least": { "percent": "4" } }));
    let limit = many["criterion"][0].as_object_mut().unwrap();
    limit.remove("at_least");
    limit.insert("bracket_on".into(), "sales".into());
    limit.insert("brackets".into(), rows.into());
    let url = office.draft(&many).header("location").to_string();
    let refused = office.maker.post(&format!("{url}/test-runs"), json!({}));
    assert_eq!(
        faults(&refused),
        told([("/document", "rule_set.too_many_boundaries")])
    );
    let float = raw(br#"{"document":{"code":1.5}}"#.to_vec());
    assert_eq!(
        (float.status, faults(&float)),
        (422, told([("/document/code", "field.type_integer")]))
    );
    let other = office.maker.post(
        "/v1/rule-sets/OTHER/versions",
        json!({ "document": document("3") }),
    );
    assert_eq!(
        faults(&other),
        told([("/document/code", "rule_set.code_differs")])
    );
    for path in [
        "/v1/rule-sets/%00/versions",
        "/v1/rule-sets/a%2Fb/versions/1",
        "/v1/rule-sets/CITY_RULE/versions/99999999999999999999",
    ] {
        assert_eq!(office.maker.get(path).status, 404, "{path}");
    }
    let url = "/v1/rule-sets/CITY_RULE/versions/1";
    let cases = |cases: Value| {
        let refused = office
            .maker
            .post(&format!("{url}/test-cases"), json!({ "cases": cases }));
        assert_eq!(refused.status, 422, "{}", refused.text());
        faults(&refused)
    };
    let good = json!({ "id": "a", "as_of": "2026-06-15", "enterprise": { "registered_on": "2018-01-01", "district_code": "330602" },
        "expected": { "outcome": "UNKNOWN" } });
    let with = |name: &str, value: Value| {
        let mut case = good.clone();
        case[name] = value;
        case
    };
    assert_eq!(cases(json!([])), told([("/cases", "field.required")]));
    assert_eq!(cases(json!([7])), told([("/cases/0", "field.type_object")]));
    assert_eq!(
        cases(json!([good, with("id", json!("b\u{0}"))])),
        told([("/cases/1/id", "text.character")])
    );
    assert_eq!(
        cases(json!([good, good])),
        told([("/cases/1/id", "rule_case.id_twice")])
    );
    assert_eq!(
        cases(json!([with("expected", json!({ "pool": "NONE" }))])),
        told([("/cases/0/expected/pool", "rule_case.member_unknown")])
    );
    assert_eq!(cases(json!([with("as_of", json!("yesterday"))])).len(), 1);
    assert_eq!(
        office
            .maker
            .send("DELETE", &format!("{url}/test-cases/none"), &[], None)
            .status,
        404
    );
});

on_both_engines!(every_fault_of_a_document_is_told_in_its_place, |db| {
    let office = Office::of(db);
    let mut faulty = document("3.005");
    faulty["titel"] = "示例".into();
    faulty.as_object_mut().unwrap().remove("effective_from");
    faulty["criterion"][0]["ratio"][0] = "rd_expence".into();
    faulty["criterion"][1]["is"] = "yes".into();
    let refused = office.draft(&faulty);
    assert_eq!(refused.status, 422);
    assert_eq!(
        faults(&refused),
        told([
            ("/document", "rule_set.key_missing"),
            (
                "/document/criterion/0/ratio/0",
                "rule_set.fact_unknown_near"
            ),
            ("/document/criterion/1/is", "rule_set.yes_no_wanted"),
            ("/document/titel", "rule_set.key_unknown_near"),
        ])
    );
    let errors = refused.json()["errors"].clone();
    assert_eq!(
        super::texts(&errors, "message"),
        [
            "缺少 effective_from",
            "rd_expence：指标目录里没有这一项，是不是 rd_expense？",
            "应是 true 或 false",
            "这里没有 titel 这一项，是不是 title？",
        ]
    );
});

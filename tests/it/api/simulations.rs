//! `/v1/simulations`.

use serde_json::{Value, json};

use crate::builders::{Staff, faults, finished, told};
use crate::firms::{firm, firm_in, ready};
use crate::on_both_engines;

const SIMULATIONS: &str = "/v1/simulations";

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

on_both_engines!(proposed_rules_are_tried_in_the_background, |db| {
    ready(db);
    let near = firm(db, 1, 10);
    firm_in(db, "330603", 2, 10);
    firm(db, 3, 5);
    let staff = Staff::of(db);
    let body = json!({"rule_set": "POOLS", "parameters": {"a_staff/at_least": "12"}});
    let key = [("idempotency-key", "what-if-1")];
    let begun = staff.city.send("POST", SIMULATIONS, &key, Some(&body));
    assert_eq!(begun.status, 202, "{}", begun.text());
    let operation = begun.header("location").to_string();
    assert!(operation.starts_with("/v1/operations/"));
    let ended = finished(&staff.city, &operation);
    assert_eq!(
        (&ended["kind"], &ended["state"], &ended["progress"]),
        (
            &json!("SIMULATION"),
            &json!("SUCCEEDED"),
            &json!({"done": 3, "total": 3})
        )
    );
    let again = staff.city.send("POST", SIMULATIONS, &key, Some(&body));
    assert_eq!(
        (
            again.header("location"),
            again.header("idempotent-replayed")
        ),
        (operation.as_str(), "true")
    );
    let url = ended["result_url"].as_str().expect("a result");
    let made = staff.auditor.get(url).json();
    assert_eq!(
        made["counts"],
        json!({"promoted": 0, "demoted": 2, "warned": 0, "relieved": 0, "unchanged": 1, "unknown": 0})
    );
    assert_eq!(
        made["change"],
        json!({"parameters": {"a_staff/at_least": "12"}})
    );
    assert_eq!(
        (&made["base"]["version"], &made["proposed"]["version"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(
        made["criteria"],
        json!([{"id": "a_staff", "title": "科技人员占比不低于10%", "firms": 2}])
    );
    assert_eq!(
        made["targets"][0]["goals"],
        json!([{"year": 2025, "value": 3700}, {"year": 2035, "value": 8000}])
    );
    let list = staff.auditor.get(SIMULATIONS).json();
    assert_eq!(items(&list).len(), 1);
    assert_eq!(items(&list)[0]["summary_hash"], made["summary_hash"]);

    let movements = format!("{url}/movements");
    let first = staff.city.get(&format!("{movements}?limit=1")).json();
    let item = &items(&first)[0];
    assert_eq!(
        (
            &item["uscc"],
            &item["from"],
            &item["to"],
            &item["direction"]
        ),
        (
            &json!(near),
            &json!("ACCELERATION"),
            &json!("STARTER"),
            &json!("DEMOTED")
        )
    );
    assert_eq!(
        item["criteria"],
        json!([{
            "id": "a_staff", "title": "科技人员占比不低于10%", "keep": false,
            "base": {"outcome": "MET", "actual": "0.100000", "required": "0.100000"},
            "proposed": {"outcome": "UNMET", "actual": "0.100000", "required": "0.120000"},
        }])
    );
    let cursor = first["next_cursor"].as_str().expect("another page");
    let rest = staff
        .city
        .get(&format!("{movements}?limit=1&cursor={cursor}"));
    assert_eq!(items(&rest.json())[0]["district_code"], "330603");
    assert_eq!(rest.json()["next_cursor"], Value::Null);
    let theirs = staff.city.get(&format!(
        "{movements}?district_code=330603&direction=DEMOTED"
    ));
    assert_eq!(items(&theirs.json()).len(), 1);
    let none = staff.city.get(&format!("{movements}?direction=PROMOTED"));
    assert_eq!(items(&none.json()).len(), 0);
    let wrong = staff.city.get(&format!("{movements}?direction=UP"));
    assert_eq!(
        (wrong.status, faults(&wrong)),
        (400, told([("/direction", "field.choice")]))
    );
    let english = [("accept-language", "en")];
    let english = staff.city.send("GET", &movements, &english, None).json();
    let title = &items(&english)[0]["criteria"][0]["title"];
    assert_eq!(title, "tech staff at least 10 %");
});

on_both_engines!(a_document_is_tried_as_it_is_published, |db| {
    ready(db);
    firm(db, 1, 10);
    let staff = Staff::of(db);
    let version = staff.city.get("/v1/rule-sets/POOLS/versions/1").json();
    let mut document = version["document"].clone();
    document["pool"][2]["need"] = json!(4);
    document["effective_from"] = json!("2027-01-01");
    let body = json!({"rule_set": "POOLS", "document": document, "as_of": "2026-06-01"});
    let begun = staff.city.post(SIMULATIONS, body);
    let ended = finished(&staff.city, begun.header("location"));
    let made = staff.city.get(ended["result_url"].as_str().unwrap()).json();
    assert_eq!(
        (&made["moved"], &made["as_of"]),
        (&json!(0), &json!("2026-06-01"))
    );
    assert_eq!(made["change"]["document"], made["proposed"]["hash"]);
});

on_both_engines!(a_request_for_a_what_if_is_checked, |db| {
    ready(db);
    let staff = Staff::of(db);
    let refused = |body: Value| {
        let answer = staff.city.post(SIMULATIONS, body);
        assert_eq!(answer.status, 422, "{}", answer.text());
        faults(&answer)
    };
    assert_eq!(refused(json!({})), told([("/rule_set", "field.required")]));
    assert_eq!(
        refused(json!({"rule_set": "POOLS", "version": 9})),
        told([("/version", "rule_set.version_unknown")])
    );
    assert_eq!(
        refused(json!({"rule_set": "POOLS", "version": 1, "parameters": {}})),
        told([("/parameters", "simulation.one_change")])
    );
    assert_eq!(
        refused(json!({"rule_set": "POOLS", "parameters": {"no/such": "1"}})),
        told([("/parameters/no~1such", "rule_set.parameter_unknown")])
    );
    assert_eq!(
        refused(json!({"rule_set": "POOLS", "parameter": {}})),
        told([("/parameter", "field.unknown_near")])
    );
    let url = "/v1/simulations/00000000-0000-7000-8000-0000000fffff";
    assert_eq!(staff.city.get(url).status, 404);
    assert_eq!(staff.city.get(&format!("{url}/movements")).status, 404);
    assert_eq!(staff.city.get("/v1/simulations/none").status, 404);
    let body = json!({"rule_set": "POOLS"});
    assert_eq!(staff.auditor.post(SIMULATIONS, body.clone()).status, 403);
    assert_eq!(staff.district.post(SIMULATIONS, body).status, 403);
    assert_eq!(staff.district.get(SIMULATIONS).status, 403);
});

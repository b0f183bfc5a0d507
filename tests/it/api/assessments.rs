//! `/v1/assessment-runs`, `/v1/operations` and `/v1/decisions`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::builders::{Staff, faults, finished, masked, told};
use crate::client::Client;
use crate::firms::{dated, firm, ready};
use crate::harness::TestDb;
use crate::on_both_engines;

const RUNS: &str = "/v1/assessment-runs";

/// Two that are placed and one that is excluded.
fn firms(db: &TestDb) {
    ready(db);
    firm(db, 1, 10);
    firm(db, 2, 5);
    let listed = firm(db, 3, 5);
    dated(db, &listed, json!({"abnormal_or_dishonest": true}));
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

on_both_engines!(a_run_goes_on_in_the_background, |db| {
    firms(db);
    let staff = Staff::of(db);
    let key = [("idempotency-key", "run-1")];
    let begun = staff.city.send("POST", RUNS, &key, Some(&json!({})));
    assert_eq!(begun.status, 202, "{}", begun.text());
    let operation = begun.header("location");
    assert_eq!(
        operation,
        format!("/v1/operations/{}", begun.json()["id"].as_str().unwrap())
    );
    assert_json_snapshot!("operation_begun", begun.json());
    let ended = finished(&staff.city, operation);
    assert_json_snapshot!("operation_ended", ended);
    assert_eq!(
        staff.auditor.get(operation).status,
        404,
        "whoever began it sees it"
    );
    let again = staff.city.send("POST", RUNS, &key, Some(&json!({})));
    assert_eq!(
        (
            again.status,
            again.header("location"),
            again.header("idempotent-replayed")
        ),
        (202, operation, "true")
    );
    let url = ended["result_url"].as_str().expect("a result");
    assert_json_snapshot!("run", masked(staff.auditor.get(url).json()));
    let all = staff.city.get(RUNS).json();
    assert_eq!(items(&all).len(), 1, "the repeated request began nothing");
    let english = staff
        .city
        .send("GET", url, &[("accept-language", "en")], None)
        .json();
    let title = english["summary"]["unmet"][0]["title"].as_str().unwrap();
    assert!(title.is_ascii(), "{title}");
});

on_both_engines!(results_are_explained_and_read_page_by_page, |db| {
    firms(db);
    let staff = Staff::of(db);
    let begun = staff.city.post(RUNS, json!({}));
    let ended = finished(&staff.city, begun.header("location"));
    let url = format!("{}/results", ended["result_url"].as_str().unwrap());
    let short = staff.city.get(&format!("{url}?criteria=false")).json();
    assert_json_snapshot!("results", masked(short.clone()));

    let first = staff.city.get(&format!("{url}?limit=2")).json();
    assert_eq!(items(&first).len(), 2);
    let cursor = first["next_cursor"].as_str().expect("another page");
    let last = staff
        .city
        .get(&format!("{url}?limit=2&cursor={cursor}"))
        .json();
    assert_eq!(
        (items(&last).len(), &last["next_cursor"]),
        (1, &Value::Null)
    );
    let other = staff
        .city
        .get(&format!("{url}?changed=true&cursor={cursor}"));
    assert_eq!(other.status, 400, "the cursor of another list");

    // Each item is what the eligibility of the day says.
    for item in items(&first).iter().chain(items(&last)) {
        let uscc = item["uscc"].as_str().unwrap();
        let now = staff
            .city
            .get(&format!("/v1/enterprises/{uscc}/eligibility"))
            .json();
        for part in [
            "outcome",
            "pool",
            "criteria",
            "rule_set_hash",
            "version",
            "score",
        ] {
            assert_eq!(item[part], now[part], "{uscc} {part}");
        }
    }
    let second = staff.city.post(RUNS, json!({"rule_set": "POOLS"}));
    let url = finished(&staff.city, second.header("location"))["result_url"].clone();
    let changed = format!("{}/results?changed=true", url.as_str().unwrap());
    assert_eq!(items(&staff.city.get(&changed).json()).len(), 0);
    let standing = staff
        .city
        .get(&format!("{}/results", url.as_str().unwrap()))
        .json();
    assert!(items(&standing).iter().all(|it| it["changed"] == false));
});

on_both_engines!(a_receipt_holds_the_bytes_that_were_hashed, |db| {
    firms(db);
    let staff = Staff::of(db);
    let begun = staff.city.post(RUNS, json!({}));
    let run = finished(&staff.city, begun.header("location"))["result_url"].clone();
    let results = format!("{}/results", run.as_str().unwrap());
    let results = staff.city.get(&results).json();
    let decision = items(&results)[0]["decision_id"].as_str().unwrap();
    let url = format!("/v1/decisions/{decision}");
    let receipt = staff.auditor.get(&url);
    let body = receipt.json();
    let mut shown = masked(body.clone());
    let parameters = shown["parameters"].take();
    let embedded = shown["embedded_rule_sets"].take();
    let names = embedded.as_array().expect("a list").iter();
    let names: Vec<&str> = names.filter_map(|it| it["name"].as_str()).collect();
    assert!(names.contains(&"NATIONAL_TECH_SME@2017-05-03"), "{names:?}");
    assert_json_snapshot!("receipt", shown);
    assert_json_snapshot!("parameter", parameters["a_staff/at_least"]);
    assert_eq!(parameters["moves/keep_percent"]["value"], 90);
    let hashed = json!({
        "inputs": body["inputs"], "result": body["result"], "rule_set_hash": body["rule_set_hash"],
    });
    let canonical = serde_json_canonicalizer::to_string(&hashed).unwrap();
    let digest = Sha256::digest(&canonical);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(body["hash"], format!("sha256:{hex}"));
    let text = receipt.text();
    let inputs = &text[text.find("\"inputs\":").unwrap()..];
    assert!(canonical.contains(&inputs[..inputs.find(",\"result\"").unwrap()]));
    let entry = format!("/v1/ledger-entries/{}", body["ledger_seq"]);
    assert_eq!(
        staff.auditor.get(&entry).json()["body"]["hash"],
        body["hash"]
    );
    let own = Client::with_role(db, "other", "DISTRICT_OFFICER", Some("330603"), None);
    assert_eq!(own.get(&url).status, 404);
    assert_eq!(staff.city.get("/v1/decisions/none").status, 404);
});

on_both_engines!(a_decision_is_made_again_over_http, |db| {
    firms(db);
    let staff = Staff::of(db);
    let begun = staff.city.post(RUNS, json!({}));
    let run = finished(&staff.city, begun.header("location"))["result_url"].clone();
    let results = staff
        .city
        .get(&format!("{}/results", run.as_str().unwrap()))
        .json();
    let decision = items(&results)[0]["decision_id"].as_str().unwrap();
    let url = format!("/v1/decisions/{decision}/replays");
    let entries = |client: &Client| {
        let after = client.get("/v1/ledger-entries?limit=200").json();
        items(&after).len()
    };
    let before = entries(&staff.auditor);
    let replayed = staff.auditor.post(&url, json!({}));
    assert_eq!(replayed.status, 201, "{}", replayed.text());
    assert_json_snapshot!("replay", replayed.json());
    assert_eq!(entries(&staff.auditor), before, "nothing is kept of it");
    let slip = staff.auditor.post(&url, json!({"decision": 1}));
    assert_eq!(
        faults(&slip),
        told([("/decision", "field.unknown")]),
        "{}",
        slip.text()
    );
    let none = staff.city.post("/v1/decisions/none/replays", json!({}));
    assert_eq!(none.status, 404);
});

on_both_engines!(a_dry_run_keeps_its_summary_only, |db| {
    firms(db);
    let staff = Staff::of(db);
    let body = json!({"dry_run": true, "district_code": "330602", "as_of": "2026-06-01"});
    let begun = staff.city.post(RUNS, body);
    let url = finished(&staff.city, begun.header("location"))["result_url"].clone();
    let url = url.as_str().unwrap();
    let run = staff.city.get(url).json();
    assert_eq!(
        (&run["dry_run"], &run["yearly"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(run["summary"]["movements"], json!({"ADMISSION": 2}));
    let results = staff.city.get(&format!("{url}/results"));
    assert_eq!(
        (results.status, results.code().as_str()),
        (409, "assessment.dry_run")
    );
    let movements = staff.city.get("/v1/pool-movements").json();
    assert_eq!(items(&movements).len(), 0);
});

on_both_engines!(a_request_for_a_run_is_checked, |db| {
    firms(db);
    let staff = Staff::of(db);
    let refused = |body: Value| faults(&staff.city.post(RUNS, body));
    assert_eq!(
        refused(json!({"as_of": "2026-06-16", "district_code": "330621"})),
        told([
            ("/as_of", "assessment.future"),
            ("/district_code", "district.replaced")
        ])
    );
    assert_eq!(
        refused(json!({"as_of": "June"})),
        told([("/as_of", "date.form")])
    );
    assert_eq!(
        refused(json!({"rule_set": "SIZE_CLASS"})),
        told([("/rule_set", "assessment.not_pools")])
    );
    assert_eq!(
        refused(json!({"rule_set": "NONE"})),
        told([("/rule_set", "rule_set.unknown")])
    );
    assert_eq!(
        refused(json!({"asof": "2026-06-01"})),
        told([("/asof", "field.unknown_near")])
    );
    let district = staff.district.post(RUNS, json!({}));
    assert_eq!(
        (district.status, district.code().as_str()),
        (403, "auth.forbidden")
    );
});

on_both_engines!(what_a_run_came_to_is_told_to_whom_it_concerns, |db| {
    firms(db);
    let staff = Staff::of(db);
    let run = |body: Value| {
        let begun = staff.city.post(RUNS, body);
        let ended = finished(&staff.city, begun.header("location"));
        ended["result_url"].as_str().unwrap().to_string()
    };
    let everybody = run(json!({}));
    let theirs = run(json!({"district_code": "330602"}));
    let others = run(json!({"district_code": "330603"}));
    let summary = |url: &str| staff.district.get(url).json()["summary"].clone();
    assert_eq!(
        summary(&everybody),
        Value::Null,
        "more than the own district"
    );
    assert_eq!(summary(&theirs)["unchanged"], 3);
    assert_eq!(staff.district.get(&others).status, 404);
    assert_eq!(staff.district.get(&format!("{others}/results")).status, 404);
    assert_eq!(items(&staff.district.get(RUNS).json()).len(), 2);
    assert_eq!(items(&staff.auditor.get(RUNS).json()).len(), 3);
    let own = crate::builders::code(2);
    let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&own));
    assert_eq!(items(&firm.get(RUNS).json()).len(), 2);
    let results = firm.get(&format!("{everybody}/results")).json();
    assert_eq!(items(&results).len(), 1);
    assert_eq!(items(&results)[0]["uscc"], own);
});

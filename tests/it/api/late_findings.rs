//! `/v1/late-findings`.

use chrono::Duration;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::builders::{Staff, faults, told};
use crate::client::Client;
use crate::firms::{firm, firm_in, ready, run, year};
use crate::harness::TestDb;
use crate::on_both_engines;

const LIST: &str = "/v1/late-findings";

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

/// Two that were decided and corrected since, one of them in another district, and one that was not touched.
fn corrected(db: &TestDb) -> Staff {
    ready(db);
    let (near, far) = (firm(db, 1, 10), firm_in(db, "330603", 2, 10));
    firm(db, 3, 10);
    run(db, "maker");
    let staff = Staff::of(db);
    staff.later(db, Duration::hours(1));
    year(db, &near, 2025, 5);
    year(db, &far, 2025, 11);
    staff
}

/// Digests change with every word of a rule set.
fn plain(mut finding: Value) -> Value {
    for side in ["then", "now"] {
        finding[side]["digest"] = "…".into();
    }
    finding
}

on_both_engines!(the_work_list_is_read_and_settled, |db| {
    let staff = corrected(db);
    let page = staff.city.get(LIST);
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(items(&page.json()).len(), 2);
    let outcome = staff.city.get(&format!("{LIST}?effect=OUTCOME")).json();
    let finding = items(&outcome)[0].clone();
    assert_json_snapshot!("finding", plain(finding.clone()));
    let url = format!("{LIST}/{}", finding["id"].as_str().unwrap());
    let detail = staff.auditor.get(&url);
    let differences = detail.json()["differences"].clone();
    assert!(
        differences
            .as_array()
            .expect("a list")
            .contains(&json!({"pointer": "/inputs/years/2025/tech_staff", "then": 10, "now": 5})),
        "{differences}"
    );
    let settle = format!("{url}/decisions");
    let body = json!({"verdict": "ACT", "reason": "已提出人工调整"});
    let blind = staff.city.post(&settle, body.clone());
    assert_eq!(blind.status, 428);
    let tag = [("if-match", detail.header("etag"))];
    let silent = staff
        .city
        .send("POST", &settle, &tag, Some(&json!({"verdict": "MAYBE"})));
    assert_eq!(
        faults(&silent),
        told([
            ("/verdict", "late_finding.verdict_unknown"),
            ("/reason", "late_finding.reason_required")
        ])
    );
    let settled = staff.city.send("POST", &settle, &tag, Some(&body));
    assert_eq!(
        (settled.status, settled.header("location")),
        (201, url.as_str())
    );
    assert_eq!(settled.json()["state"], "ACTED");
    let stale = staff.city.send("POST", &settle, &tag, Some(&body));
    assert_eq!(stale.status, 412);
    let tag = [("if-match", settled.header("etag"))];
    let again = staff.city.send("POST", &settle, &tag, Some(&body));
    assert_eq!(
        (
            again.status,
            again.code().as_str(),
            &again.json()["allowed_transitions"]
        ),
        (409, "late_finding.not_now", &json!(["TAKE_BACK"]))
    );
    assert_eq!(
        items(&staff.city.get(&format!("{LIST}?state=OPEN")).json()).len(),
        1
    );
});

on_both_engines!(the_work_list_is_for_staff_and_auditors, |db| {
    let staff = corrected(db);
    let seen = |client: &Client, query: &str| -> Vec<Value> {
        let page = client.get(&format!("{LIST}{query}"));
        assert_eq!(page.status, 200, "{}", page.text());
        items(&page.json())
            .iter()
            .map(|it| it["uscc"].clone())
            .collect()
    };
    let own = crate::builders::code(1);
    assert_eq!(seen(&staff.auditor, "").len(), 2);
    assert_eq!(seen(&staff.district, ""), [json!(own)]);
    assert_eq!(
        seen(&staff.auditor, "?district_code=330603&standing=true").len(),
        1
    );
    assert_eq!(
        seen(&staff.auditor, "?standing=false&rule_set=POOLS").len(),
        0
    );
    let first = staff.city.get(&format!("{LIST}?limit=1")).json();
    let cursor = first["next_cursor"].as_str().expect("another page");
    assert_eq!(
        seen(&staff.city, &format!("?limit=1&cursor={cursor}")).len(),
        1
    );
    let wrong = staff.city.get(&format!(
        "{LIST}?state=DONE&effect=ALL&district_code=330621"
    ));
    assert_eq!(
        faults(&wrong),
        told([
            ("/state", "field.choice"),
            ("/effect", "field.choice"),
            ("/district_code", "district.replaced")
        ])
    );
    let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&own));
    assert_eq!(firm.get(LIST).status, 403);
    assert_eq!(staff.city.get(&format!("{LIST}/none")).status, 404);
});

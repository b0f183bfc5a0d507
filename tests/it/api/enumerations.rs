//! `/v1/enumerations/{name}`.

use insta::assert_json_snapshot;

use crate::client::Client;
use crate::harness::{TestDb, TestEngine};

#[test]
fn every_list_is_there_for_everybody() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let client = Client::anonymous(&db);
    let list = |name: &str| {
        let answer = client.get(&format!("/v1/enumerations/{name}"));
        assert_eq!(answer.status, 200, "{name}");
        let body = answer.json();
        assert_eq!(body["name"], name);
        body["items"].as_array().expect("items").clone()
    };
    for name in [
        "districts",
        "legal_statuses",
        "pools",
        "evidence",
        "roles",
        "schemes",
    ] {
        assert_json_snapshot!(name, list(name));
    }
    let industries = list("industries");
    assert_eq!(industries.len(), 1_498);
    assert_json_snapshot!("industries", industries[..3]);
    let facts = list("facts");
    assert_eq!(facts.len(), 68);
    let chosen = [
        "sales",
        "net_profit",
        "staff_total",
        "hightech_field",
        "segment_years",
        "listed",
    ];
    let chosen: Vec<_> = facts
        .iter()
        .filter(|fact| chosen.iter().any(|name| fact["name"] == *name))
        .collect();
    assert_json_snapshot!("facts", chosen);
    assert_eq!(
        client.get("/v1/enumerations/colours").code(),
        "request.not_found"
    );
    let etag = client
        .get("/v1/enumerations/facts")
        .header("etag")
        .to_string();
    let copy = [("if-none-match", etag.as_str())];
    assert_eq!(
        client
            .send("GET", "/v1/enumerations/facts", &copy, None)
            .status,
        304
    );
}

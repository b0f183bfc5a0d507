//! What no database takes is refused before one is asked, in every parameter of every route: PostgreSQL knows no NUL.

use sanku::http::routes::TABLE;
use serde_json::{Value, json};

use super::callers;
use super::world::{Target, World};
use crate::builders::{faults, finished};
use crate::on_both_engines;

/// The query parameters of an operation, as the documents have them.
fn parameters(document: &Value, method: &str, path: &str) -> Vec<String> {
    let operation = &document["paths"][path][method.to_lowercase()];
    let all = operation["parameters"].as_array().into_iter().flatten();
    let of_query = all.filter(|it| it["in"] == "query");
    of_query
        .map(|it| it["name"].as_str().expect("a name").to_string())
        .collect()
}

on_both_engines!(a_control_character_is_refused_in_every_parameter, |db| {
    let world = World::make(db);
    let callers = callers::all(db, &world);
    let document = world.officer.get("/openapi.json").json();
    let mut asked = 0;
    for row in TABLE.iter().filter(|row| row.method == "GET") {
        for name in parameters(&document, row.method, row.path) {
            let path = world.path(row.path, Target::Own);
            let url = format!("{path}?{name}=a%00");
            let mut answers = callers.iter().map(|it| it.client.get(&url));
            let answer = answers.find(|it| !matches!(it.status, 401 | 403));
            let answer = answer.unwrap_or_else(|| panic!("nobody may {url}"));
            assert_eq!(answer.status, 400, "{url}: {}", answer.text());
            assert_eq!(faults(&answer)[0].0, format!("/{name}"), "{url}");
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
    for list in ["/v1/pool-movements", "/v1/late-findings"] {
        for uscc in ["1", "91330602maff89bb62", "%E7%BB%8D"] {
            let refused = world.officer.get(&format!("{list}?uscc={uscc}"));
            assert_eq!(
                (refused.status, faults(&refused)[0].0.as_str()),
                (400, "/uscc")
            );
        }
    }
    let refused = world.officer.get("/v1/late-findings?rule_set=pools");
    assert_eq!(faults(&refused)[0].0, "/rule_set");
});

on_both_engines!(
    a_control_character_is_refused_in_every_filter_of_an_export,
    |db| {
        let world = World::make(db);
        let document = world.officer.get("/openapi.json").json();
        let schema = &document["components"]["schemas"]["ExportFilter"]["properties"];
        let names: Vec<&String> = schema.as_object().expect("filters").keys().collect();
        let mut taken = 0;
        for kind in [
            "enterprises",
            "memberships",
            "movements",
            "simulation-movements",
        ] {
            for name in &names {
                let filter = json!({ name.as_str(): "a\u{0}" });
                let body = json!({"kind": kind, "format": "csv", "filter": filter});
                let answer = world.officer.post("/v1/exports", body);
                if answer.status == 202 {
                    let ended = finished(&world.officer, answer.header("location"));
                    panic!("{kind} {name}: {ended}");
                }
                assert_eq!(answer.status, 422, "{kind} {name}: {}", answer.text());
                taken += usize::from(faults(&answer)[0].1 != "field.unknown");
            }
        }
        assert!(taken >= 15, "{taken}");
    }
);

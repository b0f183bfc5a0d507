//! The access matrix: every route for every role, over records of the own enterprise, the own district and another one.

mod world;

use std::path::Path;

use sanku::domain::access::Role;
use sanku::http::routes::{Row, TABLE};
use serde_json::Value;

use crate::client::{Client, PASSWORD};
use crate::harness::{TestDb, TestEngine};
use world::{Target, World};

const HEAD: &str = "\
# What each role gets from each route: a status, or three of them where it depends on whose record it is:
# the own enterprise's / another one's of the own district / one's of another district.
# The district officer is of 330602, the enterprise's account belongs to the first. 404 is: for this caller it is not there.
# A new route fails the test until its row is here:
#   SANKU_WRITE_ACCESS=1 cargo test --test it access
# writes the file; read the difference before you commit it.
";

#[test]
fn every_route_answers_every_role_as_expected() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let mut world = World::make(&db);
    let own = world.uscc(Target::Own).to_string();
    let mut callers = vec![("ANONYMOUS", Client::anonymous(&db))];
    for role in Role::ALL.map(Role::as_str) {
        let district = (role == "DISTRICT_OFFICER").then_some("330602");
        let uscc = (role == "ENTERPRISE").then_some(own.as_str());
        let name = role.to_lowercase().replace('_', ".");
        callers.push((role, Client::with_role(&db, &name, role, district, uscc)));
    }
    world.begin_operation(&callers[1].1);
    let roles = callers.iter().map(|(role, _)| role.to_string());
    let mut found = format!("{HEAD}\n{}", line("", roles));
    for row in TABLE {
        let cells = callers
            .iter()
            .map(|(role, client)| cell(&world, row, role, client));
        found += &line(&format!("{} {}", row.method, row.path), cells);
    }
    compare(&found);
}

fn line(route: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| format!("{cell:<17}")).collect();
    let line = format!("{route:<54} {}", cells.concat());
    format!("{}\n", line.trim_end())
}

/// One status if all are the same.
fn cell(world: &World<'_>, row: &Row, role: &str, client: &Client) -> String {
    let statuses = Target::ALL.map(|target| ask(world, row, role, client, target));
    if statuses.iter().all(|it| *it == statuses[0]) {
        statuses[0].to_string()
    } else {
        statuses.map(|it| it.to_string()).join("/")
    }
}

fn ask(world: &World<'_>, row: &Row, role: &str, client: &Client, target: Target) -> u16 {
    let path = world.path(row.path, target);
    let any = [("if-match", "*")];
    let answer = match row.method {
        "GET" | "DELETE" => client.send(row.method, &path, &[], None),
        method => {
            let body = world.body(row.path, role, target);
            client.send(method, &path, &any, Some(&body))
        }
    };
    assert!(
        answer.status < 500,
        "{} {path}: {}",
        row.method,
        answer.text()
    );
    if row.path == "/v1/tokens/current" && answer.status == 204 {
        client.log_in(&role.to_lowercase().replace('_', "."), PASSWORD);
    }
    if let (202, Some(url)) = (answer.status, answer.headers.get("location")) {
        crate::builders::finished(client, url.to_str().expect("a URL"));
    }
    answer.status
}

fn compare(found: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/access.txt");
    if std::env::var_os("SANKU_WRITE_ACCESS").is_some() {
        std::fs::write(&file, found).expect("written");
        return;
    }
    let expected = std::fs::read_to_string(&file).expect("tests/it/access.txt");
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(
        found, expected,
        "SANKU_WRITE_ACCESS=1 writes tests/it/access.txt"
    );
}

/// A list leaves out what its reader may not see, and says nothing of having done so.
#[test]
fn lists_show_what_is_in_scope_and_nothing_else() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let world = World::make(&db);
    let [own, neighbour, far] = Target::ALL.map(|target| world.uscc(target).to_string());
    let run = world.path("/v1/assessment-runs/{id}/results", Target::Own);
    let city = Client::with_role(&db, "city", "CITY_OFFICER", None, None);
    let district = Client::with_role(&db, "district", "DISTRICT_OFFICER", Some("330602"), None);
    let enterprise = Client::with_role(&db, "enterprise", "ENTERPRISE", None, Some(&own));
    for list in [
        "/v1/enterprises?q=xgyc",
        "/v1/enterprises",
        "/v1/pool-movements",
        "/v1/pools/ACCELERATION/memberships",
        &run,
    ] {
        let seen = |client: &Client| -> Vec<Value> {
            let page = client.get(list);
            assert_eq!(page.status, 200, "{list}: {}", page.text());
            let page = page.json();
            let items = page["items"].as_array().expect("a list").iter();
            items.map(|item| item["uscc"].clone()).collect()
        };
        let all = [&own, &neighbour, &far];
        assert_eq!(seen(&city).len(), 3, "{list}");
        assert!(
            all.iter()
                .all(|it| seen(&city).contains(&Value::from(it.as_str()))),
            "{list}"
        );
        assert_eq!(
            seen(&district),
            [own.as_str(), neighbour.as_str()],
            "{list}"
        );
        assert_eq!(seen(&enterprise), [own.as_str()], "{list}");
    }
    let members = |client: &Client| client.get("/v1/pools").json()["items"][1]["members"].clone();
    assert_eq!(
        [members(&city), members(&district), members(&enterprise)],
        [3, 2, 1]
    );
    let elsewhere = enterprise
        .get(&format!("/v1/pool-movements?uscc={far}"))
        .json();
    assert_eq!(elsewhere["items"], Value::Array(Vec::new()));
}

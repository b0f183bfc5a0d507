//! The access matrix: every route for every kind of caller, over records of every kind, and what lists, searches, counts,
//! histories, exports and imports show of them. The golden text is `access.txt`.

mod callers;
mod fresh;
mod hostile;
mod lists;
mod world;

use std::fmt::Write as _;
use std::path::Path;

use sanku::http::routes::{Audience, Row, TABLE};

use crate::client::PASSWORD;
use crate::harness::{TestDb, TestEngine};
use callers::Caller;
use world::{Target, World};

const HEAD: &str = "\
# What each caller gets from each route, told by whose record it is:
#   own enterprise's · another one's of the own district · of another district · a deregistered one's (own district) ·
#   one's that moved out (own district) · one's that left the own district for another · none at all
# One status stands for seven that are the same. 404 is: for this caller it is not there. Then, what of the six there are
# the lists and the like show: O own, N neighbour, F far, G deregistered, M moved out, L left for another district.
# DISTRICT_OFFICER is of 330602; ENTERPRISE belongs to the own enterprise, ENTERPRISE_KEY is its program, AGENCY_KEY that of an
# agency to which it has delegated; the keys have all scopes. NO_ROLE waits for approval; DISABLED was a city officer.
# A new route fails the test until it stands here:
#   SANKU_WRITE_ACCESS=1 cargo test --test it access
# writes the file; read the difference before you commit it.
";

#[test]
fn every_caller_gets_from_every_route_what_is_written() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let world = World::make(&db);
    let callers = callers::all(&db, &world);
    world.begin_operation(&callers[1].client);
    let mut cells = 0;
    // Before anybody changes anything.
    let mut lists = String::new();
    for facility in lists::all(&world) {
        let _ = write!(lists, "\n{}\n", facility.name);
        lists += &grouped(&callers, |caller| {
            cells += Target::THERE.len();
            facility.shown(&world, caller)
        });
    }
    let mut found = String::from(HEAD);
    for row in TABLE {
        let scope = row.permission.and_then(|grant| grant.api_scope);
        let scope = scope.map_or(String::new(), |scope| format!("  [{scope}]"));
        let name = row.permission.map_or("-", |grant| grant.name);
        let _ = write!(found, "\n{} {}  {name}{scope}\n", row.method, row.path);
        found += &grouped(&callers, |caller| {
            let statuses = Target::ALL.map(|target| ask(&world, row, caller, target));
            cells += statuses.len();
            told(&statuses)
        });
    }
    found += &lists;
    println!("{cells} cells of access tested");
    assert!(cells >= 2_000, "{cells}");
    compare(&found);
}

/// Callers that get the same stand together, in the order of their first.
fn grouped(callers: &[Caller], mut get: impl FnMut(&Caller) -> String) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for caller in callers {
        let got = get(caller);
        match groups.iter_mut().find(|(known, _)| *known == got) {
            Some((_, names)) => names.push(caller.name),
            None => groups.push((got, vec![caller.name])),
        }
    }
    let lines = groups
        .iter()
        .map(|(got, names)| format!("  {got:<27}  {}\n", names.join(" ")));
    lines.collect()
}

fn told(statuses: &[u16; 7]) -> String {
    match statuses.iter().all(|it| *it == statuses[0]) {
        true => statuses[0].to_string(),
        false => statuses.map(|it| it.to_string()).join(" "),
    }
}

fn ask(world: &World<'_>, row: &Row, caller: &Caller, target: Target) -> u16 {
    let path = world.path(row.path, target);
    let client = &caller.client;
    let answer = match row.method {
        "GET" | "DELETE" => client.send(row.method, &path, &[], None),
        method => {
            let body = world.body(row.path, caller.name, target);
            client.send(method, &path, &[("if-match", "*")], Some(&body))
        }
    };
    let what = format!("{} {path} for {}", row.method, caller.name);
    assert!(answer.status < 500, "{what}: {}", answer.text());
    if row.path == "/v1/tokens/current" && answer.status == 204 {
        client.log_in(&caller.account(), PASSWORD);
    }
    if let (202, Some(url)) = (answer.status, answer.headers.get("location")) {
        crate::builders::finished(client, url.to_str().expect("a URL"));
    }
    // What a public route answers does not hang on who asks; everywhere else nobody unknown gets in.
    let unknown = matches!(caller.name, "ANONYMOUS" | "DISABLED" | "REVOKED_KEY");
    if unknown && row.audience == Audience::Account {
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer"),
            "{what}"
        );
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
    for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", line + 1);
    }
    let written = "SANKU_WRITE_ACCESS=1 writes tests/it/access.txt";
    assert_eq!(found, expected, "{written}");
}

/// The router, the documents and this test read one table; a handler that stands nowhere in it is reached by nobody.
#[test]
fn a_route_without_a_row_does_not_start() {
    let source = |path: &Path| std::fs::read_to_string(path).expect("source");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut files = vec![root.clone()];
    let mut handlers = 0;
    let table = source(&root.join("routes.rs"));
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let inner = std::fs::read_dir(&path).expect("folder");
            files.extend(inner.map(|entry| entry.expect("entry").path()));
            continue;
        }
        let text = source(&path);
        if !path.ends_with("routes.rs") {
            for word in ["web::resource", "web::scope", "web::route", ".service("] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
        if path.starts_with(root.join("api")) {
            // One `pub async fn` a handler; each is named in a row.
            handlers += text.matches("\npub async fn ").count();
        }
    }
    assert_eq!(handlers, TABLE.len(), "handlers and rows");
    assert_eq!(table.matches("=> api::").count(), TABLE.len());
    let mut rows: Vec<_> = TABLE.iter().map(|row| (row.method, row.path)).collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), TABLE.len(), "a row stands twice");
}

/// What the documents say of who may: both kinds of bearer where a program may come too, and the refusals.
#[test]
fn the_documents_say_who_may_and_what_else_is_answered() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let document = crate::client::Client::anonymous(&db)
        .get("/openapi.json")
        .json();
    let schemes = &document["components"]["securitySchemes"];
    for scheme in ["bearer", "api_key"] {
        assert_eq!(schemes[scheme]["scheme"], "bearer", "{scheme}");
    }
    for row in TABLE.iter().filter(|row| !row.path.contains(":.*}")) {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        let what = format!("{} {}", row.method, row.path);
        let named: Vec<&str> = operation["security"]
            .as_array()
            .map(|all| all.iter())
            .into_iter()
            .flatten()
            .filter_map(|it| Some(it.as_object()?.keys().next()?.as_str()))
            .collect();
        let documented = |status: &str| operation["responses"][status].is_object();
        let Some(grant) = row.permission else {
            assert!(named.is_empty(), "{what}");
            continue;
        };
        match grant.api_scope {
            Some(scope) => {
                assert_eq!(named, ["bearer", "api_key"], "{what}");
                let about = operation["description"].as_str().expect("a description");
                assert!(about.contains(scope.as_str()), "{what}");
            }
            None => assert_eq!(named, ["bearer"], "{what}"),
        }
        assert!(documented("401") && documented("403"), "{what}");
        if row.path.contains('{') {
            assert!(documented("404"), "{what}");
        }
    }
}

//! The shell around every request: problems, languages, preconditions, repeated requests, sessions.

use sanku::http::openapi;
use sanku::http::routes::{Audience, TABLE};
use serde_json::json;
use utoipa::openapi::path::ParameterIn;

use crate::client::{Client, PASSWORD};
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;

fn sqlite() -> TestDb {
    TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there")
}

fn new_user(name: &str) -> serde_json::Value {
    json!({"username": name, "password": PASSWORD, "role": "AUDITOR"})
}

#[test]
fn what_is_not_there_or_not_done_so_is_a_problem() {
    let db = sqlite();
    let client = Client::anonymous(&db);
    let unknown = client.get("/v1/nothing");
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (404, "request.unknown_route")
    );
    let method = client.send("PUT", "/v1/users", &[], None);
    assert_eq!(
        (method.status, method.header("allow")),
        (405, "GET, HEAD, POST")
    );
    assert_eq!(method.code(), "request.wrong_method");
    let media = client.send_raw(
        "POST",
        "/v1/tokens",
        &[("content-type", "text/plain")],
        b"{}".to_vec(),
    );
    assert_eq!(
        (media.status, media.code().as_str()),
        (415, "request.wrong_media_type")
    );
    let json = [("content-type", "application/json; charset=utf-8")];
    let broken = client.send_raw("POST", "/v1/tokens", &json, b"{\"username\":".to_vec());
    assert_eq!(
        (broken.status, broken.code().as_str()),
        (400, "request.json_unreadable")
    );
    let big = client.send_raw("POST", "/v1/tokens", &json, vec![b' '; 1024 * 1024 + 1]);
    assert_eq!(
        (big.status, big.code().as_str()),
        (413, "request.body_too_large")
    );
    let typo = client.post("/v1/tokens", json!({"username": "a", "pasword": "b"}));
    assert_eq!(typo.status, 422);
    assert_eq!(typo.json()["errors"][0]["pointer"], "/pasword");
    assert!(
        typo.json()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("password")
    );
}

#[test]
fn answers_speak_chinese_unless_english_is_asked_for() {
    let db = sqlite();
    let client = Client::anonymous(&db);
    let zh = client.get("/v1/me");
    let en = client.send("GET", "/v1/me", &[("accept-language", "en")], None);
    assert_eq!((zh.status, en.status), (401, 401));
    assert_eq!(
        (zh.header("content-language"), en.header("content-language")),
        ("zh-CN", "en")
    );
    assert_eq!(zh.header("www-authenticate"), "Bearer");
    assert_eq!(zh.json()["title"], "需要登录");
    assert_eq!(en.json()["title"], "Unauthorized");
}

#[test]
fn a_request_keeps_a_harmless_id_and_gets_one_otherwise() {
    let db = sqlite();
    let client = Client::anonymous(&db);
    let kept = client.send("GET", "/livez", &[("x-request-id", "trace-7.a")], None);
    assert_eq!(
        (kept.status, kept.header("x-request-id")),
        (200, "trace-7.a")
    );
    for bad in ["a b", "<script>", &"x".repeat(65)] {
        let answer = client.send("GET", "/livez", &[("x-request-id", bad)], None);
        assert_eq!(answer.header("x-request-id").len(), 36, "{bad}");
    }
    assert_eq!(kept.header("x-content-type-options"), "nosniff");
    assert!(
        kept.header("content-security-policy")
            .contains("default-src 'none'")
    );
}

on_both_engines!(a_session_goes_from_log_in_to_log_out, |db| {
    let client = Client::with_role(db, "zhou.jie", "AUDITOR", None, None);
    let me = client.get("/v1/me");
    assert_eq!(
        (me.status, me.json()["role"].as_str()),
        (200, Some("AUDITOR"))
    );
    assert!(me.header("etag").starts_with("\"v"));
    let copy = client.send(
        "GET",
        "/v1/me",
        &[("if-none-match", me.header("etag"))],
        None,
    );
    assert_eq!((copy.status, copy.body.len()), (304, 0));
    assert_eq!(client.get("/v1/users").code(), "auth.forbidden");

    let tokens = client.log_in("zhou.jie", PASSWORD);
    let refreshed = client.post(
        "/v1/token-refreshes",
        json!({"refresh_token": tokens["refresh_token"]}),
    );
    assert_eq!(
        (refreshed.status, refreshed.header("cache-control")),
        (201, "no-store")
    );
    let again = client.post(
        "/v1/token-refreshes",
        json!({"refresh_token": tokens["refresh_token"]}),
    );
    assert_eq!(
        (again.status, again.code().as_str()),
        (401, "auth.session_ended")
    );
    assert_eq!(client.get("/v1/me").code(), "auth.session_ended");

    client.log_in("zhou.jie", PASSWORD);
    assert_eq!(
        client
            .send("DELETE", "/v1/tokens/current", &[], None)
            .status,
        204
    );
    assert_eq!(client.get("/v1/me").status, 401);
});

on_both_engines!(a_repeated_request_is_done_once, |db| {
    let client = Client::with_role(db, "admin", "SYSTEM_ADMIN", None, None);
    let key = [("idempotency-key", "\"k-1\"")];
    let first = client.send("POST", "/v1/users", &key, Some(&new_user("wu.gang")));
    assert_eq!(
        (first.status, first.header("idempotent-replayed")),
        (201, "")
    );
    let second = client.send("POST", "/v1/users", &key, Some(&new_user("wu.gang")));
    assert_eq!(
        (second.status, second.header("idempotent-replayed")),
        (201, "true")
    );
    assert_eq!(first.json(), second.json());
    assert_eq!(first.header("location"), second.header("location"));
    let other = client.send("POST", "/v1/users", &key, Some(&new_user("wu.hua")));
    assert_eq!(
        (other.status, other.code().as_str()),
        (422, "idempotency.key_reused")
    );
    let bad = client.send(
        "POST",
        "/v1/users",
        &[("idempotency-key", "a b")],
        Some(&new_user("wu.hua")),
    );
    assert_eq!(
        (bad.status, bad.json()["errors"][0]["in"].as_str()),
        (400, Some("header"))
    );
});

on_both_engines!(a_change_names_the_version_it_saw, |db| {
    let client = Client::with_role(db, "admin", "SYSTEM_ADMIN", None, None);
    let made = client.post("/v1/users", new_user("wu.gang"));
    let (url, etag) = (made.header("location"), made.header("etag"));
    let patch = json!({"state": "DISABLED"});
    assert_eq!(client.send("PATCH", url, &[], Some(&patch)).status, 428);
    assert_eq!(
        client
            .send("PATCH", url, &[("if-match", "\"v999999\"")], Some(&patch))
            .status,
        412
    );
    assert_eq!(
        client
            .send("PATCH", url, &[("if-match", "v1")], Some(&patch))
            .status,
        400
    );
    let changed = client.send("PATCH", url, &[("if-match", etag)], Some(&patch));
    assert_eq!(
        (changed.status, changed.json()["state"].as_str()),
        (200, Some("DISABLED"))
    );
    assert_ne!(changed.header("etag"), etag);
    assert_eq!(client.get("/v1/users/none").code(), "request.not_found");
});

on_both_engines!(a_list_is_read_page_by_page, |db| {
    let client = Client::with_role(db, "admin", "SYSTEM_ADMIN", None, None);
    for name in ["b.b", "c.c", "d.d"] {
        assert_eq!(client.post("/v1/users", new_user(name)).status, 201);
    }
    let mut names = Vec::new();
    let mut url = "/v1/users?limit=2".to_string();
    loop {
        let page = client.get(&url).json();
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["username"].to_string()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => url = format!("/v1/users?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["\"admin\"", "\"b.b\"", "\"c.c\"", "\"d.d\""]);
    for bad in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "limt=2",
        "limit=1&limit=2",
    ] {
        assert_eq!(client.get(&format!("/v1/users?{bad}")).status, 400, "{bad}");
    }
});

/// Who may not call learns that before anything about the request is looked at.
#[test]
fn permission_comes_before_content() {
    let db = sqlite();
    let client = Client::with_role(&db, "auditor", "AUDITOR", None, None);
    for row in TABLE.iter().filter(|row| row.audience == Audience::Account) {
        let path = row.path.replace("{id}", "x");
        let grant = row.permission.expect("an account's route has a permission");
        let nobody = Client::anonymous(&db).send(row.method, &path, &[], None);
        assert_eq!(nobody.status, 401, "{} {path}", row.method);
        if !grant.roles.iter().any(|role| role.as_str() == "AUDITOR") {
            let answer = client.send(row.method, &path, &[], None);
            assert_eq!(answer.status, 403, "{} {path}", row.method);
        }
    }
}

#[test]
fn the_document_has_every_route_and_fits_its_references() {
    let text = openapi::document(TABLE).to_json().expect("JSON");
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for row in TABLE.iter().filter(|row| !row.path.contains(":.*")) {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        assert_eq!(
            operation["operationId"], row.operation,
            "{} {}",
            row.method, row.path
        );
        assert_eq!(
            operation.get("security").is_some(),
            row.audience == Audience::Account
        );
    }
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"].get(name).is_some(),
            "{name}"
        );
    }
}

/// What clients are built from changes only where a change says so.
#[test]
fn the_published_document_is_the_one_that_is_served() {
    let served = openapi::document(TABLE).to_pretty_json().expect("JSON") + "\n";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    if std::env::var_os("SANKU_WRITE_OPENAPI").is_some() {
        std::fs::write(file, &served).expect("written");
    }
    let published = std::fs::read_to_string(file).unwrap_or_default();
    let differs = published
        .lines()
        .zip(served.lines())
        .position(|(a, b)| a != b);
    assert!(
        published == served,
        "docs/openapi.json lags behind from line {}: SANKU_WRITE_OPENAPI=1 cargo test --test it published_document",
        differs.map_or(0, |line| line + 1)
    );
}

#[test]
fn an_operation_refuses_a_parameter_it_does_not_have() {
    let db = sqlite();
    let officer = Client::with_role(&db, "li.na", "CITY_OFFICER", None, None);
    let without = TABLE.iter().filter(|row| {
        let described = row.describe().parameters;
        described
            .iter()
            .all(|it| it.parameter_in != ParameterIn::Query)
    });
    let mut tried = 0;
    for row in without {
        let mut path = String::new();
        for part in row.path.split('/').skip(1) {
            path += if part.starts_with('{') { "/1" } else { "/" };
            path += if part.starts_with('{') { "" } else { part };
        }
        let headers = [("if-match", "*")];
        let answer = officer.send(row.method, &format!("{path}?dry_run=true"), &headers, None);
        assert_eq!(
            answer.status,
            400,
            "{} {path}: {}",
            row.method,
            answer.text()
        );
        assert_eq!(answer.json()["errors"][0]["pointer"], "/dry_run", "{path}");
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn the_service_pages_answer() {
    let db = sqlite();
    let client = Client::anonymous(&db);
    assert_eq!(client.get("/readyz").text(), "ok\n");
    assert_eq!(
        client.get("/openapi.json").json()["info"]["title"],
        "sanku (三库)"
    );
    let docs = client.get("/docs/");
    assert_eq!(
        (docs.status, docs.header("content-type")),
        (200, "text/html")
    );
    assert!(
        docs.header("content-security-policy")
            .contains("script-src 'self'")
    );
    assert_eq!(client.get("/docs/../../etc/passwd").status, 404);
    let metrics = client.get("/metrics").text();
    assert!(
        metrics
            .contains(r#"sanku_http_requests_total{method="GET",route="/readyz",status="2xx"} 1"#),
        "{metrics}"
    );
    assert_eq!(client.send("HEAD", "/livez", &[], None).status, 200);
}

on_both_engines!(what_no_database_takes_never_reaches_one, |db| {
    let admin = Client::with_role(db, "admin", "SYSTEM_ADMIN", None, None);
    let nul = "a\u{0}b";
    let login = Client::anonymous(db).post("/v1/tokens", json!({"username": nul, "password": nul}));
    assert_eq!(
        (login.status, login.code().as_str()),
        (401, "auth.credentials")
    );
    assert_eq!(admin.get("/v1/users/a%00b").code(), "request.not_found");
    let patch = json!({"state": "DISABLED"});
    let amended = admin.send(
        "PATCH",
        "/v1/users/a%00b",
        &[("if-match", "*")],
        Some(&patch),
    );
    assert_eq!(amended.code(), "request.not_found");
    let firm = json!({"username": "firm", "password": PASSWORD, "role": "ENTERPRISE", "uscc": nul});
    assert_eq!(admin.post("/v1/users", firm).code(), "request.invalid");
    let district = json!({
        "username": "district", "password": PASSWORD, "role": "DISTRICT_OFFICER", "district_code": nul,
    });
    assert_eq!(admin.post("/v1/users", district).code(), "request.invalid");
});

#[test]
fn the_reference_names_every_route() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/API.md");
    let text = std::fs::read_to_string(file).expect("docs/API.md");
    for row in TABLE {
        let path = row.path.replace("{file:.*}", "");
        let route = format!("`{} {path}`", row.method);
        assert!(text.contains(&route), "docs/API.md lacks {route}");
    }
}

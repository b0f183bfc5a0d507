//! What must not leave: personal data in the log, answers to other origins, pages in caches.

use serde_json::json;

use sanku::http::routes::{Audience, TABLE};

use crate::builders::{code, enterprise};
use crate::client::{Client, PASSWORD};
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;
use crate::served::{Served, exchange};

on_both_engines!(nothing_personal_is_in_the_log, |db| {
    Client::with_role(db, "jin.yuzhi", "CITY_OFFICER", None, None);
    // Everything the program itself has to say.
    let served = Served::start(&db.url, &[("SANKU_LOG", "info,sanku=trace")]);
    let token = served.log_in("jin.yuzhi", PASSWORD);
    let mut stream = served.connect();
    let mut ask = |method: &str, path: &str, body: String| {
        let reply = exchange(&mut stream, method, path, Some(&token), &body);
        reply.expect("answered").status
    };
    let firm = enterprise(0, "绍兴机密示例有限公司", "330602");
    let url = format!("/v1/enterprises/{}", code(0));
    assert_eq!(ask("POST", "/v1/enterprises", firm.to_string()), 201);
    assert_eq!(ask("POST", "/v1/enterprises", firm.to_string()), 409);
    assert_eq!(ask("GET", &url, String::new()), 200);
    assert_eq!(
        ask("GET", "/v1/enterprises?q=%E6%9C%BA%E5%AF%86", String::new()),
        200
    );
    let wrong = json!({"uscc": code(1), "name": "绍兴机密\u{202e}", "contact": {"phone": "13800138000x", "mail": "wang.fang@example.cn"}});
    assert_eq!(ask("POST", "/v1/enterprises", wrong.to_string()), 422);
    assert_eq!(
        ask("POST", "/v1/enterprises", "{\"name\":\"绍兴机密".into()),
        400
    );
    assert_eq!(ask("GET", "/v1/enterprises?q=%FF", String::new()), 400);
    assert_eq!(
        ask("GET", "/v1/enterprises?wangfang=13800138000", String::new()),
        400
    );
    assert_eq!(ask("GET", "/v1/people/13800138000", String::new()), 404);
    let bad = json!({"username": "jin.yuzhi", "password": "Hush-Hush-2026"});
    assert_eq!(ask("POST", "/v1/tokens", bad.to_string()), 401);
    let log = served.log();
    assert!(log.lines().count() >= 10, "{log}");
    let uscc = code(0);
    for secret in [
        "绍兴机密",
        "王芳",
        "13800138000",
        "wang.fang",
        "wangfang",
        "jin.yuzhi",
        "Hush",
        PASSWORD,
        &token,
        &uscc,
    ] {
        assert!(!log.contains(secret), "the log has {secret}: {log}");
    }
});

#[test]
fn every_answer_tells_a_browser_what_it_may_do() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let client = Client::with_role(&db, "admin", "SYSTEM_ADMIN", None, None);
    for row in TABLE {
        let path = row.path.replace("{file:.*}", "").replace("{id}", "x");
        for method in [row.method, "BREW"] {
            let answer = client.send(method, &path, &[], None);
            let header = |name: &str| answer.header(name).to_string();
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
            let cache = header("cache-control");
            let known = ["no-store", "no-cache", "public, max-age=300"];
            assert!(known.contains(&cache.as_str()), "{path}: {cache}");
            if row.audience == Audience::Account || method == "BREW" {
                assert_eq!(cache, "no-store", "{method} {path}");
            }
        }
    }
}

#[test]
fn no_other_origin_reads_answers() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let client = Client::with_role(&db, "admin", "SYSTEM_ADMIN", None, None);
    let origin = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "GET"),
    ];
    for (method, path, status) in [
        ("OPTIONS", "/v1/me", 405),
        ("GET", "/v1/me", 200),
        ("GET", "/openapi.json", 200),
    ] {
        let answer = client.send(method, path, &origin, None);
        assert_eq!(answer.status, status, "{method} {path}");
        let allows = answer
            .headers
            .keys()
            .any(|it| it.as_str().starts_with("access-control"));
        assert!(!allows, "{method} {path}");
    }
}

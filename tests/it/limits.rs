//! What nobody gets too much of: log-ins, costly work, time, connections.

use std::io::Write;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::{enterprise, within};
use sanku::domain::ledger::Origin;
use sanku::http::state::{Quotas, Settings};
use sanku::store::{Changed, Stamp, StoreError};
use serde_json::json;

use crate::client::{Answer, Client, PASSWORD};
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;
use crate::served::{Served, exchange, reply};

fn quotas(log_ins: u32, costly: u32, requests: u32) -> Settings {
    Settings {
        quotas: Quotas {
            log_ins: NonZeroU32::new(log_ins),
            costly: NonZeroU32::new(costly),
            passwords: None,
            requests: NonZeroU32::new(requests),
        },
        ..Settings::default()
    }
}

fn sqlite() -> TestDb {
    TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there")
}

fn is_too_many(answer: &Answer, policy: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (429, "request.too_many")
    );
    let wait: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    assert!(answer.header("ratelimit-policy").starts_with(policy));
    let standing = answer.header("ratelimit");
    assert!(
        standing.starts_with(&format!("{policy};r=0;")),
        "{standing}"
    );
}

#[test]
fn log_ins_are_counted_whether_right_or_wrong() {
    let db = sqlite();
    let known = Client::with_role(&db, "known", "AUDITOR", None, None);
    let client = Client::of(&db, quotas(3, 0, 0));
    let wrong = json!({"username": "known", "password": "not this one"});
    let right = json!({"username": "known", "password": PASSWORD});
    let first = client.post("/v1/tokens", wrong.clone());
    assert_eq!(first.status, 401);
    assert_eq!(first.header("ratelimit-policy"), "\"log-ins\";q=3;w=60");
    assert_eq!(first.header("ratelimit"), "\"log-ins\";r=2;t=20");
    let token = client.post("/v1/tokens", right.clone()).json();
    let refresh = json!({"refresh_token": token["refresh_token"]});
    assert_eq!(client.post("/v1/token-refreshes", refresh).status, 201);
    is_too_many(&client.post("/v1/tokens", right), "\"log-ins\"");
    is_too_many(&client.post("/v1/tokens", json!({})), "\"log-ins\"");
    assert_eq!(client.get("/livez").status, 200);
    assert_eq!(client.get("/livez").header("ratelimit"), "");
    assert_eq!(known.get("/v1/me").status, 200);
}

#[test]
fn costly_work_is_counted_by_account() {
    let db = sqlite();
    for name in ["first", "second"] {
        Client::with_role(&db, name, "CITY_OFFICER", None, None);
    }
    let client = Client::of(&db, quotas(0, 1, 0));
    let export = || {
        client.post(
            "/v1/exports",
            json!({"kind": "enterprises", "format": "csv"}),
        )
    };
    client.log_in("first", PASSWORD);
    let begun = export();
    assert_eq!(begun.status, 202, "{}", begun.text());
    assert_eq!(begun.header("ratelimit-policy"), "\"costly\";q=1;w=60");
    is_too_many(&export(), "\"costly\"");
    assert_eq!(client.get("/v1/enterprises").status, 200);
    let upload = client.send_raw(
        "POST",
        "/v1/imports",
        &[("content-type", "text/csv")],
        vec![],
    );
    is_too_many(&upload, "\"costly\"");
    client.log_in("second", PASSWORD);
    assert_eq!(export().status, 202);
}

#[test]
fn what_hashes_the_own_password_is_counted_by_account() {
    let db = sqlite();
    for name in ["first", "second"] {
        Client::with_role(&db, name, "AUDITOR", None, None);
    }
    let mut settings = quotas(0, 0, 0);
    settings.quotas.passwords = NonZeroU32::new(4);
    let client = Client::of(&db, settings);
    let ask = |path: &str| {
        let mut body = json!({"current_password": "not this one"});
        match path {
            "/v1/me/password" => {
                body["new_password"] = "rusty anchor melody 2".into();
                return client.put(path, body);
            }
            "/v1/me/second-factor/removals" => body["code"] = "000000".into(),
            _ => {}
        }
        client.post(path, body)
    };
    client.log_in("first", PASSWORD);
    for (path, left) in [
        ("/v1/me/password", 3),
        ("/v1/me/second-factor", 2),
        ("/v1/me/second-factor/removals", 1),
        ("/v1/me/recovery-codes", 0),
    ] {
        let answer = ask(path);
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.header("ratelimit-policy"), "\"passwords\";q=4;w=60");
        let standing = format!("\"passwords\";r={left};");
        assert!(answer.header("ratelimit").starts_with(&standing), "{path}");
    }
    is_too_many(&ask("/v1/me/password"), "\"passwords\"");
    assert_eq!(client.get("/v1/me").status, 200);
    client.log_in("second", PASSWORD);
    assert_eq!(ask("/v1/me/password").status, 422);
}

#[test]
fn all_requests_are_counted_where_it_is_wished() {
    let db = sqlite();
    Client::with_role(&db, "reader", "AUDITOR", None, None);
    let client = Client::of(&db, quotas(0, 0, 2));
    client.log_in("reader", PASSWORD);
    assert_eq!(client.get("/v1/me").status, 200);
    assert_eq!(client.get("/v1/enterprises").status, 200);
    is_too_many(&client.get("/v1/me"), "\"requests\"");
}

#[test]
fn who_comes_when_all_places_are_taken_is_told_to_come_again() {
    let db = sqlite();
    Client::with_role(&db, "reader", "AUDITOR", None, None);
    let settings = Settings {
        most_at_work: 0,
        ..Settings::default()
    };
    let answer = Client::of(&db, settings).get("/readyz");
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (503, "service.busy")
    );
    assert_eq!(answer.header("retry-after"), "1");
}

on_both_engines!(what_comes_after_the_deadline_is_not_done, |db| {
    let read = || db.app.store.read::<_, StoreError, _>(|_| Ok(()));
    let write = || {
        let change = |_: &mut sanku::store::Tx<'_>| -> Result<Changed<()>, AppError> {
            panic!("the change ran")
        };
        db.app
            .store
            .write(&Stamp::of(Origin::system("test")), change)
    };
    within(Duration::ZERO, || {
        assert!(matches!(read(), Err(StoreError::TooSlow)));
        assert_eq!(write().err(), Some(AppError::TooSlow));
    });
    assert!(read().is_ok());
    let list = enterprise::list(&db.app, &Caller::operator(), &Default::default());
    assert!(list.is_ok());
});

/// SQLite has no such function, and ends no statement (docs/decisions/0016).
#[test]
fn a_statement_that_runs_too_long_is_ended_and_its_connection_goes_on() {
    let Some(db) = TestDb::fresh(TestEngine::Postgres) else {
        return;
    };
    let sleep = |seconds: &str| {
        let sql = format!("SELECT pg_sleep({seconds})");
        db.app.store.read::<_, StoreError, _>(move |conn| {
            diesel::sql_query(sql).execute(conn)?;
            Ok(())
        })
    };
    let began = Instant::now();
    for _ in 0..8 {
        let slow = within(Duration::from_millis(100), || sleep("20"));
        assert!(matches!(slow, Err(StoreError::TooSlow)), "{slow:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    // Work without a deadline, as a background job, is not ended by the limit of the request before it.
    assert!(sleep("0.2").is_ok());
    let fault = within(Duration::from_secs(9), || {
        db.app.store.read::<_, StoreError, _>(|conn| {
            diesel::sql_query("SELECT 1/0").execute(conn)?;
            Ok(())
        })
    });
    assert!(matches!(fault, Err(StoreError::Db(_))), "{fault:?}");
}

#[test]
fn slow_clients_keep_nobody_out_and_are_not_waited_for() {
    let db = sqlite();
    let served = Served::start(&db.url, &[("SANKU_CONNECTIONS_PER_ADDRESS", "300")]);
    let mut slow: Vec<_> = (0..250).map(|_| served.connect()).collect();
    for stream in &mut slow {
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nHost: slow\r\nX-A")
            .expect("sent");
    }
    let began = Instant::now();
    let mut reader = served.connect();
    for _ in 0..20 {
        let read = exchange(&mut reader, "GET", "/livez", None, "").expect("answered");
        assert_eq!(read.status, 200);
    }
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    // Which of them are one too many depends on which worker is faster.
    let mut more: Vec<_> = (0..100).map(|_| served.connect()).collect();
    let is_cut = |stream: &mut _| exchange(stream, "GET", "/livez", None, "").is_none();
    let cut = more
        .iter_mut()
        .filter_map(|it| is_cut(it).then_some(()))
        .count();
    assert!(cut > 0, "three hundred and fifty from one address");
    // A head that does not end within ten seconds.
    let cut = slow.first_mut().and_then(reply).expect("told");
    assert_eq!(cut.status, 408);
    assert!(began.elapsed() < Duration::from_secs(20));
}

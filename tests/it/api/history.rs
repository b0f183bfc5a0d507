//! `…/history` and `/v1/ledger-entries`.

use insta::assert_json_snapshot;
use sanku::store::{StoreError, ledger};
use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, registered, told};
use crate::client::Client;
use crate::harness::TestDb;
use crate::on_both_engines;

/// The bytes of every entry, as they are kept.
fn kept(db: &TestDb) -> Vec<String> {
    let entries = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| ledger::after(conn, 0, 1_000));
    entries
        .expect("read")
        .into_iter()
        .map(|it| it.entry)
        .collect()
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().cloned().unwrap_or_default()
}

on_both_engines!(a_history_is_the_entries_as_they_were_hashed, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, "虚构越城有限公司", "330602");
    registered(&staff.city, 2, "虚构柯桥有限公司", "330603");
    let facts = json!({"facts": {"sales": "50000000.00"}, "evidence": "AUDITED", "source": "年报"});
    assert_eq!(
        staff
            .city
            .put(&format!("{url}/annual-facts/2025"), facts)
            .status,
        200
    );
    let etag = staff.city.get(&url).header("etag").to_string();
    let moved = staff
        .city
        .change("PATCH", &url, &etag, json!({"contact": null}));
    assert_eq!(moved.status, 200);

    let now = "2026-06-15T08:00:00.000000Z";
    let history = staff.auditor.get(&format!("{url}/history"));
    assert_eq!(history.status, 200);
    let id = staff.city.get(&url).json()["id"]
        .as_str()
        .unwrap()
        .to_string();
    let own: Vec<String> = kept(db).into_iter().filter(|it| it.contains(&id)).collect();
    assert_eq!(own.len(), 3);
    assert_eq!(
        history.text(),
        format!(
            "{{\"items\":[{}],\"next_cursor\":null,\"as_of\":\"2026-06-15\",\"known_at\":\"{now}\"}}",
            own.join(",")
        ),
        "byte for byte"
    );
    assert!(!history.text().contains("13800138000") && !history.text().contains("王芳"));
    assert_json_snapshot!("history", history.json());

    let first = staff.city.get(&format!("{url}/history?limit=2")).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = staff
        .city
        .get(&format!("{url}/history?limit=2&cursor={cursor}"))
        .json();
    assert_eq!((items(&first).len(), items(&rest).len()), (2, 1));
    assert_eq!(rest["next_cursor"], Value::Null);
    let other = format!("/v1/enterprises/{}/history", code(2));
    let elsewhere = staff.city.get(&format!("{other}?cursor={cursor}"));
    assert_eq!(faults(&elsewhere), told([("/cursor", "request.cursor")]));
    assert_eq!(staff.district.get(&other).code(), "request.not_found");
    let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&code(1)));
    assert_eq!(items(&firm.get(&format!("{url}/history")).json()).len(), 3);
    assert_eq!(firm.get(&other).status, 404);
});

on_both_engines!(the_ledger_is_followed_from_a_sequence_on, |db| {
    let staff = Staff::of(db);
    registered(&staff.city, 1, "虚构越城有限公司", "330602");
    let admin = Client::with_role(db, "audit.admin", "AUDIT_ADMIN", None, None);
    let entries = kept(db);
    let mut all = Vec::new();
    let mut url = "/v1/ledger-entries?limit=3&after=2".to_string();
    loop {
        let page = admin.get(&url).json();
        all.extend(items(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => url = format!("/v1/ledger-entries?limit=3&after=2&cursor={cursor}"),
            None => break,
        }
    }
    let seqs: Vec<i64> = all.iter().map(|it| it["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (3..=entries.len() as i64).collect::<Vec<_>>());

    let one = staff.auditor.get("/v1/ledger-entries/7");
    assert_eq!(
        (one.text(), one.header("etag")),
        (entries[6].clone(), "\"v7\"")
    );
    for nothing in ["0", "-1", "999", "9223372036854775808", "x", "1%00", "7.0"] {
        let missing = admin.get(&format!("/v1/ledger-entries/{nothing}"));
        assert_eq!(missing.code(), "request.not_found", "{nothing}");
    }
    for (query, pointer) in [
        ("after=-1", "/after"),
        ("after=x", "/after"),
        ("limit=500", "/limit"),
    ] {
        let refused = admin.get(&format!("/v1/ledger-entries?{query}"));
        assert_eq!(
            (refused.status, faults(&refused)[0].0.as_str()),
            (400, pointer)
        );
    }
    for client in [&staff.city, &staff.district] {
        assert_eq!(client.get("/v1/ledger-entries").code(), "auth.forbidden");
        assert_eq!(client.get("/v1/ledger-entries/1").code(), "auth.forbidden");
    }
});

on_both_engines!(a_history_is_read_on_both_time_axes, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, "虚构越城有限公司", "330602");
    let first = "2026-06-15T08:00:00Z";
    staff.later(db, chrono::Duration::days(10));
    for (from, park) in [("2026-06-20", "镜湖"), ("2026-06-18", "袍江")] {
        let path = format!("{url}?effective_from={from}");
        let moved = staff
            .city
            .change("PATCH", &path, "*", json!({ "park": park }));
        assert_eq!(moved.status, 200, "{}", moved.text());
    }
    let year = json!({"facts": {"sales": "1.00"}, "evidence": "AUDITED", "source": "年报"});
    let stated = staff.city.put(&format!("{url}/annual-facts/2025"), year);
    assert_eq!(stated.status, 200);
    let kinds = |query: &str| -> Vec<String> {
        let page = staff.auditor.get(&format!("{url}/history?{query}")).json();
        let kind = |it: &Value| it["kind"].as_str().expect("a kind").to_string();
        items(&page).iter().map(kind).collect()
    };
    let (made, amended) = ("ENTERPRISE_REGISTERED", "ENTERPRISE_AMENDED");
    let whole = [made, amended, amended, "FACTS_STATED"];
    for (query, count) in [
        ("", 4),
        ("as_of=2018-02-28", 0),
        ("as_of=2018-03-01", 1),
        ("as_of=2026-06-17", 1),
        ("as_of=2026-06-20", 3),
        ("as_of=2026-06-24", 3),
        ("as_of=2026-06-25", 4),
    ] {
        assert_eq!(kinds(query), whole[..count], "{query}");
    }
    assert_eq!(
        kinds("as_of=2026-06-18"),
        [made, amended],
        "the later of the two"
    );
    assert_eq!(kinds(&format!("known_at={first}")), [made]);
    let page = format!("{url}/history?as_of=2026-06-20&known_at={first}");
    let page = staff.auditor.get(&page).json();
    assert_eq!(page["as_of"], "2026-06-20");
    assert_eq!(page["known_at"], "2026-06-15T08:00:00.000000Z");
    let paged = staff
        .auditor
        .get(&format!("{url}/history?as_of=2026-06-20&limit=2"))
        .json();
    let cursor = paged["next_cursor"].as_str().expect("another page");
    let rest = format!("as_of=2026-06-20&limit=2&cursor={cursor}");
    assert_eq!(kinds(&rest), [amended]);
    let refused = staff.auditor.get(&format!("{url}/history?as_of=never"));
    assert_eq!(faults(&refused)[0].0, "/as_of");
});

//! API clients: what their keys open and for how long, delegation to agencies, and what the ledger says about it.

mod hands;
mod swapped;

use chrono::Duration;
use sanku::app::api_client;
use sanku::store::{StoreError, ledger};
use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, registered, told};
use crate::client::{Answer, Client};
use crate::firms::ready;
use crate::harness::TestDb;
use crate::on_both_engines;

const FIRST: &str = "绍兴甲示例科技有限公司";
const SECOND: &str = "绍兴乙示例科技有限公司";

/// Two enterprises, the account of the first, and a city officer.
struct Town {
    staff: Staff,
    firm: Client,
    first: String,
    second: String,
}

impl Town {
    fn of(db: &TestDb) -> Town {
        let staff = Staff::of(db);
        let first = registered(&staff.city, 1, FIRST, "330602");
        let second = registered(&staff.city, 2, SECOND, "330603");
        let firm = Client::with_role(db, "firm.1", "ENTERPRISE", None, Some(&code(1)));
        Town {
            staff,
            firm,
            first,
            second,
        }
    }

    fn agency(&self) -> String {
        let body = json!({"uscc": code(9), "name": "绍兴示例科技咨询有限公司"});
        let made = self.staff.city.post("/v1/agencies", body);
        assert_eq!(made.status, 201, "{}", made.text());
        made.header("location").to_string()
    }

    fn delegated(&self, scopes: &[&str]) -> String {
        let body = json!({"agency": code(9), "scopes": scopes, "valid_through": "2026-12-31"});
        let made = self.firm.post(&format!("{}/delegations", self.first), body);
        assert_eq!(made.status, 201, "{}", made.text());
        made.header("location").to_string()
    }
}

fn client(by: &Client, body: Value) -> String {
    let made = by.post("/v1/api-clients", body);
    assert_eq!(made.status, 201, "{}", made.text());
    made.header("location").to_string()
}

fn key(by: &Client, client: &str, body: Value) -> Value {
    let made = by.post(&format!("{client}/keys"), body);
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn figures(value: &str) -> Value {
    json!({"facts": {"sales": value}, "evidence": "ENTITY_SUPPLIED", "source": "财务系统"})
}

fn usccs(answer: &Answer) -> Vec<String> {
    let page = answer.json();
    let items = page["items"].as_array().expect("a list").iter();
    items.map(|it| text(&it["uscc"]).to_string()).collect()
}

fn ledger(db: &TestDb) -> String {
    let all = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| ledger::after(conn, 0, 10_000));
    let texts: Vec<String> = all.expect("read").into_iter().map(|it| it.entry).collect();
    texts.join("\n")
}

on_both_engines!(a_key_of_an_enterprise_opens_its_own_record, |db| {
    let town = Town::of(db);
    let scopes = json!(["register:read", "facts:write"]);
    let url = client(&town.firm, json!({"name": "财务系统", "scopes": scopes}));
    let made = key(&town.firm, &url, json!({}));
    assert_eq!(made["valid_through"], "2027-06-14");
    let program = Client::with_key(db, text(&made["key"]));
    assert_eq!(program.get(&town.first).status, 200);
    assert_eq!(program.get(&town.second).status, 404);
    assert_eq!(
        program.get(&town.second).lasting(),
        program.get("/v1/enterprises/x").lasting()
    );
    assert_eq!(usccs(&program.get("/v1/enterprises")), [code(1)]);
    assert_eq!(
        usccs(&program.get("/v1/enterprises?q=%E7%A4%BA%E4%BE%8B")),
        [code(1)]
    );
    let year = format!("{}/annual-facts/2025", town.first);
    let put = program.put(&year, figures("5000000"));
    assert_eq!(put.status, 200, "{}", put.text());
    let by = text(&put.json()["details"]["sales"]["recorded_by"]).to_string();
    assert_eq!(
        by,
        format!("api-client:{}", url.rsplit('/').next().expect("an id"))
    );
    let mut vouched = figures("6000000");
    vouched["evidence"] = "AUDITED".into();
    let vouched = program.change("PUT", &year, put.header("etag"), vouched);
    assert_eq!(
        faults(&vouched),
        told([("/evidence", "fact.evidence_not_yours")])
    );
    // What is not among the rights, and what no program ever may.
    let eligibility = program.get(&format!("{}/eligibility", town.first));
    assert_eq!(
        (eligibility.status, eligibility.code()),
        (403, "auth.not_among_rights".into())
    );
    for never in [
        "/v1/me",
        "/v1/users",
        "/v1/api-clients",
        "/v1/ledger-entries",
    ] {
        assert_eq!(
            program.get(never).code(),
            "auth.not_among_rights",
            "{never}"
        );
    }
    let kept = ledger(db);
    assert!(kept.contains("API_KEY_MADE") && !kept.contains(text(&made["key"])));
});

on_both_engines!(a_key_is_shown_once_and_never_kept, |db| {
    let town = Town::of(db);
    let url = client(
        &town.firm,
        json!({"name": "系统", "scopes": ["rules:read"]}),
    );
    let ask = || {
        let once = [("idempotency-key", "k1")];
        town.firm
            .send("POST", &format!("{url}/keys"), &once, Some(&json!({})))
    };
    let (made, again) = (ask(), ask());
    assert_eq!((made.status, again.status), (201, 201));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let text_of = made.json()["key"].as_str().expect("a key").to_string();
    assert!(again.json()["key"].is_null());
    assert_eq!(again.json()["id"], made.json()["id"]);
    let shown = town.firm.get(&url);
    assert!(!shown.text().contains(&text_of));
    let hint = text(&shown.json()["keys"][0]["hint"]).to_string();
    assert!(text_of.starts_with(&hint) && hint.starts_with("sanku_live_"));
    let program = Client::with_key(db, &text_of);
    assert_eq!(program.get("/v1/rule-sets").status, 200);
    // A slip is told apart from a key nobody made.
    let mut slip = text_of.clone().into_bytes();
    let last = slip.len() - 1;
    slip[last] = if slip[last] == b'0' { b'1' } else { b'0' };
    program.use_token(&String::from_utf8(slip).expect("text"));
    assert_eq!(program.get("/v1/rule-sets").code(), "auth.key_form");
    let foreign = sanku::domain::api_key::compose(sanku::domain::api_key::KeyKind::Live, &[7; 24]);
    program.use_token(&foreign);
    assert_eq!(program.get("/v1/rule-sets").code(), "auth.key");
});

on_both_engines!(
    a_third_key_is_refused_and_a_revoked_one_opens_nothing,
    |db| {
        let town = Town::of(db);
        let url = client(
            &town.firm,
            json!({"name": "系统", "scopes": ["rules:read"]}),
        );
        let first = key(&town.firm, &url, json!({"valid_through": "2026-07-01"}));
        let second = key(&town.firm, &url, json!({}));
        let third = town.firm.post(&format!("{url}/keys"), json!({}));
        assert_eq!(
            (third.status, third.code()),
            (409, "api_key.two_already".into())
        );
        let old = Client::with_key(db, text(&first["key"]));
        let new = Client::with_key(db, text(&second["key"]));
        assert_eq!(
            (
                old.get("/v1/rule-sets").status,
                new.get("/v1/rule-sets").status
            ),
            (200, 200)
        );
        // The last instant of its last day, and the next one.
        let last = "2026-07-01T15:59:59.999999Z".parse::<chrono::DateTime<chrono::Utc>>();
        db.clock
            .advance(last.expect("instant") - db.app.env.clock.now());
        assert_eq!(old.get("/v1/rule-sets").status, 200);
        db.clock.advance(Duration::microseconds(1));
        assert_eq!(old.get("/v1/rule-sets").code(), "auth.key");
        town.firm.log_in("firm.1", crate::client::PASSWORD);
        let third = key(&town.firm, &url, json!({"kind": "LIVE"}));
        let gone = format!("{url}/keys/{}", text(&second["id"]));
        assert_eq!(town.firm.send("DELETE", &gone, &[], None).status, 204);
        assert_eq!(town.firm.send("DELETE", &gone, &[], None).status, 204);
        assert_eq!(new.get("/v1/rule-sets").status, 401);
        assert_eq!(
            Client::with_key(db, text(&third["key"]))
                .get("/v1/rule-sets")
                .status,
            200
        );
        let keys = town.firm.get(&url).json()["keys"].clone();
        assert_eq!(keys[0]["ended_by"], "system:expiry");
        assert!(keys[1]["ended_at"].is_string() && keys[2]["ended_at"].is_null());
        let far = town.firm.post(
            &format!("{url}/keys"),
            json!({"valid_through": "2027-07-02", "kind": "X"}),
        );
        let both = [
            ("/kind", "api_key.kind_unknown"),
            ("/valid_through", "api_key.through_bounds"),
        ];
        assert_eq!(faults(&far), told(both));
    }
);

on_both_engines!(
    an_agency_sees_what_was_delegated_and_as_long_as_it_is,
    |db| {
        ready(db);
        let town = Town::of(db);
        let agency = town.agency();
        let body = json!({"name": "代理系统", "agency": code(9), "scopes": ["register:read", "facts:write", "eligibility:read"]});
        assert_eq!(town.firm.post("/v1/api-clients", body.clone()).status, 403);
        let url = client(&town.staff.city, body);
        let made = key(&town.staff.city, &url, json!({}));
        let program = Client::with_key(db, text(&made["key"]));
        let year = format!("{}/annual-facts/2025", town.first);
        assert_eq!(program.get(&town.first).status, 404);
        assert_eq!(usccs(&program.get("/v1/enterprises?count=exact")), [""; 0]);
        let delegation = town.delegated(&["register:read", "eligibility:read"]);
        assert_eq!(program.get(&town.first).status, 200);
        assert_eq!(program.get(&town.second).status, 404);
        assert_eq!(
            program
                .get(&format!("{}/eligibility?rule_set=POOLS", town.first))
                .status,
            200
        );
        let listed = program.get("/v1/enterprises?count=exact");
        assert_eq!(
            (usccs(&listed), listed.json()["total"].clone()),
            (vec![code(1)], json!(1))
        );
        assert_eq!(
            usccs(&program.get("/v1/enterprises?q=%E7%A4%BA%E4%BE%8B")),
            [code(1)]
        );
        // The right to write was not delegated, so that for writing it is not there.
        assert_eq!(program.put(&year, figures("1")).status, 404);
        let more = town.delegated(&["facts:write"]);
        assert_eq!(program.put(&year, figures("1")).status, 200);
        assert_eq!(town.firm.send("DELETE", &more, &[], None).status, 204);
        let etag = program.get(&year).header("etag").to_string();
        assert_eq!(
            program.change("PUT", &year, &etag, figures("2")).status,
            404
        );
        // The last day, and the day after.
        db.clock.advance(Duration::days(199));
        assert_eq!(program.get(&town.first).status, 200);
        db.clock.advance(Duration::days(1));
        assert_eq!(program.get(&town.first).status, 404);
        town.firm.log_in("firm.1", crate::client::PASSWORD);
        town.staff.later(db, Duration::zero());
        let shown = town.firm.get(&delegation).json();
        assert_eq!(
            (shown["revoked_at"].clone(), &shown["valid_through"]),
            (Value::Null, &json!("2026-12-31"))
        );
        let history = town
            .firm
            .get(&format!("{}/history?limit=200", town.first))
            .text();
        assert!(history.contains("DELEGATION_MADE") && history.contains("DELEGATION_REVOKED"));
        let patch = json!({"state": "DISABLED"});
        let etag = town.staff.city.get(&agency).header("etag").to_string();
        assert_eq!(
            town.staff
                .city
                .change("PATCH", &agency, &etag, patch)
                .status,
            200
        );
        assert_eq!(program.get("/v1/enterprises").code(), "auth.key");
    }
);

on_both_engines!(
    a_delegation_is_made_by_the_enterprise_and_read_with_care,
    |db| {
        let town = Town::of(db);
        town.agency();
        let body =
            json!({"agency": code(9), "scopes": ["register:read"], "valid_through": "2026-12-31"});
        let own = format!("{}/delegations", town.first);
        assert_eq!(
            town.firm
                .post(&format!("{}/delegations", town.second), body.clone())
                .status,
            404
        );
        let wrong = json!({"agency": code(8), "scopes": ["all"], "valid_from": "2026-06-14", "valid_through": "2029-06-15"});
        let wrong = town.firm.post(&own, wrong);
        let places = [
            ("/scopes/0", "api_scope.unknown"),
            ("/valid_from", "delegation.from_past"),
            ("/valid_through", "delegation.through_bounds"),
        ];
        assert_eq!(faults(&wrong), told(places));
        let unknown =
            json!({"agency": code(8), "scopes": ["rules:read"], "valid_through": "2026-12-31"});
        assert_eq!(
            faults(&town.firm.post(&own, unknown)),
            told([("/agency", "agency.unknown")])
        );
    }
);

on_both_engines!(a_test_key_tries_and_changes_nothing, |db| {
    let town = Town::of(db);
    let scopes = json!(["register:read", "facts:write", "contact:read"]);
    let url = client(&town.firm, json!({"name": "联调", "scopes": scopes}));
    let made = key(&town.firm, &url, json!({"kind": "TEST"}));
    assert!(text(&made["key"]).starts_with("sanku_test_"));
    let program = Client::with_key(db, text(&made["key"]));
    let year = format!("{}/annual-facts/2025", town.first);
    let before = ledger(db);
    let put = program.put(&year, figures("5000000"));
    assert_eq!(
        (put.status, put.json()["facts"]["sales"].clone()),
        (200, json!("5000000.00"))
    );
    assert_eq!(
        program.get(&format!("{}/contact", town.first)).code(),
        "auth.live_key_only"
    );
    assert_eq!(program.get(&town.first).json()["contact"]["name"], "王*");
    assert_eq!(program.put(&year, figures("five")).status, 422);
    assert_eq!(program.get(&year).status, 404);
    assert_eq!(ledger(db), before);
});

on_both_engines!(a_client_comes_from_where_it_may, |db| {
    let town = Town::of(db);
    let body = json!({"name": "系统", "scopes": ["rules:read"], "addresses": ["203.0.113.0/24", "2001:db8::1"]});
    let url = client(&town.firm, body);
    let made = key(&town.firm, &url, json!({}));
    let program = Client::with_key(db, text(&made["key"]));
    assert_eq!(program.get("/v1/rule-sets").code(), "auth.address");
    for (address, status) in [
        ("203.0.113.9", 200),
        ("203.0.114.9", 403),
        ("::ffff:203.0.113.9", 200),
        ("2001:db8::1", 200),
        ("2001:db8::2", 403),
    ] {
        program.comes_from(address);
        assert_eq!(program.get("/v1/rule-sets").status, status, "{address}");
    }
    let wrong = town.firm.post(
        "/v1/api-clients",
        json!({"name": "", "scopes": [], "addresses": ["10.0.0.1/8"]}),
    );
    let places = [
        ("/name", "text.required"),
        ("/scopes", "field.required"),
        ("/addresses/0", "address.form"),
    ];
    assert_eq!(faults(&wrong), told(places));
});

on_both_engines!(the_last_use_is_written_down_together_and_hourly, |db| {
    let town = Town::of(db);
    let url = client(
        &town.firm,
        json!({"name": "系统", "scopes": ["rules:read"]}),
    );
    let made = key(&town.firm, &url, json!({}));
    let program = Client::with_key(db, text(&made["key"]));
    assert_eq!(api_client::keep_uses(&db.app), Ok(0));
    let before = ledger(db);
    for _ in 0..5 {
        program.get("/v1/rule-sets");
    }
    assert_eq!(ledger(db), before, "no request writes");
    let shown = || town.firm.get(&url).json()["keys"][0]["last_used_at"].clone();
    assert_eq!(shown(), "2026-06-15T08:00:00.000000Z");
    assert_eq!(api_client::keep_uses(&db.app), Ok(1));
    db.clock.advance(Duration::minutes(59));
    program.get("/v1/rule-sets");
    assert_eq!(api_client::keep_uses(&db.app), Ok(0));
    db.clock.advance(Duration::minutes(1));
    program.get("/v1/rule-sets");
    assert_eq!(api_client::keep_uses(&db.app), Ok(1));
    town.firm.log_in("firm.1", crate::client::PASSWORD);
    assert_eq!(shown(), "2026-06-15T09:00:00.000000Z");
    assert_eq!(ledger(db).matches("API_KEYS_USED").count(), 2);
});

/// The last entry about an enterprise, as it stands.
fn last_entry(by: &Client, enterprise: &str) -> Value {
    let history = by.get(&format!("{enterprise}/history?limit=200")).json();
    let items = history["items"].as_array().expect("a list");
    items.last().expect("an entry").clone()
}

on_both_engines!(an_entry_says_by_which_request_and_which_key, |db| {
    let town = Town::of(db);
    let by_hand = town.firm.put(
        &format!("{}/annual-facts/2025", town.first),
        figures("10000000.00"),
    );
    assert_eq!(by_hand.status, 200, "{}", by_hand.text());
    let entry = last_entry(&town.firm, &town.first);
    assert_eq!(entry["request_id"], by_hand.header("x-request-id"));
    assert_eq!(entry.get("through"), None, "an account has no key");

    let program = client(
        &town.firm,
        json!({"name": "ERP", "scopes": ["facts:write", "register:read"]}),
    );
    let made = key(&town.firm, &program, json!({"kind": "LIVE"}));
    let erp = Client::with_key(db, text(&made["key"]));
    let tag = town.firm.get(&format!("{}/annual-facts/2025", town.first));
    let written = erp.change(
        "PUT",
        &format!("{}/annual-facts/2025", town.first),
        tag.header("etag"),
        figures("20000000.00"),
    );
    assert_eq!(written.status, 200, "{}", written.text());
    let entry = last_entry(&town.firm, &town.first);
    assert_eq!(entry["request_id"], written.header("x-request-id"));
    assert_eq!(entry["through"], format!("api-key:{}", text(&made["id"])));
});

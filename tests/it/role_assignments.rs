//! Roles by two people: proposed, decided, refused; and what the database itself does not let through.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use sanku::app::account::{self, Amendment};
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::store::{StoreError, ledger};
use serde_json::{Value, json};

use crate::builders::{faults, told};
use crate::client::{Client, PASSWORD};
use crate::firms;
use crate::harness::TestDb;
use crate::on_both_engines;

struct Office {
    system: Client,
    security: Client,
}

impl Office {
    fn of(db: &TestDb) -> Office {
        Office {
            system: Client::with_role(db, "root", "SYSTEM_ADMIN", None, None),
            security: Client::with_role(db, "guard", "SECURITY_ADMIN", None, None),
        }
    }

    /// A new account, with the URL of what was proposed for it.
    fn hired(&self, name: &str, role: &str, district: Option<&str>) -> (Value, String) {
        let body = json!({"username": name, "password": PASSWORD, "role": role, "district_code": district});
        let made = self.system.post("/v1/users", body);
        assert_eq!(made.status, 201, "{}", made.text());
        let account = made.json();
        let proposed = account["proposed"]["id"].as_str().expect("a proposal");
        let url = format!("/v1/role-assignments/{proposed}");
        (account, url)
    }

    fn says(&self, url: &str, body: Value) -> crate::client::Answer {
        self.security.post(&format!("{url}/decisions"), body)
    }
}

fn approve() -> Value {
    json!({"verdict": "APPROVE"})
}

/// Runs SQL behind the program's back; whether the database took it.
fn behind_its_back(db: &TestDb, sql: &str) -> Result<(), String> {
    let done = match db.url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path)
            .expect("opens")
            .batch_execute(sql),
        None => PgConnection::establish(&db.url)
            .expect("opens")
            .batch_execute(sql),
    };
    done.map_err(|error| error.to_string())
}

fn refused(db: &TestDb, sql: &str) {
    assert!(behind_its_back(db, sql).is_err(), "{sql}");
}

on_both_engines!(
    until_somebody_else_approves_an_account_can_do_nothing,
    |db| {
        let office = Office::of(db);
        let (account, url) = office.hired("wang.fang", "DISTRICT_OFFICER", Some("330602"));
        assert_eq!(
            (&account["role"], &account["district_code"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(account["proposed"]["role"], "DISTRICT_OFFICER");
        let wang = Client::anonymous(db);
        wang.log_in("wang.fang", PASSWORD);
        for path in [
            "/v1/me",
            "/v1/enterprises",
            "/v1/rule-sets",
            "/v1/users",
            "/v1/ledger-entries",
        ] {
            assert_eq!(wang.get(path).code(), "auth.no_role", "{path}");
        }
        // Who proposes does not decide, nor does anybody else who is no security administrator.
        assert_eq!(
            office
                .system
                .post(&format!("{url}/decisions"), approve())
                .code(),
            "auth.forbidden"
        );
        let listed = office
            .security
            .get("/v1/role-assignments?state=PROPOSED")
            .json();
        assert_eq!(listed["items"][0]["username"], "wang.fang");
        let done = office.says(&url, approve());
        assert_eq!(
            (done.status, done.json()["state"].clone()),
            (201, json!("APPROVED"))
        );
        assert_eq!(wang.get("/v1/enterprises").code(), "auth.session_ended");
        wang.log_in("wang.fang", PASSWORD);
        assert_eq!(wang.get("/v1/me").json()["district_code"], "330602");
        let own = json!({"current_password": PASSWORD, "new_password": "rusty anchor melody 2"});
        assert_eq!(wang.put("/v1/me/password", own).status, 204);
        wang.log_in("wang.fang", "rusty anchor melody 2");
        assert_eq!(wang.get("/v1/enterprises").status, 200);
        assert_eq!(
            office.says(&url, approve()).code(),
            "role_assignment.not_now"
        );
        let id = account["id"].as_str().expect("an id");
        let entries = db.app.store.read::<_, StoreError, _>(|conn| {
            ledger::of_subject(conn, id, db.app.env.clock.now(), 0, 99)
        });
        let kinds: Vec<String> = entries
            .expect("read")
            .iter()
            .map(|it| {
                serde_json::from_str::<Value>(&it.entry).expect("JSON")["kind"]
                    .as_str()
                    .unwrap_or_default()
                    .to_string()
            })
            .collect();
        let expected = [
            "ACCOUNT_CREATED",
            "ROLE_PROPOSED",
            "SESSION_STARTED",
            "ROLE_ASSIGNED",
            "SESSION_STARTED",
            "PASSWORD_CHANGED",
            "SESSION_STARTED",
        ];
        assert_eq!(kinds, expected);
    }
);

on_both_engines!(
    a_move_is_proposed_and_ends_the_sessions_when_approved,
    |db| {
        let office = Office::of(db);
        let (account, url) = office.hired("li.na", "DISTRICT_OFFICER", Some("330602"));
        office.says(&url, approve());
        let li = Client::anonymous(db);
        li.log_in("li.na", PASSWORD);
        let own = format!("/v1/users/{}", account["id"].as_str().expect("an id"));
        let roles = format!("{own}/role-assignments");
        let etag = office.system.get(&own).header("etag").to_string();
        let patched = office
            .system
            .change("PATCH", &own, &etag, json!({"role": "AUDITOR"}));
        assert_eq!(patched.status, 422);
        let moved = json!({"role": "DISTRICT_OFFICER", "district_code": "330603"});
        let first = office.system.post(&roles, moved.clone());
        assert_eq!(first.status, 201, "{}", first.text());
        assert_eq!(
            office.system.post(&roles, moved.clone()).code(),
            "role_assignment.open"
        );
        assert_eq!(li.get("/v1/me").json()["district_code"], "330602");
        let no = office.says(first.header("location"), json!({"verdict": "REJECT"}));
        assert_eq!(faults(&no), told([("/reason", "decision.reason_required")]));
        let no = office.says(
            first.header("location"),
            json!({"verdict": "REJECT", "reason": "调令未到"}),
        );
        assert_eq!(no.json()["state"], "REJECTED");
        assert_eq!(li.get("/v1/me").status, 200, "a refusal ends nothing");
        let second = office.system.post(&roles, moved);
        office.says(second.header("location"), approve());
        assert_eq!(li.get("/v1/me").code(), "auth.session_ended");
        let all = office.system.get(&roles).json();
        let states: Vec<&str> = all["items"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|it| it["state"].as_str())
            .collect();
        assert_eq!(states, ["SUPERSEDED", "REJECTED", "APPROVED"]);
        assert_eq!(office.system.get(&own).json()["proposed"], Value::Null);
    }
);

on_both_engines!(administrators_stay_what_they_are, |db| {
    let office = Office::of(db);
    let (account, url) = office.hired("qian.wei", "AUDIT_ADMIN", None);
    let roles = format!(
        "/v1/users/{}/role-assignments",
        account["id"].as_str().expect("an id")
    );
    office.says(&url, approve());
    for other in ["SYSTEM_ADMIN", "SECURITY_ADMIN", "CITY_OFFICER", "AUDITOR"] {
        let refused = office.system.post(&roles, json!({"role": other}));
        assert_eq!(refused.code(), "role_assignment.exclusive", "{other}");
    }
    let me = office.system.get("/v1/me").json();
    let own = format!(
        "/v1/users/{}/role-assignments",
        me["id"].as_str().expect("an id")
    );
    assert_eq!(
        office
            .system
            .post(&own, json!({"role": "SYSTEM_ADMIN"}))
            .code(),
        "account.own"
    );
    // The command line keeps to it as well.
    let qian = account::find(&db.app, &Caller::operator(), "qian.wei").expect("found");
    let city = Amendment {
        role: Some("CITY_OFFICER".into()),
        ..Amendment::default()
    };
    let done = account::amend(&db.app, &Caller::operator(), &qian.id, Expected::Any, city);
    assert_eq!(
        done.err(),
        Some(AppError::conflict("role_assignment.exclusive"))
    );
});

on_both_engines!(
    the_database_refuses_a_role_that_two_people_have_not_agreed_on,
    |db| {
        let office = Office::of(db);
        let (account, url) = office.hired("zhao.min", "AUDITOR", None);
        let id = account["id"].as_str().expect("an id");
        let proposal = url.rsplit('/').next().expect("an id");
        let root = office.system.get("/v1/me").json()["id"]
            .as_str()
            .expect("an id")
            .to_string();
        refused(
            db,
            &format!("UPDATE users SET role = 'AUDITOR' WHERE id = '{id}'"),
        );
        let decided = |by: &str| {
            format!(
                "UPDATE role_assignments SET state = 'APPROVED', decided_by = '{by}' WHERE id = '{proposal}'"
            )
        };
        refused(db, &decided(&root));
        refused(db, &decided(id));
        let withdrawn = format!(
            "UPDATE role_assignments SET state = 'WITHDRAWN', decided_by = 'another' WHERE id = '{proposal}'"
        );
        refused(db, &withdrawn);
        refused(
            db,
            &format!("UPDATE role_assignments SET state = 'APPROVED' WHERE id = '{proposal}'"),
        );
        refused(
            db,
            &format!("UPDATE role_assignments SET role = 'CITY_OFFICER' WHERE id = '{proposal}'"),
        );
        office.says(&url, approve());
        refused(
            db,
            &format!("UPDATE users SET role = 'CITY_OFFICER' WHERE id = '{id}'"),
        );
        refused(
            db,
            &format!("UPDATE users SET district_code = '330602' WHERE id = '{id}'"),
        );
        refused(
            db,
            &format!(
                "INSERT INTO role_assignments (id, user_id, role, state, proposed_by, proposed_at, seq) VALUES ('x', '{id}', 'AUDIT_ADMIN', 'PROPOSED', 'u1', '2026-06-15 08:00:00', 1)"
            ),
        );
        // A role may be taken away by one.
        db.tamper(&format!("UPDATE users SET role = NULL WHERE id = '{id}'"));
    }
);

on_both_engines!(the_database_keeps_makers_and_checkers_apart, |db| {
    db.past_the_program();
    firms::ready(db);
    firms::firm_in(db, "330602", 1, 10);
    firms::run(db, "maker");
    let it = firms::open(db).pop().expect("a movement");
    let set = |what: &str| format!("UPDATE pool_movements SET {what} WHERE id = '{}'", it.id);
    let maker = it.proposed_by.clone();
    refused(
        db,
        &set(&format!("state = 'ENDORSED', endorsed_by = '{maker}'")),
    );
    refused(db, &set("state = 'ENDORSED'"));
    refused(db, &set("state = 'EFFECTIVE'"));
    refused(db, &set("state = 'APPROVED', decided_by = 'somebody'"));
    assert_eq!(
        behind_its_back(db, &set("state = 'ENDORSED', endorsed_by = 'district'")),
        Ok(())
    );
    refused(db, &set("state = 'APPROVED'"));
    refused(db, &set("state = 'APPROVED', decided_by = 'district'"));
    refused(
        db,
        &set(&format!("state = 'APPROVED', decided_by = '{maker}'")),
    );
    assert_eq!(
        behind_its_back(db, &set("state = 'APPROVED', decided_by = 'city'")),
        Ok(())
    );

    let draft = |seq: i64, edited: &str, approved: &str| {
        format!(
            "INSERT INTO document_drafts (name, version, seq, state, document, document_hash, created_by, created_at, edited_by, edited_at, approved_by, recorded_at, superseded_at)
             VALUES ('RULE_SET/X', 1, {seq}, 'DRAFT', '', '', 'a', '2026-06-15 08:00:00', '{edited}', '2026-06-15 08:00:00', {approved}, '2026-06-15 08:00:00', '2026-06-15 08:00:00')"
        )
    };
    let case = "INSERT INTO document_cases (name, version, id, seq, body, added_by, recorded_at) VALUES ('RULE_SET/X', 1, 'c', 9, '', 'tester', '2026-06-15 08:00:00')";
    let waiver = "INSERT INTO document_waivers (name, version, boundary, place_hash, seq, what_zh, what_en, reason, document_hash, waived_by, waived_at, recorded_at, superseded_at, superseded_by) VALUES ('RULE_SET/X', 1, 'rd/at', '', 10, '', '', '理由', '', 'waiver', '2026-06-15 08:00:00', '2026-06-15 08:00:00', '2026-06-15 08:00:00', 'taker')";
    for sql in [
        draft(1, "a", "NULL"),
        draft(2, "b", "NULL"),
        case.to_string(),
        waiver.to_string(),
    ] {
        assert_eq!(behind_its_back(db, &sql), Ok(()));
    }
    // `b` edited an earlier state, `tester` wrote a case, `waiver` gave a waiver that `taker` took back: none of them approves
    // what `c` edited last.
    for approver in ["a", "b", "c", "tester", "waiver", "taker"] {
        refused(db, &draft(3, "c", &format!("'{approver}'")));
    }
    assert_eq!(behind_its_back(db, &draft(3, "c", "'d'")), Ok(()));
    refused(
        db,
        "UPDATE document_drafts SET approved_by = 'a' WHERE name = 'RULE_SET/X' AND seq = 1",
    );

    let finding = |state: &str, by: &str| {
        format!(
            "INSERT INTO late_findings (id, decision_id, enterprise_id, rule_set, as_of, effect, cause_seq, cause_kind, cause_by, outcome_then, digest_then, version_now, rule_hash_now, outcome_now, digest_now, found_at, state, decided_by, seq)
             VALUES ('f', 'd', 'e', 'POOLS', '2026-06-15', 'OUTCOME', 1, 'X', 'maker', 'MET', '', 1, '', 'MET', '', '2026-06-15 08:00:00', '{state}', {by}, 1)"
        )
    };
    refused(db, &finding("DISMISSED", "'maker'"));
    refused(db, &finding("DISMISSED", "NULL"));
    assert_eq!(
        behind_its_back(db, &finding("DISMISSED", "'checker'")),
        Ok(())
    );
});

//! Set-up tokens: whoever gives one gets no role with it, what ends one, and a password that somebody else chose.

use sanku::app::account::{self, Amendment};
use sanku::app::account_setup;
use sanku::app::caller::Caller;
use sanku::app::expected::Expected;
use sanku::store::{StoreError, ledger};
use serde_json::{Value, json};

use crate::builders::{faults, told};
use crate::client::{Answer, Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;

const ANOTHER: &str = "rusty anchor melody 2";

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_string()
}

/// The URL of the account of this name, as administrators know it.
fn user(db: &TestDb, name: &str) -> String {
    let found = account::find(&db.app, &Caller::operator(), name).expect("found");
    format!("/v1/users/{}", found.id)
}

fn invite(admin: &Client, user: &str) -> Answer {
    admin.post(&format!("{user}/account-setups"), json!({}))
}

fn token(admin: &Client, user: &str) -> String {
    let invited = invite(admin, user);
    assert_eq!(invited.status, 201, "{}", invited.text());
    text(&invited.json()["token"])
}

fn set_up(db: &TestDb, token: &str) -> Answer {
    let body = json!({"token": token, "password": ANOTHER});
    Client::anonymous(db).post("/v1/account-setups", body)
}

fn approved(security: &Client, proposal: &Value) {
    let url = format!("/v1/role-assignments/{}/decisions", text(&proposal["id"]));
    let done = security.post(&url, json!({"verdict": "APPROVE"}));
    assert_eq!(done.status, 201, "{}", done.text());
}

fn kinds(db: &TestDb, user: &str) -> Vec<String> {
    let id = user.rsplit('/').next().expect("an id");
    let entries = db.app.store.read::<_, StoreError, _>(|conn| {
        ledger::of_subject(conn, id, db.app.env.clock.now(), 0, 99)
    });
    let kind = |entry: &str| {
        let entry: Value = serde_json::from_str(entry).expect("JSON");
        text(&entry["kind"])
    };
    let entries = entries.expect("read");
    entries.iter().map(|it| kind(&it.entry)).collect()
}

on_both_engines!(who_gives_a_token_gets_no_role_with_it, |db| {
    let system = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let guard = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let second = Client::with_role(db, "guard.2", "SECURITY_ADMIN", None, None);
    let guards = user(db, "guard");
    let token = token(&system, &guards);
    assert_eq!(guard.get("/v1/me").code(), "auth.session_ended");
    assert_eq!(set_up(db, &token).status, 204);

    let thief = Client::anonymous(db);
    thief.log_in("guard", ANOTHER);
    assert_eq!(thief.get("/v1/role-assignments").code(), "auth.no_role");
    let shown = system.get(&guards).json();
    let proposed = &shown["proposed"];
    assert_eq!(
        (&shown["role"], &proposed["role"], &proposed["proposed_by"]),
        (
            &Value::Null,
            &json!("SECURITY_ADMIN"),
            &system.get("/v1/me").json()["id"]
        )
    );
    let decisions = format!("/v1/role-assignments/{}/decisions", text(&proposed["id"]));
    let yes = json!({"verdict": "APPROVE"});
    assert_eq!(thief.post(&decisions, yes.clone()).code(), "auth.no_role");
    assert_eq!(system.post(&decisions, yes).code(), "auth.forbidden");
    approved(&second, proposed);
    assert_eq!(thief.get("/v1/me").code(), "auth.session_ended");
    thief.log_in("guard", ANOTHER);
    assert_eq!(thief.get("/v1/role-assignments").status, 200);
    let after_the_first_log_in = [
        "ROLE_SUSPENDED",
        "ROLE_PROPOSED",
        "ACCOUNT_SETUP_BEGUN",
        "ACCOUNT_SET_UP",
        "SESSION_STARTED",
        "ROLE_ASSIGNED",
        "SESSION_STARTED",
    ];
    assert_eq!(kinds(db, &guards)[2..], after_the_first_log_in);
});

on_both_engines!(a_suspended_role_comes_back_with_its_place, |db| {
    let system = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let security = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let li = Client::with_role(db, "li.na", "DISTRICT_OFFICER", Some("330602"), None);
    let lis = user(db, "li.na");
    let first = token(&system, &lis);
    let shown = system.get(&lis).json();
    assert_eq!(
        (&shown["role"], &shown["district_code"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(shown["proposed"]["district_code"], "330602");
    // Without a role there is none to take, and the proposal stays.
    let second = token(&system, &lis);
    assert_eq!(system.get(&lis).json()["proposed"], shown["proposed"]);
    assert_eq!(set_up(db, &first).status, 422);
    assert_eq!(set_up(db, &second).status, 204);
    approved(&security, &shown["proposed"]);
    li.log_in("li.na", ANOTHER);
    assert_eq!(li.get("/v1/me").json()["district_code"], "330602");
    let states = system.get(&format!("{lis}/role-assignments")).json();
    let states: Vec<String> = states["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| text(&it["state"]))
        .collect();
    assert_eq!(states, ["SUPERSEDED", "APPROVED"]);
});

on_both_engines!(where_nobody_could_decide_the_role_stays, |db| {
    let system = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let guard = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let refused = |user: &str, code: &str| {
        let answer = invite(&system, user);
        assert_eq!((answer.status, answer.code().as_str()), (409, code));
    };
    refused(&user(db, "guard"), "account_setup.nobody_decides");
    refused(&user(db, "root"), "account.own");
    // A second one who may not log in decides nothing.
    let second = Client::with_role(db, "guard.2", "SECURITY_ADMIN", None, None);
    let seconds = user(db, "guard.2");
    let off = json!({"state": "DISABLED"});
    assert_eq!(system.change("PATCH", &seconds, "*", off).status, 200);
    assert_eq!(second.get("/v1/me").status, 401);
    refused(&user(db, "guard"), "account_setup.nobody_decides");
    assert_eq!(guard.get("/v1/role-assignments").status, 200);
    // A move that waits for its decision is decided first.
    Client::with_role(db, "li.na", "DISTRICT_OFFICER", Some("330602"), None);
    let lis = user(db, "li.na");
    let moved = json!({"role": "DISTRICT_OFFICER", "district_code": "330603"});
    let moved = system.post(&format!("{lis}/role-assignments"), moved);
    assert_eq!(moved.status, 201);
    refused(&lis, "role_assignment.open");
    // Whoever has the machine in hand acts alone.
    let found = account::find(&db.app, &Caller::operator(), "guard").expect("found");
    let given = account_setup::invite(&db.app, &Caller::operator(), &found.id).expect("given");
    assert_eq!(set_up(db, &given.token).status, 204);
    guard.log_in("guard", ANOTHER);
    assert_eq!(guard.get("/v1/role-assignments").status, 200);
});

on_both_engines!(what_ends_the_sessions_ends_the_token, |db| {
    let system = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let security = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let operator = Caller::operator();
    let patch = |user: &str, state: &str| {
        let done = system.change("PATCH", user, "*", json!({ "state": state }));
        assert_eq!(done.status, 200, "{}", done.text());
    };
    type Change<'a> = &'a dyn Fn(&Client, &str, &str);
    let changes: [(&str, Change<'_>); 4] = [
        ("own.password", &|own, _, _| {
            let body =
                json!({"current_password": PASSWORD, "new_password": "copper lantern orchard 3"});
            assert_eq!(own.put("/v1/me/password", body).status, 204);
        }),
        ("reset", &|_, name, _| {
            let reset =
                account::reset_password(&db.app, &operator, name, "copper lantern orchard 3");
            assert!(reset.is_ok());
        }),
        ("another.role", &|_, name, _| {
            let found = account::find(&db.app, &operator, name).expect("found");
            let role = Amendment {
                role: Some("CITY_OFFICER".into()),
                ..Amendment::default()
            };
            let done = account::amend(&db.app, &operator, &found.id, Expected::Any, role);
            assert!(done.is_ok());
        }),
        ("off.and.on", &|_, _, user| {
            patch(user, "DISABLED");
            patch(user, "ACTIVE");
        }),
    ];
    for (name, change) in changes {
        let own = Client::with_role(db, name, "AUDITOR", None, None);
        let user = user(db, name);
        let found = account::find(&db.app, &operator, name).expect("found");
        let given = account_setup::invite(&db.app, &Caller::operator(), &found.id);
        change(&own, name, &user);
        let late = set_up(db, &given.expect("given").token);
        assert_eq!(
            faults(&late),
            told([("/token", "account.setup_token")]),
            "{name}"
        );
    }
    // Whoever approves finds the account as it is; nobody comes after.
    Client::with_role(db, "li.na", "AUDITOR", None, None);
    let lis = user(db, "li.na");
    let given = token(&system, &lis);
    approved(&security, &system.get(&lis).json()["proposed"]);
    assert_eq!(set_up(db, &given).status, 422);
});

on_both_engines!(
    a_password_that_the_maker_chose_opens_the_own_account,
    |db| {
        let system = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
        let security = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
        let body = json!({"username": "wang.fang", "password": PASSWORD, "role": "CITY_OFFICER"});
        let made = system.post("/v1/users", body);
        approved(&security, &made.json()["proposed"]);
        let wang = Client::anonymous(db);
        let granted = wang.log_in("wang.fang", PASSWORD);
        assert_eq!(granted["required_action"], "CHANGE_PASSWORD");
        assert_eq!(wang.get("/v1/enterprises").code(), "auth.password_expired");
        // Its maker knows the password as it is: a token takes nothing away. Another administrator does not know it.
        let wangs = user(db, "wang.fang");
        token(&system, &wangs);
        assert_eq!(system.get(&wangs).json()["role"], "CITY_OFFICER");
        assert_eq!(wang.get("/v1/me").status, 200);
        let body = json!({"current_password": PASSWORD, "new_password": ANOTHER});
        assert_eq!(wang.put("/v1/me/password", body).status, 204);
        let granted = wang.log_in("wang.fang", ANOTHER);
        assert_eq!(granted["required_action"], Value::Null);
        assert_eq!(wang.get("/v1/enterprises").status, 200);
        token(&system, &wangs);
        assert_eq!(system.get(&wangs).json()["role"], Value::Null);

        let body = json!({"username": "zhao.min", "password": PASSWORD, "role": "CITY_OFFICER"});
        let made = system.post("/v1/users", body);
        approved(&security, &made.json()["proposed"]);
        let colleague = Client::with_role(db, "root.2", "SYSTEM_ADMIN", None, None);
        token(&colleague, &user(db, "zhao.min"));
        assert_eq!(
            system.get(&user(db, "zhao.min")).json()["role"],
            Value::Null
        );
    }
);

//! Getting in over HTTP: what is told and what is not, what ends a session, passwords, the first one among them.

use chrono::Duration;
use sanku::app::account_setup;
use sanku::app::caller::Caller;
use sanku::domain::account_policy::AccountPolicy;
use serde_json::{Value, json};

use crate::builders::{faults, told};
use crate::client::{Answer, Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;

pub(super) fn attempt(client: &Client, name: &str, password: &str) -> Answer {
    client.post(
        "/v1/tokens",
        json!({"username": name, "password": password}),
    )
}

pub(super) fn id_of(client: &Client) -> String {
    text(&client.get("/v1/me").json()["id"])
}

fn under_mlps3(db: &TestDb) -> sanku::app::App {
    db.reopen_with(|options| options.policy = AccountPolicy::default())
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("text").to_string()
}

on_both_engines!(the_four_refusals_are_told_alike, |db| {
    let admin = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let off = Client::with_role(db, "disabled", "AUDITOR", None, None);
    let path = format!("/v1/users/{}", id_of(&off));
    let any = [("if-match", "*")];
    let body = json!({"state": "DISABLED"});
    assert_eq!(admin.send("PATCH", &path, &any, Some(&body)).status, 200);
    Client::with_role(db, "locked", "AUDITOR", None, None);
    Client::with_role(db, "wrong", "AUDITOR", None, None);
    let door = Client::anonymous(db);
    door.comes_from("203.0.113.9");
    for _ in 0..5 {
        assert_eq!(attempt(&door, "locked", "not the one 1").status, 401);
    }
    let told: Vec<_> = [
        ("nobody", PASSWORD),
        ("wrong", "not the one 1"),
        ("locked", PASSWORD),
        ("disabled", PASSWORD),
    ]
    .into_iter()
    .map(|(name, password)| {
        let answer = attempt(&door, name, password);
        assert_eq!(
            (answer.status, answer.code()),
            (401, "auth.credentials".to_string())
        );
        let mut headers: Vec<(String, String)> = answer
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "x-request-id")
            .map(|(name, value)| (name.to_string(), format!("{value:?}")))
            .collect();
        headers.sort();
        (answer.lasting(), headers)
    })
    .collect();
    assert!(told.iter().all(|it| *it == told[0]));
});

on_both_engines!(failing_at_one_address_locks_nobody_out_at_another, |db| {
    Client::with_role(db, "li.na", "AUDITOR", None, None);
    let door = Client::anonymous(db);
    door.comes_from("203.0.113.9");
    for _ in 0..5 {
        assert_eq!(attempt(&door, "li.na", "not the one 1").status, 401);
    }
    assert_eq!(attempt(&door, "li.na", PASSWORD).status, 401, "locked");
    door.comes_from("198.51.100.1");
    assert_eq!(attempt(&door, "li.na", PASSWORD).status, 201);
    door.comes_from("203.0.113.9");
    db.clock.advance(Duration::seconds(60));
    assert_eq!(
        attempt(&door, "li.na", PASSWORD).status,
        201,
        "a minute later"
    );
});

on_both_engines!(whatever_changes_the_account_ends_its_sessions, |db| {
    let admin = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let security = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let officer = Client::with_role(db, "li.na", "DISTRICT_OFFICER", Some("330602"), None);
    let user = format!("/v1/users/{}", id_of(&officer));
    let sessions = format!("{user}/sessions");
    let any = [("if-match", "*")];
    let patch = |body: Value| {
        let answer = admin.send("PATCH", &user, &any, Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let mut password = PASSWORD.to_string();
    let mut ended = |what: &str, change: &mut dyn FnMut(&mut String)| {
        officer.log_in("li.na", &password);
        assert_eq!(officer.get("/v1/me").status, 200, "before {what}");
        change(&mut password);
        assert_eq!(officer.get("/v1/me").code(), "auth.session_ended", "{what}");
    };
    let assign = |body: Value| {
        let proposed = admin.post(&format!("{user}/role-assignments"), body);
        let decisions = format!("{}/decisions", proposed.header("location"));
        let decided = security.post(&decisions, json!({"verdict": "APPROVE"}));
        assert_eq!(decided.status, 201, "{}", decided.text());
    };
    ended("another district", &mut |_| {
        assign(json!({"role": "DISTRICT_OFFICER", "district_code": "330603"}))
    });
    ended("another role", &mut |_| assign(json!({"role": "AUDITOR"})));
    ended("disabled", &mut |_| {
        patch(json!({"state": "DISABLED"}));
    });
    patch(json!({"state": "ACTIVE"}));
    ended("another password", &mut |password| {
        let body = json!({"current_password": *password, "new_password": "rusty anchor melody 2"});
        assert_eq!(officer.put("/v1/me/password", body).status, 204);
        *password = "rusty anchor melody 2".into();
    });
    ended("logged out", &mut |_| {
        assert_eq!(officer.delete("/v1/tokens/current").status, 204);
    });
    ended("ended by the owner", &mut |_| {
        let own = officer.get("/v1/sessions").json();
        let id = text(&own["items"][0]["id"]);
        assert_eq!(own["items"][0]["current"], true);
        assert_eq!(officer.delete(&format!("/v1/sessions/{id}")).status, 204);
    });
    ended("ended by the security administrator", &mut |_| {
        let id = text(&security.get(&sessions).json()["items"][0]["id"]);
        let one = format!("{sessions}/{id}");
        assert_eq!(security.delete(&one).status, 204);
        assert_eq!(security.delete(&one).status, 404, "it runs no more");
    });
    ended("all ended by the system administrator", &mut |_| {
        assert_eq!(admin.delete(&sessions).status, 204);
        assert_eq!(admin.get(&sessions).json()["items"], json!([]));
    });
});

on_both_engines!(sessions_are_listed_to_their_owner_alone, |db| {
    let first = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let other = Client::with_role(db, "wang", "AUDITOR", None, None);
    let second = Client::anonymous(db);
    second.comes_from("2001:db8::7");
    second.log_in("li.na", PASSWORD);
    let listed = second.get("/v1/sessions").json();
    let items = listed["items"].as_array().expect("a list").clone();
    assert_eq!(items.len(), 2);
    let own = items.iter().find(|it| it["current"] == true).expect("own");
    assert_eq!(own["address"], "2001:db8::7");
    let id = text(&own["id"]);
    let path = format!("/v1/sessions/{id}");
    assert_eq!(other.delete(&path).status, 404);
    assert_eq!(
        other
            .get(&format!("/v1/users/{}/sessions", id_of(&first)))
            .status,
        403
    );
    assert_eq!(first.delete(&path).status, 204, "a session elsewhere");
    assert_eq!(second.get("/v1/me").code(), "auth.session_ended");
    assert_eq!(first.get("/v1/me").status, 200);
});

on_both_engines!(the_oldest_of_too_many_sessions_ends, |db| {
    let first = Client::with_role(db, "li.na", "AUDITOR", None, None);
    db.clock.advance(Duration::seconds(1));
    let second = Client::anonymous(db);
    second.log_in("li.na", PASSWORD);
    let door = Client::anonymous(db);
    for _ in 3..=20 {
        db.clock.advance(Duration::seconds(1));
        door.log_in("li.na", PASSWORD);
    }
    assert_eq!(first.get("/v1/me").status, 200);
    db.clock.advance(Duration::seconds(1));
    door.log_in("li.na", PASSWORD);
    assert_eq!(first.get("/v1/me").code(), "auth.session_ended");
    assert_eq!(second.get("/v1/me").status, 200);
    let running = door.get("/v1/sessions").json();
    assert_eq!(running["items"].as_array().map(Vec::len), Some(20));
    let history = door.get("/v1/ledger-entries?limit=200").text();
    assert_eq!(history.matches("TOO_MANY").count(), 1);
});

on_both_engines!(
    a_password_is_judged_by_the_profile_and_does_not_come_again,
    |db| {
        Client::with_role(db, "li.na", "AUDITOR", None, None);
        let client = Client::on(under_mlps3(db));
        let change = |from: &str, to: &str| {
            client.log_in("li.na", from);
            client.put(
                "/v1/me/password",
                json!({"current_password": from, "new_password": to}),
            )
        };
        let refused = |to: &str| faults(&change(PASSWORD, to))[0].1.clone();
        assert_eq!(refused("Short-1"), "account.password_length");
        assert_eq!(refused("only small letters"), "account.password_kinds");
        assert_eq!(refused(PASSWORD), "account.password_repeated");
        let later: Vec<String> = (1..=5)
            .map(|n| format!("Rusty anchor melody {n}"))
            .collect();
        let mut present = PASSWORD.to_string();
        for next in &later {
            let answer = change(&present, next);
            assert_eq!(answer.status, 204, "{next}: {}", answer.text());
            present = next.clone();
        }
        for earlier in &later {
            let answer = change(&present, earlier);
            assert_eq!(
                faults(&answer)[0].1,
                "account.password_repeated",
                "{earlier}"
            );
        }
        assert_eq!(change(&present, PASSWORD).status, 204, "the sixth before");
    }
);

on_both_engines!(an_expired_password_opens_the_own_account_only, |db| {
    Client::with_role(db, "li.na", "CITY_OFFICER", None, None);
    let client = Client::on(under_mlps3(db));
    db.clock.advance(Duration::days(90) - Duration::seconds(1));
    assert_eq!(
        client.log_in("li.na", PASSWORD)["required_action"],
        Value::Null
    );
    assert_eq!(client.get("/v1/enterprises").status, 200);
    db.clock.advance(Duration::seconds(1));
    assert_eq!(
        client.get("/v1/enterprises").code(),
        "auth.password_expired"
    );
    let granted = client.log_in("li.na", PASSWORD);
    assert_eq!(granted["required_action"], "CHANGE_PASSWORD");
    assert_eq!(
        client.get("/v1/enterprises").code(),
        "auth.password_expired"
    );
    assert_eq!(client.get("/v1/me").status, 200);
    let body = json!({"current_password": PASSWORD, "new_password": "Rusty anchor melody 1"});
    assert_eq!(client.put("/v1/me/password", body).status, 204);
    let granted = client.log_in("li.na", "Rusty anchor melody 1");
    assert_eq!(granted["required_action"], Value::Null);
    assert_eq!(client.get("/v1/enterprises").status, 200);
});

on_both_engines!(a_locked_screen_hashes_nothing, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let guess = |password: &str| {
        let body = json!({"current_password": password, "new_password": "rusty anchor melody 2"});
        client.put("/v1/me/password", body)
    };
    let wrong = || told([("/current_password", "account.password_wrong")]);
    for _ in 0..5 {
        assert_eq!(faults(&guess("not the one 1")), wrong());
    }
    assert_eq!(faults(&guess(PASSWORD)), wrong(), "locked");
    // Whoever looks at this hash fails.
    let id = id_of(&client);
    db.tamper(&format!(
        "UPDATE users SET password_hash = 'no hash' WHERE id = '{id}'"
    ));
    assert_eq!(faults(&guess(PASSWORD)), wrong());
    db.clock.advance(Duration::seconds(60));
    assert_eq!(guess(PASSWORD).status, 500, "no lock any more");
});

on_both_engines!(a_set_up_token_sets_the_first_password_once, |db| {
    let made = account_setup::create(
        &db.app,
        &Caller::operator(),
        "first.admin",
        "SYSTEM_ADMIN",
        None,
        None,
    );
    let token = made.expect("made").token;
    let door = Client::anonymous(db);
    let set = |token: &str, password: &str| {
        door.post(
            "/v1/account-setups",
            json!({"token": token, "password": password}),
        )
    };
    let fault = |answer: Answer| faults(&answer)[0].clone();
    assert_eq!(
        fault(set("guessed", PASSWORD)),
        ("/token".to_string(), "account.setup_token".to_string())
    );
    assert_eq!(fault(set(&token, "short")).1, "account.password_length");
    assert_eq!(set(&token, PASSWORD).status, 204);
    assert_eq!(
        fault(set(&token, "Rusty anchor melody 1")).1,
        "account.setup_token"
    );
    door.log_in("first.admin", PASSWORD);

    let other = Client::with_role(db, "li.na", "AUDITOR", None, None);
    Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let user = format!("/v1/users/{}/account-setups", id_of(&other));
    let invited = door.post(&user, json!({}));
    assert_eq!(invited.status, 201, "{}", invited.text());
    let token = text(&invited.json()["token"]);
    db.clock.advance(Duration::hours(24));
    assert_eq!(
        fault(set(&token, "Rusty anchor melody 1")).1,
        "account.setup_token"
    );
    door.log_in("first.admin", PASSWORD);
});

on_both_engines!(no_token_is_made_for_a_disabled_account, |db| {
    let admin = Client::with_role(db, "sysadmin9", "SYSTEM_ADMIN", None, None);
    // Somebody who can give the role again that the token suspends.
    Client::with_role(db, "security9", "SECURITY_ADMIN", None, None);
    Client::with_role(db, "leaver", "AUDITOR", None, None);
    let listed = admin.get("/v1/users").json();
    let users = listed["items"].as_array().unwrap();
    let leaver = users.iter().find(|it| it["username"] == "leaver").unwrap();
    let user = format!("/v1/users/{}", leaver["id"].as_str().unwrap());
    let setups = format!("{user}/account-setups");
    assert_eq!(admin.post(&setups, json!({})).status, 201);
    let tag = admin.get(&user).header("etag").to_string();
    let disabled = admin.change("PATCH", &user, &tag, json!({"state": "DISABLED"}));
    assert_eq!(disabled.status, 200, "{}", disabled.text());
    let refused = admin.post(&setups, json!({}));
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "account.disabled")
    );
});

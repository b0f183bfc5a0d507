//! The keys that sign tokens, and secrets beside the database: changed while in use.

use chrono::Duration;
use sanku::app::caller::Caller;
use sanku::app::keys::{self, Change};
use sanku::app::token::VerifiedToken;
use sanku::app::{App, reseal, session};
use sanku::store::{StoreError, users};
use serde_json::Value;

use crate::client::{Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;

fn kids(client: &Client) -> Vec<String> {
    let published = client.get("/.well-known/jwks.json");
    assert_eq!(published.status, 200);
    assert_eq!(published.header("cache-control"), "public, max-age=300");
    let keys = published.json()["keys"].as_array().expect("keys").clone();
    let kid = |key: &Value| {
        assert_eq!(
            (&key["alg"], &key["crv"]),
            (&"EdDSA".into(), &"Ed25519".into())
        );
        assert!(key.get("d").is_none(), "the private half stays here");
        key["kid"].as_str().expect("kid").to_string()
    };
    keys.iter().map(kid).collect()
}

/// The key that signed a token.
fn kid_of(token: &Value) -> String {
    let token = token["access_token"].as_str().expect("token");
    let header = token.split('.').next().expect("a header");
    let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header);
    let header: Value = serde_json::from_slice(&header.expect("base64")).expect("JSON");
    header["kid"].as_str().expect("kid").to_string()
}

on_both_engines!(keys_are_changed_with_an_overlap, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let elsewhere = Client::on(db.reopen());
    let first = kids(&client);
    assert_eq!(first.len(), 1);
    let old = client.log_in("li.na", PASSWORD);
    assert_eq!(kid_of(&old), first[0]);
    keys::rotate(&db.app, &Caller::operator(), Change::Orderly).expect("rotated");
    let both = kids(&client);
    assert_eq!(both.len(), 2);
    assert_eq!(both[0], first[0]);
    assert_eq!(
        kids(&elsewhere),
        first,
        "another process has not looked yet"
    );
    assert!(keys::look(elsewhere.app()).expect("looked"));
    assert!(!keys::look(elsewhere.app()).expect("looked"), "nothing new");
    assert_eq!(kids(&elsewhere), both);

    assert_eq!(
        kid_of(&client.log_in("li.na", PASSWORD)),
        both[0],
        "published first"
    );
    db.clock
        .advance(Duration::minutes(5) - Duration::seconds(1));
    let last = client.log_in("li.na", PASSWORD);
    db.clock.advance(Duration::seconds(1));
    assert_eq!(
        kid_of(&client.log_in("li.na", PASSWORD)),
        both[1],
        "then used"
    );
    assert_eq!(
        elsewhere_says(&elsewhere, &last),
        200,
        "what the old one signed is good"
    );
    db.clock.advance(Duration::seconds(898));
    assert_eq!(elsewhere_says(&elsewhere, &last), 200, "until it expires");
    db.clock.advance(Duration::minutes(1));
    assert_eq!(kids(&client), both[1..]);
});

fn elsewhere_says(client: &Client, token: &Value) -> u16 {
    client.use_token(token["access_token"].as_str().expect("token"));
    client.get("/v1/me").status
}

on_both_engines!(a_compromised_key_ends_at_once, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let granted = client.log_in("li.na", PASSWORD);
    assert_eq!(client.get("/v1/me").status, 200);
    keys::rotate(&db.app, &Caller::operator(), Change::Compromised).expect("rotated");
    assert_eq!(client.get("/v1/me").code(), "auth.token");
    assert_eq!(kids(&client).len(), 1);
    let body = serde_json::json!({"refresh_token": granted["refresh_token"]});
    let refreshed = client.post("/v1/token-refreshes", body);
    assert_eq!(refreshed.status, 201, "the session itself goes on");
    client.use_token(refreshed.json()["access_token"].as_str().expect("token"));
    assert_eq!(client.get("/v1/me").status, 200);
});

/// What can be done to the keys, and the clock of the machine that does it.
const COMMANDS: [Change; 2] = [Change::Orderly, Change::Compromised];
/// Minutes by which the clock moves before each command: within the five until a new key signs, beyond them, back.
const MOVES: [i64; 3] = [1, 7, -6];

/// Three commands in every order, each after every movement of the clock; then ten minutes go by, one by one.
fn every_order(mut each: impl FnMut(&[(Change, i64)])) {
    let steps: Vec<(Change, i64)> = COMMANDS
        .iter()
        .flat_map(|command| MOVES.map(|minutes| (*command, minutes)))
        .collect();
    for first in &steps {
        for second in &steps {
            for third in &steps {
                each(&[*first, *second, *third]);
            }
        }
    }
}

on_both_engines!(whatever_is_done_to_the_keys_somebody_can_enter, |db| {
    let mut number = 0;
    every_order(|steps| {
        let mut withdrawn: Vec<String> = Vec::new();
        for (command, minutes) in steps {
            db.clock.advance(Duration::minutes(*minutes));
            let before = keys::list(&db.app, &Caller::operator());
            keys::rotate(&db.app, &Caller::operator(), *command).expect("rotated");
            if *command == Change::Compromised {
                withdrawn.extend(before.into_iter().map(|key| key.kid));
            }
            number += 1;
            signs_and_verifies(&db.app, number, &withdrawn, steps);
        }
        for _ in 0..10 {
            db.clock.advance(Duration::minutes(1));
            number += 1;
            signs_and_verifies(&db.app, number, &withdrawn, steps);
        }
        // The next order begins where nothing of this one is left to end.
        db.clock.advance(Duration::minutes(30));
    });
    db.reopen();
});

fn signs_and_verifies(app: &App, number: i32, withdrawn: &[String], steps: &[(Change, i64)]) {
    let now = app.env.clock.now();
    let said = VerifiedToken {
        subject: "somebody".into(),
        session: format!("session {number}"),
        epoch: 0,
    };
    let token = app.tokens.issue_access(&said, "jti".into(), now);
    let token = token.unwrap_or_else(|error| panic!("{steps:?}: {error}"));
    assert_eq!(app.tokens.verify_access(&token, now), Ok(said), "{steps:?}");
    let kid = kid_of(&serde_json::json!({ "access_token": token }));
    assert!(!withdrawn.contains(&kid), "{steps:?}");
    let published = keys::published(app);
    assert!(published.iter().all(|key| !withdrawn.contains(&key.kid)));
    assert!(published.iter().any(|key| key.kid == kid), "{steps:?}");
}

on_both_engines!(a_register_without_a_good_key_names_the_way_out, |db| {
    keys::rotate(&db.app, &Caller::operator(), Change::Orderly).expect("rotated");
    // Under another master secret another pair takes over; the first ones end.
    let other = b"another secret of thirty-two bytes".to_vec();
    let changed = db.reopen_with(|options| options.master_secret = Some(other));
    keys::rotate(&changed, &Caller::operator(), Change::Orderly).expect("rotated");
    db.clock.advance(Duration::hours(1));
    let refused = App::open(db.options(), db.app.env.clone());
    let told = refused.err().expect("refused").to_string();
    assert!(told.contains("sanku keys rotate"), "{told}");
    let bare = App::open_without_keys(db.options(), db.app.env.clone()).expect("opens");
    keys::rotate(&bare, &Caller::operator(), Change::Compromised).expect("rotated");
    db.reopen();
});

on_both_engines!(keys_change_by_themselves_when_they_are_old, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let due = |days| {
        let at = db.app.env.clock.now() + Duration::days(days);
        keys::rotate_if_due(&db.app, &Caller::clockwork(), 90, at).expect("looked")
    };
    assert_eq!((due(89), due(90), due(89)), (0, 1, 0));
    assert_eq!(kids(&client).len(), 2);
});

on_both_engines!(another_master_secret_is_told_the_old_one, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    keys::rotate(&db.app, &Caller::operator(), Change::Orderly).expect("rotated");
    let before = kids(&client);
    let other = b"another secret of thirty-two bytes".to_vec();
    let changed = db.reopen_with(|options| options.master_secret = Some(other));
    let fallback = kids(&Client::on(changed.clone()));
    assert!(!before.contains(&fallback[0]) && fallback.len() == 1);
    let old = b"a secret that every test shares!";
    let wrong = reseal::reseal(&changed, &Caller::operator(), &old.map(|byte| byte ^ 1));
    assert_eq!(wrong.expect("nothing opened").signing_keys, 0);
    let done = reseal::reseal(&changed, &Caller::operator(), old).expect("sealed anew");
    assert_eq!((done.signing_keys, done.second_factors), (2, 0));
    assert_eq!(kids(&Client::on(changed)), before);
});

fn stored(db: &TestDb) -> String {
    let user = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| users::by_username(conn, "li.na"));
    user.expect("read").expect("there").password_hash
}

on_both_engines!(a_new_pepper_is_taken_on_at_the_next_log_in, |db| {
    Client::with_role(db, "li.na", "AUDITOR", None, None);
    let plain = stored(db);
    assert!(plain.starts_with("$argon2id$"));
    let peppers = |list: &[&str]| list.iter().map(|it| it.as_bytes().to_vec()).collect();
    let one = db.reopen_with(|options| options.peppers = peppers(&["the first pepper"]));
    session::log_in(&one, "li.na", PASSWORD).expect("logged in");
    let first = stored(db);
    assert!(!first.starts_with('$') && first.contains("$argon2id$"));
    session::log_in(&one, "li.na", PASSWORD).expect("logged in");
    assert_eq!(stored(db), first, "once is enough");
    assert!(
        session::log_in(&db.app, "li.na", PASSWORD).is_err(),
        "not without it"
    );
    let two = ["the second pepper", "the first pepper"];
    let two = db.reopen_with(|options| options.peppers = peppers(&two));
    let granted = session::log_in(&two, "li.na", PASSWORD).expect("logged in");
    let second = stored(db);
    assert_ne!(first[..8], second[..8]);
    let new = db.reopen_with(|options| options.peppers = peppers(&["the second pepper"]));
    session::log_in(&new, "li.na", PASSWORD).expect("logged in");
    // Neither changes the account as others see it, and no session ends.
    let now = db.app.env.clock.now();
    assert!(two.tokens.verify_access(&granted.access_token, now).is_ok());
    let client = Client::on(two);
    client.use_token(&granted.access_token);
    assert_eq!(client.get("/v1/me").status, 200);
    let body = serde_json::json!({"current_password": PASSWORD, "new_password": PASSWORD});
    let repeated = client.put("/v1/me/password", body);
    assert_eq!(repeated.status, 422, "{}", repeated.text());
});

//! The second factor over HTTP: enrolled, asked for, guessed at, lost.

use chrono::Duration;
use sanku::app::account_setup;
use sanku::app::caller::Caller;
use sanku::app::second_factor::totp;
use sanku::domain::account_policy::{AccountPolicy, NEEDS_SECOND_FACTOR, Profile};
use serde_json::json;

use super::accounts::{attempt, id_of, text};
use crate::client::{Answer, Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;

fn with_code(client: &Client, name: &str, code: &str) -> Answer {
    client.post(
        "/v1/tokens",
        json!({"username": name, "password": PASSWORD, "code": code}),
    )
}

/// Enrols, and returns the secret and the recovery codes.
fn enrolled(db: &TestDb, client: &Client) -> (Vec<u8>, Vec<String>) {
    let body = json!({"current_password": PASSWORD});
    let begun = client.post("/v1/me/second-factor", body);
    assert_eq!(begun.status, 201, "{}", begun.text());
    let secret = from_base32(&text(&begun.json()["secret"]));
    let code = totp::code(&secret, db.app.env.clock.now());
    let done = client.post("/v1/me/second-factor/confirmations", json!({"code": code}));
    assert_eq!(done.status, 201, "{}", done.text());
    let codes = done.json()["recovery_codes"].clone();
    let codes = codes.as_array().expect("codes").iter().map(text);
    (secret, codes.collect())
}

fn from_base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            digit => digit - b'2' + 26,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("a byte"));
        }
    }
    bytes
}

on_both_engines!(a_second_factor_is_enrolled_asked_for_and_taken_once, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let elsewhere = Client::anonymous(db);
    elsewhere.log_in("li.na", PASSWORD);
    assert_eq!(client.get("/v1/me/second-factor").json()["state"], "NONE");
    let wrong = json!({"current_password": "not the one 1"});
    assert_eq!(client.post("/v1/me/second-factor", wrong).status, 422);
    let early = client.post(
        "/v1/me/second-factor/confirmations",
        json!({"code": "000000"}),
    );
    assert_eq!(early.code(), "second_factor.not_begun");
    let (secret, recovery) = enrolled(db, &client);
    let standing = client.get("/v1/me/second-factor").json();
    assert_eq!(standing["state"], "ACTIVE");
    assert_eq!(standing["recovery_codes_left"], 10);
    assert_eq!(elsewhere.get("/v1/me").code(), "auth.session_ended");
    let again = json!({"current_password": PASSWORD});
    assert_eq!(
        client.post("/v1/me/second-factor", again).code(),
        "second_factor.active"
    );

    let door = Client::anonymous(db);
    assert_eq!(
        attempt(&door, "li.na", PASSWORD).code(),
        "auth.second_factor_required"
    );
    assert_eq!(
        attempt(&door, "li.na", "not the one 1").code(),
        "auth.credentials"
    );
    let now = || totp::code(&secret, db.app.env.clock.now());
    let used = with_code(&door, "li.na", &now());
    assert_eq!(used.code(), "auth.second_factor", "used at the enrolment");
    db.clock.advance(Duration::seconds(30));
    assert_eq!(with_code(&door, "li.na", &now()).status, 201);
    assert_eq!(
        with_code(&door, "li.na", &now()).code(),
        "auth.second_factor"
    );
    db.clock.advance(Duration::seconds(30));
    assert_eq!(
        with_code(&door, "li.na", "123456").code(),
        "auth.second_factor"
    );
    assert_eq!(
        with_code(&door, "li.na", &recovery[0].to_lowercase()).status,
        201
    );
    assert_eq!(
        with_code(&door, "li.na", &recovery[0]).code(),
        "auth.second_factor"
    );
    assert_eq!(
        client.get("/v1/me/second-factor").json()["recovery_codes_left"],
        9
    );
    let fresh = client.post(
        "/v1/me/recovery-codes",
        json!({"current_password": PASSWORD}),
    );
    assert_eq!(fresh.status, 201);
    assert_eq!(
        with_code(&door, "li.na", &recovery[1]).code(),
        "auth.second_factor"
    );

    let both = |code: &str| json!({"current_password": PASSWORD, "code": code});
    let removals = "/v1/me/second-factor/removals";
    assert_eq!(client.post(removals, both("000000")).status, 422);
    assert_eq!(client.post(removals, both(&now())).status, 204);
    assert_eq!(client.get("/v1/me").code(), "auth.session_ended");
    door.log_in("li.na", PASSWORD);
});

on_both_engines!(
    guessing_codes_locks_the_account_wherever_it_comes_from,
    |db| {
        let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
        let (secret, _) = enrolled(db, &client);
        db.clock.advance(Duration::seconds(30));
        let door = Client::anonymous(db);
        door.comes_from("203.0.113.9");
        for _ in 0..5 {
            assert_eq!(
                with_code(&door, "li.na", "000000").code(),
                "auth.second_factor"
            );
        }
        let right = || totp::code(&secret, db.app.env.clock.now());
        let told = |code: &str| with_code(&door, "li.na", code).code();
        assert_eq!(told(&right()), "auth.credentials");
        // Whoever gets so far knows the password: another address is no way to go on.
        door.comes_from("198.51.100.1");
        assert_eq!(told(&right()), "auth.second_factor");
        db.clock.advance(Duration::seconds(60));
        assert_eq!(with_code(&door, "li.na", &right()).status, 201);
        let history = client.get("/v1/ledger-entries?limit=200").text();
        assert_eq!(history.matches("\"SECOND_FACTOR\"").count(), 5);
        assert_eq!(history.matches("SECOND_FACTOR_LOCKED").count(), 1);
    }
);

on_both_engines!(a_right_password_without_a_code_is_told_of, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let told = || {
        let history = client.get("/v1/ledger-entries?limit=200").text();
        history.matches("SECOND_FACTOR_MISSING").count()
    };
    enrolled(db, &client);
    let door = Client::anonymous(db);
    assert_eq!(told(), 0);
    // Not counted as a guess: the next step of a log-in is the code.
    for _ in 0..6 {
        let half = attempt(&door, "li.na", PASSWORD);
        assert_eq!(half.code(), "auth.second_factor_required");
    }
    assert_eq!(told(), 6);
    assert_eq!(attempt(&door, "li.na", "not the one 1").status, 401);
    assert_eq!(told(), 6);
});

on_both_engines!(a_lost_device_is_for_the_security_administrator, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let security = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let admin = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let path = format!("/v1/users/{}/second-factor", id_of(&client));
    assert_eq!(security.delete(&path).code(), "second_factor.not_begun");
    enrolled(db, &client);
    assert_eq!(
        admin.delete(&path).status,
        403,
        "who resets passwords may not"
    );
    assert_eq!(security.delete(&path).status, 204);
    assert_eq!(client.get("/v1/me").code(), "auth.session_ended");
    client.log_in("li.na", PASSWORD);
});

on_both_engines!(
    where_a_role_needs_a_second_factor_nothing_goes_without,
    |db| {
        let policy = AccountPolicy {
            passwords: Profile::Mlps3,
            second_factor: NEEDS_SECOND_FACTOR.to_vec(),
        };
        let strict = db.reopen_with(|options| options.policy = policy);
        Client::with_role(db, "li.na", "AUDITOR", None, None);
        let client = Client::on(strict);
        let granted = client.log_in("li.na", PASSWORD);
        assert_eq!(granted["required_action"], "ENROL_SECOND_FACTOR");
        assert_eq!(
            client.get("/v1/enterprises").code(),
            "auth.second_factor_missing"
        );
        assert_eq!(client.get("/v1/me/second-factor").json()["required"], true);
        enrolled(db, &client);
        assert_eq!(client.get("/v1/enterprises").status, 200);
    }
);

on_both_engines!(nothing_secret_stands_in_the_history, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    let (secret, recovery) = enrolled(db, &client);
    let made = account_setup::create(&db.app, &Caller::operator(), "zhao", "AUDITOR", None, None);
    let token = made.expect("made").token;
    let history = client.get("/v1/ledger-entries?limit=200").text();
    assert!(history.contains("SECOND_FACTOR_ENROLLED") && history.contains("ACCOUNT_SETUP_BEGUN"));
    let secret = totp::base32(&secret);
    for hidden in [PASSWORD, "li.na", "$argon2", &secret, &recovery[0], &token] {
        assert!(!history.contains(hidden), "{hidden}");
    }
});

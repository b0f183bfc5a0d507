//! What passes and what is refused, claim by claim.

use serde_json::{Value, json};

use super::*;

const MASTER: &[u8] = b"0123456789abcdef0123456789abcdef";

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; SEED], Term::default()).unwrap()
}

fn tokens() -> Tokens {
    let ring = Ring::new(vec![key()]).unwrap();
    Tokens::new(MASTER, ring, LONGEST_ACCESS, LONGEST_ACCESS).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

fn verified() -> VerifiedToken {
    VerifiedToken {
        subject: "u1".into(),
        session: "s1".into(),
        epoch: 3,
    }
}

fn good() -> Value {
    serde_json::to_value(tokens().claims(&verified(), "j1".into(), now())).unwrap()
}

/// Signed with our own key, so that only the claims decide.
fn verdict(claims: &Value) -> Result<VerifiedToken, AppError> {
    tokens().verify_access(&key().sign(claims).unwrap(), now())
}

#[test]
fn a_good_token_passes() {
    assert_eq!(verdict(&good()), Ok(verified()));
    assert_eq!(tokens().self_test(now()), Ok(()));
}

#[test]
fn every_claim_is_required_and_of_its_type() {
    for name in good().as_object().unwrap().keys() {
        for wrong in [
            None,
            Some(Value::Null),
            Some(json!([1])),
            Some(json!({})),
            Some(json!(1.5)),
            Some(json!(true)),
        ] {
            let mut claims = good();
            match &wrong {
                None => claims.as_object_mut().unwrap().remove(name),
                Some(value) => claims
                    .as_object_mut()
                    .unwrap()
                    .insert(name.clone(), value.clone()),
            };
            assert_eq!(verdict(&claims), Err(refused()), "{name} {wrong:?}");
        }
    }
}

#[test]
fn claims_that_are_wrong_or_too_many_are_refused() {
    let t = now().timestamp();
    for (name, value) in [
        ("exp", json!(t)),
        ("exp", json!(t - 1)),
        ("exp", json!(t + 901)),
        ("exp", json!(i64::MAX)),
        ("exp", json!((t + 60).to_string())),
        ("nbf", json!(t + 6)),
        ("iat", json!(t + 6)),
        ("iat", json!(i64::MIN)),
        ("iss", json!("other")),
        ("iss", json!(["sanku"])),
        ("aud", json!("other")),
        ("aud", json!(["sanku"])),
        ("jti", json!("")),
        ("sub", json!("")),
        ("sid", json!("")),
        ("role", json!("SYSTEM_ADMIN")),
    ] {
        let mut claims = good();
        claims[name] = value.clone();
        assert_eq!(verdict(&claims), Err(refused()), "{name} {value}");
    }
}

#[test]
fn the_clock_of_another_machine_may_run_five_seconds_ahead() {
    let ahead = now() + chrono::Duration::seconds(CLOCK_SKEW);
    let claims = tokens().claims(&verified(), "j1".into(), ahead);
    let token = key().sign(&claims).unwrap();
    assert!(tokens().verify_access(&token, now()).is_ok());
    let earlier = now() - chrono::Duration::seconds(1);
    assert_eq!(tokens().verify_access(&token, earlier), Err(refused()));
}

#[test]
fn another_header_is_refused_whatever_it_says() {
    let key = key();
    let token = key.sign(&good()).unwrap();
    let (_, rest) = token.split_once('.').unwrap();
    assert!(
        tokens()
            .verify_access(&format!("{}.{rest}", key.header()), now())
            .is_ok()
    );
    for (name, value) in [
        ("alg", json!("none")),
        ("typ", json!("JWT")),
        ("kid", json!("../../dev/null")),
        ("jku", json!("https://example.com/jwks.json")),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".into());
        header.kid = Some(key.kid.clone());
        let mut header = serde_json::to_value(&header).unwrap();
        header[name] = value;
        let header = base64::Engine::encode(
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
            header.to_string(),
        );
        let token = format!("{header}.{rest}");
        assert_eq!(
            tokens().verify_access(&token, now()),
            Err(refused()),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_token_is_refused() {
    for token in ["", ".", "..", "...", "a.b.c", &"x".repeat(100_000)] {
        assert_eq!(tokens().verify_access(token, now()), Err(refused()));
    }
}

#[test]
fn a_flipped_bit_is_refused() {
    let token = key().sign(&good()).unwrap();
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] ^= 1;
        let flipped = String::from_utf8(bytes).unwrap();
        assert_eq!(
            tokens().verify_access(&flipped, now()),
            Err(refused()),
            "{at}"
        );
    }
}

#[test]
fn a_token_that_passed_passes_no_more_when_its_key_ends() {
    let tokens = tokens();
    let token = tokens
        .issue_access(&verified(), "j1".into(), now())
        .unwrap();
    assert!(tokens.verify_access(&token, now()).is_ok());
    let term = |signs_from, good_until| Term {
        signs_from,
        good_until,
        withdrawn: false,
    };
    let ended = SigningKey::from_seed(&[1; SEED], term(DateTime::default(), Some(now()))).unwrap();
    let next = SigningKey::from_seed(&[2; SEED], term(now(), None)).unwrap();
    assert!(tokens.take(Ring::new(vec![ended, next]).unwrap()));
    assert_eq!(tokens.verify_access(&token, now()), Err(refused()));
    let again = tokens
        .issue_access(&verified(), "j2".into(), now())
        .unwrap();
    assert!(tokens.verify_access(&again, now()).is_ok());
}

#[test]
fn a_short_secret_is_no_secret() {
    assert!(derive(b"secret", "any").is_err());
    assert_ne!(derive(MASTER, "a").unwrap(), derive(MASTER, "b").unwrap());
}

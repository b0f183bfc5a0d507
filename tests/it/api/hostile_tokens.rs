//! Tokens that nobody of ours has issued: every one is refused over HTTP, whatever it is that is wrong with it.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::client::{Client, PASSWORD};
use crate::corpus::rows::rows;
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;

/// The server's own key in the hands of the test, so that only what is meant to be wrong is wrong.
struct Forge {
    pair: Ed25519KeyPair,
    /// As it is written: another order is another header.
    header: String,
    claims: Value,
    /// Of a log-in that stands.
    good: String,
    now: i64,
}

impl Forge {
    fn open(db: &TestDb, good: &str) -> Forge {
        let seed = db.app.key("signing key").expect("derived");
        let part = |place: usize| -> String {
            let text = good.split('.').nth(place).expect("three parts");
            String::from_utf8(BASE64.decode(text).expect("base64")).expect("text")
        };
        Forge {
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key"),
            header: part(0),
            claims: serde_json::from_str(&part(1)).expect("JSON"),
            good: good.to_string(),
            now: db.app.env.clock.now().timestamp(),
        }
    }

    fn signed(&self, header: &str, claims: &str) -> String {
        let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature = self.pair.sign(text.as_bytes());
        format!("{text}.{}", BASE64.encode(signature))
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        // Members are added behind and changed in their place, so that nothing else differs.
        let mut header: Value = serde_json::from_str(&self.header).expect("JSON");
        let before = format!("\"{name}\":{}", header[name]);
        let after = format!("\"{name}\":{value}");
        let text = match header.as_object_mut().expect("object").remove(name) {
            Some(_) if value.is_null() => self.header.replace(&before, "").replace(",,", ","),
            Some(_) => self.header.replace(&before, &after),
            None => self.header.replace('}', &format!(",{after}}}")),
        };
        assert_ne!(text, self.header, "{name}");
        self.signed(&text, &self.claims.to_string())
    }

    fn with_claim(&self, name: &str, value: Option<Value>) -> String {
        let mut claims = self.claims.clone();
        match value {
            None => drop(claims.as_object_mut().expect("object").remove(name)),
            Some(value) => claims[name] = value,
        }
        self.signed(&self.header, &claims.to_string())
    }

    fn with_secret(&self, algorithm: hmac::Algorithm, name: &str, secret: &[u8]) -> String {
        let header = self.header.replace("EdDSA", name);
        let claims = self.claims.to_string();
        let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let key = hmac::Key::new(algorithm, secret);
        let tag = hmac::sign(&key, text.as_bytes());
        format!("{text}.{}", BASE64.encode(tag))
    }

    fn parts(&self) -> Vec<&str> {
        self.good.split('.').collect()
    }
}

fn algorithms(forge: &Forge) -> Vec<(String, String)> {
    let parts = forge.parts();
    let public = forge.pair.public_key().as_ref().to_vec();
    let x = BASE64.encode(&public);
    let mut table: Vec<(String, String)> = Vec::new();
    for none in ["none", "None", "NONE", "nOnE"] {
        let header = BASE64.encode(json!({"alg": none, "typ": "at+jwt"}).to_string());
        table.push((
            format!("alg {none}, unsigned"),
            format!("{header}.{}.", parts[1]),
        ));
        table.push((
            format!("alg {none} with our signature"),
            format!("{header}.{}.{}", parts[1], parts[2]),
        ));
    }
    for (algorithm, name) in [
        (hmac::HMAC_SHA256, "HS256"),
        (hmac::HMAC_SHA384, "HS384"),
        (hmac::HMAC_SHA512, "HS512"),
    ] {
        for (what, secret) in [("bytes", public.as_slice()), ("text", x.as_bytes())] {
            let token = forge.with_secret(algorithm, name, secret);
            table.push((format!("{name} with the public key's {what}"), token));
        }
        table.push((
            format!("{name} with an empty secret"),
            forge.with_secret(algorithm, name, b""),
        ));
    }
    for other in ["ES256", "RS256", "PS512", "Ed25519", "eddsa", ""] {
        let token = forge.with_header("alg", other.into());
        table.push((format!("alg {other:?} with our signature"), token));
    }
    table
}

fn headers(forge: &Forge) -> Vec<(String, String)> {
    let other = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a key");
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(other.public_key())});
    let mut table: Vec<(String, String)> = [
        ("typ", Value::Null),
        ("typ", json!("JWT")),
        ("typ", json!("at+JWT")),
        ("kid", Value::Null),
        ("kid", json!("unknown")),
        ("kid", json!("")),
        ("kid", json!("../../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!(["a"])),
        ("jku", json!("https://example.com/jwks.json")),
        ("x5u", json!("https://example.com/cert.pem")),
        ("x5c", json!(["AAAA"])),
        ("jwk", jwk.clone()),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("anything", json!(1)),
    ]
    .into_iter()
    .map(|(name, value)| {
        (
            format!("header {name} {value}"),
            forge.with_header(name, value),
        )
    })
    .collect();
    let foreign = Forge {
        pair: other,
        header: forge.header.clone(),
        claims: forge.claims.clone(),
        good: String::new(),
        now: forge.now,
    };
    let claims = forge.claims.to_string();
    let ours = foreign.signed(&forge.header, &claims);
    table.push(("another key under our header".into(), ours));
    let embedded = foreign.with_header("jwk", jwk);
    table.push(("another key that comes along".into(), embedded));
    table
}

fn claims(forge: &Forge) -> Vec<(String, String)> {
    let t = forge.now;
    let mut table = Vec::new();
    for name in forge.claims.as_object().expect("object").keys() {
        table.push((format!("without {name}"), forge.with_claim(name, None)));
        for wrong in [
            Value::Null,
            json!([forge.claims[name]]),
            json!({}),
            json!(1.5),
        ] {
            let token = forge.with_claim(name, Some(wrong.clone()));
            table.push((format!("{name} is {wrong}"), token));
        }
        let turned = match &forge.claims[name] {
            Value::String(_) => json!(1),
            number => json!(number.to_string()),
        };
        table.push((
            format!("{name} is of the other type"),
            forge.with_claim(name, Some(turned)),
        ));
    }
    for (name, value) in [
        ("exp", json!(t)),
        ("exp", json!(t - 1)),
        ("exp", json!(t + 901)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(1e300)),
        ("nbf", json!(t + 6)),
        ("iat", json!(t + 6)),
        ("iat", json!(-1)),
        ("iss", json!("other")),
        ("aud", json!("other")),
        ("sub", json!("")),
        ("sub", json!("somebody-else")),
        ("sid", json!("no-such-session")),
        ("jti", json!("")),
        ("epoch", json!(1_000)),
        ("role", json!("SYSTEM_ADMIN")),
        ("typ", json!("access")),
    ] {
        let token = forge.with_claim(name, Some(value.clone()));
        table.push((format!("{name} is {value}"), token));
    }
    let text = forge.claims.to_string();
    for (what, claims) in [
        ("a claim twice", text.replacen('{', "{\"sub\":\"x\",", 1)),
        ("no object", "[]".into()),
        ("no JSON", "nonsense".into()),
        ("nothing", String::new()),
        ("two objects", format!("{text}{text}")),
    ] {
        table.push((what.to_string(), forge.signed(&forge.header, &claims)));
    }
    table
}

fn forms(forge: &Forge, refresh: &str) -> Vec<(String, String)> {
    let parts = forge.parts();
    let mut table: Vec<(String, String)> = [
        ("nothing", String::new()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("four parts", format!("{}.{}", forge.good, parts[2])),
        ("padded", format!("{}=", forge.good)),
        ("padded twice", format!("{}==", forge.good)),
        ("a blank behind", format!("{} x", forge.good)),
        ("twice", format!("{}{}", forge.good, forge.good)),
        ("a refresh token", refresh.to_string()),
        ("a long one", "x".repeat(6_000)),
        (
            "as JSON",
            json!({"payload": parts[1], "signature": parts[2]}).to_string(),
        ),
    ]
    .into_iter()
    .map(|(what, token)| (what.to_string(), token))
    .collect();
    let ends: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let begins = [0, ends[0] + 1, ends[0] + ends[1] + 2];
    for (name, (begin, length)) in ["header", "claims", "signature"]
        .iter()
        .zip(begins.into_iter().zip(ends))
    {
        for at in [0, length / 2, length - 1] {
            for bit in [1, 2, 4] {
                let mut bytes = forge.good.clone().into_bytes();
                bytes[begin + at] ^= bit;
                let flipped = String::from_utf8(bytes).expect("ASCII");
                table.push((format!("{name}: bit {bit} of letter {at} flipped"), flipped));
            }
        }
    }
    table
}

#[test]
fn every_hostile_token_is_refused() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let client = Client::with_role(&db, "li.na", "AUDITOR", None, None);
    let granted = client.log_in("li.na", PASSWORD);
    let good = granted["access_token"].as_str().expect("token");
    let refresh = granted["refresh_token"].as_str().expect("token");
    let forge = Forge::open(&db, good);
    // What the test signs as the server would passes: the refusals below have no other reason than they say.
    let honest = forge.signed(&forge.header, &forge.claims.to_string());
    for token in [good, &honest] {
        client.use_token(token);
        assert_eq!(client.get("/v1/me").status, 200);
    }
    let mut table = algorithms(&forge);
    table.extend(headers(&forge));
    table.extend(claims(&forge));
    table.extend(forms(&forge, refresh));
    assert!(table.len() >= 50, "{}", table.len());
    for (what, token) in &table {
        assert_ne!(token, good, "{what}");
        client.use_token(token);
        let answer = client.get("/v1/me");
        assert_eq!(answer.status, 401, "{what}");
        assert!(answer.code().starts_with("auth."), "{what}");
        assert!(
            !answer.text().contains(token.as_str()) || token.is_empty(),
            "{what}"
        );
    }
    println!("{} hostile tokens refused", table.len());
    client.use_token(good);
    db.clock.advance(chrono::Duration::seconds(899));
    assert_eq!(client.get("/v1/me").status, 200);
    db.clock.advance(chrono::Duration::seconds(1));
    assert_eq!(client.get("/v1/me").code(), "auth.token");
}

/// The collection calls by other names what counts changes of an account, and has in the claims what stands in our header.
fn patched(forge: &Forge, patch: &str) -> String {
    let patch: Value = serde_json::from_str(patch).expect("JSON");
    let mut claims = forge.claims.clone();
    let members = claims.as_object_mut().expect("object");
    for name in patch["remove"].as_array().expect("a list") {
        members.remove(name.as_str().expect("a name"));
    }
    for (name, value) in patch["set"].as_object().expect("object") {
        match name.as_str() {
            "typ" => return forge.with_header("typ", value.clone()),
            "tv" => members.insert("epoch".into(), value.clone()),
            _ => members.insert(name.clone(), value.clone()),
        };
    }
    forge.signed(&forge.header, &claims.to_string())
}

on_both_engines!(tokens_of_the_collection, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    // So that there is something older than the account as it is now.
    let changed = json!({"current_password": PASSWORD, "new_password": "Another-Lake-2026!"});
    assert_eq!(client.put("/v1/me/password", changed).status, 204);
    let granted = client.log_in("li.na", "Another-Lake-2026!");
    let forge = Forge::open(db, granted["access_token"].as_str().expect("token"));
    for row in rows("jwt") {
        let text = row.text();
        // Sessions end, not single tokens: no list of used ids is kept.
        if text.contains("\"revoked\"") {
            eprintln!("not here: {}: a session is ended, not a token", row.id);
            continue;
        }
        let token = match row.field.as_str() {
            "header" => forge.signed(&text, &forge.claims.to_string()),
            _ => patched(&forge, &text),
        };
        client.use_token(&token);
        let answer = client.get("/v1/me");
        assert_eq!(answer.status, 401, "{}: {text}", row.id);
        assert!(!answer.text().contains(&token), "{}", row.id);
    }
});

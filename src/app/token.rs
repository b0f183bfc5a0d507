//! Access and refresh tokens: one algorithm, every claim required and checked, and a self-test before the first use.
//!
//! The library leaves much unchecked by default and asks the wall clock; here it only checks signature, audience and
//! issuer, and the rest is checked against our own clock below.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::AppError;

pub const LONGEST_ACCESS: Duration = Duration::from_secs(15 * 60);
/// For tokens of another machine whose clock runs ahead of ours. A token past its end gets nothing.
const CLOCK_SKEW: i64 = 5;
const ISSUER: &str = "sanku";
const LONGEST_TOKEN: usize = 2048;
const SHORTEST_SECRET: usize = 32;

pub struct Tokens {
    access: Kind,
    refresh: Kind,
    access_lifetime: Duration,
    session_lifetime: Duration,
    checked: Checked,
}

/// An access token that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    pub subject: String,
    pub session: String,
    pub epoch: i64,
}

/// What an access token says. Roles are not in it: they are looked up at each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessClaims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    typ: String,
    sid: String,
    epoch: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefreshClaims {
    iss: String,
    aud: String,
    jti: String,
    typ: String,
    sid: String,
}

impl Tokens {
    pub fn new(
        master: &[u8],
        access_lifetime: Duration,
        session_lifetime: Duration,
    ) -> Result<Self, AppError> {
        if master.len() < SHORTEST_SECRET {
            return Err(AppError::internal("the secret is shorter than 32 bytes"));
        }
        Ok(Tokens {
            access: Kind::new(&derive(master, "access token")?, "access"),
            refresh: Kind::new(&derive(master, "refresh token")?, "refresh"),
            access_lifetime: access_lifetime.min(LONGEST_ACCESS),
            session_lifetime,
            checked: Checked::default(),
        })
    }

    pub fn access_lifetime(&self) -> Duration {
        self.access_lifetime
    }

    pub fn session_lifetime(&self) -> Duration {
        self.session_lifetime
    }

    pub fn issue_access(
        &self,
        token: &VerifiedToken,
        jti: String,
        now: DateTime<Utc>,
    ) -> Result<String, AppError> {
        self.access.sign(&self.claims(token, jti, now))
    }

    pub fn verify_access(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<VerifiedToken, AppError> {
        let now = now.timestamp();
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(known) = self.checked.find(&hash, now) {
            return Ok(known);
        }
        let claims: AccessClaims = self.access.open(token)?;
        let lifetime = claims.exp.checked_sub(claims.iat);
        let fresh = now < claims.exp
            && claims.nbf <= now + CLOCK_SKEW
            && claims.iat <= now + CLOCK_SKEW
            && lifetime.is_some_and(|seconds| {
                (0..=LONGEST_ACCESS.as_secs().cast_signed()).contains(&seconds)
            });
        if !fresh || claims.typ != self.access.typ || claims.jti.is_empty() {
            return Err(refused());
        }
        let verified = VerifiedToken {
            subject: claims.sub,
            session: claims.sid,
            epoch: claims.epoch,
        };
        self.checked.keep(hash, claims.exp, verified.clone());
        Ok(verified)
    }

    /// A refresh token of a session. The caller keeps only its [`fingerprint`].
    pub fn issue_refresh(&self, session: &str, jti: String) -> Result<String, AppError> {
        self.refresh.sign(&RefreshClaims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            jti,
            typ: self.refresh.typ.into(),
            sid: session.into(),
        })
    }

    /// The session a refresh token was issued for. Whether it is the latest one is for the session to say; being signed,
    /// an older one proves that somebody has kept it.
    pub fn session_of(&self, refresh_token: &str) -> Result<String, AppError> {
        let claims: RefreshClaims = self.refresh.open(refresh_token)?;
        if claims.typ != self.refresh.typ {
            return Err(refused());
        }
        Ok(claims.sid)
    }

    /// Signs, verifies, and sees three bad tokens refused; a library built without its cryptography stops here.
    pub fn self_test(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        let failed = |what: &str| AppError::internal(format!("token self-test: {what}"));
        let token = VerifiedToken {
            subject: "self".into(),
            session: "test".into(),
            epoch: 0,
        };
        let signed = self.issue_access(&token, "jti".into(), now)?;
        if self.verify_access(&signed, now).ok() != Some(token.clone()) {
            return Err(failed("a good token is refused"));
        }
        let lifetime =
            chrono::Duration::from_std(self.access_lifetime).map_err(AppError::internal)?;
        let foreign = Kind::new(b"another key, another key, another", "access")
            .sign(&self.claims(&token, "jti".into(), now))?;
        let refresh = self.issue_refresh("test", "jti".into())?;
        let bad = [
            (
                "an expired token passes",
                self.verify_access(&signed, now + lifetime),
            ),
            (
                "a token of another key passes",
                self.verify_access(&foreign, now),
            ),
            (
                "a refresh token passes for access",
                self.verify_access(&refresh, now),
            ),
        ];
        match bad.iter().find(|(_, outcome)| outcome.is_ok()) {
            Some((what, _)) => Err(failed(what)),
            None => Ok(()),
        }
    }

    fn claims(&self, token: &VerifiedToken, jti: String, now: DateTime<Utc>) -> AccessClaims {
        let iat = now.timestamp();
        AccessClaims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: token.subject.clone(),
            exp: iat + self.access_lifetime.as_secs().cast_signed(),
            nbf: iat,
            iat,
            jti,
            typ: self.access.typ.into(),
            sid: token.session.clone(),
            epoch: token.epoch,
        }
    }
}

/// Tokens that passed, by their hash, until they expire. Only the check of the token itself is spared: the account is
/// looked at on every request.
#[derive(Default)]
struct Checked {
    known: RwLock<HashMap<[u8; 32], (i64, VerifiedToken)>>,
}

impl Checked {
    /// About a megabyte.
    const MOST: usize = 4_096;

    fn find(&self, hash: &[u8; 32], now: i64) -> Option<VerifiedToken> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (expires, token) = known.get(hash)?;
        (now < *expires).then(|| token.clone())
    }

    fn keep(&self, hash: [u8; 32], expires: i64, token: VerifiedToken) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            // They are checked again when they come again.
            known.clear();
        }
        known.insert(hash, (expires, token));
    }
}

/// What of a refresh token is stored.
pub fn fingerprint(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// HMAC-SHA-256 of the purpose under the master secret, as text.
pub(super) fn derive(master: &[u8], purpose: &str) -> Result<Vec<u8>, AppError> {
    jsonwebtoken::crypto::sign(
        purpose.as_bytes(),
        &EncodingKey::from_secret(master),
        Algorithm::HS256,
    )
    .map(String::into_bytes)
    .map_err(AppError::internal)
}

/// Tokens of one kind have a key of their own, so that one never passes for another.
struct Kind {
    typ: &'static str,
    sign: EncodingKey,
    verify: DecodingKey,
    rules: Validation,
}

impl Kind {
    fn new(key: &[u8], typ: &'static str) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[ISSUER]);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["aud", "iss"]);
        rules.validate_exp = false;
        rules.leeway = 0;
        Kind {
            typ,
            sign: EncodingKey::from_secret(key),
            verify: DecodingKey::from_secret(key),
            rules,
        }
    }

    fn sign<T: Serialize>(&self, claims: &T) -> Result<String, AppError> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.sign)
            .map_err(AppError::internal)
    }

    fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, AppError> {
        if token.len() > LONGEST_TOKEN {
            return Err(refused());
        }
        let opened =
            jsonwebtoken::decode::<T>(token, &self.verify, &self.rules).map_err(|_| refused())?;
        // We write exactly one header; whatever says more (kid, jku, crit …) is not ours.
        if opened.header != Header::new(Algorithm::HS256) {
            return Err(refused());
        }
        Ok(opened.claims)
    }
}

fn refused() -> AppError {
    AppError::Unauthenticated { code: "auth.token" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const MASTER: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn tokens() -> Tokens {
        Tokens::new(MASTER, LONGEST_ACCESS, LONGEST_ACCESS).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-24T08:00:00Z".parse().unwrap()
    }

    fn good() -> Value {
        let token = VerifiedToken {
            subject: "u1".into(),
            session: "s1".into(),
            epoch: 3,
        };
        serde_json::to_value(tokens().claims(&token, "j1".into(), now())).unwrap()
    }

    /// Signed with our own key, so that only the claims decide.
    fn verdict(claims: &Value) -> Result<VerifiedToken, AppError> {
        tokens().verify_access(&tokens().access.sign(claims).unwrap(), now())
    }

    #[test]
    fn a_good_token_passes() {
        let token = verdict(&good()).unwrap();
        assert_eq!(
            (token.subject.as_str(), token.session.as_str(), token.epoch),
            ("u1", "s1", 3)
        );
        assert_eq!(tokens().self_test(now()), Ok(()));
    }

    #[test]
    fn every_claim_is_required_and_of_its_type() {
        for name in good().as_object().unwrap().keys() {
            for wrong in [
                None,
                Some(Value::Null),
                Some(json!([1])),
                Some(json!(1.5)),
                Some(json!({})),
            ] {
                let mut claims = good();
                match wrong.clone() {
                    None => claims.as_object_mut().unwrap().remove(name),
                    Some(value) => claims.as_object_mut().unwrap().insert(name.clone(), value),
                };
                assert_eq!(verdict(&claims), Err(refused()), "{name} {wrong:?}");
            }
        }
    }

    #[test]
    fn claims_are_checked_against_our_clock_and_limits() {
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
            ("aud", json!("other")),
            ("typ", json!("refresh")),
            ("jti", json!("")),
            ("role", json!("SYSTEM_ADMIN")),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            assert_eq!(verdict(&claims), Err(refused()), "{name} {value}");
        }
    }

    #[test]
    fn another_header_algorithm_or_key_is_refused() {
        let ours = &tokens().access;
        let sign = |header: &Header, key: &EncodingKey| {
            jsonwebtoken::encode(header, &good(), key).unwrap()
        };
        let mut with_kid = Header::new(Algorithm::HS256);
        with_kid.kid = Some("../../dev/null".into());
        let none = format!(
            "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.",
            sign(&Header::default(), &ours.sign)
                .split('.')
                .nth(1)
                .unwrap()
        );
        for token in [
            sign(&with_kid, &ours.sign),
            sign(&Header::new(Algorithm::HS384), &ours.sign),
            sign(&Header::new(Algorithm::HS512), &ours.sign),
            sign(
                &Header::new(Algorithm::HS256),
                &EncodingKey::from_secret(MASTER),
            ),
            none,
            String::new(),
            "a.b.c".into(),
            "x".repeat(100_000),
        ] {
            assert_eq!(
                tokens().verify_access(&token, now()),
                Err(refused()),
                "{}",
                &token[..token.len().min(80)]
            );
        }
    }

    #[test]
    fn a_flipped_bit_is_refused() {
        let token = tokens().access.sign(&good()).unwrap();
        for at in (0..token.len()).step_by(7) {
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
    fn a_short_secret_is_no_secret() {
        assert!(Tokens::new(b"secret", LONGEST_ACCESS, LONGEST_ACCESS).is_err());
    }
}

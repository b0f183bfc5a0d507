//! Access and refresh tokens: one algorithm, every claim required and checked, and a self-test before the first use.
//!
//! The library leaves much unchecked by default and asks the wall clock; here it only checks signature, audience and
//! issuer, and the rest is checked against our own clock below.

mod checked;
mod refresh;
mod ring;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::AppError;
use checked::Checked;

pub use checked::VerifiedToken;
use refresh::RefreshKey;

pub use ring::{PublicKey, Ring, SEED, SigningKey, Term};

pub const LONGEST_ACCESS: Duration = Duration::from_secs(15 * 60);
/// For tokens of another machine whose clock runs ahead of ours. A token past its end gets nothing.
pub const CLOCK_SKEW: i64 = 5;
const ISSUER: &str = "sanku";
const LONGEST_TOKEN: usize = 2048;
const SHORTEST_SECRET: usize = 32;

pub struct Tokens {
    ring: RwLock<Arc<Ring>>,
    rules: Validation,
    refresh: RefreshKey,
    access_lifetime: Duration,
    session_lifetime: Duration,
    checked: Checked,
}

/// What an access token says. Roles are not in it: they are looked up at each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    sid: String,
    epoch: i64,
}

impl Tokens {
    pub fn new(
        master: &[u8],
        ring: Ring,
        access_lifetime: Duration,
        session_lifetime: Duration,
    ) -> Result<Self, AppError> {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[ISSUER]);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["aud", "iss"]);
        rules.validate_exp = false;
        rules.leeway = 0;
        Ok(Tokens {
            ring: RwLock::new(Arc::new(ring)),
            rules,
            refresh: RefreshKey::new(&derive(master, "refresh token")?),
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

    pub fn ring(&self) -> Arc<Ring> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.clone()
    }

    /// Other keys are in use from now on; whether they differ from those before.
    pub fn take(&self, ring: Ring) -> bool {
        let mut own = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        if own.terms() == ring.terms() {
            return false;
        }
        *own = Arc::new(ring);
        drop(own);
        self.checked.forget();
        true
    }

    pub fn issue_access(
        &self,
        token: &VerifiedToken,
        jti: String,
        now: DateTime<Utc>,
    ) -> Result<String, AppError> {
        let ring = self.ring();
        let key = ring.signer(now).ok_or_else(no_key)?;
        key.sign(&self.claims(token, jti, now))
    }

    pub fn verify_access(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<VerifiedToken, AppError> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(known) = self.checked.find(&hash, now.timestamp()) {
            return Ok(known);
        }
        let claims = self.open(token, now)?;
        let now = now.timestamp();
        let lifetime = claims.exp.checked_sub(claims.iat);
        let fresh = now < claims.exp
            && claims.nbf <= now + CLOCK_SKEW
            && claims.iat <= now + CLOCK_SKEW
            && lifetime.is_some_and(|seconds| {
                (0..=LONGEST_ACCESS.as_secs().cast_signed()).contains(&seconds)
            });
        let named = ![&claims.sub, &claims.sid, &claims.jti]
            .iter()
            .any(|name| name.is_empty());
        if !fresh || !named {
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
    pub fn issue_refresh(&self, session: &str, number: &str) -> String {
        self.refresh.issue(session, number)
    }

    /// The session a refresh token was issued for. Whether it is the latest one is for the session to say; being signed,
    /// an older one proves that somebody has kept it.
    pub fn session_of<'a>(&self, refresh_token: &'a str) -> Result<&'a str, AppError> {
        self.refresh.session_of(refresh_token).ok_or_else(refused)
    }

    /// Signs, verifies, and sees bad tokens refused; a library built without its cryptography stops here.
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
        if self.verify_access(&signed, now + lifetime).is_ok() {
            return Err(failed("an expired token passes"));
        }
        for (what, bad) in self.bad_tokens(&token, &signed, now)? {
            if self.verify_access(&bad, now).is_ok() {
                return Err(failed(what));
            }
        }
        let refresh = self.issue_refresh("test", "jti");
        if self.session_of(&refresh).ok() != Some("test") {
            return Err(failed("a good refresh token is refused"));
        }
        if self.session_of(&signed).is_ok() {
            return Err(failed("an access token passes for refresh"));
        }
        Ok(())
    }

    /// What attackers try first.
    fn bad_tokens(
        &self,
        token: &VerifiedToken,
        signed: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<(&'static str, String)>, AppError> {
        let claims = self.claims(token, "jti".into(), now);
        let foreign = SigningKey::from_seed(&[7; SEED], Term::default())?;
        let foreign = foreign.sign(&claims)?;
        let parts = |token: &str| -> Vec<String> { token.split('.').map(Into::into).collect() };
        let (ours, theirs) = (parts(signed), parts(&foreign));
        let ring = self.ring();
        let public = ring.signer(now).ok_or_else(no_key)?.public();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(public.kid);
        let secret = EncodingKey::from_secret(public.x.as_bytes());
        let confused =
            jsonwebtoken::encode(&header, &claims, &secret).map_err(AppError::internal)?;
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", ours[1]);
        Ok(vec![
            ("a token of another key passes", foreign),
            (
                "a signature of another key passes",
                format!("{}.{}.{}", ours[0], ours[1], theirs[2]),
            ),
            ("a public key passes for a secret", confused),
            ("an unsigned token passes", unsigned),
            (
                "a token without its signature passes",
                format!("{}.{}.", ours[0], ours[1]),
            ),
            (
                "a refresh token passes for access",
                self.issue_refresh("test", "jti"),
            ),
        ])
    }

    fn open(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, AppError> {
        if token.len() > LONGEST_TOKEN {
            return Err(refused());
        }
        let (header, _) = token.split_once('.').ok_or_else(refused)?;
        let ring = self.ring();
        let key = ring.by_header(header, now).ok_or_else(refused)?;
        jsonwebtoken::decode::<Claims>(token, key.verifier(), &self.rules)
            .map(|opened| opened.claims)
            .map_err(|_| refused())
    }

    fn claims(&self, token: &VerifiedToken, jti: String, now: DateTime<Utc>) -> Claims {
        let iat = now.timestamp();
        Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: token.subject.clone(),
            exp: iat + self.access_lifetime.as_secs().cast_signed(),
            nbf: iat,
            iat,
            jti,
            sid: token.session.clone(),
            epoch: token.epoch,
        }
    }
}

/// What of a token or another long random text is stored.
pub fn fingerprint(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A key for one purpose: HMAC-SHA-256 of it under the master secret.
pub(super) fn derive(master: &[u8], purpose: &str) -> Result<[u8; 32], AppError> {
    if master.len() < SHORTEST_SECRET {
        return Err(AppError::internal("the secret is shorter than 32 bytes"));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, master);
    let tag = hmac::sign(&key, purpose.as_bytes());
    tag.as_ref().try_into().map_err(AppError::internal)
}

fn refused() -> AppError {
    AppError::Unauthenticated { code: "auth.token" }
}

/// Nobody could enter: every key of the register has ended, was withdrawn, or is sealed under another master secret.
fn no_key() -> AppError {
    AppError::Setup(
        "no key can sign tokens: those of the register have ended, were withdrawn or are sealed under another master secret; \
         run: sanku keys reseal --old-master-file FILE, or else: sanku keys rotate"
            .into(),
    )
}

//! The keys that sign access tokens (Ed25519): the newest signs, those before it are good until what they signed is over.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app::error::AppError;

pub const SEED: usize = 32;

/// Every key there is, oldest first. Never empty.
pub struct Ring {
    keys: Vec<SigningKey>,
}

/// When a key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Term {
    /// Published before, so that others have seen it when it is first used.
    pub signs_from: DateTime<Utc>,
    /// None until another has taken its place.
    pub good_until: Option<DateTime<Utc>>,
    /// Somebody may know it: it neither signs nor verifies, whatever the clock says.
    pub withdrawn: bool,
}

pub struct SigningKey {
    /// The thumbprint of the public half (RFC 7638).
    pub kid: String,
    pub term: Term,
    /// The public half as RFC 8037 writes it.
    x: String,
    /// The one header we write with this key, encoded. Nothing of a token's header is read: it is this one or none of
    /// ours.
    header: String,
    written: Header,
    sign: EncodingKey,
    verify: DecodingKey,
}

/// A public key as others read it (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    pub kty: &'static str,
    pub crv: &'static str,
    pub r#use: &'static str,
    pub alg: &'static str,
    pub kid: String,
    pub x: String,
}

impl Ring {
    /// `None` without keys: somebody has to sign.
    pub fn new(mut keys: Vec<SigningKey>) -> Option<Ring> {
        keys.sort_by_key(|key| key.term.signs_from);
        (!keys.is_empty()).then_some(Ring { keys })
    }

    /// The newest whose time has come, of those that are still good: what it signs must verify. Where none has begun, as
    /// after a clock was set back, the one that begins first.
    pub fn signer(&self, now: DateTime<Utc>) -> Option<&SigningKey> {
        let good = || self.keys.iter().filter(|key| key.is_good(now));
        let begun = |key: &&SigningKey| key.term.signs_from <= now;
        good().rfind(begun).or_else(|| good().next())
    }

    /// The key whose header this is, while it is good.
    pub(super) fn by_header(&self, header: &str, now: DateTime<Utc>) -> Option<&SigningKey> {
        let good = |key: &&SigningKey| key.is_good(now) && key.header == header;
        self.keys.iter().find(good)
    }

    /// Those that are good or will be.
    pub fn published(&self, now: DateTime<Utc>) -> Vec<PublicKey> {
        let good = self.keys.iter().filter(|key| key.is_good(now));
        good.map(SigningKey::public).collect()
    }

    pub fn terms(&self) -> Vec<(&str, Term)> {
        let terms = self.keys.iter();
        terms.map(|key| (key.kid.as_str(), key.term)).collect()
    }
}

impl SigningKey {
    pub fn from_seed(seed: &[u8; SEED], term: Term) -> Result<SigningKey, AppError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(AppError::internal)?;
        let private = pair.to_pkcs8v1().map_err(AppError::internal)?;
        let x = BASE64.encode(pair.public_key().as_ref());
        let kid = thumbprint(&x);
        let mut written = Header::new(Algorithm::EdDSA);
        // RFC 9068: nothing else that is ever signed passes for an access token.
        written.typ = Some("at+jwt".into());
        written.kid = Some(kid.clone());
        let sign = EncodingKey::from_ed_der(private.as_ref());
        let probe = jsonwebtoken::encode(&written, &(), &sign).map_err(AppError::internal)?;
        let header = probe.split('.').next().unwrap_or_default().to_string();
        Ok(SigningKey {
            verify: DecodingKey::from_ed_components(&x).map_err(AppError::internal)?,
            kid,
            term,
            x,
            header,
            written,
            sign,
        })
    }

    pub(super) fn sign<T: Serialize>(&self, claims: &T) -> Result<String, AppError> {
        jsonwebtoken::encode(&self.written, claims, &self.sign).map_err(AppError::internal)
    }

    pub(super) fn verifier(&self) -> &DecodingKey {
        &self.verify
    }

    #[cfg(test)]
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    fn is_good(&self, now: DateTime<Utc>) -> bool {
        !self.term.withdrawn && self.term.good_until.is_none_or(|until| now < until)
    }

    pub fn public(&self) -> PublicKey {
        PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            r#use: "sig",
            alg: "EdDSA",
            kid: self.kid.clone(),
            x: self.x.clone(),
        }
    }
}

fn thumbprint(x: &str) -> String {
    let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    BASE64.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn key(seed: u8, from: &str, until: Option<&str>) -> SigningKey {
        let term = Term {
            signs_from: at(from),
            good_until: until.map(at),
            withdrawn: false,
        };
        SigningKey::from_seed(&[seed; SEED], term).unwrap()
    }

    /// RFC 8037, appendix A.
    #[test]
    fn the_published_key_and_its_thumbprint_are_those_of_the_standard() {
        let seed = BASE64
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .unwrap();
        let key = SigningKey::from_seed(&seed.try_into().unwrap(), Term::default()).unwrap();
        let public = key.public();
        assert_eq!(public.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(public.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_is_published_first_then_signs_then_only_verifies() {
        let old = key(1, "2026-01-01T00:00:00Z", Some("2026-03-01T00:20:00Z"));
        let new = key(2, "2026-03-01T00:00:00Z", None);
        let (old_kid, new_kid) = (old.kid.clone(), new.kid.clone());
        let (old_header, new_header) = (old.header.clone(), new.header.clone());
        let ring = Ring::new(vec![new, old]).unwrap();
        let seen = |text: &str| {
            let now = at(text);
            (
                ring.signer(now).unwrap().kid.clone(),
                ring.published(now).len(),
                ring.by_header(&old_header, now).is_some(),
                ring.by_header(&new_header, now).is_some(),
            )
        };
        assert_eq!(seen("2026-02-28T23:59:59Z"), (old_kid, 2, true, true));
        assert_eq!(
            seen("2026-03-01T00:00:00Z"),
            (new_kid.clone(), 2, true, true)
        );
        assert_eq!(seen("2026-03-01T00:20:00Z"), (new_kid, 1, false, true));
        assert_eq!(
            seen("2025-12-31T00:00:00Z").0,
            ring.keys[0].kid,
            "a clock set back"
        );
        assert!(ring.by_header("", at("2026-03-01T00:00:00Z")).is_none());
        assert!(Ring::new(Vec::new()).is_none());
    }

    /// Published to sign in five minutes, it becomes known to somebody before it ever signs.
    #[test]
    fn a_withdrawn_key_never_signs_and_one_that_has_ended_does_not_sign_any_more() {
        let mut known = key(1, "2026-03-01T00:05:00Z", None);
        known.term.withdrawn = true;
        let new = key(2, "2026-03-01T00:01:00Z", None);
        let (header, kid) = (known.header.clone(), new.kid.clone());
        let ring = Ring::new(vec![known, new]).unwrap();
        for now in [
            "2026-02-28T23:00:00Z",
            "2026-03-01T00:01:00Z",
            "2026-03-01T00:06:00Z",
        ] {
            assert_eq!(ring.signer(at(now)).unwrap().kid, kid, "{now}");
            assert!(ring.by_header(&header, at(now)).is_none(), "{now}");
        }
        let ended = key(3, "2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z"));
        let ring = Ring::new(vec![ended]).unwrap();
        assert!(ring.signer(at("2026-02-01T00:00:00Z")).is_none());
    }
}

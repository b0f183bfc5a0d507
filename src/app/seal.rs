//! Keeps secrets that have to be read again: sealed under the master secret (AES-256-GCM), each for its own place.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::env::Rng;
use super::error::AppError;

pub struct Seal {
    key: LessSafeKey,
    rng: Arc<dyn Rng>,
}

impl Seal {
    pub fn new(key: &[u8], rng: Arc<dyn Rng>) -> Result<Self, AppError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(AppError::internal)?;
        Ok(Seal {
            key: LessSafeKey::new(key),
            rng,
        })
    }

    /// `place` names the purpose and the row: what is moved elsewhere does not open there.
    pub fn seal(&self, place: &str, secret: &[u8]) -> Result<String, AppError> {
        let mut nonce = [0; NONCE_LEN];
        self.rng.fill(&mut nonce);
        let mut sealed = secret.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed,
            )
            .map_err(AppError::internal)?;
        Ok(BASE64.encode([&nonce[..], &sealed].concat()))
    }

    /// `None` if it was sealed under another master secret, for another place, or altered.
    pub fn open(&self, place: &str, sealed: &str) -> Option<Vec<u8>> {
        let mut bytes = BASE64.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::from(place), sealed);
        opened.ok().map(|secret| secret.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::env::FixedRng;

    fn seal(key: u8) -> Seal {
        Seal::new(&[key; 32], Arc::new(FixedRng::default())).unwrap()
    }

    #[test]
    fn only_the_same_key_and_place_open_it() {
        let sealed = seal(1).seal("a", b"hush").unwrap();
        assert_eq!(seal(1).open("a", &sealed), Some(b"hush".to_vec()));
        assert_eq!(seal(1).open("b", &sealed), None);
        assert_eq!(seal(2).open("a", &sealed), None);
        for broken in ["", "AAAA", "not base64!", &sealed[1..], &sealed[..20]] {
            assert_eq!(seal(1).open("a", broken), None, "{broken}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let seal = seal(1);
        assert_ne!(
            seal.seal("a", b"hush").unwrap(),
            seal.seal("a", b"hush").unwrap()
        );
    }
}

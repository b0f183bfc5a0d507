//! Refresh tokens: session, a number of its own, and a tag over both. They are ours alone, so they need no more form.
//!
//! The tag lets nobody but us make one: whoever shows an old one has kept it, and cannot have guessed it.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

pub(super) struct RefreshKey(hmac::Key);

/// Two identifiers and a tag are shorter.
const LONGEST: usize = 256;

impl RefreshKey {
    pub(super) fn new(key: &[u8]) -> Self {
        RefreshKey(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    pub(super) fn issue(&self, session: &str, number: &str) -> String {
        let text = format!("{session}.{number}");
        let tag = BASE64.encode(hmac::sign(&self.0, text.as_bytes()));
        format!("{text}.{tag}")
    }

    /// The session of a token of ours.
    pub(super) fn session_of<'a>(&self, token: &'a str) -> Option<&'a str> {
        if token.len() > LONGEST {
            return None;
        }
        let (text, tag) = token.rsplit_once('.')?;
        let tag = BASE64.decode(tag).ok()?;
        hmac::verify(&self.0, text.as_bytes(), &tag).ok()?;
        text.split_once('.').map(|(session, _)| session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_issued_opens() {
        let key = RefreshKey::new(b"key");
        let token = key.issue("s1", "n1");
        assert_eq!(key.session_of(&token), Some("s1"));
        assert_eq!(RefreshKey::new(b"other").session_of(&token), None);
        assert_eq!(key.session_of(&token.replace("s1", "s2")), None);
        assert_eq!(key.session_of(&token.replace("n1", "n2")), None);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1;
            let flipped = String::from_utf8(bytes).unwrap();
            assert_eq!(key.session_of(&flipped), None, "{flipped}");
        }
        for not_one in ["", "s1", "s1.n1", "s1.n1.", "..", &"x".repeat(100_000)] {
            assert_eq!(key.session_of(not_one), None);
        }
    }
}

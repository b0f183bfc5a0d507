//! `Idempotency-Key`: the same request twice is done once. The answer is kept by the store, in the change's transaction;
//! here is only what the header means and who is being served right now.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use sha2::{Digest, Sha256};

use crate::app::Claim;

use super::problem::Problem;

pub const HEADER: &str = "Idempotency-Key";
pub const REPLAYED: &str = "Idempotent-Replayed";
const LONGEST: usize = 255;

/// The key of a request: bare, or quoted as the IETF draft has it.
pub fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let malformed = || Problem::bad_header(HEADER, "idempotency.key_form");
    let mut sent = headers.get_all(HEADER);
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| malformed())?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => rest
            .strip_suffix('"')
            .filter(|inner| !inner.contains(['"', '\\']))
            .ok_or_else(malformed)?,
        None => text,
    };
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > LONGEST || !visible || sent.next().is_some() {
        return Err(malformed());
    }
    Ok(Some(key.to_string()))
}

/// What the store remembers the request by.
pub fn claim(request: &HttpRequest, body: &[u8]) -> Result<Option<Claim>, Problem> {
    let Some(key) = key(request.headers())? else {
        return Ok(None);
    };
    let target = request
        .uri()
        .path_and_query()
        .map_or("", |target| target.as_str());
    let mut hash = Sha256::new();
    for part in [request.method().as_str(), "\n", target, "\n"] {
        hash.update(part);
    }
    hash.update(body);
    let request_hash = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(Claim { key, request_hash }))
}

/// The keys that are being worked on in this process.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<(String, String)>>>);

/// Frees its key when dropped.
pub struct Held {
    all: InFlight,
    mine: (String, String),
}

impl InFlight {
    pub fn hold(&self, actor: &str, claim: &Claim) -> Result<Held, Problem> {
        let mine = (actor.to_string(), claim.key.clone());
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.insert(mine.clone()) {
            return Err(Problem::InFlight);
        }
        Ok(Held {
            all: self.clone(),
            mine,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.mine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn sent(value: &str) -> Result<Option<String>, Problem> {
        key(TestRequest::default()
            .insert_header((HEADER, value))
            .to_http_request()
            .headers())
    }

    #[test]
    fn a_key_is_visible_ascii_quoted_or_not() {
        assert_eq!(key(&HeaderMap::new()), Ok(None));
        assert_eq!(sent("abc-1"), Ok(Some("abc-1".into())));
        assert_eq!(sent("\"abc-1\""), Ok(Some("abc-1".into())));
        assert_eq!(
            sent(&"k".repeat(255)).map(|key| key.map(|key| key.len())),
            Ok(Some(255))
        );
        for bad in ["", "\"\"", "\"a", "a b", "\"a\"b\"", &"k".repeat(256)] {
            assert!(sent(bad).is_err(), "{bad:?}");
        }
        let twice = TestRequest::default()
            .append_header((HEADER, "a"))
            .append_header((HEADER, "b"))
            .to_http_request();
        assert!(key(twice.headers()).is_err());
    }

    #[test]
    fn a_key_is_held_by_one_at_a_time_and_by_actor() {
        let all = InFlight::default();
        let claim = Claim {
            key: "k".into(),
            request_hash: "h".into(),
        };
        let held = all.hold("u1", &claim).unwrap();
        assert_eq!(all.hold("u1", &claim).err(), Some(Problem::InFlight));
        assert!(all.hold("u2", &claim).is_ok());
        drop(held);
        assert!(all.hold("u1", &claim).is_ok());
    }
}

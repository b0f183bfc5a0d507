//! Strong entity tags: the row version where there is one, else a digest of the body (RFC 9110, 8.8.3 and 13.1).

use actix_web::http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use std::fmt;
use std::future::{Ready, ready};

use crate::app::expected::Expected;

use super::describe::{Describe, Operation};
use super::problem::Problem;

/// Tags longer or more numerous than any of ours only cost time.
const MOST_TAGS: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    pub fn version(version: i64) -> Self {
        Etag(format!("\"v{version}\""))
    }

    /// Of a row that shows another face on another day; to change the row, its version is what counts.
    pub fn on_day(version: i64, day: NaiveDate) -> Self {
        Etag(format!("\"v{version}.{day}\""))
    }

    pub fn content(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hex: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Etag(format!("\"{hex}\""))
    }

    /// Whether the client's copy is this one (`If-None-Match`).
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let sent = headers
            .get_all(IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok());
        sent.flat_map(|value| value.split(','))
            .take(MOST_TAGS)
            .any(|tag| {
                let tag = tag.trim();
                // Weak comparison is what the RFC asks for here.
                tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.0
            })
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What `If-Match` asks for, to be handed to the use case.
#[derive(Debug)]
pub struct IfMatch(Result<Expected, Problem>);

impl IfMatch {
    pub fn read(self) -> Result<Expected, Problem> {
        self.0
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(IfMatch(expected(request.headers()))))
    }
}

impl Describe for IfMatch {
    fn describe(operation: &mut Operation) {
        operation.header("If-Match", "The `ETag` of what is changed.");
        operation.problems(&[400, 412, 428]);
    }
}

fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    let malformed = || Problem::bad_header("If-Match", "request.if_match");
    let mut versions = Vec::new();
    let mut given = false;
    for value in headers.get_all(IF_MATCH) {
        given = true;
        let value = value.to_str().map_err(|_| malformed())?;
        if value.trim() == "*" {
            return Ok(Expected::Any);
        }
        for tag in value.split(',').map(str::trim) {
            let quoted = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = quoted
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(malformed)?;
            // A weak tag, or one that is none of ours, never matches strongly: stale, not malformed.
            let version = inner
                .strip_prefix('v')
                .and_then(|rest| rest.split('.').next()?.parse::<i64>().ok());
            versions.extend(version.filter(|_| quoted == tag));
        }
    }
    if versions.len() > MOST_TAGS {
        return Err(malformed());
    }
    Ok(if given {
        Expected::OneOf(versions)
    } else {
        Expected::NotGiven
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn sent(value: &str) -> Result<Expected, Problem> {
        expected(
            TestRequest::default()
                .insert_header((IF_MATCH, value))
                .to_http_request()
                .headers(),
        )
    }

    #[test]
    fn if_match_is_read_strictly() {
        assert_eq!(expected(&HeaderMap::new()), Ok(Expected::NotGiven));
        assert_eq!(sent("*"), Ok(Expected::Any));
        assert_eq!(sent("\"v7\""), Ok(Expected::OneOf(vec![7])));
        assert_eq!(sent("\"v7\", \"v8\""), Ok(Expected::OneOf(vec![7, 8])));
        assert_eq!(sent("\"v7.2026-06-15\""), Ok(Expected::OneOf(vec![7])));
        assert_eq!(sent("W/\"v7\""), Ok(Expected::OneOf(vec![])));
        assert_eq!(sent("\"abc\""), Ok(Expected::OneOf(vec![])));
        assert!(sent("v7").is_err());
        assert!(sent("\"v7").is_err());
    }

    #[test]
    fn a_known_copy_is_recognised() {
        let tag = Etag::version(3);
        let request = |value: &str| {
            TestRequest::default()
                .insert_header((IF_NONE_MATCH, value))
                .to_http_request()
        };
        assert!(tag.is_known(request("\"v2\", \"v3\"").headers()));
        assert!(tag.is_known(request("W/\"v3\"").headers()));
        assert!(!tag.is_known(request("\"v4\"").headers()));
        assert_eq!(
            Etag::content(b"").to_string(),
            "\"e3b0c44298fc1c149afbf4c8996fb924\""
        );
    }
}

//! The body of a request, read whole and lazily parsed: who may not call learns that first, not what a body looks like.

use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, body};
use serde::de::DeserializeOwned;

use super::json;
use super::problem::Problem;

/// Files to import have their own route and limit.
pub const LIMIT: usize = 1024 * 1024;

/// JSON that becomes a `T`; unknown fields, double keys and wrong types are refused.
pub struct Body<T> {
    raw: Result<Bytes, Problem>,
    pub(super) request: RequestLine,
    wanted: PhantomData<fn() -> T>,
}

/// What makes a request the same as an earlier one, besides its body.
pub(super) struct RequestLine {
    pub method: String,
    pub target: String,
    pub idempotency_key: Result<Option<String>, Problem>,
}

impl<T> Body<T> {
    pub(super) fn bytes(&self) -> &[u8] {
        self.raw.as_ref().map_or(&[], |bytes| bytes)
    }
}

impl<T: DeserializeOwned> Body<T> {
    pub fn read(self) -> Result<T, Problem> {
        Ok(json::read(&self.raw?)?)
    }
}

impl<T: 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = check_headers(request.headers());
        let payload = payload.take();
        let request = RequestLine {
            method: request.method().to_string(),
            target: request
                .uri()
                .path_and_query()
                .map_or_else(String::new, |target| target.to_string()),
            idempotency_key: super::idempotency::key(request.headers()),
        };
        Box::pin(async move {
            let raw = match declared {
                Ok(()) => read_all(payload).await,
                Err(problem) => Err(problem),
            };
            Ok(Body {
                raw,
                request,
                wanted: PhantomData,
            })
        })
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), Problem> {
    let accepted = "application/json";
    let essence = |value: &header::HeaderValue| {
        let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
        let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
        let utf8 = matches!(
            parameters.trim(),
            "" | "charset=utf-8" | "charset=\"utf-8\""
        );
        utf8 && matches!(
            essence.trim(),
            "application/json" | "application/merge-patch+json"
        )
    };
    let encoded = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value != "identity");
    if encoded || !headers.get(header::CONTENT_TYPE).is_some_and(essence) {
        return Err(Problem::WrongMediaType { accepted });
    }
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LIMIT as u64) {
        return Err(Problem::BodyTooLarge { limit: LIMIT });
    }
    Ok(())
}

async fn read_all(payload: Payload) -> Result<Bytes, Problem> {
    match body::to_bytes_limited(body::BodyStream::new(payload), LIMIT).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // The client went away or sent a broken chunk; nobody will read this answer.
        Ok(Err(_)) => Err(Problem::unreadable("request.body_broken")),
        Err(_) => Err(Problem::BodyTooLarge { limit: LIMIT }),
    }
}

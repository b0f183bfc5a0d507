//! The body of a request, read whole and lazily parsed: who may not call learns that first, not what a body looks like.

use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::app::Claim;

use super::describe::{Describe, Operation};
use super::intake::{self, Whole};
use super::problem::Problem;
use super::state::State;
use super::{idempotency, json};

/// Files to import have their own route and limit.
pub const LIMIT: usize = 1024 * 1024;

/// JSON that becomes a `T`; unknown fields, double keys and wrong types are refused.
pub struct Body<T> {
    raw: Result<Whole, Problem>,
    wanted: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Body<T> {
    pub fn read(self) -> Result<T, Problem> {
        Ok(json::read(&self.raw?.bytes)?)
    }
}

/// A body whose change is done once, however often it is sent with the same `Idempotency-Key`.
pub struct Once<T> {
    pub(super) body: Body<T>,
    claim: Result<Option<Claim>, Problem>,
}

impl<T> Once<T> {
    pub(super) fn claim(&self) -> Result<Option<Claim>, Problem> {
        self.claim.clone()
    }
}

impl<T: 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = check_headers(request.method(), request.headers());
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let raw = match declared.and_then(|()| State::of(&request)) {
                Ok(state) => intake::whole(payload, intake::JSON, LIMIT, &state.bodies).await,
                Err(problem) => Err(problem),
            };
            Ok(Body {
                raw,
                wanted: PhantomData,
            })
        })
    }
}

impl<T: 'static> FromRequest for Once<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Body::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let body: Body<T> = body.await?;
            let bytes = body.raw.as_ref().map_or(&[][..], |it| &it.bytes);
            let claim = idempotency::claim(&request, bytes);
            Ok(Once { body, claim })
        })
    }
}

impl<T: ToSchema> Describe for Body<T> {
    fn describe(operation: &mut Operation) {
        operation.body = Some(operation.schema::<T>());
        operation.problems(&[400, 413, 415, 422]);
    }
}

impl<T: ToSchema> Describe for Once<T> {
    fn describe(operation: &mut Operation) {
        Body::<T>::describe(operation);
        operation.header(
            idempotency::HEADER,
            "The same key and body again: the stored answer, with `Idempotent-Replayed: true`.",
        );
        operation.problems(&[409]);
    }
}

fn check_headers(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let accepted = if method == Method::PATCH {
        "application/merge-patch+json, application/json"
    } else {
        "application/json"
    };
    let essence = |value: &header::HeaderValue| {
        let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
        let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
        let utf8 = matches!(
            parameters.trim(),
            "" | "charset=utf-8" | "charset=\"utf-8\""
        );
        utf8 && accepted.split(", ").any(|media| media == essence.trim())
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

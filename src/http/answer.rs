//! What a handler answers when all goes well: a status, a body, and the headers that go with it.

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::app::Done;
use crate::app::shown::Versioned;

use super::describe::{Describe, Operation};
use super::etag::Etag;
use super::idempotency;

pub type Shown<T> = Answer<T, 200>;
pub type Created<T> = Answer<T, 201>;
/// Work that goes on: the body is an operation, `Location` its address.
pub type Accepted<T> = Answer<T, 202>;

#[derive(Debug)]
pub struct Answer<T, const STATUS: u16> {
    body: T,
    etag: Option<Etag>,
    location: Option<String>,
    replayed: bool,
}

impl<T, const STATUS: u16> Answer<T, STATUS> {
    pub fn new(body: T) -> Self {
        Answer {
            body,
            etag: None,
            location: None,
            replayed: false,
        }
    }

    /// A record as it was found, tagged with its version.
    pub fn record(found: Versioned<T>) -> Self {
        Self::new(found.record).etag(Etag::version(found.version))
    }

    /// A record as a change left it.
    pub fn changed(done: Done<Versioned<T>>) -> Self {
        Self::record(done.value).replayed(done.replayed)
    }

    /// Without one, the tag of a 200 is a digest of its body.
    pub fn etag(mut self, etag: Etag) -> Self {
        self.etag = Some(etag);
        self
    }

    pub fn location(mut self, url: impl Into<String>) -> Self {
        self.location = Some(url.into());
        self
    }

    /// The answer is the stored one of an earlier request with the same key.
    pub fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }
}

impl<T: Serialize, const STATUS: u16> Responder for Answer<T, STATUS> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Ok(body) = serde_json::to_vec(&self.body) else {
            return HttpResponse::InternalServerError().finish();
        };
        let etag = self
            .etag
            .or_else(|| (STATUS == 200).then(|| Etag::content(&body)));
        let known = STATUS == 200
            && request.method().is_safe()
            && etag
                .as_ref()
                .is_some_and(|etag| etag.is_known(request.headers()));
        let status = if known {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::from_u16(STATUS).unwrap_or_default()
        };
        let mut response = HttpResponse::build(status);
        if let Some(etag) = etag {
            response.insert_header((header::ETAG, etag.to_string()));
        }
        if let Some(url) = self.location {
            response.insert_header((header::LOCATION, url));
        }
        if self.replayed {
            response.insert_header((idempotency::REPLAYED, "true"));
        }
        if known {
            return response.finish();
        }
        response.content_type("application/json").body(body)
    }
}

impl<T: ToSchema, const STATUS: u16> Describe for Answer<T, STATUS> {
    fn describe(operation: &mut Operation) {
        let schema = operation.schema::<T>();
        operation.answers.push((STATUS, Some(schema)));
    }
}

/// Done, and nothing to say (204).
#[derive(Debug, Default)]
pub struct NoContent;

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation) {
        operation.answers.push((204, None));
    }
}

/// One page of a list; `next_cursor` is null on the last.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// By hand: a derived one has the same name whatever it is a page of, and one name can stand for one schema only.
impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Page", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("Sent as `cursor` it gives the next page."));
        ObjectBuilder::new()
            .property("items", items)
            .required("items")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .into()
    }
}

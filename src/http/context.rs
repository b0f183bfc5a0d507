//! What is known of a request before anybody looks at what it asks for; the envelope notes it, the guard reads it.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::app::caller::Request;
use crate::domain::messages::Lang;

use super::describe::{Describe, Operation};
use super::limits::{Allowance, Class};
use super::problem::Problem;

#[derive(Debug, Clone)]
pub struct Context {
    pub about: Request,
    /// Where it really comes from; none without a connection, as in tests.
    pub address: Option<IpAddr>,
    pub class: Class,
    /// How the asker stands, once counted.
    pub standing: Option<Allowance>,
}

impl Context {
    pub fn of(request: &HttpRequest) -> Context {
        let noted = request.extensions().get::<Context>().cloned();
        // Only a handler that was called outside of the envelope finds nothing.
        noted.unwrap_or_else(|| Context {
            about: Request {
                id: "".into(),
                lang: Lang::default(),
            },
            address: None,
            class: Class::Plain,
            standing: None,
        })
    }
}

/// For a handler that wants to know where a request comes from.
pub struct Peer(pub Option<IpAddr>);

impl FromRequest for Peer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Peer(Context::of(request).address)))
    }
}

impl Describe for Peer {
    fn describe(_: &mut Operation) {}
}

//! What is known of a request before anybody looks at what it asks for; the envelope notes it, the guard reads it.

use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest};

use crate::app::caller::Request;
use crate::domain::messages::Lang;

use super::limits::{Class, Standing};

#[derive(Debug, Clone)]
pub struct Context {
    pub about: Request,
    /// Where it really comes from; none without a connection, as in tests.
    pub address: Option<IpAddr>,
    pub class: Class,
    /// How the asker stands, once counted.
    pub standing: Option<Standing>,
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

//! What the table of routes says of one route. Whoever serves, counts or documents requests reads rows, never the table itself.

use actix_web::Route;
use actix_web::guard::GuardContext;

use crate::domain::access::Grant;

use super::describe::Operation;
use super::limits::Class;

/// One route.
pub struct Row {
    pub method: &'static str,
    pub path: &'static str,
    /// The permission the caller proves; `None` where everybody may come.
    pub permission: Option<Grant>,
    pub audience: Audience,
    /// How its requests are counted, and how long they may take.
    pub class: Class,
    pub operation: &'static str,
    pub summary: &'static str,
    pub(super) route: fn(usize) -> Route,
    pub(super) describe: fn(&mut Operation),
}

/// Whom a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, without a token.
    Public,
    /// People with an account.
    Account,
}

impl Row {
    pub fn describe(&self) -> Operation {
        let mut operation = Operation::default();
        (self.describe)(&mut operation);
        operation
    }

    /// HEAD is GET without the body; the server leaves the body out.
    pub(super) fn takes(&self, context: &GuardContext<'_>) -> bool {
        let method = context.head().method.as_str();
        method == self.method || (method == "HEAD" && self.method == "GET")
    }
}

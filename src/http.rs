//! The only room that speaks HTTP. A handler reads what came, calls one use case and shows the answer.
//!
//! The way of a request: `routes` (the table) → `envelope` (id, language, panics, headers, log) → `guard` (token, hop to a
//! blocking thread, account, permission) → the use case → `answer`, or `problem` if it said no.

pub mod answer;
pub mod api;
pub mod body;
mod connections;
mod context;
pub mod cursor;
pub mod describe;
mod envelope;
pub mod etag;
pub mod guard;
pub mod idempotency;
mod intake;
pub mod json;
pub mod limits;
mod listing;
pub mod locale;
mod metrics;
pub mod openapi;
pub mod peer;
mod places;
pub mod problem;
pub mod query;
pub mod routes;
pub mod row;
pub mod server;
pub mod state;
pub mod time;
mod upload;

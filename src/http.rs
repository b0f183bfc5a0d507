//! The only room that speaks HTTP. A handler reads what came, calls one use case and shows the answer.

pub mod body;
pub mod cursor;
pub mod etag;
pub mod idempotency;
pub mod json;
pub mod locale;
pub mod problem;
pub mod query;

//! Handlers by resource: each reads what came, runs one use case and shows the answer.

pub mod enterprises;
pub mod service;
pub mod session;
pub mod users;

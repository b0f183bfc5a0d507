//! Handlers by resource: each reads what came, runs one use case and shows the answer.

pub mod certifications;
pub mod enterprises;
pub mod enumerations;
pub mod facts;
pub mod history;
pub mod memberships;
pub mod service;
pub mod session;
pub mod users;

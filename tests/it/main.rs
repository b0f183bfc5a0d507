//! The one integration binary: every store and use-case test runs on both engines.
#![forbid(unsafe_code)]
// A test speaks by panicking, and the harness alone may look at the environment.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod access;
mod accounts;
mod api;
mod api_clients;
mod assessment;
mod audit;
mod backdated;
mod builders;
mod cli;
mod client;
mod connections;
mod corpus;
mod exports;
mod firms;
mod harness;
mod hostile_files;
mod http;
mod import;
mod imports;
mod jobs;
mod keys;
mod kill;
mod late;
mod ledger;
mod limits;
mod meanwhile;
mod private;
mod register;
mod replay;
mod role_assignments;
mod schema;
mod served;
mod simulations;
mod standing;
mod taken_back;

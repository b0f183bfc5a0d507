//! sanku (三库): the registry in which a city's science bureau keeps its technology enterprises.
//!
//! The rooms, each in one sentence, and what each may use (`tests/architecture.rs` holds the table):
//! - `domain`: the rules and the words of the bureau, pure, a crate of its own; uses nothing of ours (and reads `packs`, which is data).
//! - `store`: the only room that knows diesel; uses `domain`.
//! - `app`: use cases, one verb each; uses `domain` and `store`.
//! - `http`: the only room that speaks HTTP; uses `app` and `domain`.
//! - `jobs`: work done by the clock; uses `app`.
//! - `config`: settings from file, environment and flags; uses `domain`.
//! - `telemetry`: the log; uses `config`.
//! - `cli`: the command line; uses `app`, `config`, `telemetry`, `domain`, `jobs`, of `http` the server and of `store` opening
//!   and migrating.

#![forbid(unsafe_code)]

pub mod app;
pub mod cli;
pub mod config;
pub mod http;
pub mod jobs;
pub mod store;
pub mod telemetry;

pub use sanku_domain as domain;

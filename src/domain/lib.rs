//! The bureau's rules and words. Pure: no I/O, no clock, no randomness, no database, no HTTP; time comes in as a value.
//!
//! A crate of its own, so that nothing here can reach a database or a request: its Cargo.toml has neither.

#![forbid(unsafe_code)]

pub mod access;
pub mod account_policy;
pub mod address;
pub mod api_key;
pub mod at;
pub mod certification;
pub mod clock;
pub mod coded;
pub mod codes;
pub mod contact;
pub mod date;
pub mod decision;
pub mod document;
pub mod drafting;
pub mod duties;
pub mod enterprise;
pub mod evaluate;
pub mod event;
pub mod exact;
pub mod facts;
pub mod field_error;
pub mod fold;
pub mod forecast;
pub mod initials;
pub mod late;
pub mod ledger;
pub mod matter;
pub mod messages;
pub mod money;
pub mod movement;
pub mod name_index;
pub mod nearest;
pub mod network;
pub mod operation;
pub mod outcome;
pub mod plan;
pub mod pool;
pub mod role_assignment;
pub mod rules;
pub mod run;
pub mod search_key;
pub mod simulate;
pub mod statement;
pub mod tell;
pub mod text;
pub mod uscc;
pub mod words;

#[cfg(test)]
mod corpus;

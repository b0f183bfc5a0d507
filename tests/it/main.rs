//! The one integration binary: every store and use-case test runs on both engines.

mod harness;
mod ledger;

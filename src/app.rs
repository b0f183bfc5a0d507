pub mod env;
pub mod error;

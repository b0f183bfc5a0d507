//! What the bureau does, one use case a verb, in its own words. Each takes the proof of permission, decides
//! with `domain` and fetches and records with `store`.

pub mod env;
pub mod error;

use std::sync::Arc;

use crate::store::{Store, StoreError, StoreOptions};
use env::Env;

/// All that a use case needs besides its caller and its input.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub env: Env,
}

impl App {
    pub fn open(url: &str, options: StoreOptions, env: Env) -> Result<App, StoreError> {
        let (clock, ids) = (Arc::clone(&env.clock), Arc::clone(&env.ids));
        let store = Store::open(url, options, clock, ids)?;
        Ok(App { store, env })
    }
}

//! What a write hands over: its result and the events that tell of it.

use crate::domain::ledger::Event;

/// Who writes, and the key under which a repeated request is recognised.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// A user's id, or `system:…` for the command line and clocked work.
    pub actor: String,
    pub idempotency: Option<Claim>,
    /// Only tried: checked and answered as if it were done, and then undone.
    pub trial: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub key: String,
    /// Over method, path and body: the same key with another request is refused.
    pub request_hash: String,
}

impl Stamp {
    pub fn new(actor: impl Into<String>) -> Self {
        Stamp {
            actor: actor.into(),
            idempotency: None,
            trial: false,
        }
    }
}

/// The result of a change together with its events. There is no way to have changed something without an event.
#[derive(Debug)]
pub struct Changed<T> {
    pub(super) value: T,
    pub(super) events: Vec<Event>,
}

impl<T> Changed<T> {
    pub fn new(value: T, event: Event) -> Self {
        Changed {
            value,
            events: vec![event],
        }
    }

    /// Several events of one change; with none, nothing is kept.
    pub fn many(value: T, events: Vec<Event>) -> Self {
        Changed { value, events }
    }

    /// What was asked for is already so: whatever the change wrote is undone.
    pub fn unchanged(value: T) -> Self {
        Changed {
            value,
            events: Vec::new(),
        }
    }
}

/// A durable result; `replayed` if it is the stored answer to an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    pub value: T,
    pub replayed: bool,
}

//! What a write hands over: its result and the events that tell of it.

use crate::domain::ledger::{Event, Origin};

/// Who writes, on whose request, and the key under which a repeated request is recognised.
#[derive(Debug, Clone)]
pub struct Stamp {
    pub origin: Origin,
    pub idempotency: Option<Claim>,
    /// Only tried: checked and answered as if it were done, and then undone.
    pub trial: bool,
}

/// Work that nobody asked for at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// What a fresh register needs before the first caller.
    Start,
    Clockwork,
    /// Noting when keys were used.
    KeyUses,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub key: String,
    /// Over method, path and body: the same key with another request is refused.
    pub request_hash: String,
}

impl Stamp {
    /// Of a caller, or of who tries to become one.
    pub fn of(origin: Origin) -> Self {
        Stamp {
            origin,
            idempotency: None,
            trial: false,
        }
    }

    pub fn job(job: Job) -> Self {
        Stamp::of(Origin::system(match job {
            Job::Start => "system:init",
            Job::Clockwork => "system:jobs",
            Job::KeyUses => "system:keys",
        }))
    }

    /// Of the further changes of one piece of work: the key of the request was used when it was begun.
    pub fn going_on(&self) -> Self {
        Stamp::of(self.origin.clone())
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

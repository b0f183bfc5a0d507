//! What a write hands over: its result and the events that tell of it.

use crate::domain::ledger::Origin;

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

/// The place of an event in the ledger: the row version of what it is about. Only telling an event gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seq(pub(super) i64);

impl Seq {
    pub fn get(self) -> i64 {
        self.0
    }
}

/// The result of a change that has told what happened. There is no way to have changed something without an event: where the
/// ledger has not grown, whatever was written is undone.
#[derive(Debug)]
pub struct Changed<T> {
    pub(super) value: T,
}

impl<T> Changed<T> {
    /// With the place of what was told last.
    pub fn new(value: T, _: Seq) -> Self {
        Changed { value }
    }

    /// What was asked for is already so: whatever the change wrote is undone, unless it has told of something.
    pub fn unchanged(value: T) -> Self {
        Changed { value }
    }

    /// Changed if something was told, the last of it here.
    pub fn perhaps(value: T, _: Option<Seq>) -> Self {
        Changed { value }
    }
}

/// A durable result; `replayed` if it is the stored answer to an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    pub value: T,
    pub replayed: bool,
}

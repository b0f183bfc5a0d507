//! How long the work of this thread may take. A request's work stays on one thread from beginning to end, so that the
//! deadline need not be handed through every function between the door and the database.
//!
//! PostgreSQL is told how long a statement may run and ends it. SQLite cannot be told through diesel 2.3: there the deadline
//! is looked at before each read and each change (docs/decisions/0016).

use std::cell::Cell;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    whole: Duration,
}

thread_local! {
    static CURRENT: Cell<Option<Deadline>> = const { Cell::new(None) };
}

/// Runs work that may take so long; what it asks of the database after that is refused as too slow.
pub fn within<T>(limit: Duration, work: impl FnOnce() -> T) -> T {
    let _restored = Restored(CURRENT.replace(Some(Deadline {
        at: Instant::now() + limit,
        whole: limit,
    })));
    work()
}

pub(super) fn current() -> Option<Deadline> {
    CURRENT.get()
}

/// Whether this thread has a deadline and it is over.
pub(super) fn is_over() -> bool {
    current().is_some_and(|it| it.left().is_none())
}

impl Deadline {
    /// None when it is over.
    pub(super) fn left(self) -> Option<Duration> {
        let left = self.at.saturating_duration_since(Instant::now());
        Some(left).filter(|left| !left.is_zero())
    }

    /// What a statement may take: the same for all requests of a kind, so that a connection is seldom told anew.
    pub(super) fn of_a_statement(self) -> Duration {
        self.whole
    }
}

/// Puts the earlier deadline back, also when the work panics: the thread goes on to other work.
struct Restored(Option<Deadline>);

impl Drop for Restored {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_holds_for_its_work_alone() {
        assert!(current().is_none() && !is_over());
        within(Duration::from_secs(60), || {
            assert!(!is_over());
            within(Duration::ZERO, || assert!(is_over()));
            assert!(!is_over());
        });
        let panicked = std::panic::catch_unwind(|| within(Duration::ZERO, || panic!("on purpose")));
        assert!(panicked.is_err() && current().is_none());
    }
}

//! What this process is working on in the background, and how far it has come.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::error::AppError;

/// How far a piece of work has come.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicI64,
    total: AtomicI64,
}

impl Progress {
    pub fn set(&self, done: usize, total: usize) {
        self.done.store(done as i64, Ordering::Relaxed);
        self.total.store(total as i64, Ordering::Relaxed);
    }

    pub fn get(&self) -> (i64, i64) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }
}

/// The progress of what this process is working on; kept in memory, since it is no fact of the register.
#[derive(Debug, Default)]
pub struct Running {
    by_id: Mutex<HashMap<String, Arc<Progress>>>,
    places: AtomicUsize,
}

/// More than these at once would only slow each other down.
const MOST_AT_ONCE: usize = 4;

/// One of the few places for work in the background; free again when dropped.
pub(super) struct Slot(Arc<Running>);

impl Slot {
    pub(super) fn take(running: &Arc<Running>) -> Result<Slot, AppError> {
        let one_more = |taken| (taken < MOST_AT_ONCE).then_some(taken + 1);
        running
            .places
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more)
            .map_err(|_| AppError::Busy)?;
        Ok(Slot(running.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.places.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Running {
    pub(super) fn by_id(&self) -> MutexGuard<'_, HashMap<String, Arc<Progress>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

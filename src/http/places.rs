//! A bounded number of places. Where none is left, one is told to come again, instead of waiting in a queue that grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::app::error::AppError;

#[derive(Debug)]
pub struct Places {
    left: AtomicUsize,
}

/// Places taken; free again when dropped.
#[derive(Debug)]
pub struct Taken {
    from: Arc<Places>,
    count: usize,
}

impl Places {
    pub fn new(count: usize) -> Arc<Places> {
        Arc::new(Places {
            left: AtomicUsize::new(count),
        })
    }

    pub fn take(self: &Arc<Places>, count: usize) -> Result<Taken, AppError> {
        self.reserve(count)?;
        Ok(Taken {
            from: self.clone(),
            count,
        })
    }

    fn reserve(&self, count: usize) -> Result<(), AppError> {
        let fewer = |left: usize| left.checked_sub(count);
        let taken = self
            .left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, fewer);
        taken.map(|_| ()).map_err(|_| AppError::Busy)
    }
}

impl Taken {
    /// More of the same.
    pub fn grow(&mut self, count: usize) -> Result<(), AppError> {
        self.from.reserve(count)?;
        self.count += count;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.from.left.fetch_add(self.count, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_few_and_come_back() {
        let places = Places::new(3);
        let mut first = places.take(2).unwrap();
        assert_eq!(places.take(2).err(), Some(AppError::Busy));
        first.grow(1).unwrap();
        assert_eq!(first.grow(1).err(), Some(AppError::Busy));
        assert_eq!(places.take(1).err(), Some(AppError::Busy));
        drop(first);
        assert!(places.take(3).is_ok());
    }
}

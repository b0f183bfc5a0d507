//! Uses of keys that are not yet written down.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

/// What is written down is at most so old.
const PRECISION: Duration = Duration::hours(1);

/// Uses that are not yet written down, by the keys' ids.
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<String, DateTime<Utc>>>);

impl Uses {
    /// Nothing is noted within an hour of what is written down.
    pub(super) fn note(&self, key_id: &str, written: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        if written.is_some_and(|at| now - at < PRECISION) {
            return;
        }
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match uses.get_mut(key_id) {
            Some(at) => *at = now,
            None => {
                uses.insert(key_id.to_string(), now);
            }
        }
    }

    pub(super) fn last(&self, key_id: &str) -> Option<DateTime<Utc>> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.get(key_id).copied()
    }

    pub(super) fn take(&self) -> HashMap<String, DateTime<Utc>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_the_hour_nothing_is_noted() {
        let now: DateTime<Utc> = "2026-06-15T08:00:00Z".parse().unwrap();
        let uses = Uses::default();
        uses.note("k1", Some(now - Duration::minutes(59)), now);
        assert_eq!(uses.last("k1"), None);
        uses.note("k1", Some(now - Duration::minutes(60)), now);
        uses.note("k2", None, now);
        let later = now + Duration::minutes(5);
        uses.note("k2", None, later);
        assert_eq!((uses.last("k1"), uses.last("k2")), (Some(now), Some(later)));
        assert_eq!(uses.take().len(), 2);
        assert_eq!(uses.last("k2"), None);
    }
}

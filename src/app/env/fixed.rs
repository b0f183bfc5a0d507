//! An environment that stands still, for tests.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, Duration, Utc};

use super::rng::Rng;
use crate::domain::clock::{Clock, Ids};

/// A clock that moves only when told.
pub struct FixedClock {
    micros: AtomicI64,
}

impl FixedClock {
    pub fn at(instant: DateTime<Utc>) -> Self {
        FixedClock {
            micros: AtomicI64::new(instant.timestamp_micros()),
        }
    }

    pub fn set(&self, instant: DateTime<Utc>) {
        self.micros
            .store(instant.timestamp_micros(), Ordering::SeqCst);
    }

    pub fn advance(&self, by: Duration) {
        let micros = by.num_microseconds().unwrap_or(0);
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// Ids that a snapshot can hold: 00000000-0000-7000-8000-000000000001 and on.
#[derive(Default)]
pub struct FixedIds {
    made: AtomicU64,
}

impl Ids for FixedIds {
    fn new_id(&self) -> String {
        let count = self.made.fetch_add(1, Ordering::SeqCst) + 1;
        format!("00000000-0000-7000-8000-{count:012x}")
    }
}

/// Bytes that look random and are the same in every run (SplitMix64).
#[derive(Default)]
pub struct FixedRng {
    state: AtomicU64,
}

impl Rng for FixedRng {
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            let mut z = self
                .state
                .fetch_add(STEP, Ordering::SeqCst)
                .wrapping_add(STEP);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

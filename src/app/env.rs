//! What the program takes from outside itself: time, identifiers, randomness and the cost of hashing a password.
//!
//! Everything goes through one struct, so that a test can hold all of it still ([`Env::fixed`]).

mod fixed;
mod password;
mod rng;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use chrono::{DateTime, SubsecRound, Utc};

pub use crate::domain::clock::{Clock, Ids};
pub use fixed::{FixedClock, FixedIds, FixedRng};
pub use password::{Checked, PasswordError, PasswordHasher};
pub use rng::Rng;

#[derive(Clone)]
pub struct Env {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub rng: Arc<dyn Rng>,
    pub passwords: Arc<PasswordHasher>,
}

impl Env {
    pub fn system() -> Env {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        Env {
            ids: Arc::new(TimedIds::new(clock.clone(), rng.clone())),
            passwords: Arc::new(PasswordHasher::standard(rng.clone())),
            clock,
            rng,
        }
    }

    /// For tests: the clock stands until moved, ids are counted, hashing is cheap.
    pub fn fixed(start: DateTime<Utc>) -> (Env, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::at(start));
        let rng: Arc<dyn Rng> = Arc::new(FixedRng::default());
        let env = Env {
            clock: clock.clone(),
            ids: Arc::new(FixedIds::default()),
            passwords: Arc::new(PasswordHasher::cheap(rng.clone())),
            rng,
        };
        (env, clock)
    }

    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one home of the wall clock
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

struct SystemRng;

impl Rng for SystemRng {
    #[allow(clippy::disallowed_methods)] // the one home of randomness
    fn fill(&self, bytes: &mut [u8]) {
        rand::Rng::fill_bytes(&mut rand::rng(), bytes);
    }
}

/// UUIDv7 (RFC 9562, method 1): within a millisecond a 12-bit counter keeps the order in which ids were made.
struct TimedIds {
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    last: Mutex<(u64, u16)>,
}

impl TimedIds {
    fn new(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        TimedIds {
            clock,
            rng,
            last: Mutex::new((0, 0)),
        }
    }

    fn tick(&self) -> (u64, u16) {
        let now = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last {
            // The clock stands, went back, or the counter is full: run ahead of it rather than repeat.
            (millis, 0x0fff) if millis >= now => (millis + 1, 0),
            (millis, count) if millis >= now => (millis, count + 1),
            _ => (now, 0),
        };
        *last
    }
}

impl Ids for TimedIds {
    fn new_id(&self) -> String {
        let (millis, count) = self.tick();
        let mut rest = [0; 10];
        self.rng.fill(&mut rest);
        rest[..2].copy_from_slice(&count.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &rest)
            .into_uuid()
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_distinct_and_in_order() {
        let (env, clock) = Env::fixed("2026-11-24T08:00:00Z".parse().unwrap());
        let ids = TimedIds::new(clock.clone(), env.rng.clone());
        let mut made: Vec<String> = (0..10_000).map(|_| ids.new_id()).collect();
        clock.advance(chrono::Duration::seconds(-5));
        made.push(ids.new_id());
        clock.advance(chrono::Duration::seconds(60));
        made.push(ids.new_id());
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        let id = uuid::Uuid::parse_str(&made[0]).unwrap();
        assert_eq!(id.get_version_num(), 7);
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(seconds, 1_795_507_200);
    }

    #[test]
    fn the_system_clock_is_whole_microseconds() {
        assert_eq!(Env::system().clock.now().timestamp_subsec_nanos() % 1000, 0);
    }
}

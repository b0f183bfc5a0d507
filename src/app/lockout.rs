//! What keeps guessing slow and cannot be turned against the owner (登录失败处理).
//!
//! Failures are counted for each pair of account name and address: after some the pair is locked, longer each time.
//! Whoever fails at one address locks nobody out at another. Failures at all addresses together only make log-ins to
//! that name slower. Names that nobody has are counted alike, so that the counting tells nothing.
//!
//! All of it is in memory, bounded, and forgotten by a restart.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::domain::network::Network;

/// So many failures in a row are somebody who has forgotten the password.
const FREE: u32 = 5;
const FIRST_LOCK: TimeDelta = TimeDelta::minutes(1);
const LONGEST_LOCK: TimeDelta = TimeDelta::hours(1);
/// A pair that has been quiet for so long begins anew.
const FORGOTTEN: TimeDelta = TimeDelta::hours(2);

/// So many failures of one name, at whatever addresses, slow nobody; one more is forgotten each half minute.
const CALM: i64 = 20;
const CALMS_DOWN: TimeDelta = TimeDelta::seconds(30);
const SLOWER_EACH: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_secs(3);

/// Of pairs and of names each; about ten megabytes together.
const MOST: usize = 100_000;

#[derive(Default)]
pub struct Lockout {
    pairs: Mutex<HashMap<Key, Pair>>,
    names: Mutex<HashMap<Key, Heat>>,
}

/// A digest, so that long names take no more room than short ones.
type Key = [u8; 16];

#[derive(Debug, Clone, Copy)]
struct Pair {
    failures: u32,
    last: DateTime<Utc>,
    locked_until: DateTime<Utc>,
}

/// A bucket that leaks: failures that have not been forgotten yet.
#[derive(Debug, Clone, Copy)]
struct Heat {
    failures: i64,
    since: DateTime<Utc>,
}

impl Lockout {
    pub fn is_locked(&self, name: &str, address: Option<IpAddr>, now: DateTime<Utc>) -> bool {
        let pairs = lock(&self.pairs);
        let pair = pairs.get(&pair_key(name, address));
        pair.is_some_and(|pair| now < pair.locked_until)
    }

    /// After a failure, whatever its reason. One during a lock does not prolong it.
    pub fn failed(&self, name: &str, address: Option<IpAddr>, now: DateTime<Utc>) {
        let mut pairs = lock(&self.pairs);
        make_room(
            &mut pairs,
            |pair| now - pair.last < FORGOTTEN,
            |pair| pair.failures.into(),
        );
        let pair = pairs.entry(pair_key(name, address)).or_insert(Pair {
            failures: 0,
            last: now,
            locked_until: now,
        });
        if now >= pair.locked_until {
            let quiet = now - pair.last >= FORGOTTEN;
            pair.failures = if quiet {
                1
            } else {
                pair.failures.saturating_add(1)
            };
            pair.last = now;
            pair.locked_until = now + lock_after(pair.failures);
        }
        drop(pairs);
        let mut names = lock(&self.names);
        make_room(&mut names, |heat| heat.at(now) > 0, |heat| heat.failures);
        let heat = names.entry(name_key(name)).or_insert(Heat {
            failures: 0,
            since: now,
        });
        *heat = Heat {
            failures: heat.at(now).saturating_add(1),
            since: now,
        };
    }

    /// After a log-in: the owner knows the password, so the failures at this address were slips.
    pub fn passed(&self, name: &str, address: Option<IpAddr>) {
        lock(&self.pairs).remove(&pair_key(name, address));
    }

    /// How long a log-in to this name waits before it is looked at.
    pub fn delay(&self, name: &str, now: DateTime<Utc>) -> Duration {
        let names = lock(&self.names);
        let over = names
            .get(&name_key(name))
            .map_or(0, |heat| heat.at(now) - CALM);
        let over = u32::try_from(over).unwrap_or(0);
        SLOWER_EACH.saturating_mul(over).min(SLOWEST)
    }
}

impl Heat {
    fn at(&self, now: DateTime<Utc>) -> i64 {
        let forgotten = (now - self.since).num_seconds() / CALMS_DOWN.num_seconds();
        (self.failures - forgotten.max(0)).max(0)
    }
}

/// A minute after the fifth failure, twice as long after each further one, an hour at most.
fn lock_after(failures: u32) -> TimeDelta {
    let Some(more) = failures.checked_sub(FREE) else {
        return TimeDelta::zero();
    };
    let doubled = 1_i32.checked_shl(more.min(16)).unwrap_or(i32::MAX);
    FIRST_LOCK
        .checked_mul(doubled)
        .unwrap_or(LONGEST_LOCK)
        .min(LONGEST_LOCK)
}

/// When there is no room: what has lapsed goes, and if that is not enough, the half that has failed least. Whoever
/// wants an own lock forgotten would have to fail more often at so many other names.
fn make_room<V>(
    table: &mut HashMap<Key, V>,
    still_counts: impl Fn(&V) -> bool,
    failures: impl Fn(&V) -> i64,
) {
    if table.len() < MOST {
        return;
    }
    table.retain(|_, value| still_counts(value));
    if table.len() < MOST {
        return;
    }
    let mut order: Vec<_> = table.values().map(&failures).collect();
    let middle = order.len() / 2;
    let (_, median, _) = order.select_nth_unstable(middle);
    let median = *median;
    let mut spare = middle;
    table.retain(|_, value| {
        let goes = spare > 0 && failures(value) <= median;
        spare -= usize::from(goes);
        !goes
    });
}

fn pair_key(name: &str, address: Option<IpAddr>) -> Key {
    // One household or office has at least an IPv6 /64 to itself.
    let network = address.map_or_else(String::new, |it| Network::of_one(it).to_string());
    digest(&[name, "\n", &network])
}

fn name_key(name: &str) -> Key {
    digest(&[name])
}

fn digest(parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    key
}

fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-11-24T08:00:00Z".parse().unwrap()
    }

    fn at(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn after(seconds: i64) -> DateTime<Utc> {
        start() + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_fifth_failure_locks_the_pair_and_nobody_else() {
        let lockout = Lockout::default();
        let (a, b) = (at("203.0.113.1"), at("203.0.113.2"));
        for n in 1..=5 {
            assert!(!lockout.is_locked("li", a, start()), "before failure {n}");
            lockout.failed("li", a, start());
        }
        assert!(lockout.is_locked("li", a, after(59)));
        assert!(!lockout.is_locked("li", a, after(60)));
        assert!(!lockout.is_locked("li", b, start()));
        assert!(!lockout.is_locked("li", None, start()));
        assert!(!lockout.is_locked("wang", a, start()));
    }

    #[test]
    fn each_further_lock_is_twice_as_long_up_to_an_hour() {
        let minutes: Vec<i64> = (4..=13).map(|n| lock_after(n).num_minutes()).collect();
        assert_eq!(minutes, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(lock_after(u32::MAX), LONGEST_LOCK);
    }

    #[test]
    fn failing_during_a_lock_does_not_prolong_it_and_success_forgets() {
        let lockout = Lockout::default();
        let a = at("203.0.113.1");
        (0..500).for_each(|_| lockout.failed("li", a, start()));
        assert!(lockout.is_locked("li", a, after(59)));
        assert!(!lockout.is_locked("li", a, after(60)));
        lockout.failed("li", a, after(60));
        assert!(lockout.is_locked("li", a, after(179)));
        lockout.passed("li", a);
        assert!(!lockout.is_locked("li", a, after(61)));
    }

    #[test]
    fn a_quiet_pair_begins_anew() {
        let lockout = Lockout::default();
        let a = at("203.0.113.1");
        (0..5).for_each(|_| lockout.failed("li", a, start()));
        lockout.failed("li", a, after(2 * 3600));
        assert!(!lockout.is_locked("li", a, after(2 * 3600)));
    }

    #[test]
    fn many_addresses_together_only_slow_and_the_slowness_passes() {
        let lockout = Lockout::default();
        for n in 0..1_000_u32 {
            let address = Some(IpAddr::from(n.to_be_bytes()));
            lockout.failed("li", address, start());
            assert!(lockout.delay("li", start()) <= SLOWEST);
        }
        assert_eq!(lockout.delay("li", start()), SLOWEST);
        assert_eq!(lockout.delay("wang", start()), Duration::ZERO);
        let owner = at("198.51.100.1");
        assert!(!lockout.is_locked("li", owner, start()));
        assert_eq!(lockout.delay("li", after(980 * 30)), Duration::ZERO);
    }

    #[test]
    fn twenty_failures_slow_nobody() {
        let lockout = Lockout::default();
        (0..20).for_each(|_| lockout.failed("li", None, start()));
        assert_eq!(lockout.delay("li", start()), Duration::ZERO);
        lockout.failed("li", None, start());
        assert_eq!(lockout.delay("li", start()), SLOWER_EACH);
    }

    #[test]
    fn a_v6_neighbourhood_is_one_address() {
        let lockout = Lockout::default();
        (0..5).for_each(|_| lockout.failed("li", at("2001:db8::1"), start()));
        assert!(lockout.is_locked("li", at("2001:db8::ffff"), start()));
        assert!(!lockout.is_locked("li", at("2001:db8:0:1::1"), start()));
    }

    #[test]
    fn memory_is_bounded_and_a_lock_outlasts_a_flood() {
        let lockout = Lockout::default();
        let a = at("203.0.113.1");
        (0..5).for_each(|_| lockout.failed("li", a, start()));
        for n in 0..u32::try_from(MOST).unwrap() + 50_000 {
            lockout.failed(&format!("nobody{n}"), a, start());
        }
        assert!(lock(&lockout.pairs).len() <= MOST);
        assert!(lock(&lockout.names).len() <= MOST);
        assert!(lockout.is_locked("li", a, start()));
    }
}

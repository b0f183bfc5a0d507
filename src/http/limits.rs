//! How often one may ask. Log-ins are counted by address, since whoever guesses has no account yet; costly work, and what
//! asks for the own password again, by account; everything else by either, if the configuration sets a limit at all.
//!
//! Answers of a counted kind say how things stand (`RateLimit-Policy`, `RateLimit`, as the IETF draft has them); who asks too
//! often gets 429 with `Retry-After`. The state is kept in memory, and there is no more of it than [`MOST_KEPT`].

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::domain::network::Network;

/// Requests that one may make in a minute; they may all come at once. None where it is not given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quotas {
    pub log_ins: Option<NonZeroU32>,
    pub costly: Option<NonZeroU32>,
    pub passwords: Option<NonZeroU32>,
    pub requests: Option<NonZeroU32>,
}

/// What a request is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Something that everybody may send and that costs a password's hash or a change.
    LogIn,
    /// Work that goes through the whole register, or takes in a file.
    Costly,
    /// What costs a password's hash: two are made at a time, for log-ins too.
    Password,
    Plain,
}

impl Class {
    /// Whether the limit holds until somebody takes it away.
    pub fn is_counted(self) -> bool {
        self != Class::Plain
    }
}

/// Who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    Account(String),
    /// The address, or of IPv6 the network one customer has.
    From(Network),
    /// Whoever comes while there is no more room to count.
    Others,
}

impl Who {
    pub fn at(address: Option<IpAddr>) -> Who {
        match address {
            Some(address) => Who::From(Network::of_one(address)),
            None => Who::Others,
        }
    }
}

/// How the asker stands after being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    policy: &'static str,
    quota: u32,
    left: u32,
    /// Seconds until all of the quota, or for the refused one more request, is there again.
    reset: u64,
}

/// Keys for which a state is kept; a few dozen bytes each.
const MOST_KEPT: usize = 100_000;
const WINDOW: Duration = Duration::from_secs(60);
const SWEEP: Duration = Duration::from_secs(1);

pub struct Limits {
    log_ins: Option<Limiter>,
    costly: Option<Limiter>,
    passwords: Option<Limiter>,
    requests: Option<Limiter>,
}

impl Limits {
    pub fn new(quotas: Quotas) -> Limits {
        let limiter = |policy, quota: Option<NonZeroU32>| quota.map(|it| Limiter::new(policy, it));
        Limits {
            log_ins: limiter("log-ins", quotas.log_ins),
            costly: limiter("costly", quotas.costly),
            passwords: limiter("passwords", quotas.passwords),
            requests: limiter("requests", quotas.requests),
        }
    }

    /// Counts a request; `None` where nothing limits it, an error where there were too many.
    pub fn count(
        &self,
        class: Class,
        who: impl FnOnce() -> Who,
    ) -> Result<Option<Allowance>, Allowance> {
        let limiter = match class {
            Class::LogIn => &self.log_ins,
            Class::Costly => &self.costly,
            Class::Password => &self.passwords,
            Class::Plain => &self.requests,
        };
        match limiter {
            Some(limiter) => limiter.count(who()).map(Some),
            None => Ok(None),
        }
    }
}

struct Limiter {
    policy: &'static str,
    quota: NonZeroU32,
    swept: Mutex<Option<Instant>>,
    kept: RateLimiter<Who, DefaultKeyedStateStore<Who>, DefaultClock, StateInformationMiddleware>,
}

impl Limiter {
    fn new(policy: &'static str, quota: NonZeroU32) -> Limiter {
        Limiter {
            policy,
            quota,
            swept: Mutex::new(None),
            kept: RateLimiter::keyed(Quota::per_minute(quota)).with_middleware(),
        }
    }

    fn count(&self, who: Who) -> Result<Allowance, Allowance> {
        let who = if self.has_room() { who } else { Who::Others };
        let standing = |left, reset| Allowance {
            policy: self.policy,
            quota: self.quota.get(),
            left,
            reset,
        };
        match self.kept.check_key(&who) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let used = self.quota.get().saturating_sub(left);
                let reset = WINDOW * used / self.quota.get();
                Ok(standing(left, seconds(reset)))
            }
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                Err(standing(0, seconds(wait).max(1)))
            }
        }
    }

    /// Whoever has been quiet for a window is forgotten before anybody is refused a place of their own.
    fn has_room(&self) -> bool {
        if self.kept.len() < MOST_KEPT {
            return true;
        }
        // Looking through all of them costs: once a second, and by one at a time.
        if let Ok(mut swept) = self.swept.try_lock()
            && swept.is_none_or(|at| at.elapsed() > SWEEP)
        {
            self.kept.retain_recent();
            *swept = Some(Instant::now());
        }
        self.kept.len() < MOST_KEPT
    }
}

impl Allowance {
    pub fn retry_after(&self) -> u64 {
        self.reset
    }

    /// As draft-ietf-httpapi-ratelimit-headers has it.
    pub fn write(&self, headers: &mut HeaderMap) {
        let policy = format!(
            "\"{}\";q={};w={}",
            self.policy,
            self.quota,
            WINDOW.as_secs()
        );
        let standing = format!("\"{}\";r={};t={}", self.policy, self.left, self.reset);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", standing)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Whole seconds, the begun one counted.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(number: u32) -> Quotas {
        let number = NonZeroU32::new(number);
        Quotas {
            log_ins: number,
            costly: number,
            passwords: number,
            requests: None,
        }
    }

    fn from(address: &str) -> Who {
        Who::at(address.parse().ok())
    }

    #[test]
    fn who_asks_too_often_is_told_when_to_come_back() {
        let limits = Limits::new(quota(3));
        let ask = |class, who: &str| limits.count(class, || from(who));
        for left in [2, 1, 0] {
            let standing = ask(Class::LogIn, "192.0.2.1").unwrap().unwrap();
            assert_eq!((standing.quota, standing.left), (3, left));
        }
        let Err(refused) = ask(Class::LogIn, "192.0.2.1") else {
            panic!("let in");
        };
        assert!((1..=20).contains(&refused.retry_after()), "{refused:?}");
        assert!(ask(Class::LogIn, "192.0.2.2").is_ok(), "another address");
        assert!(ask(Class::Costly, "192.0.2.1").is_ok(), "another kind");
        assert_eq!(ask(Class::Plain, "192.0.2.1"), Ok(None), "no limit set");
    }

    #[test]
    fn the_headers_are_as_the_draft_has_them() {
        let limits = Limits::new(quota(60));
        let mut headers = HeaderMap::new();
        let count = || limits.count(Class::Costly, || Who::Account("u1".into()));
        count().unwrap().unwrap().write(&mut headers);
        let read = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(read("ratelimit-policy"), "\"costly\";q=60;w=60");
        assert_eq!(read("ratelimit"), "\"costly\";r=59;t=1");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let limiter = Limiter::new("x", NonZeroU32::MIN);
        for n in 0..MOST_KEPT as u32 + 1_000 {
            // The last thousand share one place, so that all but the first of them are refused.
            let outcome = limiter.count(Who::at(Some(std::net::Ipv4Addr::from(n).into())));
            assert_eq!(outcome.is_ok(), (n as usize) <= MOST_KEPT, "{n}");
        }
        assert_eq!(limiter.kept.len(), MOST_KEPT + 1);
    }
}

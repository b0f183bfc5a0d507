//! Passwords are kept as argon2id (m = 19 MiB, t = 2, p = 1), at most two hashed at a time.
//!
//! A hash costs 19 MiB and tens of milliseconds on purpose. Without the gate a flood of log-ins would take the
//! machine; with it the flood waits in a short queue and the rest is told to come back.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier, Version,
};

use super::Rng;

const AT_ONCE: usize = 2;
const QUEUE: usize = 16;
const LONGEST_WAIT: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    #[error("the stored hash cannot be read")]
    Corrupt,
}

pub struct PasswordHasher {
    params: Params,
    rng: Arc<dyn Rng>,
    gate: Gate,
}

impl PasswordHasher {
    pub fn standard(rng: Arc<dyn Rng>) -> Self {
        PasswordHasher {
            params: Params::default(),
            rng,
            gate: Gate::default(),
        }
    }

    /// For tests and throwaway data: the same format at a fraction of the cost.
    pub fn cheap(rng: Arc<dyn Rng>) -> Self {
        let params = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or_default();
        PasswordHasher {
            params,
            rng,
            gate: Gate::default(),
        }
    }

    /// The PHC string to store.
    pub fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let _turn = self.gate.enter()?;
        let mut salt = [0; 16];
        self.rng.fill(&mut salt);
        let hash = self
            .argon2()
            .hash_password_with_salt(password.as_bytes(), &salt);
        Ok(hash.map_err(|_| PasswordError::Corrupt)?.to_string())
    }

    /// Whether the password is the stored one. Without a stored one it costs as much and answers no, so that the time
    /// taken does not tell whether an account exists.
    pub fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
        let _turn = self.gate.enter()?;
        let Some(stored) = stored else {
            let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
            let _ = self
                .argon2()
                .hash_password_into(password.as_bytes(), &[0; 16], &mut output);
            return Ok(false);
        };
        let stored = PasswordHash::new(stored).map_err(|_| PasswordError::Corrupt)?;
        Ok(self
            .argon2()
            .verify_password(password.as_bytes(), &stored)
            .is_ok())
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }
}

#[derive(Default)]
struct Gate {
    state: Mutex<Queue>,
    freed: Condvar,
}

#[derive(Default)]
struct Queue {
    running: usize,
    waiting: usize,
}

/// A place inside the gate; dropping it lets the next one in.
struct Turn<'a>(&'a Gate);

impl Gate {
    fn enter(&self) -> Result<Turn<'_>, PasswordError> {
        let mut queue = self.lock();
        if queue.running < AT_ONCE {
            queue.running += 1;
            return Ok(Turn(self));
        }
        if queue.waiting >= QUEUE {
            return Err(PasswordError::Busy);
        }
        queue.waiting += 1;
        let (mut queue, _) = self
            .freed
            .wait_timeout_while(queue, LONGEST_WAIT, |queue| queue.running >= AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        queue.waiting -= 1;
        if queue.running >= AT_ONCE {
            return Err(PasswordError::Busy);
        }
        queue.running += 1;
        Ok(Turn(self))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::env::FixedRng;

    fn hasher() -> PasswordHasher {
        PasswordHasher::cheap(Arc::new(FixedRng::default()))
    }

    #[test]
    fn a_hash_verifies_its_password_only() {
        let hasher = hasher();
        let stored = hasher.hash("长密码 correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$"));
        assert_ne!(
            stored,
            hasher.hash("长密码 correct horse").unwrap(),
            "each hash has its own salt"
        );
        assert_eq!(
            hasher.verify("长密码 correct horse", Some(&stored)),
            Ok(true)
        );
        assert_eq!(
            hasher.verify("长密码 correct hors", Some(&stored)),
            Ok(false)
        );
        assert_eq!(hasher.verify("长密码 correct horse", None), Ok(false));
        assert_eq!(
            hasher.verify("x", Some("plain")),
            Err(PasswordError::Corrupt)
        );
    }

    #[test]
    fn the_standard_cost_is_what_is_promised() {
        let standard = PasswordHasher::standard(Arc::new(FixedRng::default()));
        assert!(
            standard
                .hash("x")
                .unwrap()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
    }

    #[test]
    fn the_queue_is_short_and_then_busy() {
        let gate = Gate::default();
        let first = gate.enter().unwrap();
        let _second = gate.enter().unwrap();
        gate.lock().waiting = QUEUE;
        assert_eq!(gate.enter().err(), Some(PasswordError::Busy));
        gate.lock().waiting = 0;
        drop(first);
        assert!(gate.enter().is_ok());
    }

    #[test]
    fn a_waiting_caller_gets_the_freed_place() {
        let gate = Gate::default();
        let first = gate.enter().unwrap();
        let _second = gate.enter().unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| gate.enter().is_ok());
            while gate.lock().waiting == 0 {
                std::thread::yield_now();
            }
            drop(first);
            assert!(waiter.join().unwrap());
        });
    }
}

//! Passwords are kept as argon2id (m = 19 MiB, t = 2, p = 1), with a pepper if there is one, at most two hashed at a time.
//!
//! A hash costs 19 MiB and tens of milliseconds on purpose. Without the gate a flood of log-ins would take the
//! machine; with it the flood waits in a short queue and the rest is told to come back.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier, Version,
};
use sha2::{Digest, Sha256};

use super::rng::Rng;

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

/// What a password is to a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Wrong,
    Right,
    /// Right, but hashed more cheaply than is done now, or under another pepper: to be hashed anew.
    Outdated,
}

pub struct PasswordHasher {
    params: Params,
    rng: Arc<dyn Rng>,
    gate: Gate,
    /// The first is in use; those after it still open what was hashed with them.
    peppers: Vec<Pepper>,
}

impl PasswordHasher {
    pub fn standard(rng: Arc<dyn Rng>) -> Self {
        Self::costing(Params::default(), rng)
    }

    /// For tests and throwaway data: the same format at a fraction of the cost.
    pub fn cheap(rng: Arc<dyn Rng>) -> Self {
        let params = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or_default();
        Self::costing(params, rng)
    }

    fn costing(params: Params, rng: Arc<dyn Rng>) -> Self {
        PasswordHasher {
            params,
            rng,
            gate: Gate::default(),
            peppers: Vec::new(),
        }
    }

    /// The same with secrets of which the database knows nothing, newest first.
    pub fn peppered(&self, secrets: &[Vec<u8>]) -> Self {
        PasswordHasher {
            peppers: secrets.iter().map(|it| Pepper::new(it)).collect(),
            ..Self::costing(self.params.clone(), self.rng.clone())
        }
    }

    /// What to store: the pepper's id if there is one, then the PHC string.
    pub fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let _turn = self.gate.enter()?;
        let mut salt = [0; 16];
        self.rng.fill(&mut salt);
        let pepper = self.peppers.first();
        let hash = self
            .argon2(pepper)?
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|_| PasswordError::Corrupt)?;
        Ok(format!("{}{hash}", pepper.map_or("", |it| &it.id)))
    }

    /// Whether the password is the stored one. Without a stored one it costs as much and answers no, so that the time
    /// taken does not tell whether an account exists.
    pub fn verify(&self, password: &str, stored: Option<&str>) -> Result<Checked, PasswordError> {
        let _turn = self.gate.enter()?;
        let Some((pepper_id, phc)) = stored.map(parted) else {
            return self.waste(password);
        };
        let phc = PasswordHash::new(phc).map_err(|_| PasswordError::Corrupt)?;
        let pepper = self.peppers.iter().find(|it| it.id == pepper_id);
        if pepper.is_none() && !pepper_id.is_empty() {
            tracing::warn!(
                pepper_id,
                "a password was hashed with a pepper that is gone"
            );
            return self.waste(password);
        }
        let argon2 = self.argon2(pepper)?;
        if argon2.verify_password(password.as_bytes(), &phc).is_err() {
            return Ok(Checked::Wrong);
        }
        let cost = Params::try_from(&phc).map_err(|_| PasswordError::Corrupt)?;
        let cheaper = cost.m_cost() < self.params.m_cost() || cost.t_cost() < self.params.t_cost();
        let newest = self.peppers.first().map_or("", |it| &it.id);
        if cheaper || pepper_id != newest {
            Ok(Checked::Outdated)
        } else {
            Ok(Checked::Right)
        }
    }

    fn waste(&self, password: &str) -> Result<Checked, PasswordError> {
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        let _ = self.argon2(self.peppers.first())?.hash_password_into(
            password.as_bytes(),
            &[0; 16],
            &mut output,
        );
        Ok(Checked::Wrong)
    }

    fn argon2<'a>(&self, pepper: Option<&'a Pepper>) -> Result<Argon2<'a>, PasswordError> {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        match pepper {
            None => Ok(Argon2::new(algorithm, version, self.params.clone())),
            Some(it) => {
                Argon2::new_with_secret(&it.secret, algorithm, version, self.params.clone())
                    .map_err(|_| PasswordError::Corrupt)
            }
        }
    }
}

/// A secret that every password is hashed with, kept apart from the database: who steals that alone can guess nothing.
struct Pepper {
    /// Stands before each hash made with it, so that another can take its place.
    id: String,
    secret: Vec<u8>,
}

impl Pepper {
    fn new(secret: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"sanku pepper ")
            .chain_update(secret)
            .finalize();
        let id = digest.iter().take(4).map(|byte| format!("{byte:02x}"));
        Pepper {
            id: id.collect(),
            secret: secret.to_vec(),
        }
    }
}

/// A PHC string begins with `$`; what stands before is ours.
fn parted(stored: &str) -> (&str, &str) {
    stored.split_at(stored.find('$').unwrap_or(0))
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
        let verdict = |password| hasher.verify(password, Some(&stored));
        assert_eq!(verdict("长密码 correct horse"), Ok(Checked::Right));
        assert_eq!(verdict("长密码 correct hors"), Ok(Checked::Wrong));
        assert_eq!(
            hasher.verify("长密码 correct horse", None),
            Ok(Checked::Wrong)
        );
        for corrupt in ["plain", ""] {
            assert_eq!(
                hasher.verify("x", Some(corrupt)),
                Err(PasswordError::Corrupt)
            );
        }
    }

    #[test]
    fn a_cheaper_hash_is_outdated_and_a_dearer_one_is_not() {
        let rng: Arc<dyn Rng> = Arc::new(FixedRng::default());
        let of = |m, t| PasswordHasher::costing(Params::new(m, t, 1, None).unwrap(), rng.clone());
        let middle = of(64, 2);
        let verdict = |stored: &str| middle.verify("x", Some(stored)).unwrap();
        assert_eq!(verdict(&of(64, 2).hash("x").unwrap()), Checked::Right);
        assert_eq!(verdict(&of(128, 3).hash("x").unwrap()), Checked::Right);
        assert_eq!(verdict(&of(64, 1).hash("x").unwrap()), Checked::Outdated);
        assert_eq!(verdict(&of(32, 2).hash("x").unwrap()), Checked::Outdated);
        assert_eq!(verdict(&of(32, 1).hash("y").unwrap()), Checked::Wrong);
    }

    #[test]
    fn peppers_rotate() {
        let with = |secrets: &[&str]| {
            let secrets: Vec<Vec<u8>> = secrets.iter().map(|it| it.as_bytes().to_vec()).collect();
            hasher().peppered(&secrets)
        };
        let plain = hasher().hash("x").unwrap();
        let old = with(&["old"]).hash("x").unwrap();
        let new = with(&["new", "old"]).hash("x").unwrap();
        assert!(!old.starts_with('$') && !new.contains("new"), "{old} {new}");
        let both = with(&["new", "old"]);
        let verdict =
            |hasher: &PasswordHasher, stored: &str| hasher.verify("x", Some(stored)).unwrap();
        assert_eq!(verdict(&both, &new), Checked::Right);
        assert_eq!(verdict(&both, &old), Checked::Outdated);
        assert_eq!(verdict(&both, &plain), Checked::Outdated);
        // Whoever has the hash but not the pepper cannot even tell the right password.
        assert_eq!(verdict(&with(&["new"]), &old), Checked::Wrong);
        assert_eq!(verdict(&hasher(), &new), Checked::Wrong);
        let (id, phc) = parted(&new);
        assert_eq!(id.len(), 8);
        assert_eq!(verdict(&both, phc), Checked::Wrong);
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

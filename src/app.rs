//! Use cases, one verb each, in the bureau's own words. Blocking: `http` hops to the blocking pool once per request.

pub mod account;
pub mod account_setup;
pub mod agency;
pub mod api_client;
pub mod assessment;
pub mod audit;
pub mod caller;
pub mod certification;
pub mod delegation;
pub mod demo_register;
pub mod documents;
pub mod eligibility;
pub mod enterprise;
pub mod env;
pub mod error;
pub mod expected;
pub mod export;
pub mod figures;
pub mod forecast;
mod guessable;
pub mod import;
pub mod keys;
pub mod late;
pub mod ledger;
pub mod list;
pub mod lockout;
mod matter;
pub mod membership;
pub mod movement;
pub mod operation;
pub mod password;
mod population;
mod profile;
mod recorded;
pub mod replay;
pub mod reseal;
pub mod role_assignment;
pub mod rules;
mod seal;
pub mod second_factor;
pub mod session;
pub mod sessions;
pub mod shown;
pub mod simulation;
mod table;
pub mod token;
pub mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::account_policy::AccountPolicy;
use crate::domain::event::Event;
use crate::domain::event::access::SecretMade;
use crate::domain::event::hashed::Hashed;
use crate::store::ledger::{self as entries, Look};
use crate::store::{Changed, Job, Store, StoreOptions, secrets, signing_keys};

use env::Env;
use error::AppError;
use lockout::Lockout;
use seal::Seal;
use token::Tokens;

pub use crate::store::{Claim, Done, Stamp, within};

/// All that a use case needs besides its caller and its input.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub env: Env,
    pub tokens: Arc<Tokens>,
    pub policy: Arc<AccountPolicy>,
    pub lockout: Arc<Lockout>,
    seal: Arc<Seal>,
    pub search: Arc<enterprise::search::Search>,
    pub running: Arc<operation::running::Running>,
    pub rules: Arc<rules::compiled::Compiled>,
    pub key_uses: Arc<api_client::noted::Uses>,
    /// Root of the keys for tokens, cursors and the like; see [`App::key`].
    master: Arc<[u8]>,
}

#[derive(Clone)]
pub struct Options {
    pub database_url: String,
    pub readers: u32,
    /// Root of all keys; without one the program makes its own and keeps it in the database.
    pub master_secret: Option<Vec<u8>>,
    pub access_lifetime: Duration,
    pub session_lifetime: Duration,
    pub policy: AccountPolicy,
    /// Secrets that passwords are hashed with and that the database does not hold; the first is in use.
    pub peppers: Vec<Vec<u8>>,
}

impl Options {
    pub fn at(database_url: impl Into<String>) -> Self {
        Options {
            database_url: database_url.into(),
            readers: StoreOptions::default().readers,
            master_secret: None,
            access_lifetime: token::LONGEST_ACCESS,
            session_lifetime: Duration::from_secs(12 * 60 * 60),
            policy: AccountPolicy::default(),
            peppers: Vec::new(),
        }
    }
}

impl App {
    /// Opens a database whose schema is current, and sees that tokens can be signed and verified.
    pub fn open(options: Options, env: Env) -> Result<App, AppError> {
        let app = App::open_without_keys(options, env)?;
        app.tokens.self_test(app.env.clock.now())?;
        Ok(app)
    }

    /// The same where no key may be good any more: for whoever is about to make one.
    pub fn open_without_keys(options: Options, env: Env) -> Result<App, AppError> {
        let store = Store::open(
            &options.database_url,
            StoreOptions {
                readers: options.readers,
            },
            env.clock.clone(),
            env.ids.clone(),
        )?;
        let master = match options.master_secret {
            Some(secret) => secret,
            None => own_secret(&store, &env)?,
        };
        let seal = Seal::new(&token::derive(&master, SEAL)?, env.rng.clone())?;
        let rows = store.read(signing_keys::all)?;
        let ring = keys::sealed::ring(&rows, &seal, &token::derive(&master, keys::sealed::FIRST)?)?;
        let (access, session) = (options.access_lifetime, options.session_lifetime);
        let tokens = Tokens::new(&master, ring, access, session)?;
        let passwords = Arc::new(env.passwords.peppered(&options.peppers));
        Ok(App {
            store,
            env: Env { passwords, ..env },
            tokens: Arc::new(tokens),
            policy: Arc::new(options.policy),
            lockout: Arc::default(),
            seal: Arc::new(seal),
            search: Arc::default(),
            running: Arc::default(),
            rules: Arc::default(),
            key_uses: Arc::default(),
            master: master.into(),
        })
    }

    /// Whether requests can be served: the database answers, and its ledger can be built on.
    pub fn ready(&self) -> Result<(), AppError> {
        let fault = self
            .store
            .snapshot(|conn| entries::out_of_step(conn, Look::Head))?;
        match fault {
            None => Ok(()),
            Some(fault) => Err(AppError::OutOfStep(fault.to_string())),
        }
    }

    /// A key for one purpose; no two purposes share one.
    pub fn key(&self, purpose: &str) -> Result<[u8; 32], AppError> {
        token::derive(&self.master, purpose)
    }
}

const MASTER: &str = "master";
/// Purpose of the key that seals secrets.
const SEAL: &str = "seal";

/// The secret the program made for itself; the first process to open a fresh database makes it.
fn own_secret(store: &Store, env: &Env) -> Result<Vec<u8>, AppError> {
    if let Some(secret) = store.read(|conn| secrets::find(conn, MASTER))? {
        return Ok(secret.into_bytes());
    }
    let fresh: String = env
        .random::<32>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let made = store.write(&Stamp::job(Job::Start), move |tx| -> Result<_, AppError> {
        if secrets::find(tx.conn, MASTER)?.is_some() {
            return Ok(Changed::unchanged(()));
        }
        let seq = tx.tell(Event::SecretMade(SecretMade {
            name: MASTER.into(),
            value: Hashed::of(&fresh),
        }))?;
        secrets::insert(tx.conn, MASTER, &fresh)?;
        Ok(Changed::new((), seq))
    });
    // Another process may have been faster; then its secret is the one.
    match store.read(|conn| secrets::find(conn, MASTER))? {
        Some(secret) => Ok(secret.into_bytes()),
        None => Err(made
            .err()
            .unwrap_or_else(|| AppError::internal("the master secret was not kept"))),
    }
}

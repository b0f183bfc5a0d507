//! The only room that knows diesel: two engines, one query text, one door for writes.
//!
//! Reading: `store.read(|conn| enterprises::by_uscc(conn, …))`. Changing: `store.write(&stamp, |tx| …)`, which
//! returns when the change and its events are durable. One file an aggregate.

pub mod account_setups;
pub mod agencies;
pub mod api_clients;
pub mod api_keys;
pub mod assessments;
mod backend;
pub mod bulk;
pub mod certifications;
mod change;
mod checkpoint;
mod deadline;
pub mod delegations;
pub mod document_drafts;
pub mod document_retirements;
pub mod document_tests;
pub mod document_versions;
pub mod document_waivers;
pub mod enterprises;
mod error;
pub mod facts;
pub mod health;
mod hold;
pub mod idempotency;
pub mod import;
pub mod late;
pub mod ledger;
pub mod memberships;
mod migrate;
pub mod movements;
pub mod operations;
pub mod passwords;
pub mod profile;
pub mod role_assignments;
mod schema;
mod scope;
pub mod second_factors;
pub mod secrets;
pub mod sessions;
pub mod signing_keys;
pub mod simulations;
pub mod sworn;
pub mod typed;
pub mod users;
mod writer;
pub mod yardstick;

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

pub use backend::{Conn, Engine};
pub use change::{Changed, Claim, Done, Job, Seq, Stamp};
pub use deadline::within;
pub use error::StoreError;
pub use hold::Hold;
pub use migrate::Schema;
use writer::Refused;
pub use writer::Tx;

use crate::domain::clock::{Clock, Ids};

#[derive(Clone)]
pub struct Store {
    connector: backend::Connector,
    readers: backend::Pool,
    writer: writer::Writer,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        write!(f, "Store({})", self.engine().name())
    }
}

#[derive(Debug, Clone)]
pub struct StoreOptions {
    pub readers: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions { readers: 8 }
    }
}

impl Store {
    /// Opens a database whose schema is current; what is missing is named, and a newer schema refused.
    pub fn open(
        url: &str,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Store, StoreError> {
        let connector = backend::Connector::to(current(url)?);
        Ok(Store {
            readers: backend::pool(&connector, options.readers)?,
            writer: writer::Writer::start(connector.clone(), clock.clone(), ids.clone())?,
            connector,
            clock,
            ids,
        })
    }

    pub fn engine(&self) -> &Engine {
        self.connector.engine()
    }

    /// How many connections to the database this store has opened since its start.
    pub fn connections_opened(&self) -> u64 {
        self.connector.opened()
    }

    /// Makes this process the only one that does the work of this name; `None` where another does it already.
    pub fn hold(&self, name: &'static str) -> Result<Option<Hold>, StoreError> {
        hold::take(self.engine(), name)
    }

    pub fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        self.reader()?.work(f)
    }

    /// Reads that belong together: they see one state of the register, whatever is written meanwhile.
    pub fn snapshot<T, E, F>(&self, f: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        self.reader()?.work(|conn| conn.steadily(f))
    }

    fn reader(&self) -> Result<backend::PooledReader, StoreError> {
        let deadline = deadline::current();
        let patience = match deadline {
            Some(deadline) => deadline
                .left()
                .ok_or(StoreError::TooSlow)?
                .min(backend::LONGEST_WAIT),
            None => backend::LONGEST_WAIT,
        };
        let mut reader = self.wait_for_reader(patience)?;
        reader.keep_to(deadline.map(|it| it.of_a_statement()))?;
        Ok(reader)
    }

    /// Waits in steps: where the server is gone all its connections are, and nobody shall wait for them in vain.
    fn wait_for_reader(&self, patience: Duration) -> Result<backend::PooledReader, StoreError> {
        const STEP: Duration = Duration::from_millis(500);
        let mut left = patience;
        loop {
            let step = left.min(STEP);
            match self.readers.get_timeout(step) {
                Ok(reader) => return Ok(reader),
                Err(error) => {
                    left = left.saturating_sub(step);
                    if left.is_zero() || self.connector.is_unreachable() {
                        return Err(StoreError::Unavailable(error.to_string()));
                    }
                }
            }
        }
    }

    /// Runs the change on the writer's thread; returns when it is committed together with its events.
    pub fn write<T, E, F>(&self, by: &Stamp, change: F) -> Result<Done<T>, E>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<Changed<T>, E> + Send + 'static,
    {
        self.writer.write(by, Refused::MayHaveWritten, change)
    }

    /// The same for a change whose first statement decides: if it is refused, or changes nothing, it has written nothing, so
    /// that there is nothing to undo.
    pub fn add<T, E, F>(&self, by: &Stamp, change: F) -> Result<Done<T>, E>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<Changed<T>, E> + Send + 'static,
    {
        self.writer.write(by, Refused::WroteNothing, change)
    }

    /// Lets a change look what it would do (试运行) beside the writer; it writes nothing.
    pub fn look<T, E, F>(&self, by: &Stamp, look: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E>,
    {
        self.reader()?
            .work(|conn| writer::look(conn, &by.origin, &*self.clock, &*self.ids, look))
    }
}

/// Looks at a database that nobody need serve: one state of it, by a connection that cannot write.
pub fn look_at<T, F>(url: &str, look: F) -> Result<T, StoreError>
where
    F: FnOnce(&mut Conn) -> Result<T, StoreError>,
{
    current(url)?
        .connect(backend::Purpose::Read)?
        .steadily(look)
}

/// The engine of a database whose schema is this program's.
fn current(url: &str) -> Result<Engine, StoreError> {
    let engine = Engine::from_url(url)?;
    match schema_of(&engine)? {
        Schema::Current => Ok(engine),
        Schema::Newer(versions) => Err(migrate::newer(&versions)),
        Schema::Behind(versions) => Err(StoreError::Config(format!(
            "the database lacks migrations {}; run: sanku migrate",
            versions.join(", ")
        ))),
    }
}

/// How the schema at a URL stands; a SQLite file that is not there is not created by asking.
pub fn schema_at(url: &str) -> Result<Schema, StoreError> {
    schema_of(&Engine::from_url(url)?)
}

fn schema_of(engine: &Engine) -> Result<Schema, StoreError> {
    if let Engine::Sqlite { path } = engine
        && !std::path::Path::new(path).exists()
    {
        return Err(StoreError::Config(format!(
            "there is no database at sqlite:{path}; run: sanku init"
        )));
    }
    migrate::schema(&mut engine.connect(backend::Purpose::Write)?)
}

/// Brings the schema at a URL up to date, creating the SQLite file if need be; returns what ran.
pub fn migrate(url: &str) -> Result<Vec<String>, StoreError> {
    let engine = Engine::from_url(url)?;
    if let Engine::Sqlite { path } = &engine {
        make_private(path)?;
    }
    migrate::migrate(&mut engine.connect(backend::Purpose::Write)?)
}

/// The register holds contacts of people: a new file is for its owner alone, and SQLite gives its side files the same mode.
fn make_private(path: &str) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(
            StoreError::Unavailable(format!("cannot make the SQLite file {path}: {error}")),
        ),
        _ => Ok(()),
    }
}

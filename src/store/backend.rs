//! Two engines behind one connection type. The only room that asks which engine it is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{
    Connection, MultiConnection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
};

use super::error::StoreError;

#[derive(MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Runs one query on the engine's own connection. Through the enum, diesel writes the text of a query out several
/// times at each run before it finds the prepared statement; on the paths that decide the pace this is felt.
macro_rules! on_engine {
    ($conn:expr, $inner:ident => $query:expr) => {
        match $conn {
            $crate::store::backend::Conn::Sqlite($inner) => $query,
            $crate::store::backend::Conn::Postgres($inner) => $query,
        }
    };
}
pub(super) use on_engine;

/// Which engine a `DATABASE_URL` names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// A file of its own: the embedded default.
    Sqlite {
        path: String,
    },
    Postgres {
        url: String,
    },
}

impl Engine {
    /// An unknown scheme is an error: taking it for a file name would start an empty register.
    pub fn from_url(url: &str) -> Result<Engine, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(":memory:") {
                return Err(StoreError::Config(
                    "DATABASE_URL: sqlite: needs a file, for example sqlite:sanku.db".into(),
                ));
            }
            Ok(Engine::Sqlite { path: path.into() })
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Engine::Postgres { url: url.into() })
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            Err(StoreError::Config(format!(
                "DATABASE_URL: unknown scheme \"{scheme}\"; use sqlite:FILE or postgres://USER@HOST/DATABASE"
            )))
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres { .. } => "postgres",
        }
    }

    pub(super) fn connect(&self, purpose: Purpose) -> Result<Conn, StoreError> {
        match self {
            Engine::Sqlite { path } => connect_sqlite(path, purpose),
            Engine::Postgres { url } => connect_postgres(url),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

fn connect_sqlite(path: &str, purpose: Purpose) -> Result<Conn, StoreError> {
    let cannot = |e: &dyn std::fmt::Display| {
        StoreError::Unavailable(format!("cannot open the SQLite file {path}: {e}"))
    };
    let mut conn = SqliteConnection::establish(path).map_err(|e| cannot(&e))?;
    // busy_timeout first: switching to WAL itself needs a lock another process may hold.
    conn.batch_execute(
        "PRAGMA busy_timeout = 15000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )
    .map_err(|e| cannot(&e))?;
    let by_purpose = match purpose {
        // Room for the inner pages of the busiest tables; rows come from the system's own cache.
        Purpose::Read => "PRAGMA query_only = ON; PRAGMA cache_size = -4000;",
        // What a large change may have to undo goes into a file: an import of a city would else stand in memory twice.
        // The log that an import made long is cut when it begins anew.
        Purpose::Write => {
            "PRAGMA temp_store = FILE; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 10000;
             PRAGMA journal_size_limit = 268435456;"
        }
    };
    conn.batch_execute(by_purpose).map_err(|e| cannot(&e))?;
    conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Unbounded);
    Ok(Conn::Sqlite(conn))
}

fn connect_postgres(url: &str) -> Result<Conn, StoreError> {
    // libpq's message names host and reason, never the password.
    let mut conn = PgConnection::establish(url)
        .map_err(|e| StoreError::Unavailable(format!("cannot reach PostgreSQL: {e}")))?;
    // A page out of the middle of a table costs as much as the next one: tables are in memory or on flash, and the planner
    // shall not read a whole one for a thousand keys, above all while a register that fills up has no statistics yet.
    // Every query has an index, so none is worth being compiled.
    conn.batch_execute(
        "SET TIME ZONE 'UTC'; SET client_min_messages = warning; \
         SET random_page_cost = 1.1; SET jit = off;",
    )
    .map_err(|e| StoreError::Unavailable(e.to_string()))?;
    Ok(Conn::Postgres(conn))
}

impl Conn {
    pub fn execute_batch(&mut self, sql: &str) -> QueryResult<()> {
        match self {
            Conn::Sqlite(c) => c.batch_execute(sql),
            Conn::Postgres(c) => c.batch_execute(sql),
        }
    }

    /// After work that read far more than requests do: the pages it left in memory are of no use to them.
    pub fn give_back_memory(&mut self) -> QueryResult<()> {
        match self {
            Conn::Sqlite(c) => c.batch_execute("PRAGMA shrink_memory"),
            Conn::Postgres(_) => Ok(()),
        }
    }

    pub(super) fn step(&mut self, step: Step) -> QueryResult<()> {
        on_engine!(self, c => step.execute(c)).map(|_| ())
    }

    /// Ends the savepoint of one change and begins that of the next: to PostgreSQL in one journey.
    pub(super) fn next_savepoint(&mut self) -> QueryResult<()> {
        match self {
            Conn::Sqlite(c) => {
                Step::Release.execute(c)?;
                Step::Set.execute(c).map(|_| ())
            }
            Conn::Postgres(c) => c.batch_execute("RELEASE SAVEPOINT change; SAVEPOINT change"),
        }
    }

    /// The register as it is now, however long it is looked at; what would write is refused.
    pub(super) fn steadily<T, E, F>(&mut self, look: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        let begun = match self {
            // The connection is one that only reads.
            Conn::Sqlite(c) => c.batch_execute("BEGIN"),
            Conn::Postgres(c) => c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        };
        begun.map_err(StoreError::from)?;
        let found = look(self);
        // The connection serves others next, whatever came of it here.
        let ended = self.execute_batch("ROLLBACK").map_err(StoreError::from);
        let found = found?;
        ended?;
        Ok(found)
    }

    /// With the savepoint of the first change.
    pub(super) fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            Conn::Sqlite(c) => {
                Step::Begin.execute(c)?;
                Step::Set.execute(c).map(|_| ())
            }
            Conn::Postgres(c) => c.batch_execute(
                "BEGIN; SELECT id FROM ledger_head WHERE id = 1 FOR UPDATE; SAVEPOINT change",
            ),
        }
    }
}

/// A step of a transaction as a query of its own, so that it is prepared once; each change runs two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Begin,
    Commit,
    /// The savepoint of one change.
    Set,
    Release,
    BackTo,
}

impl Step {
    fn sql(self) -> &'static str {
        match self {
            // A deferred transaction that reads first and writes later fails with "locked" under load.
            Step::Begin => "BEGIN IMMEDIATE",
            Step::Commit => "COMMIT",
            Step::Set => "SAVEPOINT change",
            Step::Release => "RELEASE SAVEPOINT change",
            Step::BackTo => "ROLLBACK TO SAVEPOINT change",
        }
    }
}

/// Known by its text, which is short.
impl QueryId for Step {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Step {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.sql());
        Ok(())
    }
}

impl<Conn> RunQueryDsl<Conn> for Step {}

/// The pool of readers.
pub(super) type Pool = diesel::r2d2::Pool<Connector>;

pub(super) type PooledReader = diesel::r2d2::PooledConnection<Connector>;

/// Who waits longer for a connection will not get an answer in time anyway.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A server that was restarted has ended its connections: one that lay idle for longer than this is asked before it is
/// used again. One that is in use says so by its errors, and an empty question at each use would cost as much as a query.
const TRUSTED_IDLE: Duration = Duration::from_secs(2);

/// A connection for reading, and how long it lets a statement run.
pub struct Reader {
    pub conn: Conn,
    statement_limit: Option<Duration>,
    used_at: Instant,
    /// Its last work ended in an error: it may be broken.
    failed: bool,
}

impl Reader {
    /// Runs work on the connection and remembers how it ended.
    pub(super) fn work<T, E>(
        &mut self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = work(&mut self.conn);
        self.failed = done.is_err();
        self.used_at = Instant::now();
        done
    }

    /// Only PostgreSQL can be told, and is told only when it is another limit than before.
    pub(super) fn keep_to(&mut self, limit: Option<Duration>) -> Result<(), StoreError> {
        if self.statement_limit == limit {
            return Ok(());
        }
        self.work(|conn| match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(conn) => {
                let millis = limit.map_or(0, |it| it.as_millis().max(1));
                conn.batch_execute(&format!("SET statement_timeout = {millis}"))
            }
        })?;
        self.statement_limit = limit;
        Ok(())
    }
}

/// Opens the connections of a store, and counts them: one that is opened while requests are served costs more than they do.
/// diesel's own manager would try each variant in turn and hide the real error.
#[derive(Debug, Clone)]
pub struct Connector {
    engine: Engine,
    opened: Arc<AtomicU64>,
    /// When a connection was last found ended: those that were used before that may have ended with it.
    ended_at: Arc<Mutex<Option<Instant>>>,
    /// Whether the last attempt to open one failed.
    unreachable: Arc<AtomicBool>,
}

impl Connector {
    pub(super) fn to(engine: Engine) -> Connector {
        Connector {
            engine,
            opened: Arc::default(),
            ended_at: Arc::default(),
            unreachable: Arc::default(),
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whoever waits for a connection need not wait for one that will not come.
    pub(super) fn is_unreachable(&self) -> bool {
        self.unreachable.load(Ordering::Relaxed)
    }

    pub(super) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    fn trusts(&self, used_at: Instant) -> bool {
        let ended_at = *self.ended_at.lock().unwrap_or_else(PoisonError::into_inner);
        used_at.elapsed() <= TRUSTED_IDLE && ended_at.is_none_or(|ended| used_at > ended)
    }

    /// A server that ended one connection was perhaps restarted.
    fn suspect_others(&self) {
        *self.ended_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn open(&self, purpose: Purpose) -> Result<Conn, StoreError> {
        let opened = self.engine.connect(purpose);
        self.unreachable.store(opened.is_err(), Ordering::Relaxed);
        let conn = opened?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(conn)
    }
}

impl diesel::r2d2::ManageConnection for Connector {
    type Connection = Reader;
    type Error = StoreError;

    fn connect(&self) -> Result<Reader, StoreError> {
        Ok(Reader {
            conn: self.open(Purpose::Read)?,
            statement_limit: None,
            used_at: Instant::now(),
            failed: false,
        })
    }

    fn is_valid(&self, reader: &mut Reader) -> Result<(), StoreError> {
        // A SQLite file does not go away.
        match &mut reader.conn {
            Conn::Postgres(c) if !self.trusts(reader.used_at) => Ok(c.batch_execute("SELECT 1")?),
            _ => Ok(()),
        }
    }

    fn has_broken(&self, reader: &mut Reader) -> bool {
        // Work that panicked may have left a transaction open, whose view of the register would grow old.
        let interrupted = std::thread::panicking();
        let ended = match &mut reader.conn {
            Conn::Postgres(c) if reader.failed => c.batch_execute("SELECT 1").is_err(),
            _ => false,
        };
        if ended {
            self.suspect_others();
        }
        interrupted || ended
    }
}

/// After so long the memory of a reader that nobody needs is given back.
const SQLITE_IDLE: Duration = Duration::from_secs(600);

pub(super) fn pool(connector: &Connector, readers: u32) -> Result<Pool, StoreError> {
    // A connection to a SQLite file costs memory and is opened in no time; one to a server the other way round.
    let at_start = match connector.engine {
        Engine::Sqlite { .. } => 1,
        Engine::Postgres { .. } => readers,
    };
    diesel::r2d2::Pool::builder()
        .max_size(readers)
        .min_idle(Some(at_start))
        // What was opened at the start stays: a server that is not asked for a while shall not begin anew.
        .idle_timeout(match connector.engine {
            Engine::Sqlite { .. } => Some(SQLITE_IDLE),
            Engine::Postgres { .. } => None,
        })
        .test_on_check_out(true)
        .connection_timeout(LONGEST_WAIT)
        .build(connector.clone())
        .map_err(|e| StoreError::Unavailable(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    /// Before 3.51.3 a checkpoint beside a writer, which is what this program does all the time, could in rare cases
    /// corrupt the file (sqlite.org/wal.html, "The WAL-Reset Bug").
    #[test]
    fn the_sqlite_inside_is_none_that_may_corrupt_its_log() {
        #[derive(QueryableByName)]
        struct Version {
            #[diesel(sql_type = Text)]
            version: String,
        }
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let query = diesel::sql_query("SELECT sqlite_version() AS version");
        let Version { version } = query.get_result(&mut conn).unwrap();
        let parts: Vec<u32> = version.split('.').map(|it| it.parse().unwrap()).collect();
        assert!(parts >= vec![3, 51, 3], "{version}");
    }

    #[test]
    fn a_url_names_its_engine_or_is_refused() {
        let sqlite = |path: &str| Engine::Sqlite { path: path.into() };
        assert_eq!(
            Engine::from_url("sqlite:sanku.db").ok(),
            Some(sqlite("sanku.db"))
        );
        assert_eq!(
            Engine::from_url("sqlite:///srv/a.db").ok(),
            Some(sqlite("/srv/a.db"))
        );
        assert_eq!(
            Engine::from_url("postgres://u@h/d").map(|e| e.name()).ok(),
            Some("postgres")
        );
        for bad in ["mysql://h/d", "sanku.db", "sqlite:", "sqlite::memory:", ""] {
            assert!(
                matches!(Engine::from_url(bad), Err(StoreError::Config(_))),
                "{bad}"
            );
        }
    }
}

//! Work that only one process at a time may do: a lock that ends with its process, however that ends.
//!
//! No row of a table could tell a process that works from one that was killed; the operating system and PostgreSQL can.

use std::fs::{File, OpenOptions, TryLockError};

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::backend::{Conn, Engine, Purpose};
use super::error::StoreError;

/// Held until dropped.
pub struct Hold(Kept);

enum Kept {
    /// Beside the database: locks on the database file itself are SQLite's own.
    File { _locked: File },
    /// The session that holds an advisory lock.
    Session(Box<Conn>),
}

/// `None` where another holds it.
pub(super) fn take(engine: &Engine, name: &str) -> Result<Option<Hold>, StoreError> {
    match engine {
        Engine::Sqlite { path } => lock_file(&format!("{path}-{name}.lock")),
        Engine::Postgres { .. } => lock_session(engine.connect(Purpose::Read)?, name),
    }
}

impl Hold {
    /// Whether it is still held: a PostgreSQL that was restarted has forgotten its sessions.
    pub fn stands(&mut self) -> bool {
        match &mut self.0 {
            Kept::File { .. } => true,
            Kept::Session(conn) => conn.execute_batch("SELECT 1").is_ok(),
        }
    }
}

fn lock_file(path: &str) -> Result<Option<Hold>, StoreError> {
    let cannot = |error: &dyn std::fmt::Display| {
        StoreError::Unavailable(format!("cannot lock the file {path}: {error}"))
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| cannot(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Hold(Kept::File { _locked: file }))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(cannot(&error)),
    }
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

fn lock_session(mut conn: Conn, name: &str) -> Result<Option<Hold>, StoreError> {
    // One server may hold several registers, each in a schema of its own.
    let found: Taken = diesel::sql_query(
        "SELECT pg_try_advisory_lock(hashtextextended('sanku ' || current_schema() || ' ' || $1, 0)) AS taken",
    )
    .bind::<Text, _>(name)
    .get_result(&mut conn)?;
    Ok(found.taken.then(|| Hold(Kept::Session(Box::new(conn)))))
}

//! The embedded migrations: the same names for both engines.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::backend::Conn;
use super::error::StoreError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How the database's schema stands to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// These migrations are missing.
    Behind(Vec<String>),
    /// A newer program has migrated it: this one must not touch it.
    Newer(Vec<String>),
}

/// Runs what is missing and tells what ran; refuses a schema that is newer than this program.
pub fn migrate(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    match schema(conn)? {
        Schema::Current => Ok(Vec::new()),
        Schema::Newer(versions) => Err(newer(&versions)),
        Schema::Behind(versions) => {
            let result = match conn {
                Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|_| ()),
                Conn::Postgres(c) => c.run_pending_migrations(POSTGRES).map(|_| ()),
            };
            result.map_err(|e| StoreError::Db(format!("migration failed: {e}")))?;
            Ok(versions)
        }
    }
}

pub fn schema(conn: &mut Conn) -> Result<Schema, StoreError> {
    let (shipped, applied) = match conn {
        Conn::Sqlite(c) => (
            names::<diesel::sqlite::Sqlite>(&SQLITE),
            c.applied_migrations(),
        ),
        Conn::Postgres(c) => (names::<diesel::pg::Pg>(&POSTGRES), c.applied_migrations()),
    };
    let shipped = shipped?;
    let applied: Vec<String> = applied
        .map_err(|e| StoreError::Db(format!("cannot read the schema's version: {e}")))?
        .iter()
        .map(ToString::to_string)
        .collect();
    let unknown: Vec<String> = applied
        .iter()
        .filter(|version| !shipped.contains(version))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Ok(Schema::Newer(unknown));
    }
    let missing: Vec<String> = shipped
        .into_iter()
        .filter(|version| !applied.contains(version))
        .collect();
    Ok(if missing.is_empty() {
        Schema::Current
    } else {
        Schema::Behind(missing)
    })
}

pub(super) fn newer(versions: &[String]) -> StoreError {
    StoreError::Config(format!(
        "the database was migrated by a newer sanku (unknown migrations: {}); use that version",
        versions.join(", ")
    ))
}

fn names<DB: diesel::backend::Backend>(
    source: &EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    use diesel::migration::MigrationSource;
    let migrations: Vec<Box<dyn diesel::migration::Migration<DB>>> = source
        .migrations()
        .map_err(|e| StoreError::Db(e.to_string()))?;
    Ok(migrations
        .iter()
        .map(|m| m.name().version().to_string())
        .collect())
}

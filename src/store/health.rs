//! What the doctor asks of the database.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};

use super::backend::Conn;
use super::error::StoreError;
use super::schema::ledger_head;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub engine: Engine,
    pub entries: i64,
    pub last_entry: DateTime<Utc>,
}

/// What can be wrong differs: a file has a mode, a server has a version and a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    Sqlite {
        journal: String,
        synchronous: String,
    },
    Postgres {
        version: String,
        now: DateTime<Utc>,
    },
}

pub fn health(conn: &mut Conn) -> Result<Health, StoreError> {
    let engine = match conn {
        // The two questions have nothing in common.
        Conn::Sqlite(sqlite) => Engine::Sqlite {
            journal: text(
                sqlite,
                "SELECT journal_mode AS answer FROM pragma_journal_mode",
            )?,
            synchronous: text(
                sqlite,
                "SELECT CAST(synchronous AS TEXT) AS answer FROM pragma_synchronous",
            )?,
        },
        Conn::Postgres(postgres) => {
            let sql = "SELECT current_setting('server_version') AS version, (now() AT TIME ZONE 'UTC') AS now";
            let server: Server = diesel::sql_query(sql).get_result(postgres)?;
            Engine::Postgres {
                version: server.version,
                now: server.now.and_utc(),
            }
        }
    };
    let (entries, last_entry): (i64, NaiveDateTime) = ledger_head::table
        .find(1i64)
        .select((ledger_head::size, ledger_head::recorded_at))
        .first(conn)?;
    Ok(Health {
        engine,
        entries,
        last_entry: last_entry.and_utc(),
    })
}

fn text(conn: &mut SqliteConnection, sql: &str) -> Result<String, StoreError> {
    let row: Answer = diesel::sql_query(sql).get_result(conn)?;
    Ok(row.answer)
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Timestamp)]
    now: NaiveDateTime,
}

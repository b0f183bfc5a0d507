//! What can go wrong below the use cases. Texts are for the log; clients see codes made in `http::problem`.

use super::deadline;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness or check constraint said no: another process was faster, or a rule is broken.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database cannot be reached, or too much is waiting for it.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The deadline of the thread's work was over.
    #[error("the query took too long")]
    TooSlow,
    /// What is stored contradicts itself; nothing must be decided on it.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
    #[error("database error: {0}")]
    Db(String),
    /// The idempotency key came before with another request.
    #[error("idempotency key was used for another request")]
    KeyReused,
    #[error("{0}")]
    Config(String),
}

impl StoreError {
    pub fn corrupt(what: impl std::fmt::Display) -> Self {
        StoreError::Corrupt(what.to_string())
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::CheckViolation => {
                    StoreError::Conflict(info.message().to_string())
                }
                DatabaseErrorKind::ClosedConnection => {
                    StoreError::Unavailable(info.message().to_string())
                }
                _ if info.message().contains("database is locked") => {
                    StoreError::Unavailable(info.message().to_string())
                }
                // Its words are in the server's language: what counts is that the time is up.
                DatabaseErrorKind::Unknown if deadline::is_over() => StoreError::TooSlow,
                _ => StoreError::Db(error.to_string()),
            },
            DieselError::BrokenTransactionManager => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Db(error.to_string()),
        }
    }
}

//! What can go wrong below the use cases. Texts are for the log; clients see codes made in `http::problem`.

use super::deadline;
use chrono::NaiveDateTime;
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
    /// An event told more than an entry of the ledger holds.
    #[error("an entry of {0} bytes is too large for the ledger")]
    EntryTooLarge(usize),
    /// Head and entries of the ledger contradict each other: nothing may be appended.
    #[error(transparent)]
    OutOfStep(#[from] OutOfStep),
    #[error("{0}")]
    Config(String),
}

impl StoreError {
    pub fn corrupt(what: impl std::fmt::Display) -> Self {
        StoreError::Corrupt(what.to_string())
    }

    /// The same for everybody else whom it concerns: nothing was done.
    pub(super) fn for_others(&self) -> Self {
        match self {
            StoreError::OutOfStep(fault) => StoreError::OutOfStep(fault.clone()),
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::CheckViolation => {
                    StoreError::Conflict(info.message().to_string())
                }
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                    StoreError::Unavailable(info.message().to_string())
                }
                _ if is_gone(info.message()) => StoreError::Unavailable(info.message().to_string()),
                // Its words are in the server's language: what counts is that the time is up.
                DatabaseErrorKind::Unknown if deadline::is_over() => StoreError::TooSlow,
                _ => StoreError::Db(error.to_string()),
            },
            DieselError::BrokenTransactionManager => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Db(error.to_string()),
        }
    }
}

/// Some ends of a connection come without a kind of their own; libpq's words for them are always English.
fn is_gone(message: &str) -> bool {
    [
        "database is locked",
        "server closed the connection",
        "terminating connection",
        "could not receive data from server",
        "could not send data to server",
        "no connection to the server",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// How head and entries contradict each other: on such a ledger nothing can be built any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfStep {
    #[error("the ledger's head counts {head} entries, the last one is number {last}")]
    Size { head: i64, last: i64 },
    #[error("the ledger's frontier does not fit its size of {size}")]
    Frontier { size: i64 },
    #[error("the ledger's root is not the one of its frontier")]
    Root,
    #[error("the ledger's head was recorded at {head}, the last entry at {last}")]
    Instant {
        head: NaiveDateTime,
        last: NaiveDateTime,
    },
    #[error("the ledger's frontier is not the one of its entries")]
    Entries,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_went_away_is_no_fault_of_ours() {
        for (kind, message) in [
            (DatabaseErrorKind::ClosedConnection, "x"),
            (DatabaseErrorKind::UnableToSendCommand, "x"),
            (
                DatabaseErrorKind::Unknown,
                "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally",
            ),
            (
                DatabaseErrorKind::Unknown,
                "FATAL:  terminating connection due to administrator command",
            ),
        ] {
            let error = DieselError::DatabaseError(kind, Box::new(message.to_string()));
            let told = StoreError::from(error);
            assert!(matches!(told, StoreError::Unavailable(_)), "{told:?}");
        }
    }
}

//! Why a use case did not do what was asked. `http::problem` picks the status, the command line the exit code.

use serde_json::Value as Json;

use crate::domain::field_error::FieldError;

use super::env::PasswordError;
use crate::store::StoreError;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    #[error("refused input: {}", codes(.errors))]
    Invalid { errors: Vec<FieldError> },
    /// Something that must not be put into force as it is, and cases that would show whether it should be.
    #[error("unfit: {code}: {}", codes(.errors))]
    Unfit {
        code: &'static str,
        errors: Vec<FieldError>,
        suggestions: Vec<Json>,
    },
    /// Not there, or outside the caller's scope: the two are told alike.
    #[error("not found")]
    NotFound,
    /// The state of things does not allow it; for a state machine, what it would allow.
    #[error("conflict: {code}")]
    Conflict {
        code: &'static str,
        allowed_transitions: Vec<&'static str>,
    },
    /// A change without `If-Match`, or what stands for it.
    #[error("the expected version was not given")]
    PreconditionRequired,
    /// Somebody else changed it meanwhile.
    #[error("the version is stale")]
    PreconditionFailed,
    #[error("forbidden: {code}")]
    Forbidden { code: &'static str },
    #[error("unauthenticated: {code}")]
    Unauthenticated { code: &'static str },
    /// The idempotency key came before with another request.
    #[error("idempotency key was used for another request")]
    KeyReused,
    #[error("too large: {code}")]
    TooLarge { code: &'static str },
    /// A bounded queue is full; worth another try soon.
    #[error("busy")]
    Busy,
    /// A query that would have held its connection for too long.
    #[error("too slow")]
    TooSlow,
    /// The database cannot be reached. The text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Head and entries of the ledger contradict each other: nothing is written any more. The text is for the log.
    #[error("{0}")]
    OutOfStep(String),
    /// The database is not one this program can work with, and how to mend it.
    #[error("{0}")]
    Setup(String),
    /// A fault of ours. The text is for the log and never leaves.
    #[error("internal: {0}")]
    Internal(String),
}

impl AppError {
    pub fn invalid(error: FieldError) -> Self {
        AppError::Invalid {
            errors: vec![error],
        }
    }

    pub fn conflict(code: &'static str) -> Self {
        AppError::Conflict {
            code,
            allowed_transitions: Vec::new(),
        }
    }

    pub fn internal(what: impl std::fmt::Display) -> Self {
        AppError::Internal(what.to_string())
    }

    /// The stable code that clients may rely on.
    pub fn code(&self) -> &'static str {
        match self {
            AppError::Invalid { .. } => "request.invalid",
            AppError::NotFound => "request.not_found",
            AppError::Conflict { code, .. }
            | AppError::Forbidden { code }
            | AppError::Unauthenticated { code }
            | AppError::Unfit { code, .. }
            | AppError::TooLarge { code } => code,
            AppError::PreconditionRequired => "request.precondition_required",
            AppError::PreconditionFailed => "request.precondition_failed",
            AppError::KeyReused => "idempotency.key_reused",
            AppError::Busy => "service.busy",
            AppError::TooSlow => "service.too_slow",
            AppError::Unavailable(_) => "service.unavailable",
            AppError::OutOfStep(_) => "ledger.out_of_step",
            AppError::Setup(_) | AppError::Internal(_) => "service.internal",
        }
    }
}

impl From<PasswordError> for AppError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => AppError::Busy,
            PasswordError::Corrupt => AppError::internal(error),
        }
    }
}

fn codes(errors: &[FieldError]) -> String {
    let told: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", error.pointer, error.code))
        .collect();
    told.join(", ")
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            // Somebody else's change won the race; asking again shows what is there now.
            StoreError::Conflict(_) => AppError::conflict("request.conflict"),
            StoreError::Unavailable(text) => AppError::Unavailable(text),
            StoreError::TooSlow => AppError::TooSlow,
            StoreError::KeyReused => AppError::KeyReused,
            StoreError::OutOfStep(fault) => AppError::OutOfStep(fault.to_string()),
            StoreError::EntryTooLarge(_) => AppError::TooLarge {
                code: "ledger.entry_too_large",
            },
            StoreError::Config(text) => AppError::Setup(text),
            StoreError::Corrupt(_) | StoreError::Db(_) => AppError::internal(error),
        }
    }
}

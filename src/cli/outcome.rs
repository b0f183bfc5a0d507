//! How a command ends, and how what it answers or refuses is written.

use std::io::Write;

use clap::ValueEnum;
use serde::Serialize;

use crate::app::error::AppError;
use crate::config::ConfigError;
use crate::domain::field_error::FieldError;
use crate::domain::messages::{self, Lang};
use crate::store::StoreError;

/// How a command's answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs: JSON and nothing else
    Json,
}

/// How a command ended that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    /// The answer is no: a check failed.
    No,
}

/// Why a command did not run to its end, with its exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong use (2).
    Use(String),
    /// The answer is no: a check failed (1).
    No(String),
    /// Could not: database, file, network (3).
    Could(String),
}

pub(crate) type Outcome = Result<Verdict, Failure>;

/// A use case's refusal in words. Faults of input are wrong use, what is not allowed is the answer "no", and everything
/// else could not be done.
pub(crate) fn told(error: AppError, lang: Lang) -> Failure {
    match error {
        AppError::Unfit { code, errors, .. } => {
            let mut lines = vec![messages::text(code, lang, &Vec::new())];
            lines.extend(errors.iter().map(|error| messages::of(error, lang)));
            Failure::No(lines.join("\n       "))
        }
        AppError::Invalid { errors } => {
            let lines: Vec<String> = errors.iter().map(|error| line(error, lang)).collect();
            Failure::Use(lines.join("\n       "))
        }
        AppError::Setup(text) | AppError::Unavailable(text) | AppError::Internal(text) => {
            Failure::Could(text)
        }
        AppError::NotFound => Failure::Use(messages::text("cli.not_found", lang, &Vec::new())),
        // Somebody else was faster: nobody has said no.
        AppError::Conflict { code, .. } if code == "request.conflict" => {
            Failure::Could(messages::text(code, lang, &Vec::new()))
        }
        AppError::Conflict {
            code,
            allowed_transitions,
        } => {
            let text = messages::text(code, lang, &Vec::new());
            Failure::No(match allowed_transitions.is_empty() {
                true => text,
                false => format!(
                    "{text}\n       allowed_transitions: {}",
                    allowed_transitions.join(", ")
                ),
            })
        }
        AppError::Forbidden { code } => Failure::No(messages::text(code, lang, &Vec::new())),
        refusal => Failure::Could(messages::text(refusal.code(), lang, &Vec::new())),
    }
}

/// The same of something that was named on the command line: a name that nothing has is wrong use.
pub(crate) fn told_of(error: AppError, name: &str, lang: Lang) -> Failure {
    match error {
        AppError::NotFound => {
            let params = vec![("name", name.to_owned())];
            Failure::Use(messages::text("cli.not_found_named", lang, &params))
        }
        other => told(other, lang),
    }
}

/// An argument that means nothing here.
pub(crate) fn refused(error: FieldError, lang: Lang) -> Failure {
    Failure::Use(line(&error, lang))
}

pub(super) fn line(error: &FieldError, lang: Lang) -> String {
    let told_at = error.params.iter().find(|(name, _)| *name == "at");
    let name = match told_at {
        Some((_, place)) if !place.is_empty() => place,
        _ => error.pointer.trim_start_matches('/'),
    };
    format!("{name}: {}", messages::of(error, lang))
}

/// A line of the answer. A reader that has gone away (`| head`) ends the program quietly.
pub(crate) fn out(line: impl std::fmt::Display) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}")
        .map_err(|error| Failure::Could(format!("standard output: {error}")))
}

/// What the API answers, as the answer of a command.
pub(crate) fn printed(shown: &impl Serialize) -> Result<(), Failure> {
    out(text(shown)?)
}

pub(crate) fn text(shown: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(shown).map_err(|error| Failure::Could(error.to_string()))
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Use(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Could(error.to_string())
    }
}

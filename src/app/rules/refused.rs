//! What is wrong with a rule document, told of the request it came with.

use crate::app::error::AppError;
use crate::domain::rules::{DocumentFault, RuleError};

/// All that is wrong with a document that was sent as `document`.
pub(in crate::app) fn refused_document(error: &RuleError) -> AppError {
    refused(error, |fault| format!("/document{}", fault.pointer))
}

/// The same of one that was sent otherwise: `pointer` tells where in the request. `at` is the place for people, which the
/// command line tells instead.
pub(in crate::app) fn refused(
    error: &RuleError,
    pointer: impl Fn(&DocumentFault) -> String,
) -> AppError {
    let faults = error.faults.iter();
    let errors = faults.map(|it| it.fault().with("at", &it.place).at(pointer(it)));
    AppError::Invalid {
        errors: errors.collect(),
    }
}

//! What a second person says of a proposal (审核): approved, or rejected with a reason.

use crate::domain::field_error::{FieldError, keep};
use crate::domain::text;

use super::error::AppError;

/// Whether it is approved, and the reason if one was given.
pub(super) fn read(
    verdict: &str,
    reason: Option<&str>,
) -> Result<(bool, Option<String>), AppError> {
    let mut errors = Vec::new();
    let approved = match verdict {
        "APPROVE" => Some(true),
        "REJECT" => Some(false),
        _ => None,
    };
    if approved.is_none() {
        errors.push(FieldError::new("/verdict", "decision.verdict_unknown"));
    }
    if approved == Some(false) && reason.is_none() {
        errors.push(FieldError::new("/reason", "decision.reason_required"));
    }
    let reason = reason.map(|raw| text::plain(raw, 1, 1_000)).transpose();
    let reason = keep(reason, "/reason", &mut errors).flatten();
    match approved {
        Some(approved) if errors.is_empty() => Ok((approved, reason)),
        _ => Err(AppError::Invalid { errors }),
    }
}

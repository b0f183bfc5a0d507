//! What a second person says of a proposal (审核): approved, or rejected with a reason; or the first takes it back.

use crate::app::error::AppError;
use crate::domain::field_error::{FieldError, keep};
use crate::domain::matter::Ruling;
use crate::domain::text;

/// The ruling, and the reason if one was given.
pub(in crate::app) fn read(
    verdict: &str,
    reason: Option<&str>,
) -> Result<(Ruling, Option<String>), AppError> {
    let mut errors = Vec::new();
    let ruling = Ruling::parse(verdict);
    if ruling.is_none() {
        errors.push(FieldError::new("/verdict", "decision.verdict_unknown"));
    }
    if ruling == Some(Ruling::Reject) && reason.is_none() {
        errors.push(FieldError::new("/reason", "decision.reason_required"));
    }
    let reason = reason.map(|raw| text::plain(raw, 1, 1_000)).transpose();
    let reason = keep(reason, "/reason", &mut errors).flatten();
    match ruling {
        Some(ruling) if errors.is_empty() => Ok((ruling, reason)),
        _ => Err(AppError::Invalid { errors }),
    }
}

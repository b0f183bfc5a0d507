//! What changed from one version to another, in words.

use super::kind::Document;
use super::register::DocumentVersion;
use super::versions::versions;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::ReadRules;
use crate::domain::at::At;
use crate::domain::drafting::diff::Difference;

/// Two versions and what differs.
#[derive(Debug, Clone)]
pub struct DifferenceView {
    pub from: DocumentVersion,
    pub to: DocumentVersion,
    pub items: Vec<Difference>,
}

/// From the version named, or from the one before. Who may not read drafts compares what is published.
pub fn differences(
    app: &App,
    caller: &Caller<ReadRules>,
    of: &Document,
    number: i64,
    from: Option<i64>,
    at: At,
) -> Result<DifferenceView, AppError> {
    let known = versions(app, caller, of, at)?;
    let find = |number: i64| known.iter().find(|it| it.version == number).cloned();
    let to = find(number).ok_or(AppError::NotFound)?;
    let before = known.iter().rev().find(|it| it.version < number).cloned();
    let from = match from {
        Some(number) => find(number),
        None => before,
    };
    let from = from.ok_or(AppError::NotFound)?;
    Ok(DifferenceView {
        items: of.kind.differences(&from.document, &to.document),
        from,
        to,
    })
}

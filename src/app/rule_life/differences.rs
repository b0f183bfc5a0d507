//! What changed from one version to another, in words.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::rules::{self, RuleVersion};
use crate::domain::access::ReadRules;
use crate::domain::at::At;
use crate::domain::drafting::diff::{Difference, diff};

/// Two versions and what differs.
#[derive(Debug, Clone)]
pub struct DifferenceView {
    pub from: RuleVersion,
    pub to: RuleVersion,
    pub items: Vec<Difference>,
}

/// From the version named, or from the one before. Who may not read drafts compares what is published.
pub fn differences(
    app: &App,
    caller: &Caller<ReadRules>,
    code: &str,
    number: i64,
    from: Option<i64>,
    at: At,
) -> Result<DifferenceView, AppError> {
    let known = rules::versions(app, caller, code, at)?;
    let find = |number: i64| known.iter().find(|it| it.version == number).cloned();
    let to = find(number).ok_or(AppError::NotFound)?;
    let before = known.iter().rev().find(|it| it.version < number).cloned();
    let from = match from {
        Some(number) => find(number),
        None => before,
    };
    let from = from.ok_or(AppError::NotFound)?;
    Ok(DifferenceView {
        items: diff(&from.document, &to.document),
        from,
        to,
    })
}

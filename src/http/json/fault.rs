//! What is wrong with a body, and how much of one is read.

use crate::domain::field_error::{FieldError, Params};
use crate::domain::text;

/// Nesting deeper than any body of ours; deeper text is refused before it costs anything.
pub const MAX_DEPTH: usize = 32;

/// Members of one object; the catalogue of facts has about a hundred.
pub const MAX_MEMBERS: usize = 1_000;

/// Values of all kinds in one body: more than the largest list of test cases has.
pub const MAX_VALUES: usize = 200_000;

/// Enough to mend a body; a body of nothing but unknown fields is not worth more.
pub(super) const MOST_ERRORS: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonFault {
    /// Not JSON, or JSON nobody should send (double keys, too deep).
    Unreadable { code: &'static str, params: Params },
    /// JSON, but not what the operation takes.
    Fields(Vec<FieldError>),
}

/// A name of the client's as a step of a JSON pointer (RFC 6901), cut where it stops being helpful and without what could
/// not be seen or would turn the text around it.
pub(super) fn step(name: &str) -> String {
    let shown = text::shown(name, 64);
    format!("/{}", shown.replace('~', "~0").replace('/', "~1"))
}

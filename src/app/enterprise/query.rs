//! What a list is asked for, and where its pages end.

use serde::{Deserialize, Serialize};

use crate::store::enterprises::EnterpriseRow;

pub use crate::store::enterprises::Sort;

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    pub district_code: Option<String>,
    pub pool: Option<String>,
    /// Holds a valid title of this scheme today.
    pub scheme: Option<String>,
    pub industry_code: Option<String>,
    pub status: Option<String>,
    /// A piece of the name, a former name, pinyin initials or the code.
    pub q: Option<String>,
    pub sort: Sort,
    pub descending: bool,
    pub after: Option<Position>,
    pub limit: usize,
    pub count: bool,
}

/// Where a page ended, for the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub(super) key: String,
    pub(super) id: String,
}

impl ListQuery {
    /// Whether a row comes after the place where the page before ended.
    pub(super) fn is_after(&self, row: &EnterpriseRow) -> bool {
        let Some(at) = &self.after else { return true };
        let place = (key(row, self.sort), row.id.as_str());
        let end = (at.key.clone(), at.id.as_str());
        if self.descending {
            place < end
        } else {
            place > end
        }
    }
}

pub(super) fn position(row: &EnterpriseRow, sort: Sort) -> Position {
    Position {
        key: key(row, sort),
        id: row.id.clone(),
    }
}

/// Ordered as the database orders the column.
pub(super) fn key(row: &EnterpriseRow, sort: Sort) -> String {
    match sort {
        Sort::Name => row.name_sort.clone(),
        Sort::RegisteredOn => row.registered_on.to_string(),
        Sort::UpdatedAt => format!("{:020}", row.seq),
    }
}

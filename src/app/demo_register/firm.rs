//! A fictional firm while it is made, and the facts it is given.

use chrono::NaiveDate;

use super::names::Trade;
use crate::domain::facts::{FactId, Value, catalogue};
use crate::domain::uscc::Uscc;

/// What a firm is like; its figures, facts and titles follow from it.
pub(super) struct Firm {
    pub uscc: Uscc,
    pub registered_on: NaiveDate,
    pub trade: &'static Trade,
    /// 研发强度, in basis points of sales.
    pub rd_bp: i64,
    /// 科技人员占比, in basis points of staff.
    pub tech_bp: i64,
    pub ip_class1: i64,
    pub ip_class2: i64,
    pub transformations: i64,
    pub self_score: i64,
}

/// Facts by name; one the catalogue does not have is left out (a test keeps that from happening).
#[derive(Default)]
pub(super) struct Facts(pub Vec<(FactId, Value)>);

impl Facts {
    pub fn put(&mut self, name: &str, value: Value) {
        self.0
            .extend(catalogue().by_name(name).map(|id| (id, value)));
    }

    pub fn code(&mut self, name: &str, code: &str) {
        let Some(id) = catalogue().by_name(name) else {
            return;
        };
        if let Ok(value) = catalogue().def(id).from_text(code) {
            self.0.push((id, value));
        }
    }
}

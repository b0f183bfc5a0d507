//! What is wrong with a rule set, or worth a look, and how much it weighs.

use crate::field_error::Params;
use crate::messages::{self, Lang};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// 阻止发布
    Error,
    /// 提示
    Warning,
}

/// Something wrong with a rule set, or worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable; its words stand in `packs/messages.toml`.
    pub code: &'static str,
    pub severity: Severity,
    /// Where in the document: `criterion h5a`, `item rd`, `pool SPRINT`.
    pub place: String,
    pub params: Params,
}

impl Finding {
    pub fn text(&self, lang: Lang) -> String {
        messages::text(self.code, lang, &self.params)
    }

    pub(super) fn error(code: &'static str, place: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            place: place.into(),
            params: Vec::new(),
        }
    }

    pub(super) fn warning(code: &'static str, place: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place)
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
        }
    }
}

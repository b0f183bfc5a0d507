//! How well a recorded value is proved (证明等级).

use std::fmt;

use serde::{Deserialize, Serialize};

/// In rising order of weight: an explanation shows the weakest of what it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// 企业自报
    EntitySupplied,
    /// 有佐证材料
    Documented,
    /// 部门数据比对
    DepartmentMatched,
    /// 专项审计
    Audited,
}

impl Evidence {
    pub const ALL: [Self; 4] = [
        Self::EntitySupplied,
        Self::Documented,
        Self::DepartmentMatched,
        Self::Audited,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EntitySupplied => "ENTITY_SUPPLIED",
            Self::Documented => "DOCUMENTED",
            Self::DepartmentMatched => "DEPARTMENT_MATCHED",
            Self::Audited => "AUDITED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

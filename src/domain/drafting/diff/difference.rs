//! One thing that changed from one document to another.

use crate::rules::model::Words;

/// One thing that changed.
#[derive(Debug, Clone)]
pub struct Difference {
    /// As [`crate::drafting::parameters`] names places: `s_rd/brackets/0/at_least`.
    pub place: String,
    /// The criterion it stands in.
    pub criterion: Option<String>,
    /// What the criterion, item, gate or pool is called, in the later document where it is in both.
    pub title: Option<Words>,
    pub kind: Kind,
    /// In words; none where there was nothing.
    pub from: Option<Words>,
    pub to: Option<Words>,
    /// The whole in a sentence.
    pub text: Words,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 新增
    Added,
    /// 删除
    Removed,
    /// 限值
    Limit,
    /// 分档
    Brackets,
    /// 得分
    Points,
    /// 考核内容: another figure, title or answer is asked for
    Test,
    /// 任意几项
    Need,
    /// 移库办法
    Moves,
    /// 生效日期
    Date,
    /// 依据条款
    Clause,
    /// 名称表述
    Title,
    /// The order in which gates are looked at.
    Order,
    /// For people only, or for the order of ways.
    Note,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Removed => "REMOVED",
            Self::Limit => "LIMIT",
            Self::Brackets => "BRACKETS",
            Self::Points => "POINTS",
            Self::Test => "TEST",
            Self::Need => "NEED",
            Self::Moves => "MOVES",
            Self::Date => "DATE",
            Self::Clause => "CLAUSE",
            Self::Title => "TITLE",
            Self::Order => "ORDER",
            Self::Note => "NOTE",
        }
    }
}

pub const BOUNDS: [&str; 4] = ["at_least", "more_than", "at_most", "less_than"];

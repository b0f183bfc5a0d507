//! Size classes (大中小微): a cascade of floors by industry.

use std::fmt;

use super::operand::Operand;
use super::wording::Confidence;

/// In rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SizeClass {
    Micro,
    Small,
    Medium,
    Large,
}

#[derive(Debug)]
pub struct SizeTable {
    /// The fact that tells the industry.
    pub by: Operand,
    /// By the place of the industry's code in the fact's list; None where the table has no row.
    pub rows: Vec<Option<SizeRow>>,
}

#[derive(Debug, Clone)]
pub struct SizeRow {
    pub confidence: Confidence,
    /// Floors of LARGE, MEDIUM and SMALL; all floors of a class must be reached.
    pub floors: [Vec<(Operand, i64)>; 3],
}

impl SizeClass {
    pub const ALL: [Self; 4] = [Self::Micro, Self::Small, Self::Medium, Self::Large];
    /// The classes that have floors, from the highest.
    pub const WITH_FLOORS: [Self; 3] = [Self::Large, Self::Medium, Self::Small];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Micro => "MICRO",
            Self::Small => "SMALL",
            Self::Medium => "MEDIUM",
            Self::Large => "LARGE",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// This class as a bit of a set of classes.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for SizeClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

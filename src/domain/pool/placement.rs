//! The three pools, and where else a rule set places an enterprise.

use std::fmt;

/// In rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// 起跑库
    Starter,
    /// 加速库
    Acceleration,
    /// 冲刺库
    Sprint,
}

/// Where a pool rule set places an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placement {
    In(Pool),
    /// 不入库
    None,
    /// 毕业
    Graduated,
    /// 排除
    Excluded,
}

impl Pool {
    pub const ALL: [Self; 3] = [Self::Starter, Self::Acceleration, Self::Sprint];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starter => "STARTER",
            Self::Acceleration => "ACCELERATION",
            Self::Sprint => "SPRINT",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// 1, 2, 3.
    pub const fn rank(self) -> u8 {
        self as u8 + 1
    }

    /// One tier down.
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::Starter => None,
            Self::Acceleration => Some(Self::Starter),
            Self::Sprint => Some(Self::Acceleration),
        }
    }
}

impl Placement {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In(pool) => pool.as_str(),
            Self::None => "NONE",
            Self::Graduated => "GRADUATED",
            Self::Excluded => "EXCLUDED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "NONE" => Some(Self::None),
            "GRADUATED" => Some(Self::Graduated),
            "EXCLUDED" => Some(Self::Excluded),
            pool => Pool::parse(pool).map(Self::In),
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

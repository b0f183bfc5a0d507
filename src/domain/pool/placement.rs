//! The three pools, and where else a rule set places an enterprise.

use crate::coded::coded;

coded! {
    /// In rising order.
    pub enum Pool {
        /// 起跑库
        Starter = "STARTER",
        /// 加速库
        Acceleration = "ACCELERATION",
        /// 冲刺库
        Sprint = "SPRINT",
    }
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

coded!(@traits Placement);

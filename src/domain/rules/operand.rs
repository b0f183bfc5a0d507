//! What a rule set reads of an enterprise: a fact, and of an annual one how many years back.

use crate::facts::{ANNUAL_SLOTS, DATED_SLOTS, FactId, Period, catalogue};

/// The years an input has: the last year and the two before it.
pub const YEARS: usize = 3;

/// One slot of the input: a dated fact, or an annual one so many years before the last year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operand {
    pub fact: FactId,
    pub back: u8,
    slot: u8,
}

impl Operand {
    /// How many slots an input has: three years of annual facts, then the dated ones.
    pub const SLOTS: usize = YEARS * ANNUAL_SLOTS + DATED_SLOTS;

    pub fn new(fact: FactId, back: usize) -> Self {
        let back = back.min(YEARS - 1);
        let (back, slot) = match catalogue().slot(fact) {
            (Period::Annual, slot) => (back, back * ANNUAL_SLOTS + slot),
            (Period::Dated, slot) => (0, YEARS * ANNUAL_SLOTS + slot),
        };
        // Both are below SLOTS, which is below 128.
        Self {
            fact,
            back: back as u8,
            slot: slot as u8,
        }
    }

    /// The fact in the last year, or as it holds on the day.
    pub fn current(fact: FactId) -> Self {
        Self::new(fact, 0)
    }

    /// The place of this slot among [`Operand::SLOTS`].
    #[inline]
    pub const fn slot(self) -> usize {
        self.slot as usize
    }

    /// The slot as a bit of a set of slots.
    #[inline]
    pub const fn bit(self) -> u128 {
        1 << self.slot
    }

    pub const fn is_annual(self) -> bool {
        self.slot() < YEARS * ANNUAL_SLOTS
    }
}

// Sets of slots are bits of one number.
const _: () = assert!(Operand::SLOTS <= 128);

/// Everything a rule set reads of a profile besides its dates, seat and status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// The annual ones from the earliest year on, then the dated ones; by name within each.
    pub operands: Vec<Operand>,
    pub schemes: Vec<String>,
}

//! Exact fractions: ratios are compared by cross multiplication and never rounded.

use std::cmp::Ordering;
use std::fmt::Write;

/// A fraction with a denominator above zero.
///
/// Sums of money stay below 10^18 fen, so the products of two of them that a growth rate needs (up to about 10^35)
/// fit; a comparison whose products do not fit goes on in 256 bits.
#[derive(Debug, Clone, Copy)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    pub const ZERO: Self = Self::whole(0);

    pub const fn whole(value: i128) -> Self {
        Self {
            numerator: value,
            denominator: 1,
        }
    }

    /// None where the denominator is zero; a sign below moves above.
    pub const fn new(numerator: i128, denominator: i128) -> Option<Self> {
        match denominator {
            0 => None,
            1.. => Some(Self {
                numerator,
                denominator,
            }),
            _ => Some(Self {
                numerator: -numerator,
                denominator: -denominator,
            }),
        }
    }

    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// The least whole number that is at least `self × factor`; None where it does not fit.
    pub fn ceil_times(self, factor: i128) -> Option<i128> {
        let product = self.numerator.checked_mul(factor)?;
        let floor = product.div_euclid(self.denominator);
        Some(floor + i128::from(product.rem_euclid(self.denominator) != 0))
    }

    /// The greatest whole number that is at most `self × factor`; None where it does not fit.
    pub fn floor_times(self, factor: i128) -> Option<i128> {
        let product = self.numerator.checked_mul(factor)?;
        Some(product.div_euclid(self.denominator))
    }

    /// Numerator and denominator, where multiplying is cheap: single figures, their sums and all limits.
    #[inline]
    const fn in_64_bits(self) -> Option<(i64, i64)> {
        let (above, below) = (self.numerator as i64, self.denominator as i64);
        if above as i128 == self.numerator && below as i128 == self.denominator {
            Some((above, below))
        } else {
            None
        }
    }

    /// Decimal text truncated toward zero to `places`.
    pub fn to_decimal(self, places: u32) -> String {
        let magnitude = self.numerator.unsigned_abs();
        let divisor = self.denominator.unsigned_abs();
        let whole = magnitude / divisor;
        let mut rest = magnitude % divisor;
        let mut digits = String::with_capacity(24);
        let _ = write!(
            digits,
            "{}{whole}",
            if self.numerator < 0 { "-" } else { "" }
        );
        if places == 0 {
            return without_negative_zero(digits);
        }
        digits.push('.');
        let scale = 10u128.pow(places);
        if let Some(scaled) = rest.checked_mul(scale) {
            let width = places as usize;
            let _ = write!(digits, "{:0width$}", scaled / divisor);
            return without_negative_zero(digits);
        }
        for _ in 0..places {
            // The rest is below a denominator of at most 10^36, so ten times it fits.
            rest *= 10;
            digits.push(char::from(b'0' + (rest / divisor) as u8));
            rest %= divisor;
        }
        without_negative_zero(digits)
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(a), Some(b)) = (self.in_64_bits(), other.in_64_bits()) {
            let left = i128::from(a.0) * i128::from(b.1);
            let right = i128::from(b.0) * i128::from(a.1);
            return left.cmp(&right);
        }
        if fits(self.numerator, other.denominator) && fits(other.numerator, self.denominator) {
            let left = self.numerator * other.denominator;
            let right = other.numerator * self.denominator;
            left.cmp(&right)
        } else {
            wide_cmp(*self, *other)
        }
    }
}

/// Whether the product surely fits: cheaper to ask than to multiply with a check.
#[inline]
const fn fits(a: i128, b: i128) -> bool {
    let zeros = a.unsigned_abs().leading_zeros() + b.unsigned_abs().leading_zeros();
    // The product has at most 256 − zeros bits, and 127 are free.
    zeros >= 256 - 127
}

/// Compares by 256-bit products; denominators are above zero, so the signs are those of the numerators.
fn wide_cmp(left: Fraction, right: Fraction) -> Ordering {
    let signs = (left.numerator < 0, right.numerator < 0);
    let product = |a: Fraction, b: Fraction| {
        wide_mul(a.numerator.unsigned_abs(), b.denominator.unsigned_abs())
    };
    match signs {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => product(left, right).cmp(&product(right, left)),
        (true, true) => product(right, left).cmp(&product(left, right)),
    }
}

/// The product as (high, low) halves of 128 bits.
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low) = (a >> 64, a & LOW);
    let (b_high, b_low) = (b >> 64, b & LOW);
    let low = a_low * b_low;
    let middle_1 = a_high * b_low + (low >> 64);
    let middle_2 = a_low * b_high + (middle_1 & LOW);
    let high = a_high * b_high + (middle_1 >> 64) + (middle_2 >> 64);
    (high, (middle_2 << 64) | (low & LOW))
}

/// `-0.000000` is what truncation leaves of a small negative rate; zero has no sign.
fn without_negative_zero(text: String) -> String {
    let is_zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    match text.strip_prefix('-') {
        Some(rest) if is_zero => rest.to_owned(),
        _ => text,
    }
}

/// The greatest whole number whose square is at most `value`.
pub fn square_root(value: u128) -> u128 {
    if value < 2 {
        return value;
    }
    let mut guess = 1u128 << (value.ilog2() / 2 + 1);
    loop {
        let next = (guess + value / guess) / 2;
        if next >= guess {
            return guess;
        }
        guess = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(numerator: i128, denominator: i128) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn ratios_are_compared_exactly() {
        assert!(fraction(2_999, 100_000) < fraction(3, 100));
        assert_eq!(fraction(6, 120), fraction(5, 100));
        assert!(fraction(-1, 3) < fraction(-1, 4));
        assert!(fraction(1, -3) < Fraction::ZERO);
        assert_eq!(Fraction::new(1, 0), None);
    }

    #[test]
    fn the_largest_figures_do_not_overflow() {
        let figure = 99_999_999_999_999_999i128; // one fen below 10^15 yuan
        let sum = 3 * figure;
        assert!(fraction(sum, sum) > fraction(99_999, 100_000));
        assert!(fraction(sum - 1, sum) < fraction(100_000, 100_000));
        // Mean growth of the largest figures against the finest limit a rule may have.
        let growth = fraction(figure * figure + figure * (figure - 1), 2 * figure * figure);
        assert!(growth < Fraction::whole(1));
        assert!(growth > fraction(999_999_999, 1_000_000_000));
        // Far beyond them: products of more than 128 bits.
        let huge = i128::MAX / 2;
        assert!(fraction(huge, huge - 1) > fraction(huge - 1, huge));
        assert!(fraction(-huge, huge - 1) < fraction(-(huge - 1), huge));
        assert!(fraction(-huge, 3) < fraction(huge, huge - 1));
        assert_eq!(fraction(huge, huge), fraction(huge - 1, huge - 1));
    }

    #[test]
    fn shown_ratios_are_truncated_toward_zero() {
        assert_eq!(fraction(2_999, 100_000).to_decimal(6), "0.029990");
        assert_eq!(fraction(2, 3).to_decimal(6), "0.666666");
        assert_eq!(fraction(-2, 3).to_decimal(6), "-0.666666");
        assert_eq!(fraction(-1, 100_000_000).to_decimal(6), "0.000000");
        assert_eq!(fraction(7, 2).to_decimal(0), "3");
        let figure = 99_999_999_999_999_999i128;
        let growth = fraction(figure * figure * 2 - 1, 2 * figure * figure);
        assert_eq!(growth.to_decimal(6), "0.999999");
    }

    #[test]
    fn rounding_to_whole_steps_and_roots() {
        assert_eq!(fraction(3, 100).ceil_times(101), Some(4));
        assert_eq!(fraction(3, 100).ceil_times(100), Some(3));
        assert_eq!(fraction(3, 100).floor_times(199), Some(5));
        assert_eq!(fraction(-1, 2).floor_times(3), Some(-2));
        for root in [0u128, 1, 2, 3, 10, 999_999_999_999, 1 << 60] {
            assert_eq!(square_root(root * root), root);
            assert_eq!(square_root(root * root + 2 * root), root);
        }
    }
}

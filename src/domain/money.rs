//! Money (金额): whole fen in an `i64`, so that no amount is ever rounded.

use std::fmt;

/// An amount in fen (分, 1/100 yuan). In API and files it stands in yuan with at most two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(pub i64);

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// Not a plain decimal: exponent, sign, comma, space, leading zero, empty …
    Format,
    /// More places than the unit has; refused, not rounded.
    Places,
    /// 10^15 yuan or more.
    Range,
    /// Below zero where the figure cannot be.
    Negative,
}

impl Money {
    /// The first amount that is too large, in fen: 10^15 yuan.
    pub const LIMIT_FEN: i64 = 100_000_000_000_000_000;
    const YUAN_PLACES: usize = 2;
    /// 1 万元 = 10^6 fen.
    const WAN_PLACES: usize = 6;

    /// An amount of zero or more in yuan: `50000000.00`.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        Self::parse_scaled(text, Self::YUAN_PLACES, false)
    }

    /// As [`Money::parse`], and a `-` in front is taken (净利润, 净资产).
    pub fn parse_signed(text: &str) -> Result<Self, MoneyError> {
        Self::parse_scaled(text, Self::YUAN_PLACES, true)
    }

    /// An amount in 万元, as staff's tables have it: up to six places, so that every fen can be told.
    pub fn parse_wan(text: &str, signed: bool) -> Result<Self, MoneyError> {
        Self::parse_scaled(text, Self::WAN_PLACES, signed)
    }

    fn parse_scaled(text: &str, places: usize, signed: bool) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let fen = scaled_decimal(digits, places)?;
        if negative {
            if !signed {
                return Err(MoneyError::Negative);
            }
            if fen == 0 {
                return Err(MoneyError::Format);
            }
        }
        if fen >= Self::LIMIT_FEN {
            return Err(MoneyError::Range);
        }
        Ok(Self(if negative { -fen } else { fen }))
    }
}

impl MoneyError {
    /// The stable dotted code under which the message catalogue has the text.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Format => "money.format",
            Self::Places => "money.places",
            Self::Range => "money.range",
            Self::Negative => "money.negative",
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for MoneyError {}

/// Reads `digits[.digits]` as a whole number of 10^-places: no sign, no leading zero, ASCII digits only.
pub(crate) fn scaled_decimal(text: &str, places: usize) -> Result<i64, MoneyError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(MoneyError::Format),
        None => (text, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !all_digits(whole) || !all_digits(fraction) {
        return Err(MoneyError::Format);
    }
    if fraction.len() > places {
        return Err(MoneyError::Places);
    }
    let padding = std::iter::repeat_n(b'0', places - fraction.len());
    let mut value: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(i64::from(digit - b'0')))
            .ok_or(MoneyError::Range)?;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_and_shown_with_two_places() {
        for (text, fen, shown) in [
            ("0", 0, "0.00"),
            ("0.01", 1, "0.01"),
            ("0.1", 10, "0.10"),
            ("50000000.00", 5_000_000_000, "50000000.00"),
            (
                "999999999999999.99",
                99_999_999_999_999_999,
                "999999999999999.99",
            ),
        ] {
            assert_eq!(Money::parse(text), Ok(Money(fen)), "{text}");
            assert_eq!(Money(fen).to_string(), shown);
        }
        assert_eq!(Money::parse_signed("-0.05"), Ok(Money(-5)));
        assert_eq!(Money(-5).to_string(), "-0.05");
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            " ",
            "+1",
            "1.",
            ".5",
            "00",
            "007",
            "0b1",
            "1_000",
            "1,000.00",
            "1 000",
            "１０００",
            "一千",
            "100元",
            "1e3",
            "nan",
            "inf",
            "1\0",
            "1\u{200b}",
            "=1+1",
            "1.0.0",
            "-",
        ] {
            assert_eq!(Money::parse_signed(text), Err(MoneyError::Format), "{text}");
        }
        assert_eq!(Money::parse("0.001"), Err(MoneyError::Places));
        assert_eq!(Money::parse("-1"), Err(MoneyError::Negative));
        assert_eq!(Money::parse_signed("-0.00"), Err(MoneyError::Format));
        for text in ["1000000000000000", "9223372036854775808"] {
            assert_eq!(Money::parse(text), Err(MoneyError::Range), "{text}");
        }
        assert_eq!(Money::parse(&"1".repeat(200_000)), Err(MoneyError::Range));
    }

    #[test]
    fn tables_in_wan_yuan_keep_every_fen() {
        assert_eq!(Money::parse_wan("5000.01", false), Ok(Money(5_000_010_000)));
        assert_eq!(Money::parse_wan("0.000001", false), Ok(Money(1)));
        assert_eq!(
            Money::parse_wan("0.0000001", false),
            Err(MoneyError::Places)
        );
        assert_eq!(Money::parse_wan("-3.5", true), Ok(Money(-3_500_000)));
    }
}

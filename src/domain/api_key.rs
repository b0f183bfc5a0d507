//! The text of an API key: `sanku_live_` or `sanku_test_`, 33 characters that hold 192 random bits, 6 of a checksum.
//!
//! The checksum tells a slip of the pen without asking the database, and lets a secret scanner know a key for one:
//! `sanku_(live|test)_[0-9A-Za-z]{39}`.

use crate::coded::coded;

coded! {
    /// What a key is for.
    pub enum KeyKind {
        /// 正式
        Live = "LIVE",
        /// 测试: whatever it changes is checked and then undone.
        Test = "TEST",
    }
}

/// Who ends a key whose time is over.
pub const EXPIRED: &str = "system:expiry";

pub const RANDOM_BYTES: usize = 24;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^33 > 2^192, 62^6 > 2^32.
const BODY: usize = 33;
const CHECKSUM: usize = 6;
/// So much of a key is shown again later, to tell it from another.
const HINT: usize = 4;

impl KeyKind {
    fn prefix(self) -> &'static str {
        match self {
            KeyKind::Live => "sanku_live_",
            KeyKind::Test => "sanku_test_",
        }
    }
}

/// Whether a bearer token means to be an API key at all.
pub fn looks_like_one(text: &str) -> bool {
    text.starts_with("sanku_")
}

pub fn compose(kind: KeyKind, random: &[u8; RANDOM_BYTES]) -> String {
    let unchecked = format!("{}{}", kind.prefix(), base62(random, BODY));
    let checksum = base62(&crc32(unchecked.as_bytes()).to_be_bytes(), CHECKSUM);
    unchecked + &checksum
}

/// The kind of a well-formed key; `None` where form or checksum is wrong.
pub fn kind_of(text: &str) -> Option<KeyKind> {
    let kind = KeyKind::ALL
        .into_iter()
        .find(|kind| text.starts_with(kind.prefix()))?;
    let whole = text.len() == kind.prefix().len() + BODY + CHECKSUM && text.is_ascii();
    if !whole {
        return None;
    }
    let (unchecked, checksum) = text.split_at(text.len() - CHECKSUM);
    let right = base62(&crc32(unchecked.as_bytes()).to_be_bytes(), CHECKSUM);
    (right == checksum).then_some(kind)
}

/// What may be shown of a key for good: prefix and first characters.
pub fn hint(text: &str) -> String {
    text.chars()
        .take(KeyKind::Live.prefix().len() + HINT)
        .collect()
}

/// The number that the bytes are, in digits of 62, the highest first.
fn base62(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = vec![DIGITS[0]; width];
    for digit in digits.iter_mut().rev() {
        let mut rest: u32 = 0;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            // Below 256, since the rest is below 62.
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        *digit = DIGITS[rest as usize];
    }
    digits.into_iter().map(char::from).collect()
}

/// CRC-32 as in ISO 3309, bit by bit: a key is 44 bytes.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let odd = crc & 1;
            crc = (crc >> 1) ^ (0xEDB8_8320 * odd);
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_form_and_checksum() {
        for kind in KeyKind::ALL {
            let key = compose(kind, &[0xA5; RANDOM_BYTES]);
            assert_eq!(key.len(), 50);
            assert_eq!(kind_of(&key), Some(kind));
            assert_eq!(KeyKind::parse(kind.as_str()), Some(kind));
            assert!(key.starts_with(&hint(&key)) && hint(&key).len() == 15);
        }
        // Check value of CRC-32.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn every_slip_of_one_character_is_told() {
        let key = compose(KeyKind::Live, &std::array::from_fn(|i| i as u8 * 7 + 3));
        for place in 0..key.len() {
            for digit in DIGITS {
                let mut slip = key.clone().into_bytes();
                if slip[place] != *digit {
                    slip[place] = *digit;
                    assert_eq!(kind_of(&String::from_utf8(slip).unwrap()), None);
                }
            }
        }
        for wrong in [
            "",
            "sanku_live_",
            &key[..49],
            &format!("{key}0"),
            "sanku_live_Ü",
        ] {
            assert_eq!(kind_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn all_bits_count() {
        let none = compose(KeyKind::Live, &[0; RANDOM_BYTES]);
        for bit in 0..RANDOM_BYTES * 8 {
            let mut random = [0; RANDOM_BYTES];
            random[bit / 8] = 1 << (bit % 8);
            assert_ne!(compose(KeyKind::Live, &random), none);
        }
        let most = compose(KeyKind::Live, &[255; RANDOM_BYTES]);
        assert_eq!(kind_of(&most), Some(KeyKind::Live));
    }
}

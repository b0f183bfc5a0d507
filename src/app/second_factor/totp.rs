//! One-time passwords by time (RFC 6238) as every authenticator makes them: HMAC-SHA-1, six digits, thirty seconds.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};

pub const SECRET: usize = 20;
const STEP: i64 = 30;
const DIGITS: u32 = 1_000_000;
/// The user's clock may be a step off, or the code may be typed at the last moment.
const AROUND: i64 = 1;

/// The step whose code this is, among those around now and after the last one that was taken.
pub fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>, last: i64) -> Option<i64> {
    let present = now.timestamp().div_euclid(STEP);
    let mut found = None;
    // All of them are looked at, so that the time taken does not tell which one it was.
    for step in present - AROUND..=present + AROUND {
        let same = verify_slices_are_equal(code_at(secret, step).as_bytes(), code.as_bytes());
        if same.is_ok() && step > last {
            found = Some(step);
        }
    }
    found
}

/// What an authenticator shows then (RFC 4226, 5.3).
pub fn code(secret: &[u8], now: DateTime<Utc>) -> String {
    code_at(secret, now.timestamp().div_euclid(STEP))
}

/// The address an authenticator reads, as a picture or typed.
pub fn address(secret: &[u8], username: &str) -> String {
    let secret = base32(secret);
    format!("otpauth://totp/sanku:{username}?secret={secret}&issuer=sanku")
}

/// RFC 4648, without padding.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut group = [0; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(group);
        let letters = (chunk.len() * 8).div_ceil(5);
        for place in 0..letters {
            let index = (bits >> (35 - 5 * place)) & 31;
            text.push(char::from(ALPHABET[usize::try_from(index).unwrap_or(0)]));
        }
    }
    text
}

fn code_at(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = tag.last().map_or(0, |byte| usize::from(byte & 15));
    let mut word = [0; 4];
    for (to, from) in word.iter_mut().zip(&tag[at..]) {
        *to = *from;
    }
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    format!("{:06}", number % DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_OF_THE_STANDARD: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET_OF_THE_STANDARD, at(seconds)), expected);
        }
    }

    /// RFC 4648, chapter 10.
    #[test]
    fn base32_is_that_of_the_standard() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_code_is_good_a_step_early_or_late_and_only_once() {
        let secret = SECRET_OF_THE_STANDARD;
        let now = at(3_000);
        let step = 100;
        for around in [-1, 0, 1] {
            let code = code_at(secret, step + around);
            assert_eq!(step_of(secret, &code, now, 0), Some(step + around));
            assert_eq!(step_of(secret, &code, now, step + around), None);
        }
        for far in [-2, 2] {
            assert_eq!(step_of(secret, &code_at(secret, step + far), now, 0), None);
        }
        for wrong in ["", "000000", "28708", "2870821", "二八七〇八二"] {
            assert_eq!(step_of(secret, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_is_what_authenticators_read() {
        assert_eq!(
            address(b"foobar", "wang.fang"),
            "otpauth://totp/sanku:wang.fang?secret=MZXW6YTBOI&issuer=sanku"
        );
    }
}

//! Recovery codes (恢复码): ten, each good once, for who has lost the device.

use crate::app::env::Env;
use crate::app::token::fingerprint;

use super::totp::base32;

const COUNT: usize = 10;
/// 120 bits: nobody guesses one, so that a plain hash of it may be kept.
const BYTES: usize = 15;
const GROUP: usize = 6;

/// As they are shown, once.
pub fn fresh(env: &Env) -> Vec<String> {
    (0..COUNT)
        .map(|_| grouped(&base32(&env.random::<BYTES>())))
        .collect()
}

pub fn hashes(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| hash(code)).collect()
}

/// However it is typed: hyphens, blanks and small letters make no difference.
pub fn hash(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    fingerprint(&letters.collect::<String>().to_ascii_uppercase())
}

fn grouped(letters: &str) -> String {
    let mut text = String::new();
    for (place, letter) in letters.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            text.push('-');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_different_and_read_however_typed() {
        let (env, _) = Env::fixed("2026-11-24T08:00:00Z".parse().unwrap());
        let codes = fresh(&env);
        let mut hashes = hashes(&codes);
        let typed = codes[0].to_lowercase().replace('-', " ");
        assert_eq!(hash(&typed), hashes[0]);
        assert_eq!(codes[0].len(), 27, "{}", codes[0]);
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), COUNT);
    }
}

//! First letters of the pinyin of a name (拼音首字母), as staff type them.
//!
//! Many characters have several readings (重庆 is `cq` and `zq`). To write out every combination would cost more than the
//! names themselves; so each character keeps the letters of all its readings, and a search takes any of them.

use pinyin::ToPinyinMulti;
use unicode_normalization::UnicodeNormalization;

use super::search_key::folded;

/// Set on every letter of a character but its last.
const MORE: u8 = 0x80;

/// Latin letters and digits stand for themselves, marks are left out.
pub fn of(name: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for c in folded(name).chars() {
        let letters = first_letters(c);
        if let Some((last, others)) = letters.split_last() {
            all.extend(others.iter().map(|letter| letter | MORE));
            all.push(*last);
        }
    }
    all
}

/// Whether the piece stands anywhere in what [`of`] made, by some reading of each character.
pub fn hold(initials: &[u8], piece: &str) -> bool {
    let mut rest = initials;
    loop {
        if begin_with(rest, piece.as_bytes()) {
            return true;
        }
        if rest.is_empty() {
            return false;
        }
        rest = split_first(rest).1;
    }
}

fn begin_with(initials: &[u8], piece: &[u8]) -> bool {
    let mut rest = initials;
    piece.iter().all(|wanted| {
        let (letters, after) = split_first(rest);
        rest = after;
        letters.iter().any(|letter| letter & !MORE == *wanted)
    })
}

/// The letters of the first character, and what follows.
fn split_first(initials: &[u8]) -> (&[u8], &[u8]) {
    let last = initials.iter().position(|letter| letter & MORE == 0);
    initials.split_at(last.map_or(initials.len(), |at| at + 1))
}

fn first_letters(c: char) -> Vec<u8> {
    if c.is_ascii_alphanumeric() {
        return vec![c as u8];
    }
    let mut letters = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        // NFKD: `ü` and the rare `ê` count as their plain letters.
        let letter = reading.plain().nfkd().next();
        if let Some(letter) = letter.filter(char::is_ascii_lowercase)
            && !letters.contains(&(letter as u8))
        {
            letters.push(letter as u8);
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_is_found_anywhere() {
        let initials = of("重庆3M（绍兴）");
        for piece in ["cq3msx", "zq3msx", "q3", "3m", "x", ""] {
            assert!(hold(&initials, piece), "{piece}");
        }
        for piece in ["czq", "cq3msxx", "sx3", "Q", "重"] {
            assert!(!hold(&initials, piece), "{piece}");
        }
        assert!(of("（）").is_empty());
        assert!(!hold(&of("（）"), "a"));
    }

    /// However many characters have several readings, any mixture of them is found.
    #[test]
    fn mixtures_of_readings_are_found() {
        let initials = of(&"重".repeat(40));
        let mixed: String = (0..40)
            .map(|at| if at % 3 == 0 { 'z' } else { 'c' })
            .collect();
        assert!(hold(&initials, &mixed));
        assert!(initials.len() <= 40 * 4);
    }
}

//! Keys under which names are found and sorted, computed here so that both database engines agree.

use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

use super::text;

/// How names and search texts are compared: NFKC, lower case, no blanks. Full-width `Ａ` finds `A`.
pub fn folded(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// `name_sort`: digits, then Latin letters, then Chinese characters by pinyin and tone, then the rest by code
/// point. Only `0-9` and `a-z`, whose order is the same in every collation; ties are broken by the id.
pub fn sort_key(name: &str) -> String {
    let mut key = String::new();
    for c in folded(name).chars() {
        let before = key.len();
        match c {
            '0'..='9' => key.extend(['0', c]),
            'a'..='z' => key.extend(['1', c]),
            _ => push_reading(&mut key, c),
        }
        if key.len() > SORT_KEY_MAX {
            key.truncate(before);
            break;
        }
    }
    key
}

/// Enough for some thirty characters, after which the id decides.
const SORT_KEY_MAX: usize = 160;

fn push_reading(key: &mut String, c: char) {
    let reading = c.to_pinyin();
    if let Some(reading) = reading {
        let syllable = reading.with_tone_num_end();
        key.extend(syllable.nfkd().filter(char::is_ascii_alphanumeric));
        // The neutral tone has no digit of its own; without one `ma` would run into the next syllable.
        if !syllable.ends_with(|last: char| last.is_ascii_digit()) {
            key.push('5');
        }
    } else if text::is_han(c) || c.is_alphabetic() {
        key.push_str(&format!("zz{:06x}", u32::from(c)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_typed_forms_equal() {
        assert_eq!(
            folded("ＡＢＣ（绍兴）有限 公司"),
            folded("abc(绍兴)有限公司")
        );
        assert_eq!(folded("Å"), "å");
    }

    #[test]
    fn names_sort_as_staff_expect() {
        let names = [
            "3M中国",
            "ABC公司",
            "阿里",
            "柯桥",
            "绍兴华正",
            "绍兴泰安",
            "越城",
            "\u{2ebe0}面",
        ];
        let keys: Vec<String> = names.iter().map(|name| sort_key(name)).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        for key in &keys {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            assert!(key.bytes().all(plain), "{key}");
        }
        assert!(sort_key(&"绍".repeat(200)).len() <= SORT_KEY_MAX);
        assert!(sort_key("吗啊") < sort_key("吗爸"));
    }
}

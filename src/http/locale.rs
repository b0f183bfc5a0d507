//! The language of an answer: Chinese, unless the reader asks for English (RFC 9110, 12.5.4).

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};

use crate::domain::messages::Lang;

pub fn of(headers: &HeaderMap) -> Lang {
    headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::Zh, choose)
}

fn choose(wanted: &str) -> Lang {
    let mut best = (0, Lang::Zh);
    for range in wanted.split(',').take(16) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1000, thousandths);
        let lang = match tag.split('-').next() {
            Some("zh" | "*") => Lang::Zh,
            Some("en") => Lang::En,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

/// A quality value as thousandths; what cannot be read counts nothing.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("1", Ok(0)) => 1000,
        ("0", Ok(part)) => part,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_unless_english_is_preferred() {
        for (wanted, lang) in [
            ("", Lang::Zh),
            ("fr", Lang::Zh),
            ("en", Lang::En),
            ("EN-us", Lang::En),
            ("en;q=0.5, zh-CN;q=0.8", Lang::Zh),
            ("zh;q=0.5,en;q=0.501", Lang::En),
            ("*, en;q=0.1", Lang::Zh),
            ("en;q=0", Lang::Zh),
            ("en;q=7", Lang::Zh),
        ] {
            assert_eq!(choose(wanted), lang, "{wanted}");
        }
    }
}

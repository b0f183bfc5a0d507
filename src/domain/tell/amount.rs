//! Amounts in words: 1.20 万元, 2 人, 2.999 %. Exact, or said to be cut off.

use crate::exact::Fraction;
use crate::facts::{FactDef, Kind, catalogue};
use crate::messages::Lang;
use crate::rules::test::{Operand, Unit};
use crate::words;

const FEN_OF_YUAN: u128 = 100;
const FEN_OF_WAN: u128 = 1_000_000;

/// Shares in percent are shown to so many places.
const PERCENT_PLACES: u32 = 4;

/// An amount in fen: in 万元 from 1 万元 on, else in yuan; English has yuan with commas.
pub fn money(fen: i128, lang: Lang) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    match lang {
        Lang::Zh if fen >= FEN_OF_WAN => {
            format!("{sign}{} 万元", places(fen, FEN_OF_WAN, 2))
        }
        Lang::Zh => format!("{sign}{} 元", places(fen, FEN_OF_YUAN, 0)),
        Lang::En => {
            let yuan = places(fen, FEN_OF_YUAN, 0);
            let (whole, rest) = yuan.split_once('.').map_or((yuan.as_str(), ""), |it| it);
            let point = if rest.is_empty() { "" } else { "." };
            format!("{sign}{}{point}{rest} yuan", grouped(whole))
        }
    }
}

/// A measured value; `limit` is what it is held against, so that a value cut off to the limit is not told as the limit.
pub fn value(unit: &Unit, value: Fraction, limit: Option<Fraction>, lang: Lang) -> String {
    match unit {
        Unit::Share | Unit::Growth => percent(value, limit, lang),
        Unit::Yuan => match whole(value) {
            Some(fen) => money(fen, lang),
            None => format!("{} {}", unit.show(value), lang.pick("元", "yuan")),
        },
        Unit::Day | Unit::Point | Unit::Counted { .. } => {
            counted(&unit.show(value), unit.name(), lang)
        }
    }
}

/// The value of a fact, or a change of it without its sign.
pub fn of_fact(def: &FactDef, value: i64, lang: Lang) -> String {
    match def.kind {
        Kind::Money => money(i128::from(value), lang),
        Kind::YesNo => yes_no(value != 0, lang).to_owned(),
        Kind::Code => code(def, value, lang).to_owned(),
        Kind::Count | Kind::Score | Kind::Decimal => counted(&def.to_text(value), &def.unit, lang),
    }
}

pub fn code(def: &FactDef, value: i64, lang: Lang) -> &str {
    let code = usize::try_from(value).ok().and_then(|it| def.codes.get(it));
    code.map_or("", |it| lang.pick(it.zh.as_str(), it.en.as_str()))
}

pub const fn yes_no(yes: bool, lang: Lang) -> &'static str {
    match (yes, lang) {
        (true, Lang::Zh) => "是",
        (false, Lang::Zh) => "否",
        (true, Lang::En) => "yes",
        (false, Lang::En) => "no",
    }
}

/// What a fact is called; what stands in brackets explains the word to those who do not know it.
pub fn name(operand: Operand, lang: Lang) -> &'static str {
    let def = catalogue().def(operand.fact);
    match lang {
        Lang::Zh => &def.zh,
        Lang::En => def.en.split(" (").next().unwrap_or(&def.en),
    }
}

pub fn counted(number: &str, unit: &str, lang: Lang) -> String {
    let Some(word) = words::of("units").find(|word| word.code == unit) else {
        return number.to_owned();
    };
    let word = word.in_lang(lang);
    match (lang, number) {
        (Lang::En, "1") => format!("1 {}", word.trim_end_matches('s')),
        _ => format!("{number} {word}"),
    }
}

fn percent(value: Fraction, limit: Option<Fraction>, lang: Lang) -> String {
    let hundredfold =
        |it: Fraction| Fraction::new(it.numerator().checked_mul(100)?, it.denominator());
    let Some(shown) = hundredfold(value) else {
        return value.to_decimal(PERCENT_PLACES);
    };
    let text = trimmed(shown.to_decimal(PERCENT_PLACES), 0);
    let scale = 10i128.pow(PERCENT_PLACES);
    let exact = shown.floor_times(scale) == shown.ceil_times(scale);
    if exact {
        return format!("{text}%");
    }
    let limit_text = limit
        .and_then(hundredfold)
        .map(|it| trimmed(it.to_decimal(PERCENT_PLACES), 0));
    let near = limit_text.is_some_and(|limit| limit == text);
    // Cut off toward zero: the value itself lies beyond what is shown.
    let word = match (near, value.numerator() > 0) {
        (false, _) => lang.pick("约", "about "),
        (true, true) => lang.pick("略高于 ", "just above "),
        (true, false) => lang.pick("略低于 ", "just below "),
    };
    match (near, lang) {
        (false, Lang::Zh) => format!("{word} {text}%"),
        _ => format!("{word}{text}%"),
    }
}

/// So many of the smallest units as a decimal of the larger one, with at least `least` places.
fn places(amount: u128, of: u128, least: usize) -> String {
    let width = of.ilog10() as usize;
    trimmed(format!("{}.{:0width$}", amount / of, amount % of), least)
}

/// Without the zeros at the end, but for so many places.
fn trimmed(text: String, least: usize) -> String {
    let Some((whole, rest)) = text.split_once('.') else {
        return text;
    };
    let kept = rest.trim_end_matches('0').len().max(least).min(rest.len());
    match kept {
        0 => whole.to_owned(),
        _ => format!("{whole}.{}", &rest[..kept]),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn whole(value: Fraction) -> Option<i128> {
    (value.numerator() % value.denominator() == 0).then(|| value.numerator() / value.denominator())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_told_to_the_fen() {
        let zh = |fen| money(fen, Lang::Zh);
        assert_eq!(zh(1_200_000), "1.20 万元");
        assert_eq!(zh(1_000_000), "1.00 万元");
        assert_eq!(zh(999_999), "9999.99 元");
        assert_eq!(zh(800_000), "8000 元");
        assert_eq!(zh(1), "0.01 元");
        assert_eq!(zh(1_000_001), "1.000001 万元");
        assert_eq!(zh(-1_234_567_890), "-1234.56789 万元");
        assert_eq!(zh(99_999_999_999_999_999), "99999999999.999999 万元");
        let en = |fen| money(fen, Lang::En);
        assert_eq!(en(1_200_000), "12,000 yuan");
        assert_eq!(en(12_345_678_905), "123,456,789.05 yuan");
        assert_eq!(en(-5), "-0.05 yuan");
    }

    #[test]
    fn a_share_that_is_cut_off_says_so_and_never_looks_like_the_limit() {
        let limit = Fraction::new(3, 100);
        let shown = |above, below| {
            let value = Fraction::new(above, below).unwrap();
            value_of(value, limit)
        };
        assert_eq!(shown(2999, 100_000), "2.999%");
        assert_eq!(shown(1, 3), "约 33.3333%");
        assert_eq!(shown(30_000_001, 1_000_000_000), "略高于 3%");
        assert_eq!(shown(29_999_999, 1_000_000_000), "约 2.9999%");
        assert_eq!(shown(-1, 3), "约 -33.3333%");
        let tiny = Fraction::new(-1, 1_000_000_000_000).unwrap();
        assert_eq!(
            value(&Unit::Growth, tiny, Some(Fraction::ZERO), Lang::En),
            "just below 0%"
        );
    }

    fn value_of(of: Fraction, limit: Option<Fraction>) -> String {
        value(&Unit::Share, of, limit, Lang::Zh)
    }

    #[test]
    fn counts_have_their_units() {
        assert_eq!(counted("2", "person", Lang::Zh), "2 人");
        assert_eq!(counted("1", "person", Lang::En), "1 person");
        assert_eq!(counted("12", "day", Lang::En), "12 days");
    }
}

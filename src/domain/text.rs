//! Texts people type: names of enterprises and persons, and plain one-line texts.
//!
//! What is taken is safe to show, to sort and to write into a sheet: composed (NFC), without blanks around it,
//! and made only of characters that can be seen and told apart.

use unicode_normalization::UnicodeNormalization;

use super::field_error::Fault;

pub const ENTERPRISE_NAME_MIN: usize = 2;
pub const ENTERPRISE_NAME_MAX: usize = 200;
pub const PERSON_NAME_MAX: usize = 50;

/// 企业名称: Chinese characters are required (企业名称登记管理规定), Latin letters and digits may stand beside
/// them. ASCII brackets become the lawful full-width form.
pub fn enterprise_name(raw: &str) -> Result<String, Fault> {
    let name = composed(raw, lawful_bracket);
    let length = name.chars().count();
    if length == 0 {
        return Err(Fault::new("enterprise.name.required"));
    }
    if !(ENTERPRISE_NAME_MIN..=ENTERPRISE_NAME_MAX).contains(&length) {
        return Err(Fault::new("enterprise.name.length")
            .with("min", ENTERPRISE_NAME_MIN)
            .with("max", ENTERPRISE_NAME_MAX));
    }
    every(&name, "enterprise.name.character", |c| {
        is_han(c) || is_latin(c) || is_digit(c) || NAME_MARKS.contains(c)
    })?;
    if !name.chars().next().is_some_and(may_start_a_name) {
        return Err(Fault::new("enterprise.name.start"));
    }
    if !name.chars().any(is_han) {
        return Err(Fault::new("enterprise.name.chinese"));
    }
    Ok(name)
}

/// A person's name, in Chinese characters or Latin letters; parts are joined by the middle dot.
pub fn person_name(raw: &str) -> Result<String, Fault> {
    let name = composed(raw, middle_dot);
    let length = name.chars().count();
    if length == 0 {
        return Err(Fault::new("person.name.required"));
    }
    if length > PERSON_NAME_MAX {
        return Err(Fault::new("person.name.length").with("max", PERSON_NAME_MAX));
    }
    every(&name, "person.name.character", |c| {
        is_han(c) || c.is_ascii_alphabetic() || is_latin(c) || PERSON_MARKS.contains(c)
    })?;
    if !name
        .chars()
        .next()
        .is_some_and(|c| is_han(c) || is_latin(c))
    {
        return Err(Fault::new("person.name.start"));
    }
    Ok(name)
}

/// A one-line text (a park, an issuer, a reason, a document): any visible character, and no beginning that a
/// sheet would take for a formula.
pub fn plain(raw: &str, min: usize, max: usize) -> Result<String, Fault> {
    let text = composed(raw, |c| c);
    let length = text.chars().count();
    if length == 0 && min > 0 {
        return Err(Fault::new("text.required"));
    }
    if !(min..=max).contains(&length) {
        return Err(Fault::new("text.length").with("min", min).with("max", max));
    }
    every(&text, "text.character", is_plain)?;
    if looks_computed(&text) {
        return Err(Fault::new("text.start"));
    }
    Ok(text)
}

/// Whether a text may be looked for: in what is stored nothing else can be found.
pub fn may_be_searched(raw: &str) -> Result<(), Fault> {
    every(&composed(raw, |c| c), "text.character", is_plain)
}

/// Whether a spreadsheet would take the text for a formula; some fold the wide forms into the narrow ones.
pub fn looks_computed(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'])
}

/// A text of unknown origin (a file's name, a header) fit to stand in a message: short, visible, in one line.
pub fn shown(raw: &str, max: usize) -> String {
    let mut text: String = raw
        .trim()
        .nfc()
        .map(|c| if is_plain(c) { c } else { '·' })
        .take(max)
        .collect();
    if raw.trim().nfc().count() > max {
        text.push('…');
    }
    text
}

/// Refuses a text for its first character that is not allowed, told by its place and code point.
pub fn every(text: &str, code: &'static str, allowed: impl Fn(char) -> bool) -> Result<(), Fault> {
    match text.chars().enumerate().find(|(_, c)| !allowed(*c)) {
        None => Ok(()),
        Some((place, c)) => Err(Fault::new(code)
            .with("position", place + 1)
            .with("code_point", format_args!("U+{:04X}", u32::from(c)))),
    }
}

/// A full-width letter, digit or sign of ASCII as its ASCII form; the ideographic space as a space.
pub const fn fold_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => match char::from_u32(c as u32 - 0xfee0) {
            Some(ascii) => ascii,
            None => c,
        },
        _ => c,
    }
}

/// A Chinese character assigned in Unicode 16; the forms NFC replaces never come here.
pub const fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3005}' | '\u{3007}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{fa0e}'..='\u{fa29}'
        | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2b739}'
        | '\u{2b740}'..='\u{2b81d}'
        | '\u{2b820}'..='\u{2cea1}'
        | '\u{2ceb0}'..='\u{2ebe0}'
        | '\u{2ebf0}'..='\u{2ee5d}'
        | '\u{30000}'..='\u{3134a}'
        | '\u{31350}'..='\u{323af}'
    )
}

const NAME_MARKS: &str = "（） ·・-－—–&＆'’‘“”《》.．,，、：+＋";
const PERSON_MARKS: &str = "· '’-.";

const fn lawful_bracket(c: char) -> char {
    match c {
        '(' => '（',
        ')' => '）',
        _ => c,
    }
}

/// The dots keyboards offer for 间隔号, as the one GB/T 15834 names.
const fn middle_dot(c: char) -> char {
    match c {
        '•' | '‧' | '・' | '･' | '∙' | '⋅' => '·',
        _ => c,
    }
}

/// Trimmed, composed, each run of blanks one space, then `map` for each character. Tabs and line ends stay,
/// so that they are refused and not hidden.
fn composed(raw: &str, map: impl Fn(char) -> char) -> String {
    let mut text = String::with_capacity(raw.len());
    for c in raw.trim().nfc() {
        let blank = matches!(
            c,
            ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        );
        match (blank, text.ends_with(' ')) {
            (true, true) => {}
            (true, false) => text.push(' '),
            (false, _) => text.push(map(c)),
        }
    }
    text
}

const fn is_latin(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}'
    )
}

const fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '\u{ff10}'..='\u{ff19}')
}

const fn may_start_a_name(c: char) -> bool {
    is_han(c) || is_latin(c) || is_digit(c) || matches!(c, '（' | '“' | '《' | '‘')
}

/// Assigned, visible and of one direction: the blocks a Chinese office text uses.
fn is_plain(c: char) -> bool {
    is_han(c)
        || is_latin(c)
        || matches!(c,
            ' '..='~'
            | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{bf}' | '×' | '÷'
            // Greek and Cyrillic, for trade names and units.
            | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3c9}'
            | '\u{410}'..='\u{44f}' | 'Ё' | 'ё'
            // Dashes, quotes, the ellipsis, per mille, the reference mark.
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
            | '\u{20a0}'..='\u{20bf}'
            | '\u{2100}'..='\u{218b}' | '\u{2190}'..='\u{2311}'
            | '\u{2460}'..='\u{24ff}' | '\u{2500}'..='\u{25ff}' | '\u{2605}'..='\u{2606}'
            | '\u{3001}'..='\u{3029}' | '\u{3030}' | '\u{30fb}'
            | '\u{3220}'..='\u{3243}' | '\u{3280}'..='\u{32b0}' | '\u{3371}'..='\u{33df}'
            | '\u{ff01}'..='\u{ff5e}' | '\u{ffe0}'..='\u{ffe6}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;
    use proptest::prelude::*;

    #[test]
    fn the_corpus_of_enterprise_names() {
        corpus::check("name", |_, raw| enterprise_name(raw).map_err(|f| f.code));
    }

    #[test]
    fn the_corpus_of_person_names() {
        corpus::check("person", |_, raw| person_name(raw).map_err(|f| f.code));
    }

    #[test]
    fn a_refused_character_is_named_by_place_and_code_point() {
        let fault = enterprise_name("绍兴\u{200b}示例").unwrap_err();
        assert_eq!(
            fault,
            Fault::new("enterprise.name.character")
                .with("position", 3)
                .with("code_point", "U+200B")
        );
    }

    #[test]
    fn a_name_needs_a_chinese_character_and_a_sound_start() {
        assert_eq!(
            enterprise_name("null").unwrap_err().code,
            "enterprise.name.chinese"
        );
        assert_eq!(
            enterprise_name("-1+1有限").unwrap_err().code,
            "enterprise.name.start"
        );
        assert_eq!(
            enterprise_name("⼈人有限").unwrap_err().code,
            "enterprise.name.character"
        );
        assert_eq!(
            enterprise_name("科").unwrap_err().code,
            "enterprise.name.length"
        );
        assert_eq!(enterprise_name("𰻞面有限公司"), Ok("𰻞面有限公司".into()));
        assert_eq!(
            enterprise_name("甲  乙\u{3000}公司"),
            Ok("甲 乙 公司".into())
        );
    }

    #[test]
    fn dots_of_a_persons_name_become_the_middle_dot() {
        assert_eq!(person_name("买买提•艾力"), Ok("买买提·艾力".into()));
        assert_eq!(
            person_name("Jean-Luc O'Neill"),
            Ok("Jean-Luc O'Neill".into())
        );
        assert_eq!(person_name("·张三").unwrap_err().code, "person.name.start");
    }

    #[test]
    fn plain_texts_refuse_what_cannot_be_seen_and_formulas() {
        assert_eq!(
            plain(" 绍科〔2026〕1号 ", 0, 200),
            Ok("绍科〔2026〕1号".into())
        );
        assert_eq!(plain("", 0, 10), Ok(String::new()));
        assert_eq!(plain("  ", 1, 10).unwrap_err().code, "text.required");
        assert_eq!(plain("abc", 0, 2).unwrap_err().code, "text.length");
        for raw in ["=1+1", "＝1", "@x", "+1", "-1"] {
            assert_eq!(plain(raw, 0, 10).unwrap_err().code, "text.start");
        }
        for raw in [
            "a\nb",
            "a\u{202e}b",
            "a\u{e000}b",
            "a\u{378}b",
            "a\u{301}\u{302}b",
            "😀",
        ] {
            assert_eq!(
                plain(raw, 0, 10).unwrap_err().code,
                "text.character",
                "{raw:?}"
            );
        }
    }

    #[test]
    fn a_shown_text_is_visible_and_short() {
        assert_eq!(shown(" a\u{202e}b\nc ", 10), "a·b·c");
        assert_eq!(shown("一二三四", 3), "一二三…");
    }

    proptest! {
        #[test]
        fn what_is_taken_reads_as_itself(raw in "\\PC{0,40}") {
            if let Ok(name) = enterprise_name(&raw) {
                prop_assert_eq!(enterprise_name(&name), Ok(name.clone()));
            }
            if let Ok(text) = plain(&raw, 0, 100) {
                prop_assert_eq!(plain(&text, 0, 100), Ok(text.clone()));
            }
        }
    }
}

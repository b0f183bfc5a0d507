//! The shipped code lists (`packs/codes`): districts, industry classes, schemes, legal status.
//!
//! The API takes codes only. Sheets hold names, short names and old codes: the `*_from_sheet` look-ups read them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::field_error::Fault;
use super::text;

/// 区、县(市) under 330600 (GB/T 2260), with those renamed or merged since.
#[derive(Debug, Deserialize)]
pub struct District {
    pub code: String,
    pub zh: String,
    pub en: String,
    aliases: String,
    /// The year in which the code went out of use.
    pub until: Option<u16>,
    /// The district that took its place.
    pub successor: Option<String>,
}

/// A section (one letter), division (letter and two digits) or class (letter and four digits) of GB/T 4754-2017.
#[derive(Debug, Deserialize)]
pub struct Industry {
    pub code: String,
    pub name: String,
}

/// A title an enterprise may hold.
#[derive(Debug, Deserialize)]
pub struct Scheme {
    pub code: String,
    pub zh: String,
    pub en: String,
    /// The longest a certificate of this scheme lasts.
    pub max_months: u32,
    aliases: String,
}

/// 登记状态, as words.
#[derive(Debug, Deserialize)]
pub struct StatusWords {
    pub code: String,
    pub zh: String,
    pub en: String,
    aliases: String,
}

/// The districts of today.
pub fn districts() -> impl Iterator<Item = &'static District> {
    LISTS.districts.iter().filter(|d| d.successor.is_none())
}

/// A district of today by its code. An old code is refused and the new one named.
pub fn district(code: &str) -> Result<&'static District, Fault> {
    let found = LISTS
        .districts
        .iter()
        .find(|d| d.code == code)
        .ok_or(Fault::new("district.unknown"))?;
    match &found.successor {
        None => Ok(found),
        Some(successor) => Err(Fault::new("district.replaced").with("successor", successor)),
    }
}

/// A district by code, name or short name, with or without 浙江省绍兴市 in front; old ones lead to the new.
pub fn district_from_sheet(written: &str) -> Result<&'static District, Fault> {
    let mut name = folded(written);
    for prefix in ["浙江省", "绍兴市"] {
        if let Some(rest) = name.strip_prefix(prefix)
            && !rest.is_empty()
        {
            name = rest.to_owned();
        }
    }
    let found = *LISTS
        .district_names
        .get(&name)
        .ok_or(Fault::new("district.unknown"))?;
    found.successor.as_deref().map_or(Ok(found), district)
}

/// A class by its full code, the section letter with four digits (`C1713`).
pub fn industry_class(code: &str) -> Result<&'static Industry, Fault> {
    match LISTS.industries.get(code) {
        Some(found) if found.code.len() == 5 => Ok(found),
        Some(_) => Err(Fault::new("industry.not_a_class")),
        None => Err(Fault::new("industry.unknown")),
    }
}

/// A class by its four digits, with or without the section letter.
pub fn industry_from_sheet(written: &str) -> Result<&'static Industry, Fault> {
    let code = folded(written);
    if code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit()) {
        return LISTS
            .classes
            .get(&code)
            .copied()
            .ok_or(Fault::new("industry.unknown"));
    }
    industry_class(&code.to_ascii_uppercase())
}

/// The name of a section, division or class.
pub fn industry_name(code: &str) -> Option<&'static str> {
    LISTS.industries.get(code).map(|found| found.name.as_str())
}

/// All sections, divisions and classes, in the order of the standard.
pub fn industries() -> impl Iterator<Item = &'static Industry> {
    LISTS.industry_order.iter().copied()
}

pub fn schemes() -> &'static [Scheme] {
    LISTS.schemes
}

pub fn scheme(code: &str) -> Result<&'static Scheme, Fault> {
    LISTS
        .schemes
        .iter()
        .find(|s| s.code == code)
        .ok_or(Fault::new("scheme.unknown"))
}

/// A scheme by code or by one of the names sheets use for it; quotation marks and blanks do not matter.
pub fn scheme_from_sheet(written: &str) -> Result<&'static Scheme, Fault> {
    LISTS
        .scheme_names
        .get(&folded(written))
        .copied()
        .ok_or(Fault::new("scheme.unknown"))
}

pub fn legal_statuses() -> &'static [StatusWords] {
    LISTS.statuses
}

/// The code of a legal status by code or word.
pub fn legal_status_from_sheet(written: &str) -> Option<&'static str> {
    let found = LISTS.status_names.get(&folded(written))?;
    Some(found.code.as_str())
}

/// Without blanks and quotation marks, half-width, brackets full-width: how names in sheets are compared.
fn folded(written: &str) -> String {
    written
        .chars()
        .map(text::fold_width)
        .filter(|c| !c.is_whitespace() && !"“”‘’\"'「」『』《》".contains(*c))
        .map(|c| match c {
            '(' => '（',
            ')' => '）',
            ',' => '，',
            _ => c,
        })
        .collect()
}

fn words<'a>(zh: &'a str, aliases: &'a str) -> impl Iterator<Item = String> + use<'a> {
    std::iter::once(zh)
        .chain(aliases.split('|'))
        .map(folded)
        .filter(|word| !word.is_empty())
}

struct Lists {
    districts: &'static [District],
    district_names: HashMap<String, &'static District>,
    industries: HashMap<&'static str, &'static Industry>,
    classes: HashMap<String, &'static Industry>,
    industry_order: Vec<&'static Industry>,
    schemes: &'static [Scheme],
    scheme_names: HashMap<String, &'static Scheme>,
    statuses: &'static [StatusWords],
    status_names: HashMap<String, &'static StatusWords>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let districts: &[District] = read(include_str!("../packs/codes/districts.csv"));
    let industries: &[Industry] = read(include_str!("../packs/codes/industry.csv"));
    let schemes: &[Scheme] = read(include_str!("../packs/codes/schemes.csv"));
    let statuses: &[StatusWords] = read(include_str!("../packs/codes/legal_status.csv"));
    Lists {
        districts,
        district_names: by_name(districts, |d| (&d.code, &d.zh, &d.aliases)),
        industries: industries.iter().map(|i| (i.code.as_str(), i)).collect(),
        classes: industries
            .iter()
            .filter(|i| i.code.len() == 5)
            .map(|i| (i.code[1..].to_owned(), i))
            .collect(),
        industry_order: industries.iter().collect(),
        schemes,
        scheme_names: by_name(schemes, |s| (&s.code, &s.zh, &s.aliases)),
        statuses,
        status_names: by_name(statuses, |s| (&s.code, &s.zh, &s.aliases)),
    }
});

/// Code, name and other names of an entry, all leading to it.
fn by_name<T>(
    list: &'static [T],
    names: impl Fn(&'static T) -> (&'static str, &'static str, &'static str),
) -> HashMap<String, &'static T> {
    let mut found = HashMap::new();
    for entry in list {
        let (code, zh, aliases) = names(entry);
        found.insert(code.to_owned(), entry);
        found.extend(words(zh, aliases).map(|word| (word, entry)));
    }
    found
}

/// The rows of a shipped list, kept for the life of the process (hence leaked). They are part of the program: a
/// test reads every line of every list.
fn read<T: serde::de::DeserializeOwned>(source: &str) -> &'static [T] {
    csv::Reader::from_reader(source.as_bytes())
        .deserialize()
        .filter_map(Result::ok)
        .collect::<Vec<T>>()
        .leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_list_is_read_and_names_are_clear() {
        let lines = |source: &str| source.lines().count() - 1;
        assert_eq!(
            LISTS.districts.len(),
            lines(include_str!("../packs/codes/districts.csv"))
        );
        assert_eq!(
            LISTS.industries.len(),
            lines(include_str!("../packs/codes/industry.csv"))
        );
        assert_eq!(
            LISTS.schemes.len(),
            lines(include_str!("../packs/codes/schemes.csv"))
        );
        assert_eq!(
            LISTS.statuses.len(),
            lines(include_str!("../packs/codes/legal_status.csv"))
        );
        let names: usize = LISTS
            .schemes
            .iter()
            .map(|s| 1 + words(&s.zh, &s.aliases).count())
            .sum();
        assert_eq!(
            LISTS.scheme_names.len(),
            names,
            "a name leads to two schemes"
        );
    }

    #[test]
    fn industry_classes_belong_to_a_division_and_a_section() {
        assert_eq!(LISTS.classes.len(), 1_381);
        for class in industries().filter(|i| i.code.len() == 5) {
            assert!(industry_name(&class.code[..1]).is_some(), "{}", class.code);
            assert!(industry_name(&class.code[..3]).is_some(), "{}", class.code);
        }
        assert_eq!(
            industry_class("C1713").map(|i| i.code.as_str()),
            Ok("C1713")
        );
        for (code, fault) in [
            ("C17", "industry.not_a_class"),
            ("1713", "industry.unknown"),
            ("D1713", "industry.unknown"),
            ("c1713", "industry.unknown"),
        ] {
            assert_eq!(industry_class(code).unwrap_err().code, fault, "{code}");
        }
        for code in ["1713", "C1713", " c1713 ", "１７１３"] {
            assert_eq!(
                industry_from_sheet(code).map(|i| i.code.as_str()),
                Ok("C1713")
            );
        }
        assert!(industry_from_sheet("9999").is_err());
    }

    #[test]
    fn districts_by_code_name_and_history() {
        assert_eq!(districts().count(), 6);
        assert_eq!(district("330602").map(|d| d.zh.as_str()), Ok("越城区"));
        assert_eq!(
            district("330621").unwrap_err(),
            Fault::new("district.replaced").with("successor", "330603")
        );
        assert_eq!(district("999999").unwrap_err().code, "district.unknown");
        for (written, code) in [
            ("越城区", "330602"),
            ("柯桥", "330603"),
            ("绍兴县", "330603"),
            ("330682", "330604"),
            ("浙江省绍兴市上虞区", "330604"),
            ("绍兴市 诸暨市", "330681"),
            ("３３０６８３", "330683"),
        ] {
            assert_eq!(
                district_from_sheet(written).map(|d| d.code.as_str()),
                Ok(code),
                "{written}"
            );
        }
        assert!(district_from_sheet("绍兴市").is_err());
        assert!(district_from_sheet("").is_err());
    }

    #[test]
    fn schemes_and_status_by_the_names_of_sheets() {
        for (written, code) in [
            ("国家高新技术企业", "NATIONAL_HNTE"),
            ("省科技型中小企业", "PROVINCIAL_TECH_SME"),
            ("科技型中小企业", "NATIONAL_TECH_SME"),
            ("专精特新中小企业", "SRDI_SME"),
            ("“专精特新”中小企业", "SRDI_SME"),
            ("国家专精特新\"小巨人\"企业", "LITTLE_GIANT"),
            ("LITTLE_GIANT", "LITTLE_GIANT"),
            ("省科技小巨人企业", "PROVINCIAL_TECH_GIANT"),
        ] {
            assert_eq!(
                scheme_from_sheet(written).map(|s| s.code.as_str()),
                Ok(code),
                "{written}"
            );
        }
        assert!(scheme_from_sheet("某某称号").is_err());
        assert!(scheme("NATIONAL_HNTE").is_ok() && scheme("高企").is_err());
        assert_eq!(
            legal_status_from_sheet("存续(在营、开业、在册)"),
            Some("ACTIVE")
        );
        assert_eq!(
            legal_status_from_sheet("吊销,未注销"),
            Some("LICENCE_REVOKED")
        );
        assert_eq!(legal_status_from_sheet("？"), None);
    }
}

//! 统一社会信用代码 (GB 32100-2015): the natural key of an enterprise.
//!
//! Eighteen characters: registering department, organisation kind, six digits of the registering office's
//! region, nine of the organisation code (GB 11714, the last one its check digit), one check digit over all.

use std::fmt;
use std::str::FromStr;

use super::field_error::Fault;
use super::text;

/// A well-formed code. Both check digits are right unless an authorised person overrode them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uscc([u8; LENGTH]);

/// Why a text is no code, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsccError {
    /// Not eighteen characters.
    Length,
    /// A character that GB 32100 does not use (I, O, S, V, Z and all that is no letter or digit); 1-based.
    Alphabet { position: usize },
    /// No registering department has this first character.
    Department,
    /// No province has these two digits (places 3 and 4).
    Province,
    /// The organisation code's own check digit (place 17) is wrong.
    OrganisationCheck,
    /// The last character does not fit the seventeen before it.
    Check,
}

/// A code with the reason that was needed to take it, if one was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub uscc: Uscc,
    /// Given only when a check digit did fail: a reason for a good code is not kept.
    pub override_reason: Option<String>,
}

impl Uscc {
    /// Reads a code as people type it: outer blanks are trimmed, lower case and full-width forms folded.
    pub fn parse(raw: &str) -> Result<Self, UsccError> {
        let uscc = Self::well_formed(raw)?;
        uscc.check_digits()?;
        Ok(uscc)
    }

    /// As [`Uscc::parse`], but a failed check digit (and nothing else) may be overridden with a reason: a few
    /// lawful codes of the pilot years fail.
    pub fn parse_with_override(raw: &str, reason: Option<&str>) -> Result<Checked, Fault> {
        let uscc = Self::well_formed(raw)?;
        let override_reason = match (uscc.check_digits(), reason) {
            (Ok(()), _) => None,
            (Err(error), None) => return Err(error.into()),
            (Err(_), Some(reason)) => Some(text::plain(reason, REASON_MIN, REASON_MAX)?),
        };
        Ok(Checked {
            uscc,
            override_reason,
        })
    }

    /// A code this registry stored: the check digits were judged when it came in.
    pub fn from_stored(stored: &str) -> Result<Self, UsccError> {
        Self::well_formed(stored)
    }

    /// A code by which something is looked for: written just as it is kept, else it names nothing.
    pub fn exactly(given: &str) -> Result<Self, Fault> {
        let code = Self::from_stored(given)?;
        match code.as_str() == given {
            true => Ok(code),
            false => Err(Fault::new("field.invalid")),
        }
    }

    pub fn as_str(&self) -> &str {
        // The alphabet is ASCII, so this cannot fail.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether both check digits are right.
    pub fn check_digits(&self) -> Result<(), UsccError> {
        if self.0[16] != organisation_check(&self.0[8..16]) {
            return Err(UsccError::OrganisationCheck);
        }
        if self.0[17] != check(&self.0[..17]) {
            return Err(UsccError::Check);
        }
        Ok(())
    }

    /// The code with the given seventeenth and eighteenth characters computed: for generated firms.
    /// `body` is department, kind, region and the eight characters of the organisation code.
    pub fn from_body(body: &str) -> Result<Self, UsccError> {
        let bytes = body.as_bytes();
        if bytes.len() != LENGTH - 2 {
            return Err(UsccError::Length);
        }
        let mut code = [b'0'; LENGTH];
        code[..16].copy_from_slice(bytes);
        code[16] = organisation_check(&code[8..16]);
        code[17] = check(&code[..17]);
        Self::parse(std::str::from_utf8(&code).unwrap_or_default())
    }

    fn well_formed(raw: &str) -> Result<Self, UsccError> {
        let mut code = [0u8; LENGTH];
        let mut length = 0;
        let mut strange = None;
        for c in raw.trim().chars() {
            let folded = text::fold_width(c).to_ascii_uppercase();
            if length < LENGTH {
                match u8::try_from(folded) {
                    Ok(byte) if value(byte).is_some() => code[length] = byte,
                    _ => strange = strange.or(Some(length + 1)),
                }
            }
            length += 1;
        }
        if length != LENGTH {
            return Err(UsccError::Length);
        }
        if let Some(position) = strange {
            return Err(UsccError::Alphabet { position });
        }
        if !DEPARTMENTS.contains(&code[0]) {
            return Err(UsccError::Department);
        }
        if let Some(position) = (2..8).find(|&place| !code[place].is_ascii_digit()) {
            return Err(UsccError::Alphabet {
                position: position + 1,
            });
        }
        if !PROVINCES.contains(&[code[2], code[3]]) {
            return Err(UsccError::Province);
        }
        Ok(Self(code))
    }
}

impl UsccError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length => "enterprise.uscc.length",
            Self::Alphabet { .. } => "enterprise.uscc.alphabet",
            Self::Department => "enterprise.uscc.department",
            Self::Province => "enterprise.uscc.province",
            Self::OrganisationCheck => "enterprise.uscc.organisation_check_digit",
            Self::Check => "enterprise.uscc.check_digit",
        }
    }
}

impl From<UsccError> for Fault {
    fn from(error: UsccError) -> Self {
        let fault = Self::new(error.code());
        match error {
            UsccError::Alphabet { position } => fault.with("position", position),
            _ => fault,
        }
    }
}

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::parse(raw)
    }
}

impl AsRef<str> for Uscc {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({})", self.as_str())
    }
}

impl serde::Serialize for Uscc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

const LENGTH: usize = 18;
const REASON_MIN: usize = 2;
const REASON_MAX: usize = 500;

/// GB 32100 table of characters; the place is the value.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 登记管理部门: 1 机构编制 … 9 市场监管, A and N (agriculture, farmers' bodies), Y other.
const DEPARTMENTS: &[u8] = b"123456789ANY";

/// First two digits of GB/T 2260, and 10 for bodies that register with a national office.
const PROVINCES: &[[u8; 2]] = &[
    *b"10", *b"11", *b"12", *b"13", *b"14", *b"15", *b"21", *b"22", *b"23", *b"31", *b"32", *b"33",
    *b"34", *b"35", *b"36", *b"37", *b"41", *b"42", *b"43", *b"44", *b"45", *b"46", *b"50", *b"51",
    *b"52", *b"53", *b"54", *b"61", *b"62", *b"63", *b"64", *b"65", *b"71", *b"81", *b"82",
];

/// Powers of 3 modulo 31.
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

const fn value(byte: u8) -> Option<u32> {
    let mut place = 0;
    while place < ALPHABET.len() {
        if ALPHABET[place] == byte {
            return Some(place as u32);
        }
        place += 1;
    }
    None
}

fn check(first: &[u8]) -> u8 {
    let sum: u32 = first
        .iter()
        .zip(WEIGHTS)
        .map(|(byte, weight)| value(*byte).unwrap_or(0) * weight)
        .sum();
    // A remainder of 0 gives 0, not 31.
    ALPHABET[((31 - sum % 31) % 31) as usize]
}

/// GB 11714 counts all 26 letters (A = 10 … Z = 35), unlike GB 32100.
fn organisation_check(first: &[u8]) -> u8 {
    let sum: u32 = first
        .iter()
        .zip(ORGANISATION_WEIGHTS)
        .map(|(byte, weight)| char::from(*byte).to_digit(36).unwrap_or(0) * weight)
        .sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;
    use proptest::prelude::*;

    #[test]
    fn real_codes_pass_and_the_standards_example() {
        for code in [
            "913300006096907427",
            "91330000712560575G",
            "91330000724510604K",
            "91330000704512063Y",
            "91330100799655058B",
            "91350100M000100Y43",
        ] {
            assert_eq!(Uscc::parse(code).map(|u| u.to_string()), Ok(code.into()));
        }
    }

    #[test]
    fn each_fault_has_its_own_name() {
        for (raw, error) in [
            ("", UsccError::Length),
            ("330602000012345", UsccError::Length),
            ("91330602MIFF89BB62", UsccError::Alphabet { position: 10 }),
            ("T1330602MAFF89BB6G", UsccError::Department),
            ("000000000000000000", UsccError::Department),
            ("91999999MAFF89BB6J", UsccError::Province),
            ("91330602MAFF89BB72", UsccError::OrganisationCheck),
            ("91350211M0000XUF46", UsccError::Check),
        ] {
            assert_eq!(Uscc::parse(raw), Err(error), "{raw}");
        }
    }

    #[test]
    fn only_a_check_digit_may_be_overridden_and_with_a_reason() {
        let early = "91350211M0000XUF46";
        let taken = Uscc::parse_with_override(early, Some(" 试点期间发放 ")).unwrap();
        assert_eq!(taken.override_reason.as_deref(), Some("试点期间发放"));
        assert_eq!(Uscc::from_stored(early), Ok(taken.uscc));
        assert!(Uscc::parse_with_override(early, None).is_err());
        assert!(Uscc::parse_with_override(early, Some(" ")).is_err());
        let good = Uscc::parse_with_override("91350100M000100Y43", Some("多余")).unwrap();
        assert_eq!(good.override_reason, None);
        for never in ["T1330602MAFF89BB6G", "91999999MAFF89BB6J", "91330602"] {
            assert!(Uscc::parse_with_override(never, Some("理由充分")).is_err());
        }
    }

    #[test]
    fn the_shared_list_of_codes() {
        let Some(list) = corpus::shared("data/uscc/cases.csv") else {
            return;
        };
        for line in list.lines().skip(1) {
            let mut cells = line.split(',');
            let (code, valid) = (cells.next().unwrap(), cells.nth(1).unwrap());
            match valid {
                "1" => assert!(Uscc::parse(code).is_ok(), "{code}"),
                "0" => assert_eq!(Uscc::parse(code), Err(UsccError::Check), "{code}"),
                _ => {}
            }
        }
    }

    #[test]
    fn the_corpus_of_codes() {
        corpus::check("uscc", |_, raw| {
            Uscc::parse(raw)
                .map(|u| u.to_string())
                .map_err(|e| Fault::from(e).code)
        });
    }

    proptest! {
        #[test]
        fn one_wrong_character_or_swap_is_found(n in 0u32..1_000_000, place in 8usize..18, other in 0usize..31) {
            let body = format!("91330602MA{n:06}");
            let code = Uscc::from_body(&body).unwrap();
            let mut bytes = code.0;
            bytes[place] = ALPHABET[other];
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            prop_assert_eq!(Uscc::parse(&text).is_ok(), bytes == code.0);
        }

        #[test]
        fn no_text_makes_it_panic(raw in "\\PC{0,30}") {
            let _ = Uscc::parse(&raw);
        }
    }
}

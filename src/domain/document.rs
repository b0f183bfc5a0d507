//! The bureau's own documents (规则集，以后还有办法、措施、指标): drafted, checked, tested, approved by somebody else, published from a
//! day, retired. One life ([`life`]) for every kind; what a kind brings of its own stands with `app::documents::Kind`.

pub mod life;

use std::fmt;

use crate::coded::coded;

coded! {
    pub enum Kind {
        /// 规则集
        RuleSet = "RULE_SET",
    }
}

/// Which document: codes are given within a kind, so that a scheme and its rule set may share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub kind: Kind,
    pub code: String,
}

impl Kind {
    pub fn named(self, code: impl Into<String>) -> Name {
        Name {
            kind: self,
            code: code.into(),
        }
    }
}

impl Name {
    /// As it is written: `RULE_SET/POOLS`.
    pub fn parse(text: &str) -> Option<Name> {
        let (kind, code) = text.split_once('/')?;
        Some(Kind::parse(kind)?.named(code))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.code)
    }
}

/// What could be the code of a document; anything else is not worth a query.
pub fn is_code(code: &str) -> bool {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (1..=40).contains(&code.len()) && code.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let name = Kind::RuleSet.named("POOLS");
        assert_eq!(name.to_string(), "RULE_SET/POOLS");
        assert_eq!(Name::parse("RULE_SET/POOLS"), Some(name));
        for none in ["POOLS", "/POOLS", "POEM/POOLS", ""] {
            assert_eq!(Name::parse(none), None, "{none}");
        }
    }

    #[test]
    fn codes_are_capitals_figures_and_underscores() {
        assert!(is_code("LITTLE_GIANT_2026"));
        let long = "A".repeat(41);
        for none in ["", "pools", "A/B", "A-B", long.as_str()] {
            assert!(!is_code(none), "{none}");
        }
    }
}

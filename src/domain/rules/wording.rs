//! What stands beside a rule for people: its words, the clause it rests on, and how well that is known.

use crate::messages::Lang;

/// A text in both languages.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

/// The clause (依据条款) a criterion rests on.
#[derive(Debug, Clone)]
pub struct Clause {
    pub document: String,
    pub article: String,
}

/// How well the text behind a criterion is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// The rule text was seen.
    TextSeen,
    /// Seen in a secondary file that cites the official page.
    Secondary,
    /// General knowledge; no text seen.
    GeneralKnowledge,
    /// Our own proposal, not law.
    Proposal,
}

impl Words {
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

impl Confidence {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TextSeen => "TEXT_SEEN",
            Self::Secondary => "SECONDARY",
            Self::GeneralKnowledge => "GENERAL_KNOWLEDGE",
            Self::Proposal => "PROPOSAL",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::TextSeen,
            Self::Secondary,
            Self::GeneralKnowledge,
            Self::Proposal,
        ]
        .into_iter()
        .find(|it| it.as_str() == text)
    }
}

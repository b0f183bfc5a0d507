//! What settles a fact that is not recorded (佐证材料), and words that a fact brings along.

use serde::{Deserialize, Serialize};

use crate::messages::Lang;

/// A paper, and how well it is known that it is the one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub id: String,
    pub zh: String,
    pub en: String,
    /// As the rule sets have it: TEXT_SEEN, SECONDARY, GENERAL_KNOWLEDGE or PROPOSAL.
    pub confidence: String,
    pub source: String,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    pub zh: String,
    pub en: String,
}

impl Document {
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

impl Phrase {
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

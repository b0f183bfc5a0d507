//! What an API client may be allowed (授权范围): named rights, of which it gets only those it needs.

use std::fmt;

/// A named right of API clients and of delegations to agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiScope {
    /// Enterprises, figures, titles, memberships and history.
    RegisterRead,
    /// State figures, as ENTITY_SUPPLIED.
    FactsWrite,
    /// Read the contact in full; each reading is recorded.
    ContactRead,
    /// Change the contact.
    ContactWrite,
    /// What a rule set says of an enterprise.
    EligibilityRead,
    /// Assessments, decisions and movements.
    AssessmentsRead,
    /// Published rule sets.
    RulesRead,
}

impl ApiScope {
    pub const ALL: [ApiScope; 7] = [
        ApiScope::RegisterRead,
        ApiScope::FactsWrite,
        ApiScope::ContactRead,
        ApiScope::ContactWrite,
        ApiScope::EligibilityRead,
        ApiScope::AssessmentsRead,
        ApiScope::RulesRead,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ApiScope::RegisterRead => "register:read",
            ApiScope::FactsWrite => "facts:write",
            ApiScope::ContactRead => "contact:read",
            ApiScope::ContactWrite => "contact:write",
            ApiScope::EligibilityRead => "eligibility:read",
            ApiScope::AssessmentsRead => "assessments:read",
            ApiScope::RulesRead => "rules:read",
        }
    }

    pub fn parse(text: &str) -> Option<ApiScope> {
        ApiScope::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl fmt::Display for ApiScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for scope in ApiScope::ALL {
            assert_eq!(ApiScope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(ApiScope::parse("register:write"), None);
    }
}

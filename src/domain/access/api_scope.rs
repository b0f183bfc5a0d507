//! What an API client may be allowed (授权范围): named rights, of which it gets only those it needs.

use crate::coded::coded;

coded! {
    /// A named right of API clients and of delegations to agencies.
    pub enum ApiScope {
        /// Enterprises, figures, titles, memberships and history.
        RegisterRead = "register:read",
        /// State figures, as ENTITY_SUPPLIED.
        FactsWrite = "facts:write",
        /// Read the contact in full; each reading is recorded.
        ContactRead = "contact:read",
        /// Change the contact.
        ContactWrite = "contact:write",
        /// What a rule set says of an enterprise.
        EligibilityRead = "eligibility:read",
        /// Assessments, decisions and movements.
        AssessmentsRead = "assessments:read",
        /// Published rule sets.
        RulesRead = "rules:read",
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

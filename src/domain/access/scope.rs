//! Which part of the register a caller sees.

use chrono::NaiveDate;

use super::api_scope::ApiScope;

/// The part of the register a caller sees; what lies outside does not exist for that caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    /// One `district_code` (区、县(市)).
    District(String),
    /// One enterprise, by its id.
    Enterprise(String),
    /// What enterprises have delegated to an agency (代理机构); which they are only the database can tell.
    Delegated(Delegated),
    Nothing,
}

/// The enterprises from which an agency has this very right on this day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegated {
    pub agency_id: String,
    pub right: ApiScope,
    pub on: NaiveDate,
}

impl Scope {
    /// Whether a record of this district and enterprise lies within; `None` where the database has to be asked.
    pub fn covers(&self, district_code: &str, enterprise_id: &str) -> Option<bool> {
        match self {
            Scope::All => Some(true),
            Scope::District(code) => Some(code == district_code),
            Scope::Enterprise(id) => Some(id == enterprise_id),
            Scope::Delegated(_) => None,
            Scope::Nothing => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;

    #[test]
    fn scope_is_bounded_and_missing_bounds_show_nothing() {
        let district = Role::DistrictOfficer.scope(Some("330602"), None);
        assert!(
            district.covers("330602", "e1") == Some(true)
                && district.covers("330603", "e1") == Some(false)
        );
        assert_eq!(
            Role::DistrictOfficer.scope(None, Some("e1")),
            Scope::Nothing
        );
        let own = Role::Enterprise.scope(Some("330602"), Some("e1"));
        assert!(
            own.covers("330602", "e1") == Some(true) && own.covers("330602", "e2") == Some(false)
        );
        assert_eq!(Role::Enterprise.scope(Some("330602"), None), Scope::Nothing);
        let nothing = Role::SystemAdmin.scope(Some("330602"), Some("e1"));
        assert_eq!(nothing.covers("330602", "e1"), Some(false));
        let all = Role::Auditor.scope(None, None);
        assert_eq!(all.covers("330602", "e1"), Some(true));
    }
}

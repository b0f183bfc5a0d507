//! Roles (角色) and which of them one account may hold one after the other.

use super::scope::Scope;
use crate::coded::coded;

coded! {
    /// What an account is (角色). Exactly one to an account.
    pub enum Role {
        /// 市级经办或审核人员
        CityOfficer = "CITY_OFFICER",
        /// 区、县(市)人员, own district only
        DistrictOfficer = "DISTRICT_OFFICER",
        /// 企业, own record only
        Enterprise = "ENTERPRISE",
        /// 审计人员, reads all and writes nothing
        Auditor = "AUDITOR",
        /// 系统管理员, manages accounts and sees no business data
        SystemAdmin = "SYSTEM_ADMIN",
        /// 安全管理员
        SecurityAdmin = "SECURITY_ADMIN",
        /// 审计管理员, reads the ledger
        AuditAdmin = "AUDIT_ADMIN",
    }
}

impl Role {
    /// The part of the register an account of this role sees. A role that lacks what would bound it sees nothing.
    pub fn scope(self, district_code: Option<&str>, enterprise_id: Option<&str>) -> Scope {
        match self {
            Role::CityOfficer | Role::Auditor => Scope::All,
            Role::DistrictOfficer => match district_code {
                Some(code) => Scope::District(code.to_string()),
                None => Scope::Nothing,
            },
            Role::Enterprise => match enterprise_id {
                Some(id) => Scope::Enterprise(id.to_string()),
                None => Scope::Nothing,
            },
            Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => Scope::Nothing,
        }
    }
}

/// 三员分立: what an account has been once decides what it may become. Each of the three administrators stands alone; all who
/// work on or look at the register are of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Business,
    System,
    Security,
    Audit,
}

impl Role {
    pub fn kind(self) -> Kind {
        match self {
            Role::CityOfficer | Role::DistrictOfficer | Role::Enterprise | Role::Auditor => {
                Kind::Business
            }
            Role::SystemAdmin => Kind::System,
            Role::SecurityAdmin => Kind::Security,
            Role::AuditAdmin => Kind::Audit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("ROOT"), None);
        assert_eq!(Role::parse("city_officer"), None);
    }

    #[test]
    fn administrators_are_exclusive_of_each_other_and_of_everybody_else() {
        let kinds = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin].map(Role::kind);
        assert!(!kinds.contains(&Kind::Business));
        assert!(kinds[0] != kinds[1] && kinds[1] != kinds[2] && kinds[0] != kinds[2]);
        assert_eq!(Role::Auditor.kind(), Role::CityOfficer.kind());
    }
}

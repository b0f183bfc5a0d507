//! Who may do what: roles, the part of the register an account sees, and the table of permissions.
//!
//! To add a permission, add a row to the table below; a role that is not named in the row does not have it.

use std::fmt;

/// What an account is (角色). Exactly one to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// 市级经办或审核人员
    CityOfficer,
    /// 区、县(市)人员, own district only
    DistrictOfficer,
    /// 企业, own record only
    Enterprise,
    /// 审计人员, reads all and writes nothing
    Auditor,
    /// 系统管理员, manages accounts and sees no business data
    SystemAdmin,
    /// 安全管理员
    SecurityAdmin,
    /// 审计管理员, reads the ledger
    AuditAdmin,
}

impl Role {
    pub const ALL: [Role; 7] = [
        Role::CityOfficer,
        Role::DistrictOfficer,
        Role::Enterprise,
        Role::Auditor,
        Role::SystemAdmin,
        Role::SecurityAdmin,
        Role::AuditAdmin,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::CityOfficer => "CITY_OFFICER",
            Role::DistrictOfficer => "DISTRICT_OFFICER",
            Role::Enterprise => "ENTERPRISE",
            Role::Auditor => "AUDITOR",
            Role::SystemAdmin => "SYSTEM_ADMIN",
            Role::SecurityAdmin => "SECURITY_ADMIN",
            Role::AuditAdmin => "AUDIT_ADMIN",
        }
    }

    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }

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

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The part of the register a caller sees; what lies outside does not exist for that caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    /// One `district_code` (区、县(市)).
    District(String),
    /// One enterprise, by its id.
    Enterprise(String),
    Nothing,
}

impl Scope {
    /// Whether a record of this district and enterprise lies within.
    pub fn covers(&self, district_code: &str, enterprise_id: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::District(code) => code == district_code,
            Scope::Enterprise(id) => id == enterprise_id,
            Scope::Nothing => false,
        }
    }
}

/// A permission as a type, so that a use case can ask for its proof: `&Caller<WriteRegister>`.
pub trait Permission: Send + Sync + 'static {
    const GRANT: Grant;
}

/// A row of the table: a permission and the roles that have it.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    pub name: &'static str,
    pub roles: &'static [Role],
}

impl Grant {
    pub fn allows(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $($role:ident),+;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Permission for $name {
                const GRANT: Grant = Grant { name: stringify!($name), roles: &[$(Role::$role),+] };
            }
        )+

        /// Every permission there is.
        pub const PERMISSIONS: &[Grant] = &[$($name::GRANT),+];
    };
}

permissions! {
    /// Read enterprises, their figures, titles, memberships and history.
    ReadRegister: CityOfficer, DistrictOfficer, Enterprise, Auditor;
    /// Create enterprises, titles held and incidents.
    WriteRegister: CityOfficer, DistrictOfficer;
    /// Amend an enterprise; an enterprise amends only its own contact.
    AmendEnterprise: CityOfficer, DistrictOfficer, Enterprise;
    /// Record figures; what an enterprise records is ENTITY_SUPPLIED.
    RecordFacts: CityOfficer, DistrictOfficer, Enterprise;
    /// Record an uscc whose check digit fails, with a reason.
    OverrideUscc: CityOfficer;
    /// Draft a version of a rule set, edit and test it.
    DraftRules: CityOfficer;
    /// Approve what somebody else has drafted.
    ApproveRules: CityOfficer;
    /// Publish an approved version of a rule set, or retire the rule set.
    PublishRules: CityOfficer;
    /// Read published rule sets.
    ReadRules: CityOfficer, DistrictOfficer, Enterprise, Auditor;
    /// Read drafts, test cases and test runs too.
    ReadRuleDrafts: CityOfficer, Auditor;
    RunAssessment: CityOfficer;
    ReadAssessments: CityOfficer, DistrictOfficer, Enterprise, Auditor;
    /// Try proposed rules on the whole register.
    RunSimulation: CityOfficer;
    ReadSimulations: CityOfficer, Auditor;
    /// The work list of past decisions that would be others now: for staff and auditors, not for the enterprises.
    ReadLateFindings: CityOfficer, DistrictOfficer, Auditor;
    SettleLateFindings: CityOfficer;
    /// 区级初审 of a proposed movement.
    EndorseMovement: DistrictOfficer;
    /// 市级审核 of an endorsed movement.
    DecideMovement: CityOfficer;
    /// Endorse or decide: the route is one, and the use case asks again for the step at hand.
    ActOnMovement: CityOfficer, DistrictOfficer;
    OverrideMembership: CityOfficer;
    Import: CityOfficer, DistrictOfficer;
    Export: CityOfficer, DistrictOfficer, Auditor;
    /// Read the whole ledger; the history of one enterprise needs only ReadRegister.
    ReadLedger: Auditor, AuditAdmin;
    ManageUsers: SystemAdmin;
    /// Own account, own password, own log-out.
    OwnAccount: CityOfficer, DistrictOfficer, Enterprise, Auditor, SystemAdmin, SecurityAdmin, AuditAdmin;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holders(name: &str) -> Vec<&'static str> {
        let grant = PERMISSIONS.iter().find(|grant| grant.name == name).unwrap();
        grant.roles.iter().map(|role| role.as_str()).collect()
    }

    #[test]
    fn names_of_roles_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("ROOT"), None);
        assert_eq!(Role::parse("city_officer"), None);
    }

    #[test]
    fn no_permission_is_named_twice() {
        let mut names: Vec<_> = PERMISSIONS.iter().map(|grant| grant.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PERMISSIONS.len());
    }

    #[test]
    fn an_auditor_only_reads() {
        for grant in PERMISSIONS
            .iter()
            .filter(|grant| grant.allows(Role::Auditor))
        {
            let reads =
                grant.name.starts_with("Read") || matches!(grant.name, "Export" | "OwnAccount");
            assert!(reads, "{}", grant.name);
        }
    }

    #[test]
    fn administrators_have_no_business_permission() {
        for grant in PERMISSIONS {
            let theirs = matches!(grant.name, "ManageUsers" | "OwnAccount");
            assert!(theirs || !grant.allows(Role::SystemAdmin), "{}", grant.name);
        }
        assert_eq!(holders("ManageUsers"), ["SYSTEM_ADMIN"]);
    }

    #[test]
    fn who_endorses_never_decides() {
        for role in Role::ALL {
            assert!(!(EndorseMovement::GRANT.allows(role) && DecideMovement::GRANT.allows(role)));
        }
    }

    #[test]
    fn scope_is_bounded_and_missing_bounds_show_nothing() {
        let district = Role::DistrictOfficer.scope(Some("330602"), None);
        assert!(district.covers("330602", "e1") && !district.covers("330603", "e1"));
        assert_eq!(
            Role::DistrictOfficer.scope(None, Some("e1")),
            Scope::Nothing
        );
        let own = Role::Enterprise.scope(Some("330602"), Some("e1"));
        assert!(own.covers("330602", "e1") && !own.covers("330602", "e2"));
        assert_eq!(Role::Enterprise.scope(Some("330602"), None), Scope::Nothing);
        assert!(
            !Role::SystemAdmin
                .scope(Some("330602"), Some("e1"))
                .covers("330602", "e1")
        );
        assert!(Role::Auditor.scope(None, None).covers("330602", "e1"));
    }
}

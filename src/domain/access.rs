//! Who may do what: roles, the part of the register an account sees, and the table of permissions.
//!
//! To add a permission, add a row to the table below; a role that is not named in the row does not have it, and an API
//! client has it only by the scope that stands in brackets.

mod api_scope;
mod role;
mod scope;
mod states;

pub use api_scope::ApiScope;
pub use role::{Kind, Role};
pub use scope::{Delegated, Scope};
pub use states::{AssignmentState, FactorShown, FactorState, Refusal, SessionEnd, State};

/// A permission as a type, so that a use case can ask for its proof: `&Caller<WriteRegister>`.
pub trait Permission: Send + Sync + 'static {
    const GRANT: Grant;
}

/// A row of the table: a permission, the roles that have it, and the scope by which an API client has it.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    pub name: &'static str,
    pub roles: &'static [Role],
    /// `None`: no API client ever has it.
    pub api_scope: Option<ApiScope>,
}

impl Grant {
    pub fn allows(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// An API client acts for enterprises: it never has what an enterprise's own account has not.
    pub fn allows_client(&self, scopes: &[ApiScope]) -> Option<ApiScope> {
        self.api_scope
            .filter(|scope| scopes.contains(scope) && self.allows(Role::Enterprise))
    }
}

macro_rules! permissions {
    (@scope) => { None };
    (@scope $scope:ident) => { Some(ApiScope::$scope) };
    ($($(#[$doc:meta])* $name:ident $([$scope:ident])?: $($role:ident),+;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Permission for $name {
                const GRANT: Grant = Grant {
                    name: stringify!($name),
                    roles: &[$(Role::$role),+],
                    api_scope: permissions!(@scope $($scope)?),
                };
            }
        )+

        /// Every permission there is.
        pub const PERMISSIONS: &[Grant] = &[$($name::GRANT),+];
    };
}

permissions! {
    /// Read enterprises, their figures, titles, memberships and history.
    ReadRegister [RegisterRead]: CityOfficer, DistrictOfficer, Enterprise, Auditor;
    /// Ask what a rule set says of an enterprise.
    ReadEligibility [EligibilityRead]: CityOfficer, DistrictOfficer, Enterprise, Auditor;
    /// Read a contact in full; each reading is an event.
    ReadPersonal [ContactRead]: CityOfficer, DistrictOfficer, Enterprise;
    /// Create enterprises, titles held and incidents.
    WriteRegister: CityOfficer, DistrictOfficer;
    /// Amend an enterprise; an enterprise amends only its own contact.
    AmendEnterprise [ContactWrite]: CityOfficer, DistrictOfficer, Enterprise;
    /// Record figures; what an enterprise records is ENTITY_SUPPLIED.
    RecordFacts [FactsWrite]: CityOfficer, DistrictOfficer, Enterprise;
    /// Record an uscc whose check digit fails, with a reason.
    OverrideUscc: CityOfficer;
    /// Draft a version of a rule set, edit and test it.
    DraftRules: CityOfficer;
    /// Approve what somebody else has drafted, or proposed to retire.
    ApproveRules: CityOfficer;
    /// Publish an approved version of a rule set, or propose to retire the rule set.
    PublishRules: CityOfficer;
    /// Read published rule sets.
    ReadRules [RulesRead]: CityOfficer, DistrictOfficer, Enterprise, Auditor;
    /// Read drafts, test cases and test runs too.
    ReadRuleDrafts: CityOfficer, Auditor;
    RunAssessment: CityOfficer;
    ReadAssessments [AssessmentsRead]: CityOfficer, DistrictOfficer, Enterprise, Auditor;
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
    /// Make, list and disable accounts, and propose their roles.
    ManageUsers: SystemAdmin;
    /// Decide on a role that somebody else has proposed.
    DecideRoles: SecurityAdmin;
    /// Decide, or take back what oneself has proposed: the route is one, and the use case asks again for the step at hand.
    ActOnRoleAssignment: SystemAdmin, SecurityAdmin;
    ReadRoleAssignments: SystemAdmin, SecurityAdmin;
    /// Agencies (代理机构) that act for enterprises.
    ManageAgencies: CityOfficer;
    ReadAgencies: CityOfficer, DistrictOfficer, Enterprise, Auditor, SecurityAdmin;
    /// Delegate an enterprise to an agency. What the agency's programs state, the enterprise states: so nobody else
    /// gives them anything.
    Delegate: Enterprise;
    /// Revoke a delegation, in an emergency somebody else's too.
    RevokeDelegations: CityOfficer, Enterprise, SecurityAdmin;
    ReadDelegations: CityOfficer, DistrictOfficer, Enterprise, Auditor, SecurityAdmin;
    /// Make API clients and keys: an enterprise for itself, a city officer for agencies.
    ManageApiClients: CityOfficer, Enterprise;
    /// Disable an API client, revoke a key: in an emergency somebody else's too.
    RevokeApiClients: CityOfficer, Enterprise, SecurityAdmin;
    ReadApiClients: CityOfficer, Enterprise, SecurityAdmin;
    /// See and end the log-ins of others.
    ManageSessions: SystemAdmin, SecurityAdmin;
    /// Take away a second factor whose device is lost. Who may do this sets no passwords: see ManageUsers.
    ResetSecondFactor: SecurityAdmin;
    /// Change the keys that sign tokens.
    ManageKeys: SecurityAdmin;
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
            let name = grant.name;
            let system = matches!(
                name,
                "ManageUsers"
                    | "ManageSessions"
                    | "ActOnRoleAssignment"
                    | "ReadRoleAssignments"
                    | "OwnAccount"
            );
            assert!(system || !grant.allows(Role::SystemAdmin), "{name}");
            let security = matches!(
                name,
                "DecideRoles"
                    | "ActOnRoleAssignment"
                    | "ManageSessions"
                    | "ResetSecondFactor"
                    | "ManageKeys"
                    | "ReadRoleAssignments"
                    | "ReadAgencies"
                    | "RevokeDelegations"
                    | "ReadDelegations"
                    | "RevokeApiClients"
                    | "ReadApiClients"
                    | "OwnAccount"
            );
            assert!(security || !grant.allows(Role::SecurityAdmin), "{name}");
            let audit = matches!(name, "ReadLedger" | "OwnAccount");
            assert!(audit || !grant.allows(Role::AuditAdmin), "{name}");
        }
        assert_eq!(holders("ManageUsers"), ["SYSTEM_ADMIN"]);
        assert_eq!(holders("DecideRoles"), ["SECURITY_ADMIN"]);
        assert_eq!(holders("Delegate"), ["ENTERPRISE"]);
    }

    #[test]
    fn an_api_client_has_nothing_an_enterprise_has_not() {
        for grant in PERMISSIONS.iter().filter(|it| it.api_scope.is_some()) {
            assert!(grant.allows(Role::Enterprise), "{}", grant.name);
        }
        let all = ApiScope::ALL;
        assert_eq!(WriteRegister::GRANT.allows_client(&all), None);
        assert_eq!(OwnAccount::GRANT.allows_client(&all), None);
        assert_eq!(ReadRegister::GRANT.allows_client(&[]), None);
        let read = Some(ApiScope::RegisterRead);
        assert_eq!(ReadRegister::GRANT.allows_client(&all), read);
    }

    #[test]
    fn every_api_scope_opens_something() {
        for scope in ApiScope::ALL {
            let opens = |grant: &&Grant| grant.api_scope == Some(scope);
            assert!(PERMISSIONS.iter().any(|it| opens(&it)), "{scope}");
        }
    }

    #[test]
    fn who_endorses_never_decides() {
        for role in Role::ALL {
            assert!(!(EndorseMovement::GRANT.allows(role) && DecideMovement::GRANT.allows(role)));
        }
    }
}

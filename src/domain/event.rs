//! What happened (事件): every change of state by its kind, with the record's new state as its body.
//!
//! A body is hashed and kept for ever: a member is never renamed or taken away, and a new one may be left out. It holds no
//! secret, and of what is personal only the commitment. To add a kind: its body in the file of its trade, a line in
//! [`Event`], and what it does to the tables in [`crate::fold`].

pub mod access;
pub mod account;
pub mod documents;
pub mod hashed;
pub mod office;
pub mod pools;
pub mod register;

use serde::de::DeserializeOwned;

use crate::ledger::{Canonical, NotCanonical, Subject, Told, Written};
use access::{
    AgencyState, ApiClientState, ApiKeyMade, ApiKeyRevoked, ApiKeysUsed, DelegationMade,
    DelegationRevoked, SecretMade, SigningKeyEnded, SigningKeyForgotten, SigningKeyKept,
    SigningKeyResealed, SigningKeyRotated,
};
use account::{
    AccountGiven, AccountSetupBegun, AccountTold, PasswordRehashed, RecoveryCodesRenewed,
    RoleAssigned, RoleProposed, RoleRefused, RoleSuspended, SecondFactorEnrolled,
    SecondFactorSealed, SessionEnded, SessionRefreshed, SessionRefused, SessionStarted,
};
use documents::{
    CasesChanged, RetirementStands, VersionApproved, VersionEdited, VersionPublished,
    VersionStands, VersionTested, WaiverEnded, WaiverGiven,
};
use office::{ExportDeleted, ExportMade, Forgotten, ImportCompleted, Operation, Simulation};
use pools::{
    AssessmentRun, DecisionMade, LateFactsSought, LateFinding, LateSettlementTakenBack,
    MembershipChanged, MembershipEvaluated, MovementState, MovementSuperseded, MovementTakenBack,
};
use register::{
    CertificationState, EnterpriseAmended, EnterpriseRegistered, FactsStated, PersonalDataRead,
};

/// The kinds of events: variant, body, kind of the subject and the member of the body that holds the subject's id.
///
/// That member stands in the entry beside the body and not in it; it is filled in when the entry is read.
macro_rules! events {
    ($($subject:literal { $($variant:ident($body:ty) of $id:ident = $kind:literal,)+ })+) => {
        #[derive(Debug, Clone, PartialEq)]
        // One at a time, told or read and gone: a box for each would cost more than the room.
        #[allow(clippy::large_enum_variant)]
        pub enum Event {
            $($($variant($body),)+)+
        }

        impl Event {
            /// Every kind there is.
            pub const KINDS: &[&str] = &[$($($kind),+),+];

            pub fn kind(&self) -> &'static str {
                match self {
                    $($(Event::$variant(_) => $kind,)+)+
                }
            }

            pub fn subject(&self) -> Subject {
                match self {
                    $($(Event::$variant(body) => Subject::new($subject, body.$id.clone()),)+)+
                }
            }

            fn body(&self) -> Result<Canonical, NotCanonical> {
                match self {
                    $($(Event::$variant(body) => Canonical::of_body(body),)+)+
                }
            }

            /// Reads an entry back: its kind and subject must be ones there are, and its body the kind's own.
            pub fn read(told: &Told) -> Result<Event, Unreadable> {
                match (told.kind.as_str(), told.subject.kind.as_str()) {
                    $($(($kind, $subject) => {
                        let mut body: $body = body_of(told)?;
                        body.$id = told.subject.id.clone();
                        Ok(Event::$variant(body))
                    })+)+
                    _ => Err(Unreadable::Unknown {
                        kind: told.kind.clone(),
                        subject: told.subject.kind.clone(),
                    }),
                }
            }
        }
    };
}

events! {
    "enterprise" {
        EnterpriseRegistered(EnterpriseRegistered) of enterprise_id = "ENTERPRISE_REGISTERED",
        EnterpriseAmended(EnterpriseAmended) of enterprise_id = "ENTERPRISE_AMENDED",
        PersonalDataRead(PersonalDataRead) of enterprise_id = "PERSONAL_DATA_READ",
        FactsStated(FactsStated) of enterprise_id = "FACTS_STATED",
        CertificationRecorded(CertificationState) of enterprise_id = "CERTIFICATION_RECORDED",
        CertificationCorrected(CertificationState) of enterprise_id = "CERTIFICATION_CORRECTED",
        DelegationMade(DelegationMade) of enterprise_id = "DELEGATION_MADE",
        DelegationRevoked(DelegationRevoked) of enterprise_id = "DELEGATION_REVOKED",
        DecisionMade(DecisionMade) of enterprise_id = "DECISION_MADE",
        MovementProposed(MovementState) of enterprise_id = "MOVEMENT_PROPOSED",
        OverrideProposed(MovementState) of enterprise_id = "OVERRIDE_PROPOSED",
        MovementDecided(MovementState) of enterprise_id = "MOVEMENT_DECIDED",
        MovementTakenBack(MovementTakenBack) of enterprise_id = "MOVEMENT_STEP_TAKEN_BACK",
        MovementSuperseded(MovementSuperseded) of enterprise_id = "MOVEMENT_SUPERSEDED",
        MembershipChanged(MembershipChanged) of enterprise_id = "MEMBERSHIP_CHANGED",
        MembershipEvaluated(MembershipEvaluated) of enterprise_id = "MEMBERSHIP_EVALUATED",
        LateFindingOpened(LateFinding) of enterprise_id = "LATE_FINDING_OPENED",
        LateFindingChanged(LateFinding) of enterprise_id = "LATE_FINDING_CHANGED",
        LateFindingResolved(LateFinding) of enterprise_id = "LATE_FINDING_RESOLVED",
        LateFindingSettled(LateFinding) of enterprise_id = "LATE_FINDING_SETTLED",
        LateSettlementTakenBack(LateSettlementTakenBack) of enterprise_id = "LATE_SETTLEMENT_TAKEN_BACK",
    }
    "account" {
        AccountCreated(AccountGiven) of user_id = "ACCOUNT_CREATED",
        AccountChanged(AccountGiven) of user_id = "ACCOUNT_CHANGED",
        AccountSetupBegun(AccountSetupBegun) of user_id = "ACCOUNT_SETUP_BEGUN",
        AccountSetUp(AccountTold) of user_id = "ACCOUNT_SET_UP",
        RoleProposed(RoleProposed) of user_id = "ROLE_PROPOSED",
        RoleAssigned(RoleAssigned) of user_id = "ROLE_ASSIGNED",
        RoleRefused(RoleRefused) of user_id = "ROLE_REFUSED",
        RoleProposalTakenBack(RoleRefused) of user_id = "ROLE_PROPOSAL_TAKEN_BACK",
        RoleSuspended(RoleSuspended) of user_id = "ROLE_SUSPENDED",
        PasswordChanged(AccountTold) of user_id = "PASSWORD_CHANGED",
        PasswordReset(AccountTold) of user_id = "PASSWORD_RESET",
        PasswordRehashed(PasswordRehashed) of user_id = "PASSWORD_REHASHED",
        SecondFactorBegun(SecondFactorSealed) of user_id = "SECOND_FACTOR_BEGUN",
        SecondFactorEnrolled(SecondFactorEnrolled) of user_id = "SECOND_FACTOR_ENROLLED",
        SecondFactorResealed(SecondFactorSealed) of user_id = "SECOND_FACTOR_RESEALED",
        SecondFactorRemoved(AccountTold) of user_id = "SECOND_FACTOR_REMOVED",
        SecondFactorReset(AccountTold) of user_id = "SECOND_FACTOR_RESET",
        RecoveryCodesRenewed(RecoveryCodesRenewed) of user_id = "RECOVERY_CODES_RENEWED",
        SessionStarted(SessionStarted) of user_id = "SESSION_STARTED",
        SessionRefreshed(SessionRefreshed) of user_id = "SESSION_REFRESHED",
        SessionEnded(SessionEnded) of user_id = "SESSION_ENDED",
        SessionRefused(SessionRefused) of user_id = "SESSION_REFUSED",
    }
    "agency" {
        AgencyRegistered(AgencyState) of agency_id = "AGENCY_REGISTERED",
        AgencyChanged(AgencyState) of agency_id = "AGENCY_CHANGED",
    }
    "api_client" {
        ApiClientCreated(ApiClientState) of client_id = "API_CLIENT_CREATED",
        ApiClientChanged(ApiClientState) of client_id = "API_CLIENT_CHANGED",
        ApiKeyMade(ApiKeyMade) of client_id = "API_KEY_MADE",
        ApiKeyRevoked(ApiKeyRevoked) of client_id = "API_KEY_REVOKED",
        ApiKeysUsed(ApiKeysUsed) of client_id = "API_KEYS_USED",
    }
    "signing_key" {
        SigningKeyKept(SigningKeyKept) of kid = "SIGNING_KEY_KEPT",
        SigningKeyRotated(SigningKeyRotated) of kid = "SIGNING_KEY_ROTATED",
        SigningKeyEnded(SigningKeyEnded) of kid = "SIGNING_KEY_ENDED",
        SigningKeyResealed(SigningKeyResealed) of kid = "SIGNING_KEY_RESEALED",
        SigningKeyForgotten(SigningKeyForgotten) of kid = "SIGNING_KEY_FORGOTTEN",
    }
    "secret" {
        SecretMade(SecretMade) of name = "SECRET_MADE",
    }
    "assessment_run" {
        AssessmentBegun(AssessmentRun) of id = "ASSESSMENT_BEGUN",
        AssessmentEnded(AssessmentRun) of id = "ASSESSMENT_ENDED",
    }
    "late_facts" {
        LateFactsSought(LateFactsSought) of search = "LATE_FACTS_SOUGHT",
    }
    "document" {
        DocumentDrafted(VersionStands) of name = "DOCUMENT_DRAFTED",
        DocumentEdited(VersionEdited) of name = "DOCUMENT_EDITED",
        DocumentReopened(VersionStands) of name = "DOCUMENT_REOPENED",
        DocumentTested(VersionTested) of name = "DOCUMENT_TESTED",
        DocumentApproved(VersionApproved) of name = "DOCUMENT_APPROVED",
        DocumentApprovalTakenBack(VersionStands) of name = "DOCUMENT_APPROVAL_TAKEN_BACK",
        DocumentPublished(VersionPublished) of name = "DOCUMENT_PUBLISHED",
        DocumentWithdrawn(VersionStands) of name = "DOCUMENT_WITHDRAWN",
        DocumentCasesChanged(CasesChanged) of name = "DOCUMENT_CASES_CHANGED",
        DocumentBoundaryWaived(WaiverGiven) of name = "DOCUMENT_BOUNDARY_WAIVED",
        DocumentWaiverTakenBack(WaiverEnded) of name = "DOCUMENT_WAIVER_TAKEN_BACK",
        DocumentWaiverLapsed(WaiverEnded) of name = "DOCUMENT_WAIVER_LAPSED",
        DocumentRetirementProposed(RetirementStands) of name = "DOCUMENT_RETIREMENT_PROPOSED",
        DocumentRetirementRejected(RetirementStands) of name = "DOCUMENT_RETIREMENT_REJECTED",
        DocumentRetirementTakenBack(RetirementStands) of name = "DOCUMENT_RETIREMENT_TAKEN_BACK",
        DocumentRetired(RetirementStands) of name = "DOCUMENT_RETIRED",
    }
    "simulation" {
        SimulationListed(Simulation) of simulation_id = "SIMULATION_LISTED",
        SimulationCompleted(Simulation) of simulation_id = "SIMULATION_COMPLETED",
        SimulationFailed(Simulation) of simulation_id = "SIMULATION_FAILED",
    }
    "operation" {
        OperationBegun(Operation) of operation_id = "OPERATION_BEGUN",
        OperationEnded(Operation) of operation_id = "OPERATION_ENDED",
    }
    "import" {
        ImportCompleted(ImportCompleted) of import_id = "IMPORT_COMPLETED",
    }
    "export" {
        ExportMade(ExportMade) of export_id = "EXPORT_MADE",
        ExportDeleted(ExportDeleted) of export_id = "EXPORT_DELETED",
    }
    "idempotency_keys" {
        KeysForgotten(Forgotten) of whose = "IDEMPOTENCY_KEYS_FORGOTTEN",
    }
    "sessions" {
        SessionsForgotten(Forgotten) of whose = "SESSIONS_FORGOTTEN",
    }
}

/// Why an entry tells nothing that is known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("there is no event {kind} about a {subject}")]
    Unknown { kind: String, subject: String },
    #[error("the body of {kind} is none: {fault}")]
    Body { kind: String, fault: String },
}

fn body_of<T: DeserializeOwned>(told: &Told) -> Result<T, Unreadable> {
    serde_json::from_value(told.body.clone()).map_err(|error| Unreadable::Body {
        kind: told.kind.clone(),
        fault: error.to_string(),
    })
}

impl From<Event> for Written {
    fn from(event: Event) -> Self {
        Written::new(event.kind(), event.subject(), event.body())
    }
}

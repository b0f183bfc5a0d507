//! How accounts, agencies, programs, assignments of roles, second factors and log-ins stand, and why a log-in ended.

use crate::coded::coded;

coded! {
    /// Whether an account, an agency or a program is let in.
    pub enum State {
        Active = "ACTIVE",
        Disabled = "DISABLED",
    }
}

coded! {
    /// 授权: how an assignment of a role stands.
    pub enum AssignmentState {
        Proposed = "PROPOSED",
        /// In force.
        Approved = "APPROVED",
        Rejected = "REJECTED",
        Superseded = "SUPERSEDED",
        /// 已撤回 by who proposed it
        Withdrawn = "WITHDRAWN",
    }
}

coded! {
    /// 第二重验证
    pub enum FactorState {
        /// The secret was handed over; no code of it was seen yet.
        Pending = "PENDING",
        Active = "ACTIVE",
    }
}

coded! {
    /// What was shown to get in beside the password.
    pub enum FactorShown {
        Code = "TOTP",
        RecoveryCode = "RECOVERY_CODE",
    }
}

coded! {
    /// Why somebody was not let in.
    pub enum Refusal {
        Unknown = "UNKNOWN",
        Locked = "LOCKED",
        Password = "PASSWORD",
        Disabled = "DISABLED",
        SecondFactor = "SECOND_FACTOR",
        SecondFactorMissing = "SECOND_FACTOR_MISSING",
        SecondFactorLocked = "SECOND_FACTOR_LOCKED",
    }
}

coded! {
    /// Why a session ended.
    pub enum SessionEnd {
        Logout = "LOGOUT",
        /// An older refresh token came: somebody has kept it.
        Reuse = "REUSE",
        TooMany = "TOO_MANY",
        ByOwner = "ENDED_BY_OWNER",
        ByAdministrator = "ENDED_BY_ADMINISTRATOR",
        PasswordReset = "PASSWORD_RESET",
        PasswordChanged = "PASSWORD_CHANGED",
        AccountChanged = "ACCOUNT_CHANGED",
        AccountSetUp = "ACCOUNT_SET_UP",
        RoleChanged = "ROLE_CHANGED",
        RoleSuspended = "ROLE_SUSPENDED",
        SecondFactorEnrolled = "SECOND_FACTOR_ENROLLED",
        SecondFactorRemoved = "SECOND_FACTOR_REMOVED",
        SecondFactorReset = "SECOND_FACTOR_RESET",
    }
}

//! What happens to an account: its role, password, second factor and log-ins.
//!
//! No entry holds a name, a password or a token. Of what is stored of them it holds the SHA-256, so that another one in its
//! place is found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::hashed::Hashed;
use crate::access::{FactorShown, Refusal, Role, SessionEnd, State};

/// All that may change of an account, as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    pub username: Hashed,
    pub password_hash: Hashed,
    pub password_changed_at: DateTime<Utc>,
    pub password_provisional: bool,
    pub second_factor: bool,
    pub role: Option<Role>,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub state: State,
    pub epoch: i64,
}

/// An account after a change that its kind says all about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTold {
    #[serde(skip)]
    pub user_id: String,
    #[serde(flatten)]
    pub account: AccountState,
}

/// An account that was made or changed by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountGiven {
    #[serde(skip)]
    pub user_id: String,
    #[serde(flatten)]
    pub account: AccountState,
    /// The assignment that gave it its role at the same time, decided by who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_id: Option<String>,
}

/// A role that somebody else is to decide on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleProposed {
    #[serde(skip)]
    pub user_id: String,
    pub assignment_id: String,
    pub role: Role,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
}

/// A role in force. It and what bounds it are the account's from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssigned {
    #[serde(skip)]
    pub user_id: String,
    pub assignment_id: String,
    pub proposed_by: String,
    pub reason: Option<String>,
    #[serde(flatten)]
    pub account: AccountState,
}

/// A proposed role that comes to nothing: it was rejected, or taken back by who proposed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRefused {
    #[serde(skip)]
    pub user_id: String,
    pub assignment_id: String,
    pub role: Role,
    pub district_code: Option<String>,
    pub enterprise_id: Option<String>,
    pub proposed_by: String,
    pub reason: Option<String>,
}

/// The account has no role until somebody has decided again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSuspended {
    #[serde(skip)]
    pub user_id: String,
    /// The one that is in force no more.
    pub assignment_id: Option<String>,
    #[serde(flatten)]
    pub account: AccountState,
}

/// A token with which the owner sets a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSetupBegun {
    #[serde(skip)]
    pub user_id: String,
    pub token_hash: Hashed,
    pub expires_at: DateTime<Utc>,
}

/// The same password under another hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRehashed {
    #[serde(skip)]
    pub user_id: String,
    pub password_hash: Hashed,
}

/// The secret of a second factor as it is sealed: a new one that waits for its first code, or the same one sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorSealed {
    #[serde(skip)]
    pub user_id: String,
    pub sealed_secret: Hashed,
}

/// The second factor counts from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorEnrolled {
    #[serde(skip)]
    pub user_id: String,
    /// The step of its first code.
    pub last_step: i64,
    pub recovery_codes: Vec<Hashed>,
    #[serde(flatten)]
    pub account: AccountState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryCodesRenewed {
    #[serde(skip)]
    pub user_id: String,
    pub recovery_codes: Vec<Hashed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionStarted {
    #[serde(skip)]
    pub user_id: String,
    pub session: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<FactorShown>,
    /// Of the code that was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_step: Option<i64>,
    /// The one that was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<Hashed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRefreshed {
    #[serde(skip)]
    pub user_id: String,
    pub session: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionEnded {
    #[serde(skip)]
    pub user_id: String,
    pub session: String,
    pub reason: SessionEnd,
}

/// Somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRefused {
    /// `unknown` where nobody has the name.
    #[serde(skip)]
    pub user_id: String,
    pub reason: Refusal,
}

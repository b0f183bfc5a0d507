//! What happens to agencies, delegations, programs and the keys of all kinds.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::hashed::Hashed;
use crate::access::{ApiScope, State};
use crate::api_key::KeyKind;

/// An agency (代理机构) as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyState {
    #[serde(skip)]
    pub agency_id: String,
    pub uscc: String,
    pub name: String,
    pub state: State,
}

/// An enterprise lets an agency act for it (委托).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationMade {
    #[serde(skip)]
    pub enterprise_id: String,
    pub delegation_id: String,
    /// The agency's uscc.
    pub agency: String,
    pub agency_id: String,
    pub scopes: Vec<ApiScope>,
    pub valid_from: NaiveDate,
    pub valid_through: NaiveDate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationRevoked {
    #[serde(skip)]
    pub enterprise_id: String,
    pub delegation_id: String,
}

/// A program as it is from now on. Rights and ranges of addresses are divided by blanks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiClientState {
    #[serde(skip)]
    pub client_id: String,
    pub name: String,
    pub enterprise_id: Option<String>,
    pub agency_id: Option<String>,
    pub scopes: String,
    pub addresses: String,
    pub state: State,
}

/// A new key of a program. One whose time is over gives its place up to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyMade {
    #[serde(skip)]
    pub client_id: String,
    pub key_id: String,
    pub place: i32,
    pub kind: KeyKind,
    /// Its first characters, by which its owner knows it again.
    pub hint: String,
    pub hash: Hashed,
    pub valid_through: NaiveDate,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRevoked {
    #[serde(skip)]
    pub client_id: String,
    pub key_id: String,
}

/// When keys of a program were used last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeysUsed {
    #[serde(skip)]
    pub client_id: String,
    pub used: BTreeMap<String, DateTime<Utc>>,
}

/// A key that signs access tokens from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyKept {
    #[serde(skip)]
    pub kid: String,
    pub sealed_key: Hashed,
    pub signs_from: DateTime<Utc>,
}

/// A new key in the place of those there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyRotated {
    #[serde(skip)]
    pub kid: String,
    pub sealed_key: Hashed,
    pub signs_from: DateTime<Utc>,
    pub others_good_until: DateTime<Utc>,
    /// The others may be known to somebody.
    pub compromised: bool,
}

/// Another key took its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyEnded {
    #[serde(skip)]
    pub kid: String,
    pub good_until: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// The same key, sealed under another master secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyResealed {
    #[serde(skip)]
    pub kid: String,
    pub sealed_key: Hashed,
}

/// Good for nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyForgotten {
    #[serde(skip)]
    pub kid: String,
}

/// A secret that the program made for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretMade {
    #[serde(skip)]
    pub name: String,
    pub value: Hashed,
}

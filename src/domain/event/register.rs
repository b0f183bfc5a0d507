//! What happens to an enterprise, its figures and its titles.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::enterprise::LegalStatus;
use crate::facts::Evidence;

/// A new enterprise, in the state that holds since it was registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnterpriseRegistered {
    #[serde(skip)]
    pub enterprise_id: String,
    pub uscc: String,
    pub uscc_override_reason: Option<String>,
    #[serde(flatten)]
    pub state: EnterpriseState,
}

/// All that may change of an enterprise; of the contact only the commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterpriseState {
    pub name: String,
    pub district_code: String,
    pub park: Option<String>,
    pub registered_on: NaiveDate,
    pub industry_code: String,
    pub legal_status: LegalStatus,
    pub contact_commitment: Option<String>,
}

/// Other states than were recorded, each from its day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseAmended {
    #[serde(skip)]
    pub enterprise_id: String,
    pub effective_from: NaiveDate,
    /// Each changed member of the state in force on the day, with what it was and what it is.
    pub changes: Map<String, Json>,
    /// The state from the day on.
    pub state: EnterpriseState,
    /// Later states that take some of the change on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried_on: Vec<CarriedOn>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedOn {
    pub effective_from: NaiveDate,
    /// Those that it takes on.
    pub members: Vec<String>,
    pub state: EnterpriseState,
}

/// Somebody saw a contact in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalDataRead {
    #[serde(skip)]
    pub enterprise_id: String,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub purpose: Option<String>,
}

/// Figures of a year, or facts that hold from a day on; null where a value is withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsStated {
    #[serde(skip)]
    pub enterprise_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    pub facts: Map<String, Json>,
    pub evidence: Evidence,
    pub source: String,
}

/// A title as it is held now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificationState {
    #[serde(skip)]
    pub enterprise_id: String,
    pub certification_id: String,
    pub scheme: String,
    pub number: String,
    pub valid_from: NaiveDate,
    pub valid_through: Option<NaiveDate>,
    pub issuer: Option<String>,
    pub document: Option<String>,
}

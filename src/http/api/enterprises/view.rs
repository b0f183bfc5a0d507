//! What goes out: an enterprise with its contact, and its former names.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::enterprise::{EnterpriseView, FormerName as Name};
use crate::domain::at::At;
use crate::domain::contact;
use crate::http::time::{Day, Instant};

/// An enterprise as it was on `as_of`, by what was known at `known_at`.
#[derive(Serialize, ToSchema)]
pub struct Enterprise {
    /// The subject under which the ledger tells of it.
    id: String,
    /// 统一社会信用代码
    #[schema(example = "91330602MAFF89BB62")]
    uscc: String,
    /// Given when a check digit of the code fails and a city officer took it all the same.
    uscc_override_reason: Option<String>,
    #[schema(example = "绍兴示例新材料有限公司")]
    name: String,
    #[schema(example = "330602")]
    district_code: String,
    park: Option<String>,
    registered_on: Day,
    #[schema(example = "C1713")]
    industry_code: String,
    /// `ACTIVE`, `DEREGISTERED`, `LICENCE_REVOKED` or `MOVED_OUT`.
    legal_status: String,
    /// The pool it is in: `STARTER`, `ACCELERATION`, `SPRINT`, or null.
    pool: Option<String>,
    /// Null where none was given. Masked (王*, 138****8000) for all but the enterprise's own account: `…/contact` shows it in
    /// full.
    contact: Option<Contact>,
    created_at: Instant,
    updated_at: Instant,
    as_of: Day,
    known_at: Instant,
}

#[derive(Serialize, ToSchema)]
pub struct Contact {
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

/// Names it had before (曾用名), oldest first.
#[derive(Serialize, ToSchema)]
pub struct FormerNames {
    items: Vec<FormerName>,
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

#[derive(Serialize, ToSchema)]
pub struct FormerName {
    name: String,
    used_from: Day,
    /// The first day of the name that followed.
    used_until: Day,
}

impl Enterprise {
    pub fn of(view: EnterpriseView, at: At) -> Self {
        let EnterpriseView { record, contact } = view;
        Enterprise {
            id: record.id,
            uscc: record.uscc,
            uscc_override_reason: record.uscc_override_reason,
            name: record.name,
            district_code: record.district_code,
            park: record.park,
            registered_on: Day(record.registered_on),
            industry_code: record.industry_code,
            legal_status: record.legal_status,
            pool: record.pool,
            contact: contact.map(Contact::from),
            created_at: Instant(record.created_at),
            updated_at: Instant(record.updated_at),
            as_of: Day(at.as_of),
            // A change recorded between the question and the answer was known when it was answered.
            known_at: Instant(at.known_at.max(record.updated_at)),
        }
    }
}

impl From<contact::Contact> for Contact {
    fn from(contact: contact::Contact) -> Self {
        Contact {
            name: contact.name,
            phone: contact.phone,
            email: contact.email,
        }
    }
}

impl FormerNames {
    pub fn of(names: Vec<Name>, at: At) -> Self {
        let items = names.into_iter().map(|it| FormerName {
            name: it.name,
            used_from: Day(it.used_from),
            used_until: Day(it.used_until),
        });
        FormerNames {
            items: items.collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        }
    }
}

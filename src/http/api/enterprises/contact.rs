//! `/v1/enterprises/{uscc}/contact`: the contact in full; each reading is an event.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::enterprise::{self, ContactView};
use crate::domain::access::ReadPersonal;
use crate::domain::contact::Contact;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::{Day, Instant, When};

/// A contact (联系人) in full; all null where none was given.
#[derive(Serialize, ToSchema)]
pub struct FullContact {
    #[schema(example = "王芳")]
    name: Option<String>,
    #[schema(example = "13800138000")]
    phone: Option<String>,
    email: Option<String>,
    as_of: Day,
    known_at: Instant,
}

#[derive(Deserialize, IntoParams)]
pub struct Reading {
    /// What it is read for, at most 200 characters; it stands in the event.
    #[param(example = "通知评估结果")]
    purpose: Option<String>,
    /// The day whose contact to show; today if not given.
    as_of: Option<String>,
    /// The instant whose knowledge to show; now if not given.
    known_at: Option<String>,
}

pub async fn get(
    ticket: Ticket<ReadPersonal>,
    uscc: Path<String>,
    query: Query<Reading>,
) -> Result<Shown<FullContact>, Problem> {
    let found = ticket.call(move |app, caller| {
        let Reading {
            purpose,
            as_of,
            known_at,
        } = query.read()?;
        let at = When { as_of, known_at }.at(&*app.env.clock)?;
        let read = enterprise::contact(app, &caller, &uscc, at, purpose.as_deref());
        read.map_err(|error| query::names(error, &["/purpose"]))
    });
    let ContactView { contact, at } = found.await?;
    let Contact { name, phone, email } = contact.unwrap_or_default();
    Ok(Shown::new(FullContact {
        name,
        phone,
        email,
        as_of: Day(at.as_of),
        known_at: Instant(at.known_at),
    }))
}

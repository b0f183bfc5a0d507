//! `/v1/enterprises/{uscc}/certifications`: titles held, granted here or elsewhere.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::certification::{self, CertificationView};
use crate::app::shown::Versioned;
use crate::domain::access::{ReadRegister, WriteRegister};
use crate::domain::certification::CertificationInput;
use crate::http::answer::{Answer, Created, Shown};
use crate::http::body::Once;
use crate::http::etag::{Etag, IfMatch};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

/// As they stood by what was known at `known_at`, in the order of their first days.
#[derive(Serialize, ToSchema)]
pub struct Certifications {
    items: Vec<CertificationView>,
    /// Always null: an enterprise has few.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

// What `domain` reads knows no documents.
/// A title as it is recorded, or the corrected state that takes its place as a whole.
#[derive(Deserialize, ToSchema)]
pub struct NewCertification {
    /// One of `/v1/enumerations/schemes`.
    #[schema(example = "NATIONAL_HNTE")]
    scheme: Option<String>,
    /// 证书编号, at most 64 characters without blanks. Recorded already for this scheme: 409
    /// `certification.number_taken`.
    #[schema(example = "GR202333001234")]
    number: Option<String>,
    #[schema(example = "2023-12-08", format = Date)]
    valid_from: Option<String>,
    /// The last valid day, at most as long after the first as the scheme allows; null or left out where no end is known.
    #[schema(example = "2026-12-08", format = Date)]
    valid_through: Option<String>,
    /// At most 200 characters.
    issuer: Option<String>,
    /// 文号, at most 200 characters.
    document: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<Certifications>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = certification::list(app, &caller, &uscc, at)?;
        Ok(Certifications {
            items: found.into_iter().map(|it| it.record).collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

pub async fn create(
    ticket: Ticket<WriteRegister>,
    uscc: Path<String>,
    once: Once<NewCertification>,
) -> Result<Created<CertificationView>, Problem> {
    let url = format!("/v1/enterprises/{uscc}/certifications/");
    let done = ticket.change(once, move |app, caller, body| {
        Ok(certification::record(app, &caller, &uscc, &body.into())?)
    });
    let Done { value, replayed } = done.await?;
    let url = url + &value.id;
    Ok(shown(value).location(url).replayed(replayed))
}

pub async fn get(
    ticket: Ticket<ReadRegister>,
    path: Path<(String, String)>,
    query: Query<When>,
) -> Result<Shown<CertificationView>, Problem> {
    let found = ticket.call(move |app, caller| {
        let (uscc, id) = &*path;
        let at = query.read()?.at(&*app.env.clock)?;
        Ok(certification::get(app, &caller, uscc, id, at)?)
    });
    Ok(shown(found.await?))
}

pub async fn correct(
    ticket: Ticket<WriteRegister>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    once: Once<NewCertification>,
) -> Result<Shown<CertificationView>, Problem> {
    let done = ticket.change(once, move |app, caller, body| {
        let (uscc, id) = &*path;
        let expected = if_match.read()?;
        Ok(certification::correct(
            app,
            &caller,
            uscc,
            id,
            &expected,
            &body.into(),
        )?)
    });
    let Done { value, replayed } = done.await?;
    Ok(shown(value).replayed(replayed))
}

fn shown<const STATUS: u16>(
    found: Versioned<CertificationView>,
) -> Answer<CertificationView, STATUS> {
    let etag = Etag::on_day(found.version, found.as_of.0);
    Answer::new(found.record).etag(etag)
}

impl From<NewCertification> for CertificationInput {
    fn from(body: NewCertification) -> Self {
        CertificationInput {
            scheme: body.scheme,
            number: body.number,
            valid_from: body.valid_from,
            valid_through: body.valid_through,
            issuer: body.issuer,
            document: body.document,
        }
    }
}

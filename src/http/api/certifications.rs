//! `/v1/enterprises/{uscc}/certifications`: titles held, granted here or elsewhere.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::certification::{self, CertificationView};
use crate::domain::access::{ReadRegister, WriteRegister};
use crate::domain::at::At;
use crate::domain::certification::CertificationInput;
use crate::http::answer::{Created, Shown};
use crate::http::body::Once;
use crate::http::etag::{Etag, IfMatch};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

/// A title. Whether it is valid is computed for a day, never stored.
#[derive(Serialize, ToSchema)]
pub struct Certification {
    id: String,
    #[schema(example = "NATIONAL_HNTE")]
    scheme: String,
    #[schema(example = "GR202333001234")]
    number: String,
    valid_from: Day,
    /// The last valid day; null where no end is known.
    valid_through: Option<Day>,
    issuer: Option<String>,
    /// 文号 of the decision that granted it.
    document: Option<String>,
    /// Whether it is valid on `as_of`.
    valid: bool,
    /// The account that recorded this state.
    recorded_by: String,
    recorded_at: Instant,
    as_of: Day,
    known_at: Instant,
}

/// As they stood by what was known at `known_at`, in the order of their first days.
#[derive(Serialize, ToSchema)]
pub struct Certifications {
    items: Vec<Certification>,
    /// Always null: an enterprise has few.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

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
            items: found.into_iter().map(|it| shown(it, at)).collect(),
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
) -> Result<Created<Certification>, Problem> {
    let url = format!("/v1/enterprises/{uscc}/certifications/");
    let done = ticket.change(once, move |app, caller, body| {
        Ok(certification::record(app, &caller, &uscc, &body.into())?)
    });
    let Done { value, replayed } = done.await?;
    let url = url + &value.id;
    let etag = Etag::on_day(value.version, value.as_of);
    Ok(Created::new(changed(value))
        .location(url)
        .etag(etag)
        .replayed(replayed))
}

pub async fn get(
    ticket: Ticket<ReadRegister>,
    path: Path<(String, String)>,
    query: Query<When>,
) -> Result<Shown<Certification>, Problem> {
    let found = ticket.call(move |app, caller| {
        let (uscc, id) = &*path;
        let at = query.read()?.at(&*app.env.clock)?;
        Ok((certification::get(app, &caller, uscc, id, at)?, at))
    });
    let (found, at) = found.await?;
    let etag = Etag::on_day(found.version, found.as_of);
    Ok(Shown::new(shown(found, at)).etag(etag))
}

pub async fn correct(
    ticket: Ticket<WriteRegister>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    once: Once<NewCertification>,
) -> Result<Shown<Certification>, Problem> {
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
    let etag = Etag::on_day(value.version, value.as_of);
    Ok(Shown::new(changed(value)).etag(etag).replayed(replayed))
}

fn changed(view: CertificationView) -> Certification {
    let at = At {
        as_of: view.as_of,
        known_at: view.recorded_at,
    };
    shown(view, at)
}

fn shown(view: CertificationView, at: At) -> Certification {
    Certification {
        id: view.id,
        scheme: view.scheme,
        number: view.number,
        valid_from: Day(view.valid_from),
        valid_through: view.valid_through.map(Day),
        issuer: view.issuer,
        document: view.document,
        valid: view.valid,
        recorded_by: view.recorded_by,
        recorded_at: Instant(view.recorded_at),
        as_of: Day(view.as_of),
        known_at: Instant(at.known_at),
    }
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

//! `/v1/exports`: lists as files.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
};
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Deserialize;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};
use utoipa::ToSchema;

use crate::app::enterprise::ListQuery;
use crate::app::error::AppError;
use crate::app::export::{self, File, Format, MembershipQuery, MoversQuery, Selection};
use crate::app::membership::MemberFilter;
use crate::app::movement::MovementQuery;
use crate::app::simulation::MoverQuery;
use crate::domain::access;
use crate::domain::clock::Clock;
use crate::domain::field_error::FieldError;
use crate::http::answer::Accepted;
use crate::http::body::Once;
use crate::http::connections::Signs;
use crate::http::describe::{self, Describe};
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::places::Taken;
use crate::http::problem::Problem;
use crate::http::time::When;

use super::operations::{self, Operation};

/// A list as a file.
#[derive(Deserialize, ToSchema)]
pub struct NewExport {
    #[schema(inline)]
    kind: Kind,
    #[schema(inline)]
    format: FileFormat,
    #[serde(default)]
    filter: ExportFilter,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Enterprises,
    Memberships,
    Movements,
    #[serde(rename = "simulation-movements")]
    SimulationMovements,
}

/// `csv` is for programs; in `xlsx` every text is typed as text.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FileFormat {
    Csv,
    Xlsx,
}

/// The filters of the list, by the same names; those of another list are refused.
#[derive(Default, Deserialize, ToSchema)]
pub struct ExportFilter {
    #[schema(example = "330602")]
    district_code: Option<String>,
    /// Of enterprises and memberships.
    pool: Option<String>,
    /// Of enterprises: holds a title of this scheme that is valid today.
    scheme: Option<String>,
    /// Of enterprises.
    industry_code: Option<String>,
    /// Of enterprises: the legal status.
    status: Option<String>,
    /// Of enterprises: a piece of the name, initials or a part of the uscc.
    q: Option<String>,
    /// Of memberships: only those that are warned (预警), or only those that are not.
    at_risk: Option<bool>,
    /// Of memberships: who was in the pool on this day. Today if not given.
    as_of: Option<String>,
    /// Of memberships: by what was recorded at this instant. Now if not given.
    known_at: Option<String>,
    /// Of movements.
    state: Option<String>,
    /// Of movements.
    kind: Option<String>,
    /// Of movements: proposed by this assessment run.
    run_id: Option<String>,
    /// Of movements: of this enterprise.
    uscc: Option<String>,
    /// Of simulation movements, and needed there.
    simulation_id: Option<String>,
    /// Of simulation movements.
    direction: Option<String>,
}

pub async fn create(
    ticket: Ticket<access::Export>,
    once: Once<NewExport>,
) -> Result<Accepted<Operation>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        let request = export::Request {
            selection: body.filter.of(body.kind, &*app.env.clock)?,
            format: match body.format {
                FileFormat::Csv => Format::Csv,
                FileFormat::Xlsx => Format::Xlsx,
            },
        };
        let begun = export::begin(app, &caller, request)?;
        Ok(operations::accepted(begun, caller.lang()))
    });
    done.await
}

pub async fn content(
    ticket: Ticket<access::Export>,
    id: Path<String>,
) -> Result<Download, Problem> {
    let place = ticket.state().downloads.take(1)?;
    let file = ticket.call(move |app, caller| Ok(export::content(app, &caller, &id)?));
    Ok(Download {
        file: file.await?,
        place,
    })
}

impl ExportFilter {
    fn of(self, kind: Kind, clock: &dyn Clock) -> Result<Selection, Problem> {
        self.only_those_of(kind)?;
        Ok(match kind {
            Kind::Enterprises => Selection::Enterprises(ListQuery {
                district_code: self.district_code,
                pool: self.pool,
                scheme: self.scheme,
                industry_code: self.industry_code,
                status: self.status,
                q: self.q,
                ..ListQuery::default()
            }),
            Kind::Memberships => {
                let when = When {
                    as_of: self.as_of,
                    known_at: self.known_at,
                };
                Selection::Memberships(MembershipQuery {
                    pool: self.pool,
                    filter: MemberFilter {
                        district_code: self.district_code,
                        at_risk: self.at_risk,
                    },
                    at: when.at(clock).map_err(in_body)?,
                })
            }
            Kind::Movements => Selection::Movements(MovementQuery {
                state: self.state,
                kind: self.kind,
                district_code: self.district_code,
                run_id: self.run_id,
                uscc: self.uscc,
            }),
            Kind::SimulationMovements => Selection::Movers(MoversQuery {
                simulation_id: self.simulation_id,
                filter: MoverQuery {
                    district_code: self.district_code,
                    direction: self.direction,
                },
            }),
        })
    }

    fn only_those_of(&self, kind: Kind) -> Result<(), AppError> {
        let is = |wanted: Kind| wanted as u8 == kind as u8;
        let (enterprises, memberships) = (is(Kind::Enterprises), is(Kind::Memberships));
        let (movements, movers) = (is(Kind::Movements), is(Kind::SimulationMovements));
        let rows: [(&str, bool, bool); 14] = [
            ("pool", self.pool.is_some(), enterprises || memberships),
            ("scheme", self.scheme.is_some(), enterprises),
            ("industry_code", self.industry_code.is_some(), enterprises),
            ("status", self.status.is_some(), enterprises),
            ("q", self.q.is_some(), enterprises),
            ("at_risk", self.at_risk.is_some(), memberships),
            ("as_of", self.as_of.is_some(), memberships),
            ("known_at", self.known_at.is_some(), memberships),
            ("state", self.state.is_some(), movements),
            ("kind", self.kind.is_some(), movements),
            ("run_id", self.run_id.is_some(), movements),
            ("uscc", self.uscc.is_some(), movements),
            ("simulation_id", self.simulation_id.is_some(), movers),
            ("direction", self.direction.is_some(), movers),
        ];
        let errors: Vec<FieldError> = rows
            .iter()
            .filter(|(_, given, taken)| *given && !taken)
            .map(|(name, ..)| FieldError::new(format!("/filter/{name}"), "field.unknown"))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid { errors })
        }
    }
}

/// What is a parameter elsewhere stands in the body here.
fn in_body(problem: Problem) -> Problem {
    match problem {
        Problem::BadParameters { mut errors, .. } => {
            for error in &mut errors {
                error.pointer.insert_str(0, "/filter");
            }
            AppError::Invalid { errors }.into()
        }
        other => other,
    }
}

/// A file to be saved under its own name.
pub struct Download {
    file: File,
    place: Taken,
}

impl Responder for Download {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Download { file, place } = self;
        let etag = Etag::content(file.id.as_bytes());
        if etag.is_known(request.headers()) {
            return HttpResponse::NotModified()
                .insert_header((header::ETAG, etag.to_string()))
                .finish();
        }
        let plain = format!("export.{}", file.format.extension());
        let chinese = ExtendedValue {
            charset: Charset::Ext("UTF-8".into()),
            language_tag: None,
            value: file.name.clone().into_bytes(),
        };
        HttpResponse::Ok()
            .content_type(file.format.media_type())
            .insert_header((header::ETAG, etag.to_string()))
            .insert_header(ContentDisposition {
                disposition: DispositionType::Attachment,
                parameters: vec![
                    DispositionParam::Filename(plain),
                    DispositionParam::FilenameExt(chinese),
                ],
            })
            .body(Unpacked {
                file: file.into_reader(),
                signs: Signs::of(request),
                _place: place,
            })
    }
}

impl Describe for Download {
    fn describe(operation: &mut describe::Operation) {
        operation.answers.push((200, None));
    }
}

/// Hands out a file piece by piece: unpacked whole it would be many times as large. Reading it waits for nothing.
struct Unpacked {
    file: Box<dyn Read>,
    /// Sending a large file to a slow client takes longer than a connection may be silent.
    signs: Option<Signs>,
    /// Held until the last piece is sent or the client is gone.
    _place: Taken,
}

impl MessageBody for Unpacked {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        const PIECE: usize = 64 * 1024;
        let mut piece = vec![0; PIECE];
        Poll::Ready(match self.file.read(&mut piece) {
            Ok(0) => None,
            Ok(length) => {
                if let Some(signs) = &self.signs {
                    signs.goes_on();
                }
                piece.truncate(length);
                Some(Ok(piece.into()))
            }
            Err(error) => Some(Err(error)),
        })
    }
}

//! Files that come with a request: `multipart/form-data`, or one bare CSV or workbook as the body.

use std::pin::Pin;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::Stream;
use sha2::{Digest, Sha256};

use crate::app::Claim;
use crate::app::import::InputFile;
use crate::domain::access::Import;

use super::describe::{Describe, Operation};
use super::guard::Ticket;
use super::idempotency;
use super::intake::{self, Pieces};
use super::places::Taken;
use super::problem::Problem;

/// All files of a request together.
pub const LIMIT: usize = 64 * 1024 * 1024;
const MOST_FILES: usize = 16;
const MOST_HEADS: usize = 64 * 1024;
const ACCEPTED: &str = "multipart/form-data, text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Files read whole, and the key under which they are taken once.
pub struct Upload {
    files: Result<Vec<InputFile>, Problem>,
    claim: Result<Option<Claim>, Problem>,
    place: Option<Taken>,
}

/// Files to be taken in, and the place they hold until that is done.
pub struct Uploaded {
    pub files: Vec<InputFile>,
    pub claim: Option<Claim>,
    _place: Option<Taken>,
}

impl Upload {
    pub fn read(self) -> Result<Uploaded, Problem> {
        Ok(Uploaded {
            files: self.files?,
            claim: self.claim?,
            _place: self.place,
        })
    }
}

impl Upload {
    fn refused(problem: Problem) -> Upload {
        Upload {
            files: Err(problem),
            claim: Ok(None),
            place: None,
        }
    }
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // Only who may import makes this program hold megabytes.
        let ticket = Ticket::<Import>::from_request(request, &mut Payload::None);
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let ticket = ticket.await?;
            let state = ticket.state();
            ticket.call(|_, _| Ok(())).await?;
            let place = match state.uploads.take(1) {
                Ok(place) => place,
                Err(busy) => return Ok(Upload::refused(busy.into())),
            };
            let files = read_files(&request, payload).await;
            let claim = match &files {
                Ok(files) => idempotency::claim(&request, &fingerprint(files)),
                Err(_) => Ok(None),
            };
            Ok(Upload {
                files,
                claim,
                place: Some(place),
            })
        })
    }
}

impl Describe for Upload {
    fn describe(operation: &mut Operation) {
        operation.header(
            idempotency::HEADER,
            "The same key and files again: the stored answer, with `Idempotent-Replayed: true`.",
        );
        operation.problems(&[400, 409, 413, 415, 422]);
    }
}

async fn read_files(request: &HttpRequest, payload: Payload) -> Result<Vec<InputFile>, Problem> {
    let refused = Problem::WrongMediaType { accepted: ACCEPTED };
    let encoded = request
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|it| it != "identity");
    if encoded {
        return Err(refused);
    }
    // What is declared too large need not be sent first; the heads of a form's parts are small.
    if declared_length(request) > (LIMIT + MOST_HEADS) as u64 {
        return Err(Problem::BodyTooLarge { limit: LIMIT });
    }
    let name = match request.content_type() {
        "multipart/form-data" => return parts(Multipart::new(request.headers(), payload)).await,
        "text/csv" => "upload.csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "upload.xlsx",
        _ => return Err(refused),
    };
    let mut bytes = Vec::new();
    let mut room = LIMIT;
    take_in(Pieces::new(payload, intake::FILES), &mut bytes, &mut room).await?;
    Ok(vec![InputFile {
        name: name.into(),
        bytes,
    }])
}

fn declared_length(request: &HttpRequest) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length
        .and_then(|it| it.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

async fn parts(form: Multipart) -> Result<Vec<InputFile>, Problem> {
    let broken = || Problem::unreadable("request.multipart_broken");
    let mut files: Vec<InputFile> = Vec::new();
    let mut room = LIMIT;
    let mut form = Pieces::new(form, intake::FILES);
    while let Some(part) = form.next().await? {
        let part = part.map_err(|_| broken())?;
        let name = part
            .content_disposition()
            .and_then(|it| it.get_filename())
            .map(file_name);
        // Only files: options stand in the query, so that a request reads the same however it is sent.
        let Some(name) = name else {
            return Err(Problem::unreadable("request.multipart_not_a_file"));
        };
        if files.len() == MOST_FILES {
            return Err(Problem::unreadable("request.multipart_too_many"));
        }
        let mut bytes = Vec::new();
        take_in(Pieces::new(part, intake::FILES), &mut bytes, &mut room).await?;
        files.push(InputFile { name, bytes });
    }
    if files.is_empty() {
        Err(broken())
    } else {
        Ok(files)
    }
}

async fn take_in<E>(
    mut pieces: Pieces<impl Stream<Item = Result<Bytes, E>> + Unpin>,
    into: &mut Vec<u8>,
    room: &mut usize,
) -> Result<(), Problem> {
    while let Some(piece) = pieces.next().await? {
        let piece = piece.map_err(|_| Problem::unreadable("request.body_broken"))?;
        *room = room
            .checked_sub(piece.len())
            .ok_or(Problem::BodyTooLarge { limit: LIMIT })?;
        into.extend_from_slice(&piece);
    }
    Ok(())
}

/// The last part of what the client calls the file: it is only shown, never opened.
fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control()).take(100).collect();
    if shown.is_empty() {
        "upload".into()
    } else {
        shown
    }
}

/// Boundaries differ from one sending to the next, the files do not.
fn fingerprint(files: &[InputFile]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.name.as_bytes());
        hash.update([0]);
        hash.update((file.bytes.len() as u64).to_be_bytes());
        hash.update(&file.bytes);
    }
    hash.finalize().into()
}

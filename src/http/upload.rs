//! Files that come with a request: `multipart/form-data`, or one bare CSV or workbook as the body.

use std::pin::Pin;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest, body};
use futures_util::StreamExt;

use crate::app::Claim;
use crate::app::import::InputFile;
use crate::domain::access::Import;

use super::describe::{Describe, Operation};
use super::guard::Ticket;
use super::idempotency;
use super::problem::Problem;

/// All files of a request together.
pub const LIMIT: usize = 64 * 1024 * 1024;
const MOST_FILES: usize = 16;
const ACCEPTED: &str = "multipart/form-data, text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Files read whole, and the key under which they are taken once.
pub struct Upload {
    files: Result<Vec<InputFile>, Problem>,
    claim: Result<Option<Claim>, Problem>,
}

impl Upload {
    pub fn read(self) -> Result<(Vec<InputFile>, Option<Claim>), Problem> {
        Ok((self.files?, self.claim?))
    }
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // Nobody without a good token makes this program hold megabytes.
        let ticket = Ticket::<Import>::from_request(request, &mut Payload::None);
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            ticket.await?;
            let files = read_files(&request, payload).await;
            let claim = match &files {
                Ok(files) => idempotency::claim(&request, &fingerprint(files)),
                Err(_) => Ok(None),
            };
            Ok(Upload { files, claim })
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
    let name = match request.content_type() {
        "multipart/form-data" => return parts(Multipart::new(request.headers(), payload)).await,
        "text/csv" => "upload.csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "upload.xlsx",
        _ => return Err(refused),
    };
    let bytes = match body::to_bytes_limited(body::BodyStream::new(payload), LIMIT).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Err(Problem::unreadable("request.body_broken")),
        Err(_) => return Err(Problem::BodyTooLarge { limit: LIMIT }),
    };
    Ok(vec![InputFile {
        name: name.into(),
        bytes: bytes.to_vec(),
    }])
}

async fn parts(mut form: Multipart) -> Result<Vec<InputFile>, Problem> {
    let broken = || Problem::unreadable("request.multipart_broken");
    let mut files: Vec<InputFile> = Vec::new();
    let mut room = LIMIT;
    while let Some(part) = form.next().await {
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
        let bytes = whole(part, &mut room).await?;
        files.push(InputFile { name, bytes });
    }
    if files.is_empty() {
        Err(broken())
    } else {
        Ok(files)
    }
}

async fn whole(mut part: Field, room: &mut usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk: Bytes = chunk.map_err(|_| Problem::unreadable("request.multipart_broken"))?;
        *room = room
            .checked_sub(chunk.len())
            .ok_or(Problem::BodyTooLarge { limit: LIMIT })?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
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
fn fingerprint(files: &[InputFile]) -> Vec<u8> {
    let mut all = Vec::new();
    for file in files {
        all.extend_from_slice(file.name.as_bytes());
        all.push(0);
        all.extend_from_slice(&(file.bytes.len() as u64).to_be_bytes());
        all.extend_from_slice(&file.bytes);
    }
    all
}

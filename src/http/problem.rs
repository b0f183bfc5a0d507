//! What a client is told when it does not get what it asked for (RFC 9457). The only place that picks a status.

mod failure;
mod title;

use std::borrow::Cow;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::app::error::AppError;
use crate::app::import::{ImportReport, ProblemReport};
use crate::domain::field_error::{FieldError, Params};
use crate::domain::messages::{self, Lang};

use super::json::JsonFault;
use super::limits::Allowance;

use title::title;

pub use failure::{FailureView, failure};

pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done, before it is put into words.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    App(AppError),
    /// The request cannot be read.
    Unreadable {
        code: &'static str,
        params: Params,
    },
    /// A parameter or header of the request is wrong.
    BadParameters {
        place: Part,
        errors: Vec<FieldError>,
    },
    UnknownRoute,
    WrongMethod {
        allow: String,
    },
    WrongMediaType {
        accepted: &'static str,
    },
    BodyTooLarge {
        limit: usize,
    },
    HeadTooLarge,
    /// The body did not come in time.
    SlowBody,
    /// Asked too often.
    TooMany(Allowance),
    /// The same idempotency key is being worked on right now.
    InFlight,
    /// Imported tables have faults; nothing was changed.
    Tables {
        report: Box<ImportReport>,
    },
}

/// Where a refused value stood, in the words of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Place)]
pub enum Part {
    Path,
    Query,
    Header,
}

/// The body of every answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    #[schema(example = "urn:sanku:problem:request.invalid")]
    pub r#type: String,
    /// What the status means, in words.
    pub title: String,
    pub status: u16,
    /// What is wrong here, and what to do.
    pub detail: String,
    /// Stable; programs go by this and not by the words.
    #[schema(example = "request.invalid")]
    pub code: &'static str,
    pub request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_transitions: Option<Vec<&'static str>>,
    /// Of a refused publication: test cases in golden form that make up what is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub suggestions: Vec<Json>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer into the body, or `/name` of a parameter.
    pub pointer: String,
    /// Given when it is not the body.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub place: Option<Part>,
    pub code: Cow<'static, str>,
    pub message: String,
    /// Of a fault in an imported table: where its cell stands.
    #[serde(flatten)]
    pub cell: CellPlace,
}

/// Where a cell stands, as a spreadsheet shows it; nothing of what is not in a table.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(default)]
pub struct CellPlace {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// The letters of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
}

impl Problem {
    pub fn unreadable(code: &'static str) -> Self {
        Problem::Unreadable {
            code,
            params: Vec::new(),
        }
    }

    pub fn bad_header(name: &str, code: &'static str) -> Self {
        Problem::BadParameters {
            place: Part::Header,
            errors: vec![FieldError::new(format!("/{name}"), code)],
        }
    }

    pub fn bad_query(name: &str, code: &'static str) -> Self {
        Problem::BadParameters {
            place: Part::Query,
            errors: vec![FieldError::new(format!("/{name}"), code)],
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Problem::App(error) => match error {
                AppError::Invalid { .. } | AppError::Unfit { .. } | AppError::KeyReused => {
                    StatusCode::UNPROCESSABLE_ENTITY
                }
                AppError::NotFound => StatusCode::NOT_FOUND,
                AppError::Conflict { .. } => StatusCode::CONFLICT,
                AppError::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
                AppError::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
                AppError::Forbidden { .. } => StatusCode::FORBIDDEN,
                AppError::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
                AppError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                AppError::Busy
                | AppError::TooSlow
                | AppError::Unavailable(_)
                | AppError::OutOfStep(_) => StatusCode::SERVICE_UNAVAILABLE,
                AppError::Setup(_) | AppError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Problem::Unreadable { .. } | Problem::BadParameters { .. } => StatusCode::BAD_REQUEST,
            Problem::UnknownRoute => StatusCode::NOT_FOUND,
            Problem::WrongMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Problem::WrongMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Problem::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Problem::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::InFlight => StatusCode::CONFLICT,
            Problem::Tables { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub fn code(&self) -> &'static str {
        match self {
            Problem::App(error) => error.code(),
            Problem::Unreadable { code, .. } => code,
            Problem::BadParameters { .. } => "request.parameters",
            Problem::UnknownRoute => "request.unknown_route",
            Problem::WrongMethod { .. } => "request.wrong_method",
            Problem::WrongMediaType { .. } => "request.wrong_media_type",
            Problem::BodyTooLarge { .. } => "request.body_too_large",
            Problem::HeadTooLarge => "request.head_too_large",
            Problem::SlowBody => "request.body_slow",
            Problem::TooMany(_) => "request.too_many",
            Problem::InFlight => "idempotency.in_flight",
            Problem::Tables { .. } => "import.faulty",
        }
    }

    /// The answer in the reader's language.
    pub fn respond(&self, lang: Lang, request_id: &str) -> HttpResponse {
        let status = self.status();
        let mut response = HttpResponse::build(status);
        self.headers(&mut response);
        response.insert_header((header::CONTENT_LANGUAGE, lang_tag(lang)));
        response.insert_header((header::VARY, "Accept-Language"));
        response.content_type(MEDIA_TYPE);
        // Serialising a struct of strings cannot fail; an empty body would still carry the status.
        response.body(serde_json::to_vec(&self.view(status, lang, request_id)).unwrap_or_default())
    }

    fn headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            Problem::App(AppError::Unauthenticated { .. }) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Problem::App(AppError::Busy) => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            Problem::App(AppError::TooSlow | AppError::Unavailable(_)) => {
                response.insert_header((header::RETRY_AFTER, "5"));
            }
            Problem::SlowBody => {
                response.force_close();
            }
            Problem::TooMany(standing) => {
                response.insert_header((header::RETRY_AFTER, standing.retry_after()));
            }
            Problem::WrongMethod { allow } => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            _ => {}
        }
    }

    fn view(&self, status: StatusCode, lang: Lang, request_id: &str) -> ProblemView {
        let code = self.code();
        let (errors, place): (&[FieldError], _) = match self {
            Problem::App(AppError::Invalid { errors } | AppError::Unfit { errors, .. }) => {
                (errors, None)
            }
            Problem::BadParameters { errors, place } => (errors, Some(*place)),
            _ => (&[], None),
        };
        ProblemView {
            r#type: format!("urn:sanku:problem:{code}"),
            title: title(status, lang),
            status: status.as_u16(),
            detail: messages::text(code, lang, &self.params()),
            code,
            request_id: request_id.to_string(),
            errors: match self {
                Problem::Tables { report } => report.problems.iter().map(told_of_cell).collect(),
                _ => errors
                    .iter()
                    .map(|error| told(error, place, lang))
                    .collect(),
            },
            allowed_transitions: match self {
                Problem::App(AppError::Conflict {
                    allowed_transitions,
                    ..
                }) => Some(allowed_transitions.clone()),
                _ => None,
            },
            suggestions: match self {
                Problem::App(AppError::Unfit { suggestions, .. }) => suggestions.clone(),
                _ => Vec::new(),
            },
        }
    }

    fn params(&self) -> Cow<'_, Params> {
        match self {
            Problem::Unreadable { params, .. } => Cow::Borrowed(params),
            Problem::WrongMediaType { accepted } => {
                Cow::Owned(vec![("accepted", accepted.to_string())])
            }
            Problem::BodyTooLarge { limit } => Cow::Owned(vec![("limit", limit.to_string())]),
            Problem::TooMany(standing) => {
                Cow::Owned(vec![("seconds", standing.retry_after().to_string())])
            }
            Problem::WrongMethod { allow } => Cow::Owned(vec![("allow", allow.clone())]),
            Problem::Tables { report } => {
                Cow::Owned(vec![("count", report.problem_count.to_string())])
            }
            _ => Cow::Owned(Params::new()),
        }
    }
}

impl std::fmt::Display for Problem {
    /// For the log: codes and places, never a client's value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Problem::App(error) => error.fmt(f),
            other => f.write_str(other.code()),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Only the status: `envelope` knows the language and the request id and writes the body.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Problem::App(error)
    }
}

impl From<JsonFault> for Problem {
    fn from(fault: JsonFault) -> Self {
        match fault {
            JsonFault::Unreadable { code, params } => Problem::Unreadable { code, params },
            JsonFault::Fields(errors) => Problem::App(AppError::Invalid { errors }),
        }
    }
}

pub fn lang_tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    }
}

fn told(error: &FieldError, place: Option<Part>, lang: Lang) -> FieldProblem {
    FieldProblem {
        pointer: error.pointer.clone(),
        place,
        code: Cow::Borrowed(error.code),
        message: messages::of(error, lang),
        cell: CellPlace::default(),
    }
}

/// The message was put into words where the tables were read.
fn told_of_cell(problem: &ProblemReport) -> FieldProblem {
    let row = problem.row.map(|row| format!("/{row}")).unwrap_or_default();
    let column = problem
        .column
        .as_ref()
        .map(|it| format!("/{it}"))
        .unwrap_or_default();
    let table = problem.sheet.as_ref().unwrap_or(&problem.file);
    FieldProblem {
        pointer: format!(
            "/{}{row}{column}",
            table.replace('~', "~0").replace('/', "~1")
        ),
        place: None,
        code: Cow::Owned(problem.code.clone()),
        message: problem.message.clone(),
        cell: CellPlace {
            file: Some(problem.file.clone()),
            sheet: problem.sheet.clone(),
            row: problem.row,
            column: problem.column.clone(),
            header: problem.header.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field_error::Fault;

    fn body(problem: &Problem, lang: Lang) -> serde_json::Value {
        serde_json::to_value(problem.view(problem.status(), lang, "r-1")).unwrap()
    }

    #[test]
    fn a_refused_body_names_each_field_in_both_languages() {
        let problem = Problem::App(AppError::Invalid {
            errors: vec![
                Fault::new("field.unknown_near")
                    .with("nearest", "name")
                    .at("/nmae"),
            ],
        });
        let zh = body(&problem, Lang::Zh);
        assert_eq!(zh["status"], 422);
        assert_eq!(zh["code"], "request.invalid");
        assert_eq!(zh["type"], "urn:sanku:problem:request.invalid");
        assert_eq!(zh["request_id"], "r-1");
        assert_eq!(zh["errors"][0]["pointer"], "/nmae");
        assert!(
            zh["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("name")
        );
        let en = body(&problem, Lang::En);
        assert_ne!(zh["errors"][0]["message"], en["errors"][0]["message"]);
        assert_ne!(zh["title"], en["title"]);
        assert!(en.get("allowed_transitions").is_none());
    }

    #[test]
    fn a_guard_not_met_says_what_is_allowed() {
        let problem = Problem::App(AppError::Conflict {
            code: "request.conflict",
            allowed_transitions: vec!["WITHDRAW"],
        });
        assert_eq!(
            body(&problem, Lang::Zh)["allowed_transitions"],
            serde_json::json!(["WITHDRAW"])
        );
    }

    #[test]
    fn internal_text_never_leaves() {
        let problem = Problem::App(AppError::Internal("SELECT secret".into()));
        assert!(!body(&problem, Lang::En).to_string().contains("secret"));
        assert!(problem.to_string().contains("secret"), "the log has it");
    }

    #[test]
    fn a_parameter_says_where_it_stood() {
        let view = body(&Problem::bad_query("limit", "field.type_integer"), Lang::En);
        assert_eq!(
            (view["status"].as_u64(), view["errors"][0]["in"].as_str()),
            (Some(400), Some("query"))
        );
    }
}

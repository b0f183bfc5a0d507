//! The problem of work that failed in the background, kept as codes and put into words when somebody asks.

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::domain::messages::{self, Lang};

use super::title::title;

/// As a problem document, but of work that was begun by an earlier request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureView {
    #[schema(example = "urn:sanku:problem:operation.interrupted")]
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    #[schema(example = "operation.interrupted")]
    code: String,
    errors: Vec<FailedField>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FailedField {
    pointer: String,
    code: String,
    message: String,
}

/// Of `{code, errors: [{pointer, code, params}]}`.
pub fn failure(kept: &Json, lang: Lang) -> FailureView {
    let code = text(kept, "code");
    let status = status(&code);
    let errors = kept["errors"].as_array().map_or(&[][..], Vec::as_slice);
    FailureView {
        r#type: format!("urn:sanku:problem:{code}"),
        title: title(status, lang),
        status: status.as_u16(),
        detail: messages::text(&code, lang, &Vec::new()),
        errors: errors.iter().map(|error| field(error, lang)).collect(),
        code,
    }
}

/// The status the same refusal would have had as an answer.
fn status(code: &str) -> StatusCode {
    match code {
        "request.invalid" => StatusCode::UNPROCESSABLE_ENTITY,
        "request.not_found" => StatusCode::NOT_FOUND,
        "auth.forbidden" => StatusCode::FORBIDDEN,
        "service.busy" | "service.unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "service.internal" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::CONFLICT,
    }
}

fn field(error: &Json, lang: Lang) -> FailedField {
    let code = text(error, "code");
    let params: Vec<(String, String)> = error["params"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_string()))
        .collect();
    FailedField {
        pointer: text(error, "pointer"),
        message: messages::kept(&code, lang, &params),
        code,
    }
}

fn text(json: &Json, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_string()
}

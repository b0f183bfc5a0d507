//! What a status means, in words.

use actix_web::http::StatusCode;

use crate::domain::field_error::Params;
use crate::domain::messages::{self, Lang};

pub(super) fn title(status: StatusCode, lang: Lang) -> String {
    let code = match status {
        StatusCode::BAD_REQUEST => "title.bad_request",
        StatusCode::UNAUTHORIZED => "title.unauthorized",
        StatusCode::FORBIDDEN => "title.forbidden",
        StatusCode::NOT_FOUND => "title.not_found",
        StatusCode::METHOD_NOT_ALLOWED => "title.method_not_allowed",
        StatusCode::REQUEST_TIMEOUT => "title.timeout",
        StatusCode::CONFLICT => "title.conflict",
        StatusCode::PRECONDITION_FAILED => "title.precondition_failed",
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "title.too_large"
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "title.unsupported_media_type",
        StatusCode::UNPROCESSABLE_ENTITY => "title.unprocessable",
        StatusCode::PRECONDITION_REQUIRED => "title.precondition_required",
        StatusCode::TOO_MANY_REQUESTS => "title.too_many",
        StatusCode::SERVICE_UNAVAILABLE => "title.unavailable",
        _ => "title.internal",
    };
    messages::text(code, lang, &Params::new())
}

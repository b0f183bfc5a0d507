//! What the machine room asks: is it alive, is it ready, how fast is it, what does it offer.

use std::sync::{Arc, LazyLock};

use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{HttpResponse, Responder};
use utoipa_swagger_ui::Config;

use crate::app::{App, error::AppError};
use crate::http::describe::{Describe, Operation};
use crate::http::etag::Etag;
use crate::http::guard::Open;
use crate::http::problem::Problem;

/// The pages are shipped with the program; nothing is loaded from elsewhere.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A body that is no JSON of ours.
pub struct Plain(HttpResponse);

pub async fn livez(_: Open) -> Result<Plain, Problem> {
    Ok(text("ok\n"))
}

pub async fn readyz(open: Open) -> Result<Plain, Problem> {
    open.call(|app: &App| Ok(app.ready()?)).await?;
    Ok(text("ok\n"))
}

pub async fn metrics(open: Open) -> Result<Plain, Problem> {
    let body = open.state.metrics.text().map_err(AppError::internal)?;
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(Plain(HttpResponse::Ok().content_type(media).body(body)))
}

pub async fn openapi(open: Open) -> Result<Plain, Problem> {
    let body = open.state.openapi.clone();
    let etag = Etag::content(&body).to_string();
    Ok(Plain(
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((header::ETAG, etag))
            .body(body),
    ))
}

pub async fn docs(_: Open, file: Path<String>) -> Result<Plain, Problem> {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from("/openapi.json")));
    let found = utoipa_swagger_ui::serve(&file, CONFIG.clone()).map_err(AppError::internal)?;
    let found = found.ok_or(Problem::App(AppError::NotFound))?;
    Ok(Plain(
        HttpResponse::Ok()
            .content_type(found.content_type)
            .insert_header((header::CONTENT_SECURITY_POLICY, DOCS_POLICY))
            .body(found.bytes.into_owned()),
    ))
}

fn text(body: &'static str) -> Plain {
    Plain(
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(body),
    )
}

impl Responder for Plain {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &actix_web::HttpRequest) -> HttpResponse {
        self.0
    }
}

impl Describe for Plain {
    fn describe(operation: &mut Operation) {
        operation.answers.push((200, None));
    }
}

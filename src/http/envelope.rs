//! What every request gets, whatever its route: an id, a language, a boundary for panics, words for its problem, headers, a
//! count and, where it is worth one, a line in the log.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use crate::app::caller::Request;
use crate::app::error::AppError;

use super::connections::Busy;
use super::context::Context;
use super::limits::Class;
use super::locale;
use super::problem::Problem;
use super::row::{Audience, Row};
use super::state::State;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 64;

/// Runs a handler inside the envelope. `route` is the row's place in the table.
pub async fn run(
    route: usize,
    request: HttpRequest,
    work: impl Future<Output = HttpResponse>,
) -> HttpResponse {
    let began = Instant::now();
    let _busy = Busy::of(&request);
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        return HttpResponse::InternalServerError().finish();
    };
    let row = state.table.get(route);
    let about = Request {
        id: request_id(&request, &state),
        lang: locale::of(request.headers()),
    };
    request.extensions_mut().insert(Context {
        about: about.clone(),
        address: state.proxies.peer(&request),
        class: row.map_or(Class::Plain, |row| row.class),
        standing: None,
    });
    let work = async {
        match is_long(&request) {
            false => work.await,
            true => HttpResponse::from_error(Problem::HeadTooLarge),
        }
    };
    let mut response = match without_panic(work).await {
        Some(response) => response,
        None => HttpResponse::from_error(Problem::from(AppError::internal("the handler panicked"))),
    };
    let problem = problem_of(&response);
    if let Some(problem) = &problem {
        response = problem.respond(about.lang, &about.id);
    }
    dress(&mut response, row, &about.id);
    let standing = match &problem {
        Some(Problem::TooMany(standing)) => Some(*standing),
        _ => Context::of(&request).standing,
    };
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    let took = began.elapsed();
    state.metrics.count(route, response.status().as_u16(), took);
    log(&request, &about.id, &response, problem.as_ref(), took);
    response
}

/// Whether the head of a request is larger than any honest one; the web server would take four times as much.
fn is_long(request: &HttpRequest) -> bool {
    const LONGEST: usize = 32 * 1024;
    let headers = request.headers().iter();
    let length: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    length + request.uri().path().len() + request.query_string().len() > LONGEST
}

/// The client's own id if it is harmless, else a new one.
fn request_id(request: &HttpRequest, state: &State) -> Arc<str> {
    let sent = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(allowed)
    };
    match sent.filter(harmless) {
        Some(id) => Arc::from(id),
        None => Arc::from(state.app.env.ids.new_id()),
    }
}

/// A panic ends the request and nothing else.
async fn without_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

/// Our own problem, or one for an error that the framework made.
fn problem_of(response: &HttpResponse) -> Option<Problem> {
    if let Some(problem) = response
        .error()
        .and_then(|error| error.as_error::<Problem>())
    {
        return Some(problem.clone());
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Problem::App(AppError::NotFound)),
        status if status.is_server_error() && response.error().is_some() => {
            Some(AppError::internal("the framework answered with an error").into())
        }
        status if status.is_client_error() => Some(Problem::unreadable("request.refused")),
        _ => None,
    }
}

fn dress(response: &mut HttpResponse, row: Option<&Row>, id: &str) {
    // What an account gets to see must not lie about in a browser's folder. What is for everybody may, but is asked for again.
    let public = row.is_some_and(|row| row.audience == Audience::Public);
    let lasting = public && response.headers().contains_key(header::ETAG);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let cache = if lasting { "no-cache" } else { "no-store" };
    for (name, value) in [
        (header::CACHE_CONTROL, cache),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        // A handler that needs another policy has set it already.
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Faults of ours always, changes and refusals as information, successful reads only when debugging.
fn log(
    request: &HttpRequest,
    id: &str,
    response: &HttpResponse,
    problem: Option<&Problem>,
    took: Duration,
) {
    let status = response.status();
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let method = request.method();
    // The pattern, not the path: a path may name a firm, and a wrong one anything.
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                request_id = id,
                %method,
                route = request.match_pattern().unwrap_or_default(),
                status = status.as_u16(),
                micros,
                problem = problem.map(tracing::field::display),
                "request"
            )
        };
    }
    // Too many at once is no fault of ours, and whoever brings them must not fill the log with alarms.
    let crowded = problem == Some(&Problem::App(AppError::Busy));
    if status.is_server_error() && !crowded {
        line!(error);
    } else if problem.is_some() || !matches!(*method, Method::GET | Method::HEAD) {
        line!(info);
    } else {
        line!(debug);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::env::Env;
    use crate::app::{App, Options};
    use crate::http::guard::Open;
    use crate::http::routes::TABLE;
    use crate::http::state::Settings;
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json};

    /// Panics where it is told to, and is fine otherwise.
    async fn frail(open: Open, place: web::Path<String>) -> Result<HttpResponse, Problem> {
        if *place == "async" {
            panic!("on purpose, in the event loop");
        }
        let work = open.call(move |app: &App| {
            // With a connection in hand, as a use case would.
            let read = app.store.read(|_| -> Result<(), AppError> {
                if *place == "blocking" {
                    panic!("on purpose, on a blocking thread");
                }
                Ok(())
            });
            Ok(read?)
        });
        work.await?;
        Ok(HttpResponse::NoContent().finish())
    }

    #[actix_web::test]
    async fn a_panic_is_a_500_and_the_next_request_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        crate::store::migrate(&url).unwrap();
        let (env, _) = Env::fixed("2026-06-15T08:00:00Z".parse().unwrap());
        let app = App::open(
            Options {
                readers: 1,
                ..Options::at(url)
            },
            env,
        )
        .unwrap();
        let state = web::Data::new(State::new(app, TABLE, Settings::default()).unwrap());
        let wrapped = |request: HttpRequest, open: Open, place: web::Path<String>| {
            run(TABLE.len(), request, async {
                match frail(open, place).await {
                    Ok(response) => response,
                    Err(problem) => HttpResponse::from_error(problem),
                }
            })
        };
        let router = actix_web::App::new()
            .app_data(state)
            .route("/{place}", web::get().to(wrapped));
        let service = init_service(router).await;
        for (path, status) in [("/async", 500), ("/blocking", 500), ("/fine", 204)].repeat(3) {
            let request = TestRequest::with_uri(path).to_request();
            let response = call_service(&service, request).await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            if status == 500 {
                let media = response.headers().get(header::CONTENT_TYPE).unwrap();
                assert_eq!(media, crate::http::problem::MEDIA_TYPE);
                let body: serde_json::Value = read_body_json(response).await;
                assert_eq!(body["code"], "service.internal");
                assert!(!body.to_string().contains("on purpose"));
            }
        }
    }

    #[actix_web::test]
    async fn a_panic_becomes_an_answer() {
        assert_eq!(without_panic(async { 7 }).await, Some(7));
        assert_eq!(
            without_panic(async { panic!("on purpose") }).await,
            None::<()>
        );
        let late = without_panic(async {
            actix_web::rt::task::yield_now().await;
            panic!("on purpose, later")
        });
        assert_eq!(late.await, None::<()>);
    }
}

//! `/v1/operations/{id}`: work that goes on after its request was answered.

use actix_web::web::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Done;
use crate::app::operation::{self, OperationView};
use crate::domain::access::OwnAccount;
use crate::domain::messages::Lang;
use crate::http::answer::{Accepted, Shown};
use crate::http::guard::Ticket;
use crate::http::problem::{FailureView, Problem, failure};
use crate::http::time::Instant;

// Not the view of `app`: a failure is kept by its codes, and told here in words.
#[derive(Serialize, ToSchema)]
pub struct Operation {
    id: String,
    /// `ASSESSMENT`, `SIMULATION` or `EXPORT`.
    #[schema(example = "ASSESSMENT")]
    kind: String,
    /// `RUNNING`, `SUCCEEDED` or `FAILED`.
    #[schema(example = "RUNNING")]
    state: String,
    progress: OperationProgress,
    /// Where the result is, or will be if that is known already; null if the work failed.
    #[schema(example = "/v1/assessment-runs/01906c2f-4c6a-7000-8000-000000000001")]
    result_url: Option<String>,
    /// Why it failed.
    problem: Option<FailureView>,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Serialize, ToSchema)]
pub struct OperationProgress {
    done: i64,
    /// 0 as long as it is not known.
    total: i64,
}

/// Whoever began it sees it.
pub async fn get(
    ticket: Ticket<OwnAccount>,
    id: Path<String>,
) -> Result<Shown<Operation>, Problem> {
    let found = ticket.call(move |app, caller| {
        let found = operation::get(app, &caller, &id)?;
        Ok(Operation::of(found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

/// The answer to a request that began work.
pub fn accepted(done: Done<OperationView>, lang: Lang) -> Accepted<Operation> {
    let url = format!("/v1/operations/{}", done.value.id);
    Accepted::new(Operation::of(done.value, lang))
        .location(url)
        .replayed(done.replayed)
}

impl Operation {
    pub fn of(view: OperationView, lang: Lang) -> Self {
        Operation {
            id: view.id,
            kind: view.kind.to_string(),
            state: view.state.to_string(),
            progress: OperationProgress {
                done: view.done,
                total: view.total,
            },
            result_url: view.result_url,
            problem: view.failure.map(|kept| failure(&kept, lang)),
            created_at: Instant(view.created_at),
            updated_at: Instant(view.updated_at),
        }
    }
}

//! `/v1/account-setups`: the first password, set by its owner with a one-time token.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::account_setup;
use crate::domain::access::ManageUsers;
use crate::http::answer::{Created, NoContent};
use crate::http::body::Body;
use crate::http::describe::May;
use crate::http::guard::{Open, Ticket};
use crate::http::problem::Problem;
use crate::http::time::Instant;

#[derive(Deserialize, ToSchema)]
pub struct AccountSetup {
    token: String,
    /// As long and of as many kinds as the server's policy asks for.
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    /// For `POST /v1/account-setups`; good once, and not shown again.
    token: String,
    expires_at: Instant,
}

pub async fn create(
    open: Open,
    _: May<503>,
    body: Body<AccountSetup>,
) -> Result<NoContent, Problem> {
    let request_id = open.request.id.clone();
    let done = open.call(move |app| {
        let AccountSetup { token, password } = body.read()?;
        Ok(account_setup::set_up(app, &token, &password, &request_id)?)
    });
    done.await?;
    Ok(NoContent)
}

/// Shown once, so it takes no `Idempotency-Key`.
pub async fn invite(
    ticket: Ticket<ManageUsers>,
    id: Path<String>,
) -> Result<Created<InvitationView>, Problem> {
    let invitation = ticket
        .call(move |app, caller| Ok(account_setup::invite(app, &caller, &id)?))
        .await?;
    Ok(Created::new(InvitationView {
        token: invitation.token,
        expires_at: Instant(invitation.expires_at),
    }))
}

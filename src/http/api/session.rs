//! `/v1/tokens`, `/v1/token-refreshes`, `/v1/me`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::account::{self, Account};
use crate::app::password;
use crate::app::session::{self, Attempt, Granted};
use crate::domain::access::OwnAccount;
use crate::domain::account_policy::Obligation;
use crate::http::answer::{Created, NoContent, Shown};
use crate::http::body::Body;
use crate::http::context::Peer;
use crate::http::describe::May;
use crate::http::guard::{Open, Ticket};
use crate::http::problem::Problem;

#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    #[schema(example = "wang.fang")]
    username: String,
    password: String,
    /// Of the second factor where the account has one: the six digits, or a recovery code.
    code: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct Refresh {
    refresh_token: String,
}

#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    current_password: String,
    /// 12 to 128 characters of at least three kinds, or what else the server's policy asks for.
    new_password: String,
}

#[derive(Serialize, ToSchema)]
pub struct TokenView {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: u64,
    /// Good once; an older one ends the session.
    refresh_token: String,
    /// What the account has to do first, or null: `CHANGE_PASSWORD` or `ENROL_SECOND_FACTOR`. Until then everything but
    /// the own account answers 403.
    required_action: Option<&'static str>,
}

pub async fn log_in(
    open: Open,
    peer: Peer,
    _: May<401>,
    _: May<503>,
    body: Body<Credentials>,
) -> Result<Created<TokenView>, Problem> {
    let Credentials {
        username,
        password,
        code,
    } = body.read()?;
    let app = &open.state.app;
    // A name that many fail at is answered more slowly, here, where waiting holds up nobody else.
    actix_web::rt::time::sleep(app.lockout.delay(&username, app.env.clock.now())).await;
    let request_id = open.request.id.clone();
    let granted = open.call(move |app| {
        let attempt = Attempt {
            username: &username,
            password: &password,
            code: code.as_deref(),
            address: peer.0,
            request_id: &request_id,
        };
        Ok(session::log_in_from(app, &attempt)?)
    });
    Ok(shown(granted.await?))
}

pub async fn refresh(
    open: Open,
    _: May<401>,
    _: May<503>,
    body: Body<Refresh>,
) -> Result<Created<TokenView>, Problem> {
    let request_id = open.request.id.clone();
    let granted = open.call(move |app| {
        let token = body.read()?.refresh_token;
        Ok(session::refresh(app, &token, &request_id)?)
    });
    Ok(shown(granted.await?))
}

pub async fn log_out(ticket: Ticket<OwnAccount>) -> Result<NoContent, Problem> {
    ticket
        .call(|app, caller| Ok(session::log_out(app, &caller)?))
        .await?;
    Ok(NoContent)
}

pub async fn me(ticket: Ticket<OwnAccount>) -> Result<Shown<Account>, Problem> {
    let account = ticket.call(|app, caller| Ok(account::me(app, &caller)?));
    Ok(Shown::record(account.await?))
}

pub async fn password(
    ticket: Ticket<OwnAccount>,
    _: May<409>,
    body: Body<NewPassword>,
) -> Result<NoContent, Problem> {
    let changed = ticket.call(|app, caller| {
        let NewPassword {
            current_password,
            new_password,
        } = body.read()?;
        Ok(password::change_password(
            app,
            &caller,
            &current_password,
            &new_password,
        )?)
    });
    changed.await?;
    Ok(NoContent)
}

fn shown(granted: Granted) -> Created<TokenView> {
    Created::new(TokenView {
        access_token: granted.access_token,
        token_type: "Bearer",
        expires_in: granted.expires_in.as_secs(),
        refresh_token: granted.refresh_token,
        required_action: granted.owes.map(Obligation::as_str),
    })
}

//! `/v1/tokens`, `/v1/token-refreshes`, `/v1/me`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::session::Granted;
use crate::app::{account, password, session};
use crate::domain::access::OwnAccount;
use crate::http::answer::{Created, NoContent, Shown};
use crate::http::body::Body;
use crate::http::etag::Etag;
use crate::http::guard::{Open, Ticket};
use crate::http::problem::Problem;

use super::users::AccountView;

#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    #[schema(example = "wang.fang")]
    username: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
pub struct Refresh {
    refresh_token: String,
}

#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    current_password: String,
    /// 12 to 128 characters.
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
}

pub async fn log_in(open: Open, body: Body<Credentials>) -> Result<Created<TokenView>, Problem> {
    let granted = open.call(|app| {
        let Credentials { username, password } = body.read()?;
        Ok(session::log_in(app, &username, &password)?)
    });
    Ok(shown(granted.await?))
}

pub async fn refresh(open: Open, body: Body<Refresh>) -> Result<Created<TokenView>, Problem> {
    let granted = open.call(|app| Ok(session::refresh(app, &body.read()?.refresh_token)?));
    Ok(shown(granted.await?))
}

pub async fn log_out(ticket: Ticket<OwnAccount>) -> Result<NoContent, Problem> {
    ticket
        .call(|app, caller| Ok(session::log_out(app, &caller)?))
        .await?;
    Ok(NoContent)
}

pub async fn me(ticket: Ticket<OwnAccount>) -> Result<Shown<AccountView>, Problem> {
    let account = ticket
        .call(|app, caller| Ok(account::me(app, &caller)?))
        .await?;
    let etag = Etag::version(account.version);
    Ok(Shown::new(account.into()).etag(etag))
}

pub async fn password(
    ticket: Ticket<OwnAccount>,
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
    })
}

//! `/v1/me/second-factor`, `/v1/me/recovery-codes`: the own second factor; `/v1/users/{id}/second-factor`: one that is lost.
//!
//! What these answer is shown once and kept nowhere, so they take no `Idempotency-Key`.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::second_factor;
use crate::domain::access::{OwnAccount, ResetSecondFactor};
use crate::http::answer::{Created, NoContent, Shown};
use crate::http::body::Body;
use crate::http::describe::May;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;

#[derive(Serialize, ToSchema)]
pub struct SecondFactorView {
    /// `NONE`, `PENDING` (a secret was handed over, no code seen yet) or `ACTIVE`.
    state: String,
    /// Whether the role needs one.
    required: bool,
    recovery_codes_left: i64,
}

#[derive(Deserialize, ToSchema)]
pub struct CurrentPassword {
    current_password: String,
}

#[derive(Deserialize, ToSchema)]
pub struct Code {
    /// The six digits the authenticator shows.
    code: String,
}

#[derive(Deserialize, ToSchema)]
pub struct PasswordAndCode {
    current_password: String,
    /// The six digits the authenticator shows, or a recovery code.
    code: String,
}

#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// Base32 (RFC 4648), to be typed into an authenticator.
    secret: String,
    /// The same as an address, for a QR code.
    #[schema(example = "otpauth://totp/sanku:wang.fang?secret=…&issuer=sanku")]
    uri: String,
}

#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesView {
    /// Each good once, in the place of a code. They are not shown again.
    recovery_codes: Vec<String>,
}

pub async fn get(ticket: Ticket<OwnAccount>) -> Result<Shown<SecondFactorView>, Problem> {
    let standing = ticket
        .call(|app, caller| Ok(second_factor::get(app, &caller)?))
        .await?;
    Ok(Shown::new(SecondFactorView {
        state: standing.state,
        required: standing.required,
        recovery_codes_left: standing.recovery_codes_left,
    }))
}

pub async fn enrol(
    ticket: Ticket<OwnAccount>,
    _: May<409>,
    body: Body<CurrentPassword>,
) -> Result<Created<EnrolmentView>, Problem> {
    let enrolment = ticket.call(move |app, caller| {
        let CurrentPassword { current_password } = body.read()?;
        Ok(second_factor::enrol(app, &caller, &current_password)?)
    });
    let enrolment = enrolment.await?;
    Ok(Created::new(EnrolmentView {
        secret: enrolment.secret,
        uri: enrolment.uri,
    }))
}

pub async fn activate(
    ticket: Ticket<OwnAccount>,
    _: May<409>,
    body: Body<Code>,
) -> Result<Created<RecoveryCodesView>, Problem> {
    let codes = ticket.call(move |app, caller| {
        let Code { code } = body.read()?;
        Ok(second_factor::activate(app, &caller, &code)?)
    });
    let recovery_codes = codes.await?;
    Ok(Created::new(RecoveryCodesView { recovery_codes }))
}

pub async fn renew_recovery_codes(
    ticket: Ticket<OwnAccount>,
    _: May<409>,
    body: Body<CurrentPassword>,
) -> Result<Created<RecoveryCodesView>, Problem> {
    let codes = ticket.call(move |app, caller| {
        let CurrentPassword { current_password } = body.read()?;
        Ok(second_factor::renew_recovery_codes(
            app,
            &caller,
            &current_password,
        )?)
    });
    let recovery_codes = codes.await?;
    Ok(Created::new(RecoveryCodesView { recovery_codes }))
}

pub async fn remove(
    ticket: Ticket<OwnAccount>,
    _: May<409>,
    body: Body<PasswordAndCode>,
) -> Result<NoContent, Problem> {
    let removed = ticket.call(move |app, caller| {
        let PasswordAndCode {
            current_password,
            code,
        } = body.read()?;
        Ok(second_factor::remove(
            app,
            &caller,
            &current_password,
            &code,
        )?)
    });
    removed.await?;
    Ok(NoContent)
}

pub async fn reset(
    ticket: Ticket<ResetSecondFactor>,
    _: May<409>,
    id: Path<String>,
) -> Result<NoContent, Problem> {
    ticket
        .call(move |app, caller| Ok(second_factor::reset(app, &caller, &id)?))
        .await?;
    Ok(NoContent)
}

//! A person who logs in for one step: what is done by somebody is never done by whoever holds the machine.

use crate::app::App;
use crate::app::caller::authorize::authorize;
use crate::app::caller::{Caller, Request};
use crate::app::error::AppError;
use crate::app::session::{self, Attempt, Granted};
use crate::cli::outcome::{Failure, told};
use crate::cli::user::{line_of_input, password};
use crate::domain::access::{OwnAccount, Permission};
use crate::domain::messages::Lang;

/// Logs an account in with the password of standard input, does one thing, and logs it out again.
pub fn acting<P: Permission, T>(
    app: &App,
    lang: Lang,
    username: &str,
    act: impl FnOnce(&Caller<P>) -> T,
) -> Result<T, Failure> {
    let password = password()?;
    let granted = log_in(app, username, &password)?;
    let granted = granted.map_err(|error| told(error, lang))?;
    let caller: Caller<P> = logged_in(app, lang, &granted.access_token)?;
    let done = act(&caller);
    let leaving: Caller<OwnAccount> = logged_in(app, lang, &granted.access_token)?;
    session::log_out(app, &leaving).map_err(|error| told(error, lang))?;
    Ok(done)
}

/// An account with a second factor gives its code in a second line.
fn log_in(app: &App, username: &str, password: &str) -> Result<Result<Granted, AppError>, Failure> {
    match session::log_in(app, username, password) {
        Err(AppError::Unauthenticated {
            code: "auth.second_factor_required",
        }) => {
            let code = line_of_input()?;
            let attempt = Attempt {
                username,
                password,
                code: Some(&code),
                address: None,
                request_id: "system:cli",
            };
            Ok(session::log_in_from(app, &attempt))
        }
        other => Ok(other),
    }
}

fn logged_in<P: Permission>(app: &App, lang: Lang, token: &str) -> Result<Caller<P>, Failure> {
    let request = Request {
        id: "cli".into(),
        lang,
    };
    let verified = app.tokens.verify_access(token, app.env.clock.now());
    verified
        .and_then(|token| authorize(app, &token, request))
        .map_err(|error| told(error, lang))
}

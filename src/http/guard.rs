//! Where a request becomes a caller. A handler gets a [`Ticket`] (or [`Open`], on public routes) and can do nothing with it
//! but run one use case: the hop to the blocking pool, the look at the account and the proof of the permission are in there.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::app::api_client::PresentedKey;
use crate::app::caller::authorize::{authorize, authorize_client};
use crate::app::caller::{Caller, Request};
use crate::app::error::AppError;
use crate::app::token::VerifiedToken;
use crate::app::{App, within};
use crate::domain::access::Permission;
use crate::domain::api_key;

use super::body::Once;
use super::context::Context;
use super::describe::{Describe, Operation};
use super::limits::{Class, Who};
use super::problem::Problem;
use super::state::State;

/// A request with a good token or a well-formed key; whether its account or API client may do `P` is asked when the use
/// case runs.
pub struct Ticket<P> {
    state: Arc<State>,
    credential: Credential,
    context: Context,
    permission: PhantomData<fn() -> P>,
}

/// What `Authorization: Bearer …` held.
#[derive(Clone)]
enum Credential {
    Token(VerifiedToken),
    Key(PresentedKey),
}

/// A request to a route that everybody may use.
pub struct Open {
    pub state: Arc<State>,
    pub request: Request,
    class: Class,
}

impl<P: Permission> Ticket<P> {
    /// What outlives a request: cursors, for instance.
    pub fn state(&self) -> Arc<State> {
        self.state.clone()
    }

    /// Runs one use case. Parse what came inside of it: who may not call learns that first.
    pub async fn call<T, F>(self, use_case: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&App, Caller<P>) -> Result<T, Problem> + Send + 'static,
    {
        let Ticket {
            state,
            credential,
            context: Context { about, class, .. },
            ..
        } = self;
        let shared = state.clone();
        hop(&shared, class, move || {
            let app = &state.app;
            let caller = match &credential {
                Credential::Token(token) => authorize(app, token, about)?,
                Credential::Key(key) => authorize_client(app, key, about)?,
            };
            use_case(app, caller)
        })
        .await
    }

    /// Runs one use case that changes something, once for its `Idempotency-Key`.
    pub async fn change<B, T, F>(self, once: Once<B>, use_case: F) -> Result<T, Problem>
    where
        B: DeserializeOwned + 'static,
        T: Send + 'static,
        F: FnOnce(&App, Caller<P>, B) -> Result<T, Problem> + Send + 'static,
    {
        let state = self.state.clone();
        self.call(move |app, caller| {
            let claim = once.claim()?;
            // Held until the use case is through.
            let _held = claim
                .as_ref()
                .map(|claim| state.in_flight.hold(caller.actor(), claim))
                .transpose()?;
            let body = once.body.read()?;
            use_case(app, caller.once(claim), body)
        })
        .await
    }
}

impl Open {
    pub async fn call<T, F>(self, use_case: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&App) -> Result<T, Problem> + Send + 'static,
    {
        let state = self.state.clone();
        hop(&self.state, self.class, move || use_case(&state.app)).await
    }
}

/// How much longer than its deadline work is waited for: it may be in the middle of what cannot be ended.
const GRACE: Duration = Duration::from_secs(2);

/// The one hop from the event loop to a thread that may block. Only so many may wait for one, each for so long.
#[allow(clippy::disallowed_methods)]
async fn hop<T, F>(state: &State, class: Class, work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Problem> + Send + 'static,
{
    let place = state.at_work.take(1)?;
    let limit = state.patience.of(class);
    let work = web::block(move || {
        // Held until the work is through, even if nobody waits for it any more.
        let _place = place;
        within(limit, work)
    });
    match timeout(limit + GRACE, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(AppError::internal("a use case panicked").into()),
        Err(_) => Err(AppError::TooSlow.into()),
    }
}

impl<P: 'static> FromRequest for Ticket<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(ticket(request))
    }
}

impl FromRequest for Open {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(open(request))
    }
}

impl<P> Describe for Ticket<P> {
    fn describe(operation: &mut Operation) {
        operation.problems(&[401, 403, 503]);
    }
}

impl Describe for Open {
    fn describe(_: &mut Operation) {}
}

fn ticket<P>(request: &HttpRequest) -> Result<Ticket<P>, Problem> {
    let state = State::of(request)?;
    let credential = credential(&state, request)?;
    let context = counted(&state, request, |context| match &credential {
        Credential::Token(token) => Who::Account(token.subject.clone()),
        // Whose key it is, and whether it is any, the database says later.
        Credential::Key(_) => Who::at(context.address),
    })?;
    Ok(Ticket {
        state,
        credential,
        context,
        permission: PhantomData,
    })
}

fn open(request: &HttpRequest) -> Result<Open, Problem> {
    let state = State::of(request)?;
    let context = counted(&state, request, |context| Who::at(context.address))?;
    Ok(Open {
        state,
        request: context.about,
        class: context.class,
    })
}

/// Counts the request once, however many parts of it ask for a pass.
fn counted(
    state: &State,
    request: &HttpRequest,
    who: impl FnOnce(&Context) -> Who,
) -> Result<Context, Problem> {
    let mut context = Context::of(request);
    if context.standing.is_none() {
        let counted = state.limits.count(context.class, || who(&context));
        let standing = counted.map_err(Problem::TooMany)?;
        if standing.is_some() {
            context.standing = standing;
            request.extensions_mut().insert(context.clone());
        }
    }
    Ok(context)
}

fn credential(state: &State, request: &HttpRequest) -> Result<Credential, Problem> {
    let text = bearer(request)?;
    if api_key::looks_like_one(text) {
        let from = state.proxies.peer(request);
        return Ok(Credential::Key(PresentedKey::read(text, from)?));
    }
    let app = &state.app;
    let token = app.tokens.verify_access(text, app.env.clock.now())?;
    Ok(Credential::Token(token))
}

fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let refused = || Problem::App(AppError::Unauthenticated { code: "auth.token" });
    let mut sent = request.headers().get_all(AUTHORIZATION);
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return Err(refused());
    };
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(refused)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token)
    } else {
        Err(refused())
    }
}

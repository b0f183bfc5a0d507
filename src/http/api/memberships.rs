//! `/v1/enterprises/{uscc}/memberships`: in which pool an enterprise was, from when until when.

use actix_web::web::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::membership::{self, Membership};
use crate::domain::access::ReadRegister;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

/// All that was known at `known_at`, oldest first.
#[derive(Serialize, ToSchema)]
pub struct Memberships {
    items: Vec<Membership>,
    /// Always null: an enterprise has few.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

pub async fn of_enterprise(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<Memberships>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = membership::of_enterprise(app, &caller, &uscc, at)?;
        Ok(Memberships {
            items: found,
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

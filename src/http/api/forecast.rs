//! `/v1/enterprises/{uscc}/forecast` and `…/tasks`: what the passing of time brings, and what is to be done now.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::forecast;
use crate::app::forecast::face::{Forecast, TaskList};
use crate::domain::access::ReadEligibility;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::When;

#[derive(Deserialize, IntoParams)]
pub struct Asked {
    /// The last day looked at, at most ten years ahead; a year after `as_of` if not given.
    #[param(example = "2027-12-31")]
    until: Option<String>,
    /// Only this rule set, by its code.
    #[param(example = "POOLS")]
    rule_set: Option<String>,
    /// The first day (`YYYY-MM-DD`, Asia/Shanghai), whose figures are held. Today if not given.
    #[param(example = "2026-06-15")]
    as_of: Option<String>,
    /// Recorded when: figures, titles and rules as known at this RFC 3339 instant. Now if not given.
    #[param(example = "2026-06-15T08:00:00Z")]
    known_at: Option<String>,
}

pub async fn get(
    ticket: Ticket<ReadEligibility>,
    uscc: Path<String>,
    query: Query<Asked>,
) -> Result<Shown<Forecast>, Problem> {
    let found = ticket.call(move |app, caller| {
        let Asked {
            until,
            rule_set,
            as_of,
            known_at,
        } = query.read()?;
        let at = When { as_of, known_at }.at(&*app.env.clock)?;
        let (until, rule_set) = (until.as_deref(), rule_set.as_deref());
        let found = forecast::of_enterprise(app, &caller, &uscc, until, rule_set, at)
            .map_err(|error| query::names(error, &["/until", "/rule_set"]))?;
        Ok(Forecast::of(&found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

pub async fn tasks(
    ticket: Ticket<ReadEligibility>,
    uscc: Path<String>,
    query: Query<When>,
) -> Result<Shown<TaskList>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let found = forecast::tasks(app, &caller, &uscc, at)?;
        Ok(TaskList::of(&found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

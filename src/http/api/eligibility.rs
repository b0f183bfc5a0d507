//! `/v1/enterprises/{uscc}/eligibility`: what a rule set says of one enterprise, criterion by criterion.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::eligibility::{self, face::Eligibility};
use crate::domain::access::ReadEligibility;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::When;

#[derive(Deserialize, IntoParams)]
pub struct Asked {
    /// `CODE` as in force on `as_of`, or `CODE@date`; `POOLS` if not given.
    #[param(example = "NATIONAL_HNTE")]
    rule_set: Option<String>,
    /// True when: the day (`YYYY-MM-DD`, Asia/Shanghai) on which the rules are applied. Today if not given.
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
) -> Result<Shown<Eligibility>, Problem> {
    let found = ticket.call(move |app, caller| {
        let Asked {
            rule_set,
            as_of,
            known_at,
        } = query.read()?;
        let at = When { as_of, known_at }.at(&*app.env.clock)?;
        let found = eligibility::of_enterprise(app, &caller, &uscc, rule_set.as_deref(), at)
            .map_err(|error| query::names(error, &["/rule_set"]))?;
        Ok(Eligibility::explained(&found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

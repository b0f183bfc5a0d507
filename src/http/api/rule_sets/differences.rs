//! `…/versions/{n}/differences`: what changed, in words.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::numbered;
use crate::app::documents;
use crate::domain::access::ReadRules;
use crate::domain::drafting::diff::Difference;
use crate::domain::messages::Lang;
use crate::domain::rules::model::Words;
use crate::http::answer::Shown;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::time::{Day, Instant, When};

#[derive(Deserialize, IntoParams)]
pub struct Compared {
    /// The earlier version; the one before if not given.
    #[param(example = 1)]
    from: Option<i64>,
    as_of: Option<String>,
    known_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct RuleDifferences {
    #[schema(example = "POOLS")]
    code: String,
    from: i64,
    to: i64,
    /// In the order of the document.
    items: Vec<RuleDifference>,
    /// Always null: they are shown as a whole.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

/// One thing that changed.
#[derive(Serialize, ToSchema)]
pub struct RuleDifference {
    /// Where, by the names in the document.
    #[schema(example = "a_rd/at_least")]
    place: String,
    #[schema(example = "a_rd")]
    criterion: Option<String>,
    /// What the criterion, item, gate or pool is called.
    title: Option<String>,
    /// `ADDED`, `REMOVED`, `LIMIT`, `BRACKETS`, `POINTS`, `TEST`, `NEED`, `MOVES`, `DATE`, `CLAUSE`, `TITLE`, `ORDER` or `NOTE`.
    #[schema(example = "LIMIT")]
    kind: &'static str,
    #[schema(example = "3%")]
    from: Option<String>,
    #[schema(example = "4%")]
    to: Option<String>,
    #[schema(example = "研发费用占销售收入不低于 3% → 4%")]
    text: String,
}

pub async fn list(
    ticket: Ticket<ReadRules>,
    path: Path<(String, String)>,
    query: Query<Compared>,
) -> Result<Shown<RuleDifferences>, Problem> {
    let found = ticket.call(move |app, caller| {
        let Compared {
            from,
            as_of,
            known_at,
        } = query.read()?;
        let at = When { as_of, known_at }.at(&*app.env.clock)?;
        let (of, number) = numbered(&path)?;
        let found = documents::differences(app, &caller, &of, number, from, at)?;
        let lang = caller.lang();
        Ok(RuleDifferences {
            code: found.to.code,
            from: found.from.version,
            to: found.to.version,
            items: found.items.iter().map(|it| shown(it, lang)).collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

fn shown(it: &Difference, lang: Lang) -> RuleDifference {
    let words = |words: &Option<Words>| words.as_ref().map(|it| it.in_lang(lang).to_owned());
    RuleDifference {
        place: it.place.clone(),
        criterion: it.criterion.clone(),
        title: words(&it.title),
        kind: it.kind.as_str(),
        from: words(&it.from),
        to: words(&it.to),
        text: it.text.in_lang(lang).to_owned(),
    }
}

//! Lists of movements: oldest first, filtered by what staff look for.

use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{PoolMovement, view};
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::list::{Filter as Filtered, List};
use crate::app::table::{
    Column, Tabled, day_of, district, maybe, maybe_day, maybe_day_of, text, word, worded,
};
use crate::domain::access::ReadAssessments;
use crate::domain::clock::is_id;
use crate::domain::codes;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::movement::{Kind, State};
use crate::domain::uscc::Uscc;
use crate::store::enterprises;
use crate::store::movements::{self, Filter};

/// What a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
pub struct MovementQuery {
    #[param(example = "PROPOSED")]
    pub state: Option<String>,
    #[param(example = "PROMOTION")]
    pub kind: Option<String>,
    #[param(example = "330602")]
    pub district_code: Option<String>,
    /// Proposed by this run.
    pub run_id: Option<String>,
    #[param(example = "91330602MAFF89BB62")]
    pub uscc: Option<String>,
}

/// By id, and so in the order in which they were proposed; in the caller's scope.
pub struct Movements;

impl List for Movements {
    const NAME: &'static str = "pool-movements";
    type Reader = ReadAssessments;
    type Filter = MovementQuery;
    type Row = PoolMovement;
    type Position = String;

    fn page(
        app: &App,
        caller: &Caller<ReadAssessments>,
        query: &MovementQuery,
        after: Option<&String>,
        limit: usize,
    ) -> Result<Vec<PoolMovement>, AppError> {
        let after = after.map(String::as_str);
        app.store.read(|conn| {
            let enterprise_id = match query.uscc.as_deref() {
                None => None,
                Some(uscc) => match enterprises::by_uscc(conn, caller.scope(), uscc)? {
                    Some(enterprise) => Some(enterprise.id),
                    // What is not seen has no movements either.
                    None => return Ok(Vec::new()),
                },
            };
            let filter = Filter {
                state: query.state.as_deref().and_then(State::parse),
                kind: query.kind.as_deref().and_then(Kind::parse),
                district_code: query.district_code.clone(),
                run_id: query.run_id.clone(),
                enterprise_id,
            };
            let rows = movements::list(conn, caller.scope(), &filter, after, limit as i64)?;
            let found = rows.into_iter().map(|it| Ok(view(it)?.record));
            found.collect()
        })
    }

    fn position(row: &PoolMovement) -> String {
        row.id.clone()
    }
}

impl Filtered for MovementQuery {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let states = State::ALL.map(State::as_str);
        check_choice(&self.state, "/state", &states, &mut errors);
        let kinds = Kind::ALL.map(Kind::as_str);
        check_choice(&self.kind, "/kind", &kinds, &mut errors);
        if let Some(code) = &self.district_code {
            let known = codes::district(code).map(|_| ());
            keep(known, "/district_code", &mut errors);
        }
        if self.run_id.as_deref().is_some_and(|id| !is_id(id)) {
            errors.push(FieldError::new("/run_id", "field.invalid"));
        }
        if let Some(uscc) = &self.uscc {
            keep(Uscc::exactly(uscc), "/uscc", &mut errors);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

fn check_choice(
    given: &Option<String>,
    pointer: &str,
    choices: &[&str],
    errors: &mut Vec<FieldError>,
) {
    if given.as_deref().is_some_and(|it| !choices.contains(&it)) {
        let fault = Fault::new("field.choice").with("choices", choices.join(", "));
        errors.push(fault.at(pointer));
    }
}

impl Tabled for PoolMovement {
    const COLUMNS: &'static [Column<Self>] = &[
        ("统一社会信用代码", |it| text(&it.uscc)),
        ("企业名称", |it| text(&it.name)),
        ("所属区县", |it| district(&it.district_code)),
        ("移库类型", |it| word("movement_kinds", &it.kind)),
        ("原培育库", |it| worded("pools", &it.from_pool)),
        ("目标培育库", |it| worded("pools", &it.to_pool)),
        ("出库原因", |it| worded("exit_reasons", &it.exit_reason)),
        ("状态", |it| word("movement_states", &it.state)),
        ("未达标条件", |it| text(&it.failed_criteria.join("、"))),
        ("提出日期", |it| day_of(it.proposed_at)),
        ("初审日期", |it| maybe_day_of(it.endorsed_at)),
        ("审核日期", |it| maybe_day_of(it.decided_at)),
        ("理由", |it| maybe(&it.reason)),
        ("生效日期", |it| maybe_day(it.effective_on)),
        ("人工调整有效期至", |it| maybe_day(it.until)),
    ];
}

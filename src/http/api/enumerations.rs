//! `/v1/enumerations/{name}`: the code lists and the catalogue of facts.

use actix_web::web::Path;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::error::AppError;
use crate::domain::facts::{Code, FactDef, Kind, Period, catalogue};
use crate::domain::{codes, words};
use crate::http::answer::Shown;
use crate::http::guard::Open;
use crate::http::problem::Problem;

/// A list by its name: `districts`, `industries`, `schemes`, `legal_statuses`, `pools`, `evidence`, `roles`,
/// `api_scopes`, `movement_kinds`, `movement_states`, `exit_reasons` or `facts`.
#[derive(Serialize, ToSchema)]
pub struct Enumeration {
    #[schema(example = "districts")]
    name: &'static str,
    items: Items,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Items {
    Codes(Vec<CodeItem>),
    Industries(Vec<IndustryItem>),
    Schemes(Vec<SchemeItem>),
    Facts(Vec<FactItem>),
}

#[derive(Serialize, ToSchema)]
struct CodeItem {
    #[schema(example = "330602")]
    code: &'static str,
    #[schema(example = "越城区")]
    zh: &'static str,
    #[schema(example = "Yuecheng District")]
    en: &'static str,
}

/// Of GB/T 4754-2017. Only classes stand in an enterprise; lists filter by all three.
#[derive(Serialize, ToSchema)]
struct IndustryItem {
    #[schema(example = "C1713")]
    code: &'static str,
    /// `SECTION`, `DIVISION` or `CLASS`.
    level: &'static str,
    zh: &'static str,
}

#[derive(Serialize, ToSchema)]
struct SchemeItem {
    #[schema(example = "NATIONAL_HNTE")]
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    /// The longest a title of this scheme lasts.
    max_months: u32,
}

/// An entry of the catalogue of facts (指标目录).
#[derive(Serialize, ToSchema)]
struct FactItem {
    #[schema(example = "rd_expense")]
    name: &'static str,
    /// `MONEY` and `DECIMAL` are decimal strings, `COUNT` and `SCORE` integers, `YES_NO` booleans, `CODE` one of `codes`.
    kind: &'static str,
    /// `ANNUAL`: a figure of one fiscal year. `DATED`: holds from a day on.
    #[schema(value_type = String, example = "ANNUAL")]
    period: Period,
    #[schema(example = "yuan")]
    unit: &'static str,
    zh: &'static str,
    en: &'static str,
    /// The least value: money in yuan, the others in their unit. None for money that may be below zero.
    min: Option<i64>,
    /// The greatest value. Money has none here: every amount is below 10^15 yuan.
    max: Option<i64>,
    /// Decimal places.
    places: u8,
    codes: Vec<CodeItem>,
}

pub async fn get(_: Open, name: Path<String>) -> Result<Shown<Enumeration>, Problem> {
    let (name, items) = match name.as_str() {
        "districts" => ("districts", Items::Codes(districts())),
        "industries" => ("industries", Items::Industries(industries())),
        "schemes" => ("schemes", Items::Schemes(schemes())),
        "legal_statuses" => ("legal_statuses", Items::Codes(legal_statuses())),
        "pools" => ("pools", Items::Codes(worded("pools"))),
        "evidence" => ("evidence", Items::Codes(worded("evidence"))),
        "roles" => ("roles", Items::Codes(worded("roles"))),
        "api_scopes" => ("api_scopes", Items::Codes(worded("api_scopes"))),
        "movement_kinds" => ("movement_kinds", Items::Codes(worded("movement_kinds"))),
        "movement_states" => ("movement_states", Items::Codes(worded("movement_states"))),
        "exit_reasons" => ("exit_reasons", Items::Codes(worded("exit_reasons"))),
        "facts" => ("facts", Items::Facts(facts())),
        _ => return Err(AppError::NotFound.into()),
    };
    Ok(Shown::new(Enumeration { name, items }))
}

fn districts() -> Vec<CodeItem> {
    let item = |it: &'static codes::District| CodeItem {
        code: &it.code,
        zh: &it.zh,
        en: &it.en,
    };
    codes::districts().map(item).collect()
}

fn industries() -> Vec<IndustryItem> {
    let item = |it: &'static codes::Industry| IndustryItem {
        code: &it.code,
        level: match it.code.len() {
            1 => "SECTION",
            3 => "DIVISION",
            _ => "CLASS",
        },
        zh: &it.name,
    };
    codes::industries().map(item).collect()
}

fn schemes() -> Vec<SchemeItem> {
    let item = |it: &'static codes::Scheme| SchemeItem {
        code: &it.code,
        zh: &it.zh,
        en: &it.en,
        max_months: it.max_months,
    };
    codes::schemes().iter().map(item).collect()
}

fn legal_statuses() -> Vec<CodeItem> {
    let item = |it: &'static codes::StatusWords| CodeItem {
        code: &it.code,
        zh: &it.zh,
        en: &it.en,
    };
    codes::legal_statuses().iter().map(item).collect()
}

fn worded(list: &str) -> Vec<CodeItem> {
    let item = |it: &'static words::Word| CodeItem {
        code: &it.code,
        zh: &it.zh,
        en: &it.en,
    };
    words::of(list).map(item).collect()
}

fn facts() -> Vec<FactItem> {
    catalogue().iter().map(|(_, def)| fact(def)).collect()
}

fn fact(def: &'static FactDef) -> FactItem {
    let code = |it: &'static Code| CodeItem {
        code: &it.code,
        zh: &it.zh,
        en: &it.en,
    };
    FactItem {
        name: &def.name,
        kind: kind(def.kind),
        period: def.period,
        unit: &def.unit,
        zh: &def.zh,
        en: &def.en,
        min: match def.kind {
            Kind::Money if !def.signed => Some(0),
            _ => def.min,
        },
        max: def.max,
        places: match def.kind {
            Kind::Money => 2,
            _ => def.places,
        },
        codes: def.codes.iter().map(code).collect(),
    }
}

/// In the form of the API's codes.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Money => "MONEY",
        Kind::Count => "COUNT",
        Kind::YesNo => "YES_NO",
        Kind::Code => "CODE",
        Kind::Decimal => "DECIMAL",
        Kind::Score => "SCORE",
    }
}

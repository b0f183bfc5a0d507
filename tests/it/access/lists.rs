//! What lists, searches, orders, filters, counts, histories, exports and imports show or take of the six enterprises.

use serde_json::{Value, json};

use super::callers::Caller;
use super::world::{Target, World};
use crate::builders::finished;
use crate::client::Answer;

/// One way to learn of enterprises.
pub struct Facility {
    pub name: String,
    ask: Ask,
}

enum Ask {
    /// A list whose items have a `uscc`.
    List(String),
    /// A number at this place of the answer.
    Number(String, &'static str),
    /// Of each enterprise by itself: shown if there is anything.
    Each(String),
    Export(Value),
    /// A table with one row of the target.
    Import,
}

const ENTERPRISES: &str = "/v1/enterprises?limit=200";

pub fn all(world: &World<'_>) -> Vec<Facility> {
    let mut all = enterprises();
    all.extend(orders());
    all.extend(filters());
    all.extend(others(world));
    all.extend(of_one());
    all.extend(files());
    all
}

fn facility(name: impl Into<String>, ask: Ask) -> Facility {
    Facility {
        name: name.into(),
        ask,
    }
}

fn enterprises() -> Vec<Facility> {
    let mut all = vec![facility("list enterprises", Ask::List(ENTERPRISES.into()))];
    for (what, q) in [
        ("name", "%E8%99%9A%E6%9E%84"),
        ("initials", "xgyc"),
        ("code", "91330602MA"),
    ] {
        let found = Ask::List(format!("{ENTERPRISES}&q={q}"));
        all.push(facility(format!("search enterprises by {what}"), found));
    }
    for (what, query) in [("", ""), (" found by initials", "&q=xgyc")] {
        let counted = format!("/v1/enterprises?limit=1&count=exact{query}");
        let counted = Ask::Number(counted, "/total");
        all.push(facility(format!("count enterprises{what}"), counted));
    }
    all
}

fn orders() -> impl Iterator<Item = Facility> {
    let sorts = [
        "name",
        "-name",
        "registered_on",
        "-registered_on",
        "updated_at",
        "-updated_at",
    ];
    sorts.into_iter().flat_map(|sort| {
        let sorted = format!("{ENTERPRISES}&sort={sort}");
        let both = format!("{sorted}&q=xgyc");
        [
            facility(format!("sort enterprises by {sort}"), Ask::List(sorted)),
            facility(
                format!("search and sort enterprises by {sort}"),
                Ask::List(both),
            ),
        ]
    })
}

fn filters() -> impl Iterator<Item = Facility> {
    let filters = [
        "district_code=330602",
        "district_code=330603",
        "pool=ACCELERATION",
        "scheme=PROVINCIAL_TECH_SME",
        "industry_code=C",
        "status=ACTIVE",
        "status=DEREGISTERED",
        "status=MOVED_OUT",
    ];
    filters.into_iter().flat_map(|filter| {
        let counted = format!("/v1/enterprises?limit=1&count=exact&{filter}");
        [
            facility(
                format!("filter enterprises by {filter}"),
                Ask::List(format!("{ENTERPRISES}&{filter}")),
            ),
            facility(
                format!("count enterprises of {filter}"),
                Ask::Number(counted, "/total"),
            ),
        ]
    })
}

fn others(world: &World<'_>) -> Vec<Facility> {
    let mut all = Vec::new();
    for list in [
        "/v1/pool-movements",
        "/v1/pools/ACCELERATION/memberships",
        "/v1/late-findings",
    ] {
        let whole = format!("{list}?limit=200");
        all.push(facility(format!("list {list}"), Ask::List(whole.clone())));
        for district in ["330602", "330603"] {
            let part = Ask::List(format!("{whole}&district_code={district}"));
            all.push(facility(format!("filter {list} by {district}"), part));
        }
    }
    for list in ["/v1/pool-movements", "/v1/late-findings"] {
        let each = Ask::Each(format!("{list}?uscc={{uscc}}"));
        all.push(facility(format!("filter {list} by uscc"), each));
    }
    let results = world.path("/v1/assessment-runs/{id}/results", Target::Own);
    let results = Ask::List(format!("{results}?limit=200"));
    all.push(facility("list results of a run", results));
    let members = Ask::Number("/v1/pools".into(), "/items/1/members");
    all.push(facility("count /v1/pools", members));
    all
}

fn of_one() -> impl Iterator<Item = Facility> {
    let parts = [
        "history",
        "certifications",
        "memberships",
        "annual-facts",
        "former-names",
        "delegations",
    ];
    parts.into_iter().map(|part| {
        let each = format!("/v1/enterprises/{{uscc}}/{part}");
        facility(format!("{part} of one"), Ask::Each(each))
    })
}

fn files() -> impl Iterator<Item = Facility> {
    let kinds = ["enterprises", "memberships", "movements"];
    let exports = kinds.into_iter().map(|kind| {
        let body = json!({"kind": kind, "format": "csv"});
        facility(format!("export {kind}"), Ask::Export(body))
    });
    let import = facility("import a table with one row (dry run)", Ask::Import);
    exports.chain([import])
}

impl Facility {
    pub fn shown(&self, world: &World<'_>, caller: &Caller) -> String {
        let client = &caller.client;
        match &self.ask {
            Ask::List(path) => match client.get(path) {
                page if page.status == 200 => letters(world, &page.text()),
                refused => refused.status.to_string(),
            },
            Ask::Number(path, at) => match client.get(path) {
                page if page.status == 200 => number(&page, at),
                refused => refused.status.to_string(),
            },
            Ask::Each(pattern) => each(world, |uscc| {
                let answer = client.get(&pattern.replace("{uscc}", uscc));
                match answer.status {
                    200 => match answer.json()["items"].as_array().map(Vec::len) {
                        Some(0) => "none".into(),
                        _ => "some".into(),
                    },
                    status => status.to_string(),
                }
            }),
            Ask::Export(body) => {
                let begun = client.post("/v1/exports", body.clone());
                if begun.status != 202 {
                    return begun.status.to_string();
                }
                let ended = finished(client, begun.header("location"));
                let file = client.get(ended["result_url"].as_str().expect("a file"));
                letters(world, &file.text())
            }
            Ask::Import => each(world, |uscc| {
                let district = world.district_name(uscc);
                let table = format!(
                    "统一社会信用代码,企业名称,所属区县,成立日期,行业代码\n{uscc},虚构导入有限公司,{district},2018-03-01,1713\n"
                );
                let headers = [("content-type", "text/csv")];
                let path = "/v1/imports?validate_only=true";
                let answer = client.send_raw("POST", path, &headers, table.into_bytes());
                answer.status.to_string()
            }),
        }
    }
}

/// Which of the six a text names by their codes.
fn letters(world: &World<'_>, text: &str) -> String {
    let letter = |target: Target| match text.contains(world.uscc(target)) {
        true => target.letter(),
        false => '.',
    };
    Target::THERE.map(letter).iter().collect()
}

fn number(page: &Answer, at: &str) -> String {
    let body = page.json();
    let number = body.pointer(at).unwrap_or_else(|| panic!("{at}: {body}"));
    format!("{number} of them")
}

/// One answer if all are the same.
fn each(world: &World<'_>, mut ask: impl FnMut(&str) -> String) -> String {
    let answers = Target::THERE.map(|target| ask(world.uscc(target)));
    match answers.iter().all(|it| *it == answers[0]) {
        true => answers[0].clone(),
        false => answers.join(" "),
    }
}

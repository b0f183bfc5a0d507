//! `sanku audit`: whether the tables are what the ledger tells. It reads only, a live database or a copy of one.

use crate::app::audit::{self, Fault, Verification};
use crate::config::Config;
use crate::domain::fold::Key;
use crate::domain::messages::Lang;
use crate::store;

use super::outcome::{Failure, Format, Outcome, Verdict, out};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Fold the whole ledger and compare every row of every table with what comes out
    Verify {
        #[arg(long, default_value = "table")]
        format: Format,
    },
}

pub fn run(args: Args, config: &Config) -> Outcome {
    let Action::Verify { format } = args.action;
    let found = store::look_at(config.database_url.expose(), audit::verify)?;
    match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&found);
            out(text.map_err(|error| Failure::Could(error.to_string()))?)?;
        }
        Format::Table => show(&found, config.lang())?,
    }
    Ok(match found.fault {
        None => Verdict::Done,
        Some(_) => Verdict::No,
    })
}

fn show(found: &Verification, lang: Lang) -> Result<(), Failure> {
    let (entries, rows, erased) = (found.entries, found.rows, found.erased);
    match &found.fault {
        None => out(match lang {
            Lang::Zh => format!(
                "台账流水 {entries} 条与全部表一致：核对 {rows} 行，其中已删除的个人信息 {erased} 条"
            ),
            Lang::En => format!(
                "the {entries} entries of the ledger and every table agree: {rows} rows compared, {erased} personal values erased"
            ),
        })?,
        Some(fault) => out(told(fault, lang))?,
    }
    if !found.root.is_empty() {
        out(format!("{}: {}", lang.pick("树根", "root"), found.root))?;
    }
    out(lang.pick(
        "尚未签名：它证明表与流水一致，不证明流水本身未被整体重写。",
        "Unsigned as yet: it shows that tables and ledger agree, not that nobody wrote both anew.",
    ))?;
    out(lang.pick("未核对：", "Not covered:"))?;
    for it in &found.not_covered {
        let what = match it.column {
            None => it.table.to_owned(),
            Some(column) => format!("{}.{column}", it.table),
        };
        out(format!("  {what}: {}", it.why))?;
    }
    Ok(())
}

fn told(fault: &Fault, lang: Lang) -> String {
    let row = |table: &str, key: &Key| format!("{table} ({})", key.join(", "));
    match fault {
        Fault::Ledger { why } => match lang {
            Lang::Zh => format!("流水自相矛盾：{why}"),
            Lang::En => format!("the ledger contradicts itself: {why}"),
        },
        Fault::Entry { seq, why } => match lang {
            Lang::Zh => format!("第 {seq} 条流水有误：{why}"),
            Lang::En => format!("entry {seq} is not what it should be: {why}"),
        },
        Fault::Missing { table, key } => match lang {
            Lang::Zh => format!("{}：流水中有，表中没有", row(table, key)),
            Lang::En => format!(
                "{}: an event made this row, and it is not there",
                row(table, key)
            ),
        },
        Fault::Unmade { table, key } => match lang {
            Lang::Zh => format!("{}：表中有，流水中没有", row(table, key)),
            Lang::En => format!("{}: no event made this row", row(table, key)),
        },
        Fault::Unproved {
            table,
            key,
            columns,
        } => match lang {
            Lang::Zh => format!("{} 的 {columns}：与本行所存哈希不符", row(table, key)),
            Lang::En => format!(
                "{}: {columns} are not what their hash was taken over",
                row(table, key)
            ),
        },
        Fault::Differs {
            table,
            key,
            column,
            sworn,
            stands,
        } => match lang {
            Lang::Zh => format!(
                "{} 的 {column}：流水为 {sworn}，表中为 {stands}",
                row(table, key)
            ),
            Lang::En => format!(
                "{}, {column}: {sworn} by the ledger, {stands} in the table",
                row(table, key)
            ),
        },
    }
}

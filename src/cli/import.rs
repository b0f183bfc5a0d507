//! `sanku import`: staff's tables into the register, for whoever has the database in hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::caller::Caller;
use crate::app::import::{Counts, ImportOptions, ImportReport, InputFile, Progress, import};
use crate::config::Config;
use crate::domain::date;
use crate::domain::messages::Lang;

use super::opening::open;
use super::outcome::{Failure, Format, Outcome, Verdict, out, refused, told};
use super::progress;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One workbook (.xlsx), CSV files told apart by their headers, or a folder of them; all are one change
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// From when the facts of the table of enterprises hold; else from 1 January after the last year of figures
    #[arg(long, value_name = "DATE")]
    facts_from: Option<String>,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    let day = args.facts_from.as_deref().map(date::parse).transpose();
    let facts_from = day.map_err(|fault| refused(fault.at("/facts-from"), config.lang()))?;
    let files = files(&args.paths)?;
    let app = open(config)?;
    let mut options = ImportOptions::new(app.env.clock.today());
    options.dry_run = args.dry_run;
    options.facts_from = facts_from;
    options.progress = progress::bar().map(|bar| Arc::new(bar) as Progress);
    let done = import(&app, &Caller::operator(), &files, options);
    let report = done.map_err(|error| told(error, config.lang()))?.value;
    match args.format {
        Format::Json => out(serde_json::to_string_pretty(&report).map_err(could)?)?,
        Format::Table => table(&report, config.lang())?,
    }
    // A fault in the tables is the answer "no", not a failure.
    Ok(if report.problem_count == 0 {
        Verdict::Done
    } else {
        Verdict::No
    })
}

fn files(paths: &[PathBuf]) -> Result<Vec<InputFile>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside = Vec::new();
            for entry in fs::read_dir(path).map_err(|error| unreadable(path, error))? {
                let found = entry.map_err(|error| unreadable(path, error))?.path();
                if is_table(&found) {
                    inside.push(found);
                }
            }
            if inside.is_empty() {
                return Err(Failure::Use(format!(
                    "{}: no .xlsx or .csv in this folder",
                    path.display()
                )));
            }
            inside.sort();
            for found in inside {
                files.push(file(&found)?);
            }
        } else {
            files.push(file(path)?);
        }
    }
    Ok(files)
}

/// Excel keeps a side file (`~$…`) beside a workbook that is open.
fn is_table(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    (name.ends_with(".xlsx") || name.ends_with(".csv")) && !name.starts_with(['~', '.'])
}

fn file(path: &Path) -> Result<InputFile, Failure> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    Ok(InputFile {
        name: name.unwrap_or_default(),
        bytes: fs::read(path).map_err(|error| unreadable(path, error))?,
    })
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Could(format!("{}: {error}", path.display()))
}

fn could(error: serde_json::Error) -> Failure {
    Failure::Could(error.to_string())
}

fn table(report: &ImportReport, lang: Lang) -> Result<(), Failure> {
    for table in &report.tables {
        let sheet = table.sheet.as_ref().map(|sheet| format!("「{sheet}」"));
        let name = format!("{}{}", table.file, sheet.unwrap_or_default());
        out(match lang {
            Lang::Zh => format!("{name}：{} 行", table.rows),
            Lang::En => format!("{name}: {} rows", table.rows),
        })?;
    }
    for note in &report.notes {
        out(note)?;
    }
    if report.problem_count > 0 {
        return problems(report, lang);
    }
    for (zh, en, counts) in [
        ("企业", "enterprises", report.enterprises),
        ("年度数据", "yearly figures", report.figures),
        ("某日起有效的指标", "facts from a date", report.dated_facts),
        ("资质", "titles", report.certifications),
    ] {
        let Counts {
            new,
            changed,
            unchanged,
        } = counts;
        out(match lang {
            Lang::Zh => format!("{zh}：新增 {new}，变更 {changed}，未变 {unchanged}"),
            Lang::En => format!("{en}: {new} new, {changed} changed, {unchanged} unchanged"),
        })?;
    }
    let day = report
        .facts_from
        .map(|day| day.to_string())
        .unwrap_or_default();
    out(match (lang, report.dry_run) {
        (Lang::Zh, true) => format!("试运行，没有写入；企业表中的指标将从 {day} 起有效"),
        (Lang::Zh, false) => format!("已导入；企业表中的指标从 {day} 起有效"),
        (Lang::En, true) => format!("dry run, nothing was changed; facts would hold from {day}"),
        (Lang::En, false) => format!("imported; facts hold from {day}"),
    })
}

fn problems(report: &ImportReport, lang: Lang) -> Result<(), Failure> {
    for problem in &report.problems {
        let sheet = problem.sheet.as_ref().map(|sheet| format!("「{sheet}」"));
        let row = problem.row.map(|row| match lang {
            Lang::Zh => format!(" 第 {row} 行"),
            Lang::En => format!(" row {row}"),
        });
        let column = problem.column.as_ref().map(|letters| match lang {
            Lang::Zh => format!(" {letters} 列"),
            Lang::En => format!(" column {letters}"),
        });
        let header = problem.header.as_ref().map(|header| match lang {
            Lang::Zh => format!("（{header}）"),
            Lang::En => format!(" ({header})"),
        });
        let place: String = [sheet, row, column, header].into_iter().flatten().collect();
        out(format!("{}{place}: {}", problem.file, problem.message))?;
    }
    let (count, shown) = (report.problem_count, report.problems.len());
    out(match lang {
        Lang::Zh if count > shown => {
            format!("共 {count} 处错误（只列出前 {shown} 处），没有写入任何数据")
        }
        Lang::Zh => format!("共 {count} 处错误，没有写入任何数据"),
        Lang::En if count > shown => {
            format!("{count} faults (the first {shown} are listed); nothing was changed")
        }
        Lang::En => format!("{count} faults; nothing was changed"),
    })
}

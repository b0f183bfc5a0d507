//! `sanku jobs run`: the clocked work once, for machines where nothing serves all day.

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use crate::app::error::AppError;
use crate::config::Config;
use crate::jobs::{self, Ran, Settings};

use super::opening::open;
use super::outcome::{Failure, Format, Outcome, Verdict, out, told};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Put movements into effect whose day has come, delete what was kept long enough, assess if the night has come, list decisions touched by late facts
    Run {
        /// What is due at this RFC 3339 instant; now if not given
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        at: Option<DateTime<Utc>>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    let Action::Run { at, format } = &args.action;
    let app = open(config)?;
    let at = at.unwrap_or_else(|| app.env.clock.now());
    let ran = jobs::run_all(&app, settings(config), at);
    let mut failure = None;
    let mut shown: Vec<Json> = Vec::new();
    for Ran { job, outcome } in ran {
        match outcome {
            Ok(count) => {
                if *format == Format::Table {
                    out(format!(
                        "{count:>8}  {}",
                        config.lang().pick(in_chinese(job), job)
                    ))?;
                }
                shown.push(json!({ "job": job, "count": count }));
            }
            Err(error) => {
                shown.push(json!({ "job": job, "code": error.code() }));
                failure.get_or_insert(named(job, error, config));
            }
        }
    }
    if *format == Format::Json {
        out(json!({ "at": at, "jobs": shown }))?;
    }
    failure.map_or(Ok(Verdict::Done), Err)
}

pub(super) fn settings(config: &Config) -> Settings {
    Settings {
        key_days: config.session.key_days,
        nightly_hour: config.jobs.nightly_assessment_hour,
    }
}

fn named(job: &'static str, error: AppError, config: &Config) -> Failure {
    match told(error, config.lang()) {
        Failure::Use(text) | Failure::No(text) | Failure::Could(text) => {
            let job = config.lang().pick(in_chinese(job), job);
            Failure::Could(format!("{job}: {text}"))
        }
    }
}

/// Programs and the log know a job by its English name.
fn in_chinese(job: &'static str) -> &'static str {
    match job {
        "duty" => "值守",
        "interrupted operations" => "中断的后台任务",
        "interrupted assessments" => "中断的评估",
        "interrupted simulations" => "中断的推演",
        "old idempotency keys" => "过期的幂等键",
        "old sessions" => "过期的登录",
        "old export files" => "过期的导出文件",
        "signing keys" => "签名密钥轮换",
        "movements taking effect" => "生效的移库",
        "nightly assessment" => "夜间评估",
        "uses of API keys" => "接口密钥使用记录",
        "late facts" => "迟到事实",
        other => other,
    }
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text);
    read.map(|at| at.to_utc())
        .map_err(|_| "RFC 3339, for example 2026-07-01T00:00:00+08:00".into())
}

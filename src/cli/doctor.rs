//! `sanku doctor`: is this machine, with these settings and this database, fit to run? Exit code 1 if not.

use std::path::Path;
use std::process::Command;

use chrono::Duration;
use serde::Serialize;

use crate::app::App;
use crate::app::env::Env;
use crate::config::{self, Config, SecondFactor};
use crate::domain::access::Role;
use crate::domain::account_policy::Profile;
use crate::domain::messages::Lang;
use crate::store::health::{self, Engine, Health};
use crate::store::ledger::{Look, OutOfStep, out_of_step};
use crate::store::{self, Schema, StoreError, users};

use super::opening::options;
use super::outcome::{Failure, Format, Outcome, Verdict, out};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the commented configuration template and do nothing else
    #[arg(long)]
    print_config: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    if args.print_config {
        out(Config::template().trim_end())?;
        return Ok(Verdict::Done);
    }
    let mut findings = Findings {
        lang: config.lang(),
        checks: Vec::new(),
    };
    settings(&mut findings, config);
    second_factor(&mut findings, config);
    secrets(&mut findings, config);
    if schema(&mut findings, config) {
        database(&mut findings, config);
    }
    disk(&mut findings, config);
    findings.show(args.format)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Grade {
    Ok,
    /// Runs, but should be looked at.
    Warn,
    Fail,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    grade: Grade,
    detail: String,
}

#[derive(Debug, Serialize)]
struct Findings {
    #[serde(skip)]
    lang: Lang,
    checks: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, check: &'static str, grade: Grade, detail: impl Into<String>) {
        self.checks.push(Finding {
            check,
            grade,
            detail: detail.into(),
        });
    }

    /// In the language of the configuration; the names of the checks are for programs too.
    fn tell(&mut self, check: &'static str, grade: Grade, zh: String, en: String) {
        let detail = self.lang.pick(zh, en);
        self.add(check, grade, detail);
    }

    fn show(&self, format: Format) -> Outcome {
        match format {
            Format::Json => {
                let text = serde_json::to_string_pretty(self)
                    .map_err(|error| Failure::Could(error.to_string()))?;
                out(text)?;
            }
            Format::Table => {
                for Finding {
                    check,
                    grade,
                    detail,
                } in &self.checks
                {
                    let grade = format!("{grade:?}").to_lowercase();
                    out(format!("{grade:<5} {check:<14} {detail}"))?;
                }
            }
        }
        let failed = self
            .checks
            .iter()
            .any(|finding| finding.grade == Grade::Fail);
        Ok(if failed { Verdict::No } else { Verdict::Done })
    }
}

fn settings(findings: &mut Findings, config: &Config) {
    let unknown = config::unknown_variables();
    if unknown.is_empty() {
        let (database, listen) = (&config.database_url, config.server.listen);
        findings.tell(
            "configuration",
            Grade::Ok,
            format!("数据库 {database}，监听 {listen}"),
            format!("database {database}, listen {listen}"),
        );
    } else {
        let unknown = unknown.join(", ");
        findings.tell(
            "configuration",
            Grade::Warn,
            format!("没有这些设置：{unknown}"),
            format!("no such settings: {unknown}"),
        );
    }
}

fn second_factor(findings: &mut Findings, config: &Config) {
    let (grade, zh, en) = match (config.passwords.profile, config.session.second_factor) {
        (_, SecondFactor::Required) => (Grade::Ok, "必须使用", "required"),
        (Profile::Mlps3, SecondFactor::Offered) => (
            Grade::Warn,
            "可用可不用，而等保三级（passwords.profile mlps3）要求 session.second_factor = \"required\"",
            "only offered, though 等保三级 (passwords.profile mlps3) needs session.second_factor = \"required\"",
        ),
        (Profile::Asvs, SecondFactor::Offered) => (Grade::Ok, "可用可不用", "offered"),
    };
    findings.tell("second factor", grade, zh.into(), en.into());
}

fn secrets(findings: &mut Findings, config: &Config) {
    let (grade, zh, en) = match &config.secrets.master {
        Some(secret) if secret.expose().len() < 32 => {
            (Grade::Fail, "不足 32 字节", "shorter than 32 bytes")
        }
        Some(_) => (Grade::Ok, "来自配置", "from the configuration"),
        None => (Grade::Ok, "保存在数据库中", "kept in the database"),
    };
    findings.tell("master secret", grade, zh.into(), en.into());
    let files = [&config.secrets.master_file, &config.database_url_file];
    for file in files
        .into_iter()
        .flatten()
        .filter(|file| open_to_others(file))
    {
        open_file(findings, "secret files", file);
    }
}

fn open_file(findings: &mut Findings, check: &'static str, file: &Path) {
    let file = file.display();
    findings.tell(
        check,
        Grade::Warn,
        format!("{file} 别人也能读：chmod 600"),
        format!("{file} can be read by others: chmod 600"),
    );
}

/// Whether the database is there and of this program's schema.
fn schema(findings: &mut Findings, config: &Config) -> bool {
    let (grade, zh, en) = match store::schema_at(config.database_url.expose()) {
        Ok(Schema::Current) => (Grade::Ok, "已是最新".into(), "up to date".into()),
        Ok(Schema::Behind(missing)) => {
            let missing = missing.join(", ");
            (
                Grade::Fail,
                format!("缺 {missing}；请运行 sanku migrate"),
                format!("lacks {missing}; run: sanku migrate"),
            )
        }
        Ok(Schema::Newer(unknown)) => {
            let unknown = unknown.join(", ");
            (
                Grade::Fail,
                format!("由更新的 sanku 建立（{unknown}）"),
                format!("made by a newer sanku ({unknown})"),
            )
        }
        Err(error) => (Grade::Fail, error.to_string(), error.to_string()),
    };
    findings.tell("schema", grade, zh, en);
    grade == Grade::Ok
}

fn database(findings: &mut Findings, config: &Config) {
    // Opening signs a token, verifies it and sees bad ones refused.
    let app = match App::open(options(config), Env::system()) {
        Ok(app) => app,
        Err(error) => return findings.add("database", Grade::Fail, error.to_string()),
    };
    findings.tell(
        "tokens",
        Grade::Ok,
        "自检通过".into(),
        "self-test passed".into(),
    );
    match app.store.read::<_, StoreError, _>(health::health) {
        Err(error) => findings.add("database", Grade::Fail, error.to_string()),
        Ok(health) => {
            engine(findings, &health);
            clock(findings, &health, &app);
        }
    }
    ledger(findings, &app);
    approvers(findings, &app);
}

/// Head, frontier and every entry's leaf hash: on a ledger that is out of step nothing can be built any more.
fn ledger(findings: &mut Findings, app: &App) {
    let fault = app
        .store
        .snapshot::<_, StoreError, _>(|conn| out_of_step(conn, Look::Whole));
    let (grade, zh, en) = match fault {
        Ok(None) => (
            Grade::Ok,
            "链头与全部记录一致".into(),
            "its head agrees with every entry".into(),
        ),
        Ok(Some(fault)) => (
            Grade::Fail,
            match fault {
                OutOfStep::Size { head, last } => {
                    format!("链头记有 {head} 条，最后一条却是第 {last} 条；请停用并从备份恢复")
                }
                OutOfStep::Frontier { .. } | OutOfStep::Root => {
                    "链头自相矛盾；请停用并从备份恢复".into()
                }
                OutOfStep::Instant { head, last } => format!(
                    "链头记于 {head}（UTC），最后一条却记于 {last}（UTC）；请停用并从备份恢复"
                ),
                OutOfStep::Entries => "链头与记录不一致；请停用并从备份恢复".into(),
            },
            format!("{fault}; stop the service and restore a backup"),
        ),
        Err(error) => (Grade::Fail, error.to_string(), error.to_string()),
    };
    findings.tell("ledger", grade, zh, en);
}

/// Over HTTP a role takes two people.
fn approvers(findings: &mut Findings, app: &App) {
    let there = app.store.read::<_, StoreError, _>(|conn| {
        let nobody_left_out = "";
        users::another_has(conn, Role::SecurityAdmin, nobody_left_out)
    });
    const LINK: &str = "sanku user setup-link NAME --role SECURITY_ADMIN";
    let (grade, zh, en) = match there {
        Ok(true) => (
            Grade::Ok,
            "有在用的安全管理员".into(),
            "a security administrator is active".into(),
        ),
        Ok(false) => (
            Grade::Warn,
            format!("没有在用的 SECURITY_ADMIN，无人批准角色；请运行 {LINK}"),
            format!("no active SECURITY_ADMIN: nobody can approve roles; run: {LINK}"),
        ),
        Err(error) => (Grade::Fail, error.to_string(), error.to_string()),
    };
    findings.tell("roles", grade, zh, en);
}

fn engine(findings: &mut Findings, health: &Health) {
    match &health.engine {
        Engine::Sqlite {
            journal,
            synchronous,
        } => {
            // 2 is FULL: an acknowledged change survives a power cut.
            let safe = journal == "wal" && synchronous == "2";
            let engine = format!("SQLite, journal {journal}, synchronous {synchronous}");
            let grade = if safe { Grade::Ok } else { Grade::Fail };
            with_events(findings, grade, &engine, health);
        }
        Engine::Postgres { version, .. } => {
            with_events(
                findings,
                Grade::Ok,
                &format!("PostgreSQL {version}"),
                health,
            );
        }
    }
}

fn with_events(findings: &mut Findings, grade: Grade, engine: &str, health: &Health) {
    let events = health.entries;
    findings.tell(
        "database",
        grade,
        format!("{engine}，{events} 条记录"),
        format!("{engine}, {events} events"),
    );
}

fn clock(findings: &mut Findings, health: &Health, app: &App) {
    let now = app.env.clock.now();
    let last = health.last_entry;
    let (grade, zh, en) = match &health.engine {
        _ if now < last => (
            Grade::Fail,
            format!("{now} 早于台账最后一条 {last}"),
            format!("{now} is before the ledger's last entry, {last}"),
        ),
        Engine::Postgres { now: theirs, .. } if (now - *theirs).abs() > Duration::seconds(5) => (
            Grade::Warn,
            format!("本机 {now}，数据库 {theirs}"),
            format!("{now} here, {theirs} at the database"),
        ),
        _ => {
            let today = app.env.clock.today();
            (
                Grade::Ok,
                format!("{now}，绍兴 {today}"),
                format!("{now}, in Shaoxing {today}"),
            )
        }
    };
    findings.tell("clock", grade, zh, en);
}

/// Room for a SQLite file to grow; a server's disk is for the server's own monitoring.
fn disk(findings: &mut Findings, config: &Config) {
    const MEBIBYTE: u64 = 1024;
    let Some(file) = config.database_url.expose().strip_prefix("sqlite:") else {
        return;
    };
    let file = Path::new(file.trim_start_matches("//"));
    if open_to_others(file) {
        open_file(findings, "database file", file);
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    match free_kibibytes(folder) {
        Some(free) => {
            let grade = match free / MEBIBYTE {
                0..100 => Grade::Fail,
                100..1024 => Grade::Warn,
                _ => Grade::Ok,
            };
            let (free, folder) = (free / MEBIBYTE, folder.display());
            findings.tell(
                "disk",
                grade,
                format!("{folder} 剩余 {free} MiB"),
                format!("{free} MiB free at {folder}"),
            );
        }
        None => findings.tell(
            "disk",
            Grade::Warn,
            format!("看不出 {} 还剩多少空间", folder.display()),
            format!("cannot tell how much is free at {}", folder.display()),
        ),
    }
}

/// POSIX df; the standard library does not ask the file system.
fn free_kibibytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(unix)]
fn open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

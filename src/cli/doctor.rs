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
use crate::store::health::{self, Engine, Health};
use crate::store::{self, Schema, StoreError, users};

use super::{Failure, Format, Outcome, Verdict, options, out};

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
    let mut findings = Findings::default();
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

#[derive(Debug, Default, Serialize)]
struct Findings {
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
        let shown = format!(
            "database {}, listen {}",
            config.database_url, config.server.listen
        );
        findings.add("configuration", Grade::Ok, shown);
    } else {
        findings.add(
            "configuration",
            Grade::Warn,
            format!("no such settings: {}", unknown.join(", ")),
        );
    }
}

fn second_factor(findings: &mut Findings, config: &Config) {
    let (grade, detail) = match (config.passwords.profile, config.session.second_factor) {
        (_, SecondFactor::Required) => (Grade::Ok, "required"),
        (Profile::Mlps3, SecondFactor::Offered) => (
            Grade::Warn,
            "only offered, though 等保三级 (passwords.profile mlps3) needs session.second_factor = \"required\"",
        ),
        (Profile::Asvs, SecondFactor::Offered) => (Grade::Ok, "offered"),
    };
    findings.add("second factor", grade, detail);
}

fn secrets(findings: &mut Findings, config: &Config) {
    match &config.secrets.master {
        Some(secret) if secret.expose().len() < 32 => {
            findings.add("master secret", Grade::Fail, "shorter than 32 bytes");
        }
        Some(_) => findings.add("master secret", Grade::Ok, "from the configuration"),
        None => findings.add("master secret", Grade::Ok, "kept in the database"),
    }
    let files = [&config.secrets.master_file, &config.database_url_file];
    for file in files
        .into_iter()
        .flatten()
        .filter(|file| open_to_others(file))
    {
        let detail = format!("{} can be read by others: chmod 600", file.display());
        findings.add("secret files", Grade::Warn, detail);
    }
}

/// Whether the database is there and of this program's schema.
fn schema(findings: &mut Findings, config: &Config) -> bool {
    let (grade, detail) = match store::schema_at(config.database_url.expose()) {
        Ok(Schema::Current) => (Grade::Ok, "up to date".to_string()),
        Ok(Schema::Behind(missing)) => (
            Grade::Fail,
            format!("lacks {}; run: sanku migrate", missing.join(", ")),
        ),
        Ok(Schema::Newer(unknown)) => (
            Grade::Fail,
            format!("made by a newer sanku ({})", unknown.join(", ")),
        ),
        Err(error) => (Grade::Fail, error.to_string()),
    };
    findings.add("schema", grade, detail);
    grade == Grade::Ok
}

fn database(findings: &mut Findings, config: &Config) {
    // Opening signs a token, verifies it and sees bad ones refused.
    let app = match App::open(options(config), Env::system()) {
        Ok(app) => app,
        Err(error) => return findings.add("database", Grade::Fail, error.to_string()),
    };
    findings.add("tokens", Grade::Ok, "self-test passed");
    match app.store.read::<_, StoreError, _>(health::health) {
        Err(error) => findings.add("database", Grade::Fail, error.to_string()),
        Ok(health) => {
            engine(findings, &health);
            clock(findings, &health, &app);
        }
    }
    approvers(findings, &app);
}

/// Over HTTP a role takes two people.
fn approvers(findings: &mut Findings, app: &App) {
    let there = app.store.read::<_, StoreError, _>(|conn| {
        let nobody_left_out = "";
        users::another_has(conn, Role::SecurityAdmin, nobody_left_out)
    });
    let (grade, detail) = match there {
        Ok(true) => (Grade::Ok, "a security administrator is active".to_string()),
        Ok(false) => (
            Grade::Warn,
            "no active SECURITY_ADMIN: nobody can approve roles; run: sanku user setup-link NAME --role SECURITY_ADMIN".into(),
        ),
        Err(error) => (Grade::Fail, error.to_string()),
    };
    findings.add("roles", grade, detail);
}

fn engine(findings: &mut Findings, health: &Health) {
    match &health.engine {
        Engine::Sqlite {
            journal,
            synchronous,
        } => {
            // 2 is FULL: an acknowledged change survives a power cut.
            let safe = journal == "wal" && synchronous == "2";
            let detail = format!(
                "SQLite, journal {journal}, synchronous {synchronous}, {} events",
                health.entries
            );
            findings.add(
                "database",
                if safe { Grade::Ok } else { Grade::Fail },
                detail,
            );
        }
        Engine::Postgres { version, .. } => {
            findings.add(
                "database",
                Grade::Ok,
                format!("PostgreSQL {version}, {} events", health.entries),
            );
        }
    }
}

fn clock(findings: &mut Findings, health: &Health, app: &App) {
    let now = app.env.clock.now();
    if now < health.last_entry {
        let detail = format!(
            "{now} is before the ledger's last entry, {}",
            health.last_entry
        );
        return findings.add("clock", Grade::Fail, detail);
    }
    match &health.engine {
        Engine::Postgres { now: theirs, .. } if (now - *theirs).abs() > Duration::seconds(5) => {
            findings.add(
                "clock",
                Grade::Warn,
                format!("{now} here, {theirs} at the database"),
            );
        }
        _ => findings.add(
            "clock",
            Grade::Ok,
            format!("{now}, in Shaoxing {}", app.env.clock.today()),
        ),
    }
}

/// Room for a SQLite file to grow; a server's disk is for the server's own monitoring.
fn disk(findings: &mut Findings, config: &Config) {
    const MEBIBYTE: u64 = 1024;
    let Some(file) = config.database_url.expose().strip_prefix("sqlite:") else {
        return;
    };
    let file = Path::new(file.trim_start_matches("//"));
    if open_to_others(file) {
        findings.add(
            "database file",
            Grade::Warn,
            format!("{} can be read by others: chmod 600", file.display()),
        );
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
            findings.add(
                "disk",
                grade,
                format!("{} MiB free at {}", free / MEBIBYTE, folder.display()),
            );
        }
        None => findings.add(
            "disk",
            Grade::Warn,
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

//! Settings: defaults < file < environment < command line. Every secret can also come from a file of its own.
//!
//! The doc comments below are the commented template that `sanku init` writes and `sanku doctor --print-config` shows.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use confique::meta::{FieldKind, Meta};
use confique::{Config as _, Layer as _};
use serde::Deserialize;

use crate::domain::account_policy::AccountPolicy;
use crate::domain::messages::Lang;
use crate::domain::nearest::nearest;

mod accounts;
mod limits;
mod network;
mod secret;

pub use accounts::{Passwords, SecondFactor, Session};
pub use limits::Limits;
pub use network::{ForwardedHeader, TrustedNetwork};
pub use secret::{ConfigError, Secret};

/// Shorter ones could be guessed.
const SHORTEST_PEPPER: usize = 16;

/// Read when there and no other file is named.
pub const USUAL_FILE: &str = "sanku.toml";

/// Settings of sanku (三库). Every line that is commented out shows its default.
#[derive(Debug, Clone, confique::Config)]
pub struct Config {
    /// Where the data are: `sqlite:FILE` or `postgres://USER@HOST/DATABASE`.
    #[config(env = "DATABASE_URL", default = "sqlite:sanku.db")]
    pub database_url: DatabaseUrl,

    /// A file that holds the `database_url`, for one with a password. Takes its place.
    #[config(env = "DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,

    /// Connections for reading; changes have one of their own.
    #[config(env = "SANKU_READERS", default = 8, validate(*readers >= 1 && *readers <= 256, "1 to 256"))]
    pub readers: u32,

    /// The language of the command line: `zh` or `en`. Over HTTP each request chooses.
    #[config(env = "SANKU_LANGUAGE", default = "zh")]
    pub language: Language,

    #[config(nested)]
    pub server: Server,

    #[config(nested)]
    pub secrets: Secrets,

    #[config(nested)]
    pub session: Session,

    #[config(nested)]
    pub limits: Limits,

    #[config(nested)]
    pub passwords: Passwords,

    #[config(nested)]
    pub jobs: Jobs,

    #[config(nested)]
    pub log: Log,
}

/// The HTTP service.
#[derive(Debug, Clone, confique::Config)]
pub struct Server {
    /// Address and port. TLS belongs to the reverse proxy in front.
    #[config(env = "SANKU_LISTEN", default = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Threads that take requests; as many as there are processors if not given.
    #[config(env = "SANKU_WORKERS", validate(*workers >= 1 && *workers <= 256, "1 to 256"))]
    pub workers: Option<usize>,

    /// Seconds that running requests get to finish after the signal to stop.
    #[config(env = "SANKU_GRACE_SECONDS", default = 30)]
    pub grace_seconds: u64,

    /// Networks of the reverse proxies whose word about a client's address is believed, as in `["127.0.0.1", "10.1.0.0/16"]`; in the
    /// environment separated by commas. Behind a proxy that is not named here everybody seems to come from the same address.
    #[config(env = "SANKU_TRUSTED_PROXIES", default = [], parse_env = network::list)]
    pub trusted_proxies: Vec<TrustedNetwork>,

    /// The header in which they say it: `x-forwarded-for` or `forwarded` (RFC 7239).
    #[config(env = "SANKU_FORWARDED_HEADER", default = "x-forwarded-for")]
    pub forwarded_header: ForwardedHeader,
}

/// Secrets. Without a master secret sanku makes one and keeps it in the database.
#[derive(Debug, Clone, confique::Config)]
pub struct Secrets {
    /// Root of the keys that sign tokens; at least 32 bytes. Whoever has it can act as anybody.
    #[config(env = "SANKU_MASTER_SECRET")]
    pub master: Option<Secret>,

    /// A file that holds the master secret. Takes its place.
    #[config(env = "SANKU_MASTER_SECRET_FILE")]
    pub master_file: Option<PathBuf>,

    /// A secret that passwords are hashed with and that the database does not hold. To put another in its place write it
    /// in a line before the one in use: who logs in is hashed anew, and the old one goes when nobody needs it any more.
    #[config(env = "SANKU_PEPPER")]
    pub pepper: Option<Secret>,

    /// A file that holds the pepper. Takes its place.
    #[config(env = "SANKU_PEPPER_FILE")]
    pub pepper_file: Option<PathBuf>,
}

/// Work done by the clock, while serving or by `sanku jobs run`.
#[derive(Debug, Clone, confique::Config)]
pub struct Jobs {
    /// From this hour on (0 to 23, Asia/Shanghai) everybody is assessed once a day; never if not given.
    #[config(env = "SANKU_NIGHTLY_ASSESSMENT_HOUR", validate(*nightly_assessment_hour <= 23, "0 to 23"))]
    pub nightly_assessment_hour: Option<u32>,
}

/// The log, on standard error.
#[derive(Debug, Clone, confique::Config)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`; also by part, as in `info,sanku::http=debug`.
    #[config(env = "SANKU_LOG", default = "info")]
    pub level: String,

    /// `text` or `json`.
    #[config(env = "SANKU_LOG_FORMAT", default = "text")]
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Zh,
    En,
}

/// A URL whose password no log and no error shows.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

/// What the command line sets; it wins over everything.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub file: Option<PathBuf>,
    pub database_url: Option<String>,
    pub log_level: Option<String>,
    pub log_format: Option<LogFormat>,
    pub listen: Option<SocketAddr>,
}

impl Config {
    pub fn load(flags: &Flags) -> Result<Config, ConfigError> {
        let mut builder = Config::builder().preloaded(flags.layer()).env();
        if let Some(file) = file(flags)? {
            check_names(&file)?;
            builder = builder.file(file);
        }
        let mut config = builder.load().map_err(|error| ConfigError(chain(&error)))?;
        if let Some(file) = &config.database_url_file {
            config.database_url = DatabaseUrl(read_secret(file)?);
        }
        if let Some(file) = &config.secrets.master_file {
            config.secrets.master = Some(Secret(read_secret(file)?));
        }
        if let Some(file) = &config.secrets.pepper_file {
            config.secrets.pepper = Some(Secret(read_secret(file)?));
        }
        config.check_peppers()?;
        Ok(config)
    }

    /// The commented template.
    pub fn template() -> String {
        confique::toml::template::<Config>(confique::toml::FormatOptions::default())
    }

    pub fn lang(&self) -> Lang {
        match self.language {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        }
    }

    pub fn access_lifetime(&self) -> Duration {
        Duration::from_secs(self.session.access_minutes * 60)
    }

    pub fn session_lifetime(&self) -> Duration {
        Duration::from_secs(self.session.session_hours * 60 * 60)
    }
}

impl Config {
    pub fn account_policy(&self) -> AccountPolicy {
        AccountPolicy {
            passwords: self.passwords.profile,
            second_factor: match self.session.second_factor {
                SecondFactor::Offered => Vec::new(),
                SecondFactor::Required => self.session.second_factor_roles.clone(),
            },
        }
    }

    /// Newest first.
    pub fn peppers(&self) -> Vec<Vec<u8>> {
        let text = self.secrets.pepper.as_ref().map_or("", Secret::expose);
        let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
        lines.map(|line| line.as_bytes().to_vec()).collect()
    }

    fn check_peppers(&self) -> Result<(), ConfigError> {
        if self.peppers().iter().any(|it| it.len() < SHORTEST_PEPPER) {
            let text = format!("secrets.pepper: each needs {SHORTEST_PEPPER} characters at least");
            return Err(ConfigError(text));
        }
        Ok(())
    }
}

/// Whose login this process belongs to, as the environment says; behind `sudo` the person's own.
#[allow(clippy::disallowed_methods)]
pub fn login_name() -> Option<String> {
    let said = ["SUDO_USER", "LOGNAME", "USER"].map(|name| std::env::var(name).ok());
    let fits = |name: &String| (1..=64).contains(&name.len()) && !name.contains(char::is_control);
    said.into_iter().flatten().find(fits)
}

/// Environment variables that look like ours and are none: a slip there would go unnoticed.
pub fn unknown_variables() -> Vec<String> {
    // Read elsewhere: by the command line and by the tests.
    let mut known = vec!["SANKU_CONFIG", "SANKU_TEST_POSTGRES"];
    collect_variables(&Config::META, &mut known);
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut unknown: Vec<String> = names
        .filter(|name| name.starts_with("SANKU_") && !known.contains(&name.as_str()))
        .collect();
    unknown.sort();
    unknown
}

impl DatabaseUrl {
    /// For the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        DatabaseUrl(url)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without what stands between the user's name and the host, and without parameters, which may hold a password too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0.split('?').next().unwrap_or_default();
        match (url.split_once("://"), url.rfind('@')) {
            (Some((scheme, rest)), Some(at)) => {
                let user = rest.split([':', '@']).next().unwrap_or_default();
                write!(f, "{scheme}://{user}{}", &url[at..])
            }
            _ => f.write_str(url),
        }
    }
}

impl Flags {
    fn layer(&self) -> <Config as confique::Config>::Layer {
        let mut layer = <Config as confique::Config>::Layer::empty();
        layer.database_url = self.database_url.clone().map(DatabaseUrl);
        layer.log.level = self.log_level.clone();
        layer.log.format = self.log_format;
        layer.server.listen = self.listen;
        layer
    }
}

fn file(flags: &Flags) -> Result<Option<PathBuf>, ConfigError> {
    match &flags.file {
        Some(file) if !file.is_file() => Err(ConfigError(format!(
            "there is no configuration file {}",
            file.display()
        ))),
        Some(file) => Ok(Some(file.clone())),
        None => Ok(Some(PathBuf::from(USUAL_FILE)).filter(|file| file.is_file())),
    }
}

/// A name that is not a setting is a slip, and a slip must not pass for the default.
fn check_names(file: &Path) -> Result<(), ConfigError> {
    let refused = |error: &dyn fmt::Display| ConfigError(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refused(&error))?;
    // The parser's message may quote the line, and the line may hold a secret: only the place is told.
    let table: toml::Table = toml::from_str(&text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| {
            text[..span.start.min(text.len())].lines().count().max(1)
        });
        refused(&format!("line {line} is not valid TOML"))
    })?;
    check_table(&table, &Config::META, "").map_err(|error| refused(&error))
}

fn check_table(table: &toml::Table, meta: &Meta, under: &str) -> Result<(), String> {
    for (name, value) in table {
        let Some(field) = meta.fields.iter().find(|field| field.name == name) else {
            let near = nearest(name, meta.fields.iter().map(|field| field.name));
            let hint = near.map_or_else(String::new, |near| {
                format!("; did you mean \"{under}{near}\"?")
            });
            return Err(format!("there is no setting \"{under}{name}\"{hint}"));
        };
        if let (FieldKind::Nested { meta }, toml::Value::Table(inner)) = (field.kind, value) {
            check_table(inner, meta, &format!("{under}{name}."))?;
        }
    }
    Ok(())
}

fn collect_variables(meta: &Meta, into: &mut Vec<&'static str>) {
    for field in meta.fields {
        match field.kind {
            FieldKind::Leaf { env, .. } => into.extend(env),
            FieldKind::Nested { meta } => collect_variables(meta, into),
        }
    }
}

pub(crate) fn read_secret(file: &Path) -> Result<String, ConfigError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_string()),
        Err(error) => Err(ConfigError(format!("{}: {error}", file.display()))),
    }
}

/// An error with its causes; confique tells the setting in the outer one and the reason in the inner.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sanku.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(&Flags {
            file: Some(file),
            ..Flags::default()
        })
    }

    fn refused(text: &str) -> String {
        load(text).unwrap_err().to_string()
    }

    #[test]
    fn the_template_is_the_defaults_and_names_every_variable() {
        let template = Config::template();
        let config = load(&template).unwrap();
        assert_eq!(config.server.listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(config.access_lifetime(), Duration::from_secs(900));
        for name in ["DATABASE_URL", "SANKU_LISTEN", "SANKU_MASTER_SECRET_FILE"] {
            assert!(template.contains(name), "{name}");
        }
    }

    #[test]
    fn flags_win_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.toml");
        std::fs::write(
            &file,
            "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nformat = \"json\"",
        )
        .unwrap();
        let flags = Flags {
            file: Some(file),
            listen: "127.0.0.1:2".parse().ok(),
            ..Flags::default()
        };
        let config = Config::load(&flags).unwrap();
        assert_eq!(
            (config.server.listen.port(), config.log.format),
            (2, LogFormat::Json)
        );
    }

    #[test]
    fn a_slip_is_named() {
        assert!(refused("[server]\nlisen = \"x\"").contains("did you mean \"server.listen\""));
        assert!(refused("[sever]\nlisten = \"x\"").contains("did you mean \"server\""));
        assert!(refused("[session]\naccess_minutes = 16").contains("1 to 15"));
        assert!(refused("[server]\nlisten = \"nowhere\"").contains("listen"));
        let broken = refused("[secrets]\nmaster = \"hush hush hush");
        assert!(
            broken.contains("line 2") && !broken.contains("hush"),
            "{broken}"
        );
        let missing = Config::load(&Flags {
            file: Some("no-such-file.toml".into()),
            ..Flags::default()
        });
        assert!(missing.is_err());
    }

    #[test]
    fn a_secret_comes_from_its_file_and_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "hush\n").unwrap();
        let config = load(&format!(
            "[secrets]\nmaster_file = \"{}\"",
            secret.display()
        ))
        .unwrap();
        assert_eq!(
            config.secrets.master.as_ref().map(Secret::expose),
            Some("hush")
        );
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn a_password_in_the_url_is_never_shown() {
        for (url, shown) in [
            (
                "postgres://ann:p@ss:w@db.local/x?password=q",
                "postgres://ann@db.local/x",
            ),
            ("postgres://ann@db.local/x", "postgres://ann@db.local/x"),
            ("postgres://db.local/x", "postgres://db.local/x"),
            ("sqlite:a.db", "sqlite:a.db"),
        ] {
            assert_eq!(format!("{:?}", DatabaseUrl(url.into())), shown);
        }
    }
}

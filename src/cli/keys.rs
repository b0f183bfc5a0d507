//! `sanku keys`: the keys that sign access tokens, and what is sealed under the master secret.

use std::path::PathBuf;

use serde_json::json;

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::env::Env;
use crate::app::error::AppError;
use crate::app::keys::{self, Change, Key};
use crate::app::reseal;
use crate::config::{Config, read_secret};
use crate::domain::messages::Lang;

use super::opening::options;
use super::outcome::{Failure, Format, Outcome, Verdict, out, told};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// The keys that sign or verify now
    List {
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Put a new key in the place of those there are; what they signed stays good until it expires
    Rotate {
        /// They may be known to somebody: everybody has to refresh or log in again
        #[arg(long)]
        compromised: bool,
    },
    /// After the master secret has changed: seal anew what was sealed under the old one
    Reseal {
        /// The file that holds the old master secret
        #[arg(long, value_name = "FILE")]
        old_master_file: PathBuf,
    },
}

pub fn run(args: Args, config: &Config) -> Outcome {
    let lang = config.lang();
    let words = |error: AppError| told(error, lang);
    let app = App::open_without_keys(options(config), Env::system()).map_err(words)?;
    match args.action {
        Action::List { format } => show(&keys::list(&app, &Caller::operator()), format, lang)?,
        Action::Rotate { compromised } => {
            let change = match compromised {
                true => Change::Compromised,
                false => Change::Orderly,
            };
            keys::rotate(&app, &Caller::operator(), change).map_err(words)?;
            show(&keys::list(&app, &Caller::operator()), Format::Table, lang)?;
            out(lang.pick(
                "正在运行的服务在一分钟内改用新的密钥；要立即生效，请重启服务",
                "Running servers take the new keys over within a minute; restart them to have it at once",
            ))?;
        }
        Action::Reseal { old_master_file } => {
            let old = read_secret(&old_master_file)?;
            let done = reseal::reseal(&app, &Caller::operator(), old.as_bytes()).map_err(words)?;
            let (keys, factors) = (done.signing_keys, done.second_factors);
            out(match lang {
                Lang::Zh => format!("已重新封存签名密钥 {keys} 个、第二因素 {factors} 个"),
                Lang::En => format!("{keys} signing keys and {factors} second factors sealed anew"),
            })?;
        }
    }
    Ok(Verdict::Done)
}

fn show(keys: &[Key], format: Format, lang: Lang) -> Result<(), Failure> {
    let until = |key: &Key| key.good_until.map(|it| it.to_rfc3339());
    match format {
        Format::Json => {
            let keys = keys.iter().map(|key| {
                json!({
                    "kid": key.kid,
                    "signs_from": key.signs_from.to_rfc3339(),
                    "good_until": until(key),
                    "withdrawn": key.withdrawn,
                })
            });
            out(json!({ "keys": keys.collect::<Vec<_>>() }))
        }
        Format::Table => keys.iter().try_for_each(|key| {
            let (kid, from) = (&key.kid, key.signs_from.to_rfc3339());
            let replaced = || lang.pick("有新密钥接替", "another takes its place").into();
            let until = until(key).unwrap_or_else(replaced);
            out(match (lang, key.withdrawn) {
                (Lang::Zh, true) => format!("{kid}  已作废"),
                (Lang::En, true) => format!("{kid}  withdrawn"),
                (Lang::Zh, false) => format!("{kid}  签发自 {from}  有效至 {until}"),
                (Lang::En, false) => format!("{kid}  signs from {from}  good until {until}"),
            })
        }),
    }
}

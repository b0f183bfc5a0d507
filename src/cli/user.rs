//! `sanku user`: accounts, for whoever has the database in hand. The first administrator is made here.

use std::io::BufRead;

use crate::app::account::{self, Account, Amendment, NewAccount};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::{App, Done};
use crate::config::Config;

use super::{Failure, Format, Outcome, Verdict, open, out, told};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make an account
    Add {
        name: String,
        #[command(flatten)]
        place: Place,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List accounts
    List {
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Give an account another role, district or enterprise; its sessions end
    Assign {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Let an account log in no more; its sessions end
    Disable { name: String },
    /// Let a disabled account log in again
    Enable { name: String },
    /// Set a new password; the account's sessions end
    Password {
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    /// CITY_OFFICER, DISTRICT_OFFICER, ENTERPRISE, AUDITOR, SYSTEM_ADMIN, SECURITY_ADMIN or AUDIT_ADMIN
    #[arg(long)]
    role: String,
    /// District code of a DISTRICT_OFFICER
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// Credit code of the enterprise of an ENTERPRISE account
    #[arg(long, value_name = "CODE")]
    uscc: Option<String>,
}

pub fn run(args: Args, config: &Config) -> Outcome {
    let app = open(config)?;
    let changed = match args.action {
        Action::List { format } => return list(&app, format, config),
        Action::Add { name, place, .. } => add(&app, name, place, password()?),
        Action::Assign { name, place } => amend(&app, &name, place.into()),
        Action::Disable { name } => amend(&app, &name, active(false)),
        Action::Enable { name } => amend(&app, &name, active(true)),
        Action::Password { name, .. } => {
            account::reset_password(&app, &Caller::operator(), &name, &password()?)
        }
    };
    let account = changed.map_err(|error| told(error, config.lang()))?.value;
    out(line(&account))?;
    Ok(Verdict::Done)
}

fn add(
    app: &App,
    username: String,
    place: Place,
    password: String,
) -> Result<Done<Account>, AppError> {
    let Place {
        role,
        district: district_code,
        uscc,
    } = place;
    let input = NewAccount {
        username,
        password,
        role,
        district_code,
        uscc,
    };
    account::create(app, &Caller::operator(), input)
}

fn amend(app: &App, name: &str, input: Amendment) -> Result<Done<Account>, AppError> {
    let account = account::find(app, &Caller::operator(), name)?;
    account::amend(app, &Caller::operator(), &account.id, Expected::Any, input)
}

fn active(active: bool) -> Amendment {
    Amendment {
        active: Some(active),
        ..Amendment::default()
    }
}

impl From<Place> for Amendment {
    fn from(place: Place) -> Self {
        let Place {
            role,
            district: district_code,
            uscc,
        } = place;
        Amendment {
            active: None,
            role: Some(role),
            district_code,
            uscc,
        }
    }
}

fn list(app: &App, format: Format, config: &Config) -> Outcome {
    const A_PAGE: u32 = 200;
    let caller = Caller::operator();
    let mut accounts: Vec<Account> = Vec::new();
    loop {
        let after = accounts
            .last()
            .map(|last| last.username.clone())
            .unwrap_or_default();
        let page = account::list(app, &caller, &after, A_PAGE)
            .map_err(|error| told(error, config.lang()))?;
        let last = page.len() < A_PAGE as usize;
        accounts.extend(page);
        if last {
            break;
        }
    }
    match format {
        Format::Table => accounts.iter().try_for_each(|account| out(line(account)))?,
        Format::Json => out(serde_json::json!({"users": accounts}))?,
    }
    Ok(Verdict::Done)
}

fn line(account: &Account) -> String {
    let state = if account.active { "ACTIVE" } else { "DISABLED" };
    let place = account
        .district_code
        .as_deref()
        .or(account.uscc.as_deref())
        .unwrap_or("-");
    format!(
        "{:<20} {:<17} {:<20} {state}",
        account.username, account.role, place
    )
}

/// The first line of standard input, without its end.
pub(in crate::cli) fn password() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::Could(format!("standard input: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Use("no password on standard input".into()));
    }
    Ok(password.to_string())
}

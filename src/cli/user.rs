//! `sanku user`: accounts, for whoever has the database in hand. The first administrator is made here.

use std::io::{BufRead, Write};

use crate::app::account::{self, Account, Accounts, Amendment, NewAccount};
use crate::app::account_setup::{self, Invitation};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::list;
use crate::app::shown::Versioned;
use crate::app::{App, Done, second_factor};
use crate::config::Config;
use crate::domain::messages::Lang;

use super::opening::open;
use super::outcome::{Failure, Format, Outcome, Verdict, out, told, told_of};

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
        place: RoleArgs,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Print a one-time token with which the owner sets a password nobody else has seen; makes the account if it is new
    SetupLink {
        name: String,
        /// Role of a new account
        #[arg(long)]
        role: Option<String>,
        /// District code of a new DISTRICT_OFFICER
        #[arg(long, value_name = "CODE", requires = "role")]
        district: Option<String>,
        /// Credit code of the enterprise of a new ENTERPRISE account
        #[arg(long, value_name = "CODE", requires = "role")]
        uscc: Option<String>,
    },
    /// Take away a second factor whose device and recovery codes are lost; its sessions end
    ResetSecondFactor { name: String },
    /// List accounts
    List {
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Give an account another role, district or enterprise; its sessions end
    Assign {
        name: String,
        #[command(flatten)]
        place: RoleArgs,
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
struct RoleArgs {
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
    let lang = config.lang();
    let named = match &args.action {
        Action::List { .. } => String::new(),
        Action::Add { name, .. }
        | Action::SetupLink { name, .. }
        | Action::ResetSecondFactor { name }
        | Action::Assign { name, .. }
        | Action::Disable { name }
        | Action::Enable { name }
        | Action::Password { name, .. } => name.clone(),
    };
    let refused = |error| told_of(error, &named, lang);
    let changed = match args.action {
        Action::List { format } => return list(&app, format, config),
        Action::SetupLink {
            name,
            role,
            district,
            uscc,
        } => {
            let place = role.map(|role| RoleArgs {
                role,
                district,
                uscc,
            });
            let invited = set_up(&app, &name, place).map_err(refused)?;
            return shown(&invited, lang);
        }
        Action::ResetSecondFactor { name } => reset_second_factor(&app, &name),
        Action::Add { name, place, .. } => add(&app, name, place, password()?),
        Action::Assign { name, place } => amend(&app, &name, place.into()),
        Action::Disable { name } => amend(&app, &name, active(false)),
        Action::Enable { name } => amend(&app, &name, active(true)),
        Action::Password { name, .. } => {
            account::reset_password(&app, &Caller::operator(), &name, &password()?)
        }
    };
    let account = changed.map_err(refused)?.value;
    out(line(&account))?;
    Ok(Verdict::Done)
}

fn add(
    app: &App,
    username: String,
    place: RoleArgs,
    password: String,
) -> Result<Done<Versioned<Account>>, AppError> {
    let RoleArgs {
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

fn set_up(app: &App, name: &str, place: Option<RoleArgs>) -> Result<Invitation, AppError> {
    let caller = Caller::operator();
    match place {
        Some(it) => account_setup::create(app, &caller, name, &it.role, it.district, it.uscc),
        None => account_setup::invite(app, &caller, &account::find(app, &caller, name)?.id),
    }
}

/// The token alone on its line, so that it can be piped on.
fn shown(invited: &Invitation, lang: Lang) -> Outcome {
    out(&invited.token)?;
    let until = invited.expires_at.to_rfc3339();
    let good = match lang {
        Lang::Zh => format!("只能用一次，{until} 前有效"),
        Lang::En => format!("good once, until {until}"),
    };
    let hint = format!("{good}: POST /v1/account-setups {{\"token\": …, \"password\": …}}");
    // Only a hint: nothing is lost if standard error is gone.
    let _ = writeln!(std::io::stderr(), "{hint}");
    Ok(Verdict::Done)
}

fn reset_second_factor(app: &App, name: &str) -> Result<Done<Versioned<Account>>, AppError> {
    let account = account::find(app, &Caller::operator(), name)?;
    let Done { replayed, .. } = second_factor::reset(app, &Caller::operator(), &account.id)?;
    let value = account::find(app, &Caller::operator(), name)?;
    Ok(Done { value, replayed })
}

fn amend(app: &App, name: &str, input: Amendment) -> Result<Done<Versioned<Account>>, AppError> {
    let account = account::find(app, &Caller::operator(), name)?;
    account::amend(app, &Caller::operator(), &account.id, Expected::Any, input)
}

fn active(active: bool) -> Amendment {
    Amendment {
        active: Some(active),
        ..Amendment::default()
    }
}

impl From<RoleArgs> for Amendment {
    fn from(place: RoleArgs) -> Self {
        let RoleArgs {
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
    let accounts = list::whole::<Accounts>(app, &Caller::operator(), &())
        .map_err(|error| told(error, config.lang()))?;
    match format {
        Format::Table => accounts.iter().try_for_each(|account| out(line(account)))?,
        Format::Json => out(serde_json::json!({"items": accounts, "next_cursor": null}))?,
    }
    Ok(Verdict::Done)
}

fn line(account: &Account) -> String {
    let place = account
        .district_code
        .as_deref()
        .or(account.uscc.as_deref())
        .unwrap_or("-");
    format!(
        "{:<20} {:<17} {:<20} {}",
        account.username,
        account.role.as_deref().unwrap_or("-"),
        place,
        account.state
    )
}

/// The first line of standard input, without its end.
pub(in crate::cli) fn password() -> Result<String, Failure> {
    let password = line_of_input()?;
    if password.is_empty() {
        return Err(Failure::Use("no password on standard input".into()));
    }
    Ok(password)
}

/// The next line of standard input, without its end; empty at its end.
pub(in crate::cli) fn line_of_input() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::Could(format!("standard input: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_string())
}

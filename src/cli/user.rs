//! `sanku user`: accounts, for whoever has the database in hand. The first administrator is made here.

use std::io::BufRead;

use crate::app::App;
use crate::app::account::{self, Account, Amendment, NewAccount};
use crate::app::caller::Caller;
use crate::app::expected::Expected;
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
    let lang = config.lang();
    let caller = Caller::operator();
    let amend = |name: &str, input: Amendment| {
        let account = account::find(&app, &caller, name)?;
        account::amend(&app, &caller, &account.id, Expected::Any, input)
    };
    let changed = match args.action {
        Action::List { format } => return list(&app, format, config),
        Action::Add {
            name,
            place:
                Place {
                    role,
                    district,
                    uscc,
                },
            ..
        } => {
            let input = NewAccount {
                username: name,
                password: password()?,
                role,
                district_code: district,
                uscc,
            };
            account::create(&app, &caller, input)
        }
        Action::Assign {
            name,
            place:
                Place {
                    role,
                    district,
                    uscc,
                },
        } => amend(
            &name,
            Amendment {
                active: None,
                role: Some(role),
                district_code: district,
                uscc,
            },
        ),
        Action::Disable { name } => amend(
            &name,
            Amendment {
                active: Some(false),
                ..Amendment::default()
            },
        ),
        Action::Enable { name } => amend(
            &name,
            Amendment {
                active: Some(true),
                ..Amendment::default()
            },
        ),
        Action::Password { name, .. } => {
            account::reset_password(&app, &caller, &name, &password()?)
        }
    };
    let account = changed.map_err(|error| told(error, lang))?.value;
    out(line(&account))?;
    Ok(Verdict::Done)
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
fn password() -> Result<String, Failure> {
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

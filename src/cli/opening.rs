//! Opening the register with this program's settings.

use crate::app::env::Env;
use crate::app::{App, Options};
use crate::config::Config;

use super::outcome::{Failure, told};

/// Opens the database with this program's settings.
pub(crate) fn open(config: &Config) -> Result<App, Failure> {
    App::open(options(config), Env::system()).map_err(|error| told(error, config.lang()))
}

pub(crate) fn options(config: &Config) -> Options {
    Options {
        database_url: config.database_url.expose().to_string(),
        readers: config.readers,
        master_secret: config
            .secrets
            .master
            .as_ref()
            .map(|secret| secret.expose().as_bytes().to_vec()),
        access_lifetime: config.access_lifetime(),
        session_lifetime: config.session_lifetime(),
        policy: config.account_policy(),
        peppers: config.peppers(),
    }
}

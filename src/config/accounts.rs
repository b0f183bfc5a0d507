//! What is asked of accounts: passwords, second factor, and how long a log-in lasts.

use serde::Deserialize;

use super::secret::ConfigError;
use crate::domain::access::Role;
use crate::domain::account_policy::Profile;

/// What is asked of passwords.
#[derive(Debug, Clone, confique::Config)]
pub struct Passwords {
    /// `mlps3` (等保三级): 12 characters of three kinds, changed every 90 days, the last five refused. `asvs` (OWASP ASVS):
    /// 15 characters that are not common, never to be changed without a reason.
    #[config(env = "SANKU_PASSWORD_PROFILE", default = "mlps3")]
    pub profile: Profile,
}

/// How long a log-in lasts.
#[derive(Debug, Clone, confique::Config)]
pub struct Session {
    /// Minutes an access token is good; at most 15.
    #[config(env = "SANKU_ACCESS_MINUTES", default = 15, validate(*access_minutes >= 1 && *access_minutes <= 15, "1 to 15"))]
    pub access_minutes: u64,

    /// Hours after which one has to log in again, however busy.
    #[config(env = "SANKU_SESSION_HOURS", default = 12, validate(*session_hours >= 1 && *session_hours <= 24, "1 to 24"))]
    pub session_hours: u64,

    /// Whether the roles below need a second factor at log-in: `offered` or `required` (等保三级 needs `required`). An
    /// account that has enrolled one is asked for it either way.
    #[config(env = "SANKU_SECOND_FACTOR", default = "offered")]
    pub second_factor: SecondFactor,

    /// Roles that need a second factor where it is `required`; in the environment separated by commas.
    #[config(env = "SANKU_SECOND_FACTOR_ROLES", parse_env = roles, default = ["CITY_OFFICER", "DISTRICT_OFFICER", "AUDITOR", "SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN"])]
    pub second_factor_roles: Vec<Role>,

    /// Days after which another key signs the access tokens.
    #[config(env = "SANKU_KEY_DAYS", default = 90, validate(*key_days >= 1 && *key_days <= 365, "1 to 365"))]
    pub key_days: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    Offered,
    Required,
}

/// As an environment variable writes them.
fn roles(text: &str) -> Result<Vec<Role>, ConfigError> {
    let written = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    let unknown = |name: &str| ConfigError(format!("there is no role \"{name}\""));
    let role = |name: &str| Role::parse(name).ok_or_else(|| unknown(name));
    written.map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Flags};

    fn load(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sanku.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(&Flags {
            file: Some(file),
            ..Flags::default()
        })
    }

    #[test]
    fn the_policy_is_the_configured_one() {
        let usual = load("").unwrap().account_policy();
        assert_eq!(
            (usual.passwords, usual.second_factor.len()),
            (Profile::Mlps3, 0)
        );
        let strict = "[passwords]\nprofile = \"asvs\"\n[session]\nsecond_factor = \"required\"";
        let strict = load(strict).unwrap().account_policy();
        assert_eq!(
            (strict.passwords, strict.second_factor.len()),
            (Profile::Asvs, 6)
        );
        assert!(!strict.second_factor.contains(&Role::Enterprise));
        assert!(load("[session]\nsecond_factor_roles = [\"ROOT\"]").is_err());
        assert_eq!(
            roles("AUDITOR, ENTERPRISE"),
            Ok(vec![Role::Auditor, Role::Enterprise])
        );
        assert!(roles("auditor").is_err());
    }

    #[test]
    fn peppers_stand_in_lines_newest_first_and_are_no_words() {
        let two =
            "[secrets]\npepper = \"\"\"\na pepper of some length\nanother of some length\n\"\"\"";
        let config = load(two).unwrap();
        assert_eq!(config.peppers()[0], b"a pepper of some length");
        assert_eq!(config.peppers().len(), 2);
        let short = load("[secrets]\npepper = \"salt\"")
            .unwrap_err()
            .to_string();
        assert!(short.contains("16") && !short.contains("salt"), "{short}");
    }
}

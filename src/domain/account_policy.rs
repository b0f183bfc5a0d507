//! What the city demands of accounts (口令策略): of passwords, by one of two published profiles, and of a second factor.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::access::Role;
use super::field_error::Fault;

/// Nobody types more, and hashing it costs time.
pub const LONGEST: usize = 128;

/// So many are kept of an account, whatever the profile: it may become stricter. Events are folded by it, so that another
/// number is another kind of event.
pub const PASSWORDS_KEPT: usize = 5;

/// 一般账户: whoever only states figures about the own enterprise may do so without a second factor.
pub const NEEDS_SECOND_FACTOR: [Role; 6] = [
    Role::CityOfficer,
    Role::DistrictOfficer,
    Role::Auditor,
    Role::SystemAdmin,
    Role::SecurityAdmin,
    Role::AuditAdmin,
];

#[derive(Debug, Clone, Default)]
pub struct AccountPolicy {
    pub passwords: Profile,
    /// Roles that must have a second factor; everybody may have one.
    pub second_factor: Vec<Role>,
}

/// The two schools of passwords: short-lived and of many kinds, or long and never changed without a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// 等保三级 (GB/T 22239-2019 8.1.4.1) as it is assessed.
    #[default]
    Mlps3,
    /// OWASP ASVS 5.0, chapter 6.2.
    Asvs,
}

/// What of an account decides what it has to do.
#[derive(Debug, Clone, Copy)]
pub struct AccountCondition {
    pub role: Role,
    pub password_changed_at: DateTime<Utc>,
    /// Chosen by whoever made the account.
    pub password_provisional: bool,
    pub second_factor: bool,
}

/// What an account has to do before it may do anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obligation {
    ChangePassword,
    EnrolSecondFactor,
}

impl AccountPolicy {
    pub fn obligation(&self, account: AccountCondition, now: DateTime<Utc>) -> Option<Obligation> {
        let expired = self.passwords.expired(account.password_changed_at, now);
        if account.password_provisional || expired {
            return Some(Obligation::ChangePassword);
        }
        if !account.second_factor && self.second_factor.contains(&account.role) {
            return Some(Obligation::EnrolSecondFactor);
        }
        None
    }
}

impl Obligation {
    pub fn as_str(self) -> &'static str {
        match self {
            Obligation::ChangePassword => "CHANGE_PASSWORD",
            Obligation::EnrolSecondFactor => "ENROL_SECOND_FACTOR",
        }
    }

    /// What every other request is told.
    pub fn code(self) -> &'static str {
        match self {
            Obligation::ChangePassword => "auth.password_expired",
            Obligation::EnrolSecondFactor => "auth.second_factor_missing",
        }
    }
}

impl Profile {
    pub fn shortest(self) -> usize {
        match self {
            Profile::Mlps3 => 12,
            Profile::Asvs => 15,
        }
    }

    /// How many of the latest passwords, the present one among them, may not come again.
    pub fn remembered(self) -> usize {
        match self {
            Profile::Mlps3 => 5,
            Profile::Asvs => 1,
        }
    }

    pub fn expired(self, changed_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        match self {
            Profile::Mlps3 => now - changed_at >= Duration::days(90),
            Profile::Asvs => false,
        }
    }

    /// Whether a password that is easily guessed is refused: length alone makes no secret.
    pub fn refuses_common(self) -> bool {
        self == Profile::Asvs
    }

    /// Whether a password has the length and the kinds of characters that are asked for.
    pub fn check(self, password: &str) -> Result<(), Fault> {
        let length = password.chars().count();
        if !(self.shortest()..=LONGEST).contains(&length) {
            return Err(Fault::new("account.password_length")
                .with("min", self.shortest())
                .with("max", LONGEST));
        }
        match self {
            Profile::Mlps3 if kinds(password) < 3 => Err(Fault::new("account.password_kinds")),
            _ => Ok(()),
        }
    }
}

/// How many of the four kinds stand in it: capitals, small letters, digits, anything else.
fn kinds(password: &str) -> usize {
    let is_other = |it: char| !it.is_ascii_alphanumeric();
    [
        password.contains(|it: char| it.is_ascii_uppercase()),
        password.contains(|it: char| it.is_ascii_lowercase()),
        password.contains(|it: char| it.is_ascii_digit()),
        password.contains(is_other),
    ]
    .into_iter()
    .filter(|found| *found)
    .count()
}

/// What is easily guessed in this place and office, beside what is guessed everywhere.
pub static LOCAL_WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../packs/local_words.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(profile: Profile, password: &str) -> Option<&'static str> {
        profile.check(password).err().map(|fault| fault.code)
    }

    #[test]
    fn mlps3_wants_twelve_characters_of_three_kinds() {
        for (password, refused) in [
            ("Sanku-Demo-2026", None),
            ("correct horse 1", None),
            ("三库三库三库三库Aa三库", None),
            ("Short-12345", Some("account.password_length")),
            ("longenoughbutplain", Some("account.password_kinds")),
            ("longenough but plain", Some("account.password_kinds")),
            ("LongEnoughButPlain", Some("account.password_kinds")),
            ("LongEnoughButPlain1", None),
        ] {
            assert_eq!(verdict(Profile::Mlps3, password), refused, "{password}");
        }
        let long = "aA1".repeat(43);
        assert_eq!(
            verdict(Profile::Mlps3, &long),
            Some("account.password_length")
        );
        assert_eq!(verdict(Profile::Mlps3, &long[1..]), None);
    }

    #[test]
    fn asvs_wants_fifteen_characters_of_any_kind() {
        for (password, refused) in [
            ("vier kleine bären", None),
            ("我们的三库要守好口令十五字呀呀", None),
            ("Short-12345678", Some("account.password_length")),
        ] {
            assert_eq!(verdict(Profile::Asvs, password), refused, "{password}");
        }
        assert!(Profile::Asvs.refuses_common() && !Profile::Mlps3.refuses_common());
    }

    #[test]
    fn a_password_ends_after_ninety_days_or_never() {
        let set: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let day = |n| set + Duration::days(n);
        assert!(!Profile::Mlps3.expired(set, day(90) - Duration::seconds(1)));
        assert!(Profile::Mlps3.expired(set, day(90)));
        assert!(!Profile::Asvs.expired(set, day(9_000)));
    }

    #[test]
    fn what_is_owed_goes_by_role_password_and_factor() {
        let set: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let policy = AccountPolicy {
            passwords: Profile::Mlps3,
            second_factor: NEEDS_SECOND_FACTOR.to_vec(),
        };
        let account = |role, second_factor| AccountCondition {
            role,
            password_changed_at: set,
            password_provisional: false,
            second_factor,
        };
        let owes = |role, factor, days| {
            policy.obligation(account(role, factor), set + Duration::days(days))
        };
        assert_eq!(
            owes(Role::Auditor, false, 1),
            Some(Obligation::EnrolSecondFactor)
        );
        assert_eq!(owes(Role::Auditor, true, 1), None);
        assert_eq!(owes(Role::Enterprise, false, 1), None);
        assert_eq!(
            owes(Role::Enterprise, false, 90),
            Some(Obligation::ChangePassword)
        );
        let lax = AccountPolicy::default();
        let auditor = account(Role::Auditor, false);
        assert_eq!(lax.obligation(auditor, set), None);
        let given = AccountCondition {
            password_provisional: true,
            ..auditor
        };
        let change = Some(Obligation::ChangePassword);
        assert_eq!(lax.obligation(given, set), change);
    }
}

//! Eligibility (符合情况): what a rule set says of one enterprise, criterion by criterion, on both time axes.

pub mod face;

use std::sync::Arc;

use crate::domain::access::{ReadEligibility, Scope};
use crate::domain::at::At;
use crate::domain::evaluate::{Explained, Profile, explain};
use crate::domain::messages::Lang;
use crate::domain::rules::RuleSet;
use crate::domain::tell::tell;
use crate::store::Conn;
use crate::store::profile::{Known, Of, Seen};

use super::caller::Caller;
use super::error::AppError;
use super::profile::Profiles;
use super::rules::POLICY;
use super::{App, enterprise, rules};

/// All that is needed to explain, in any language.
#[derive(Debug, Clone)]
pub struct Eligibility {
    pub uscc: String,
    pub at: At,
    /// The number the version has in the register.
    pub version: i64,
    pub(super) rules: Arc<RuleSet>,
    pub(super) profile: Profile,
}

impl Eligibility {
    /// With its sentences: they are made when it is read, so that what decisions keep has none.
    pub fn explained(&self, lang: Lang) -> Explained<'_> {
        let mut explained = self.in_short(lang);
        tell(&self.rules, &self.profile, &mut explained, lang);
        explained
    }

    /// Without sentences.
    pub fn in_short(&self, lang: Lang) -> Explained<'_> {
        explain(&self.rules, &self.profile, lang)
    }
}

/// Applies a rule set (`CODE` as in force on the day, or `CODE@date`; the city's pool rules if none is named) to an
/// enterprise as it was on the day, by what was known at the instant.
pub fn of_enterprise(
    app: &App,
    caller: &Caller<ReadEligibility>,
    uscc: &str,
    rule_set: Option<&str>,
    at: At,
) -> Result<Eligibility, AppError> {
    app.store.read(|conn| {
        let (uscc, profile) = profile_at(conn, caller.scope(), uscc, at)?;
        let rules = rules::find(app, conn, rule_set.unwrap_or(POLICY), at)?;
        Ok(Eligibility {
            uscc,
            at,
            version: rules.version,
            rules: rules.set,
            profile,
        })
    })
}

fn profile_at(
    conn: &mut Conn,
    scope: &Scope,
    uscc: &str,
    at: At,
) -> Result<(String, Profile), AppError> {
    let row = enterprise::find(conn, scope, uscc)?;
    let seen = Seen {
        as_of: at.as_of,
        known: Known::At(at.known_at),
    };
    let profiles = Profiles::load(conn, Of::One(&row.id), seen)?;
    // Of what was not yet known nothing was read.
    let profile = profiles.profile(&row.id, at.as_of, i64::MAX)?;
    Ok((row.uscc, profile.ok_or(AppError::NotFound)?))
}

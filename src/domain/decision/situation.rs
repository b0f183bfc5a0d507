//! What the moves look at beside the figures: the membership before the run, and what kind of run it was.

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::date;
use crate::field_error::FieldError;
use crate::pool::{Member, Pool, Standing};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    pub standing: Standing,
    /// The yearly evaluation, which alone moves the failure counters.
    pub yearly: bool,
}

impl Situation {
    /// Canonical JSON (RFC 8785): the members stand in alphabetical order, and there are no fractions.
    pub fn to_json(&self) -> String {
        let day = |day: Option<NaiveDate>| match day {
            Some(day) => format!("\"{day}\""),
            None => "null".to_owned(),
        };
        let (member, timed_out_of) = match self.standing {
            Standing::Member(member) => (Some(member), None),
            Standing::Outside { timed_out_of } => (None, timed_out_of),
        };
        let member = match member {
            None => "null".to_owned(),
            Some(it) => format!(
                "{{\"extended\":{},\"failures\":{},\"last_yearly\":{},\"override_until\":{},\"pool\":\"{}\",\"since\":\"{}\"}}",
                it.extended,
                it.failures,
                it.last_yearly
                    .map_or("null".to_owned(), |year| year.to_string()),
                day(it.override_until),
                it.pool,
                it.since,
            ),
        };
        format!(
            "{{\"member\":{member},\"timed_out_of\":{},\"yearly\":{}}}",
            json!(timed_out_of.map(Pool::as_str)),
            self.yearly
        )
    }

    /// Reads what [`Situation::to_json`] wrote.
    pub fn from_json(json: &Json) -> Result<Self, FieldError> {
        let root = Part(json, "/situation");
        let yearly = root.yes_no("yearly")?;
        let standing = match root.get("member") {
            None => Standing::Outside {
                timed_out_of: root.read("timed_out_of", pool)?,
            },
            Some(member) => Standing::Member(read(&Part(member, "/situation/member"))?),
        };
        Ok(Situation { standing, yearly })
    }
}

fn read(member: &Part) -> Result<Member, FieldError> {
    let whole = |json: &Json| json.as_i64();
    Ok(Member {
        pool: member.need("pool", pool)?,
        since: member.need("since", day)?,
        failures: member.need("failures", |it| u32::try_from(whole(it)?).ok())?,
        last_yearly: member.read("last_yearly", |it| i32::try_from(whole(it)?).ok())?,
        extended: member.yes_no("extended")?,
        override_until: member.read("override_until", day)?,
    })
}

fn pool(json: &Json) -> Option<Pool> {
    Pool::parse(json.as_str()?)
}

fn day(json: &Json) -> Option<NaiveDate> {
    date::parse(json.as_str()?).ok()
}

/// An object and where it stands.
struct Part<'a>(&'a Json, &'static str);

impl Part<'_> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|it| !it.is_null())
    }

    /// `None` where it is null or absent.
    fn read<T>(
        &self,
        name: &str,
        of: impl FnOnce(&Json) -> Option<T>,
    ) -> Result<Option<T>, FieldError> {
        match self.get(name) {
            None => Ok(None),
            Some(json) => of(json).map(Some).ok_or_else(|| self.wrong(name)),
        }
    }

    fn need<T>(&self, name: &str, of: impl FnOnce(&Json) -> Option<T>) -> Result<T, FieldError> {
        self.read(name, of)?.ok_or_else(|| self.wrong(name))
    }

    fn yes_no(&self, name: &str) -> Result<bool, FieldError> {
        self.need(name, Json::as_bool)
    }

    fn wrong(&self, name: &str) -> FieldError {
        FieldError::new(format!("{}/{name}", self.1), "field.invalid")
    }
}

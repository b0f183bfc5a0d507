//! Profiles from and to JSON: golden cases, and the snapshot of inputs a decision keeps.

use std::fmt::Write;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::profile::{Figure, HeldTitle, Profile};
use crate::date;
use crate::enterprise::LegalStatus;
use crate::facts::{Evidence, FactDef, FactId, Kind, Period, Value, catalogue};
use crate::field_error::{Fault, FieldError};
use crate::money::Money;
use crate::rules::RuleSet;
use crate::rules::test::Operand;

/// What `set` looks at on this profile, as canonical JSON (RFC 8785) in the form [`profile_from_json`] reads. The day
/// itself is left out, so that the same figures give the same bytes on another day.
pub fn inputs_json(set: &RuleSet, profile: &Profile) -> String {
    let mut out = String::with_capacity(2048);
    out.push_str("{\"certifications\":");
    certifications(&mut out, set, profile);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        ",\"enterprise\":{{\"district_code\":\"{}\",\"legal_status\":\"{}\",\"registered_on\":\"{}\"}}",
        profile.district_code(),
        profile.legal_status().as_str(),
        profile.registered_on()
    );
    let recorded = Recorded { set, profile };
    let evidence = |figure: Figure| figure.evidence.is_some();
    if recorded.any(evidence) {
        out.push_str(",\"evidence\":{");
        recorded.write(&mut out, evidence, |out, _, figure| {
            let known = figure.evidence.map_or("", Evidence::as_str);
            let _ = write!(out, "\"{known}\"");
        });
        out.push('}');
    }
    out.push(',');
    recorded.write(
        &mut out,
        |_| true,
        |out, def, figure| value(out, def, figure.value),
    );
    out.push('}');
    out
}

/// The inputs with what the moves look at among them, still canonical: its place is before the last member, the years,
/// and no fact is called so.
pub fn with_situation(inputs: &str, situation: &str) -> String {
    let place = inputs.rfind(",\"years\":{").unwrap_or(inputs.len());
    let (before, years) = inputs.split_at(place);
    format!("{before},\"situation\":{situation}{years}")
}

/// Reads `{as_of, enterprise: {registered_on, district_code, legal_status}, years, facts, certifications, evidence}`;
/// `as_of` may be given instead. Other keys are for people. Figures that contradict one another are taken as they are.
pub fn profile_from_json(case: &Json, as_of: Option<NaiveDate>) -> Result<Profile, FieldError> {
    let enterprise = case.get("enterprise").unwrap_or(&Json::Null);
    let as_of = match as_of {
        Some(day) => day,
        None => day(case.get("as_of"), "/as_of")?,
    };
    let registered_on = day(enterprise.get("registered_on"), "/enterprise/registered_on")?;
    let district = text(enterprise.get("district_code"), "/enterprise/district_code")?;
    let legal_status = match enterprise.get("legal_status") {
        None | Some(Json::Null) => LegalStatus::Active,
        found => LegalStatus::parse(text(found, "/enterprise/legal_status")?)
            .ok_or_else(|| FieldError::new("/enterprise/legal_status", "field.invalid"))?,
    };
    let mut profile = Profile::new(as_of, registered_on, district, legal_status);
    let evidence = case.get("evidence");
    facts(case, evidence, &mut profile)?;
    years(case, evidence, &mut profile)?;
    for (index, title) in list(case.get("certifications")).iter().enumerate() {
        let at = |name: &str| format!("/certifications/{index}/{name}");
        profile.add_title(HeldTitle {
            scheme: text(title.get("scheme"), &at("scheme"))?.to_owned(),
            valid_from: day(title.get("valid_from"), &at("valid_from"))?,
            valid_through: match title.get("valid_through") {
                None | Some(Json::Null) => None,
                found => Some(day(found, &at("valid_through"))?),
            },
        });
    }
    Ok(profile)
}

/// What is recorded of the operands a rule set uses.
struct Recorded<'a> {
    set: &'a RuleSet,
    profile: &'a Profile,
}

impl Recorded<'_> {
    fn any(&self, wanted: impl Fn(Figure) -> bool) -> bool {
        let mut operands = self.set.uses.operands.iter();
        operands.any(|operand| self.profile.figure(*operand).is_some_and(&wanted))
    }

    /// `"facts":{…},"years":{"2025":{…}}` of the wanted figures.
    fn write(
        &self,
        out: &mut String,
        wanted: impl Fn(Figure) -> bool,
        value: impl Fn(&mut String, &FactDef, Figure),
    ) {
        let operands = &self.set.uses.operands;
        let first_dated = operands.iter().position(|it| !it.is_annual());
        let (annual, dated) = operands.split_at(first_dated.unwrap_or(operands.len()));
        let figure = |operand: &Operand| self.profile.figure(*operand).filter(|it| wanted(*it));
        let member = |out: &mut String, operand: &Operand, figure| {
            let def = catalogue().def(operand.fact);
            comma(out);
            let _ = write!(out, "\"{}\":", def.name);
            value(out, def, figure);
        };
        out.push_str("\"facts\":{");
        for operand in dated {
            if let Some(figure) = figure(operand) {
                member(out, operand, figure);
            }
        }
        out.push_str("},\"years\":{");
        let mut open = None;
        for operand in annual {
            let Some(figure) = figure(operand) else {
                continue;
            };
            let year = self.profile.year_of(*operand);
            if open != Some(year) {
                let closing = if open.is_some() { "}," } else { "" };
                let _ = write!(out, "{closing}\"{year}\":{{");
                open = Some(year);
            }
            member(out, operand, figure);
        }
        out.push_str(if open.is_some() { "}}" } else { "}" });
    }
}

/// Unless the object has just been opened.
fn comma(out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
}

fn value(out: &mut String, def: &FactDef, value: Value) {
    let _ = match def.kind {
        Kind::Money => write!(out, "\"{}\"", Money(value)),
        Kind::Count | Kind::Score => write!(out, "{value}"),
        Kind::YesNo => write!(out, "{}", value != 0),
        Kind::Decimal | Kind::Code => write!(out, "{}", def.to_json(value)),
    };
}

/// The titles of the schemes a rule set looks at, valid on the day or not.
fn certifications(out: &mut String, set: &RuleSet, profile: &Profile) {
    let mut titles: Vec<&HeldTitle> = profile
        .titles()
        .iter()
        .filter(|title| set.uses.schemes.contains(&title.scheme))
        .collect();
    titles.sort();
    out.push('[');
    for (index, title) in titles.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let scheme = Json::from(title.scheme.as_str());
        let _ = write!(
            out,
            "{{\"scheme\":{scheme},\"valid_from\":\"{}\",\"valid_through\":",
            title.valid_from
        );
        let _ = match title.valid_through {
            Some(day) => write!(out, "\"{day}\"}}"),
            None => write!(out, "null}}"),
        };
    }
    out.push(']');
}

fn facts(case: &Json, evidence: Option<&Json>, profile: &mut Profile) -> Result<(), FieldError> {
    let evidence = evidence.and_then(|it| it.get("facts"));
    for (name, json) in members(case.get("facts")) {
        let pointer = format!("/facts/{name}");
        if let Some((id, figure)) = figure(name, json, evidence, Period::Dated, &pointer)? {
            profile.set_dated(id, figure);
        }
    }
    Ok(())
}

fn years(case: &Json, evidence: Option<&Json>, profile: &mut Profile) -> Result<(), FieldError> {
    let evidence = evidence.and_then(|it| it.get("years"));
    for (key, figures) in members(case.get("years")) {
        let year: i32 = key
            .parse()
            .map_err(|_| FieldError::new(format!("/years/{key}"), "field.invalid"))?;
        let evidence = evidence.and_then(|it| it.get(key));
        for (name, json) in members(Some(figures)) {
            let pointer = format!("/years/{key}/{name}");
            if let Some((id, figure)) = figure(name, json, evidence, Period::Annual, &pointer)? {
                profile.set_annual(year, id, figure);
            }
        }
    }
    Ok(())
}

/// A fact and its figure; null is nothing recorded.
fn figure(
    name: &str,
    json: &Json,
    evidence: Option<&Json>,
    period: Period,
    pointer: &str,
) -> Result<Option<(FactId, Figure)>, FieldError> {
    let id = catalogue()
        .lookup(name)
        .map_err(|unknown| Fault::from(unknown).at(pointer))?;
    let def = catalogue().def(id);
    if def.period != period {
        return Err(Fault::new("fact.period").at(pointer));
    }
    if json.is_null() {
        return Ok(None);
    }
    let value = def
        .from_json(json)
        .map_err(|error| Fault::from(error).at(pointer))?;
    let evidence = evidence
        .and_then(|it| it.get(name)?.as_str())
        .and_then(Evidence::parse);
    Ok(Some((id, Figure { value, evidence })))
}

fn members(json: Option<&Json>) -> impl Iterator<Item = (&String, &Json)> {
    json.and_then(Json::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn list(json: Option<&Json>) -> &[Json] {
    json.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(json: Option<&'a Json>, pointer: &str) -> Result<&'a str, FieldError> {
    let code = match json {
        None | Some(Json::Null) => "field.required",
        Some(_) => "field.invalid",
    };
    json.and_then(Json::as_str)
        .ok_or_else(|| FieldError::new(pointer, code))
}

fn day(json: Option<&Json>, pointer: &str) -> Result<NaiveDate, FieldError> {
    date::parse(text(json, pointer)?).map_err(|fault| fault.at(pointer))
}

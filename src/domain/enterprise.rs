//! 企业: the registered enterprise, as it is given and as it is kept.

use chrono::NaiveDate;
use serde::Deserialize;
use validator::Validate;

use super::coded::coded;
use super::codes;
use super::contact::{self, Contact};
use super::date;
use super::field_error::{Fault, FieldError, from_validator, keep};
use super::search_key;
use super::text;
use super::uscc::{Checked, Uscc};

/// An enterprise as somebody gives it: nothing is checked yet. The lengths are those of raw text and only keep
/// hostile bodies short; the rules of each field follow in [`Enterprise::check`].
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct EnterpriseInput {
    #[validate(length(max = 100))]
    pub uscc: Option<String>,
    /// 越过校验码的理由: only an authorised person may give one.
    #[validate(length(max = 1000))]
    pub uscc_override_reason: Option<String>,
    #[validate(length(max = 1000))]
    pub name: Option<String>,
    #[validate(length(max = 100))]
    pub district_code: Option<String>,
    #[validate(length(max = 1000))]
    pub park: Option<String>,
    #[validate(length(max = 100))]
    pub registered_on: Option<String>,
    #[validate(length(max = 100))]
    pub industry_code: Option<String>,
    #[validate(length(max = 100))]
    pub legal_status: Option<String>,
    #[validate(nested)]
    pub contact: Option<ContactInput>,
}

/// The contact as somebody gives it. Personal data, so it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ContactInput {
    #[validate(length(max = 500))]
    pub name: Option<String>,
    #[validate(length(max = 100))]
    pub phone: Option<String>,
    #[validate(length(max = 500))]
    pub email: Option<String>,
}

/// A validated enterprise. Codes are those of the shipped lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enterprise {
    pub uscc: Uscc,
    pub uscc_override_reason: Option<String>,
    pub name: String,
    /// The name's place among the others; worked out here, not while the one writer holds the database.
    pub name_sort: String,
    pub district_code: &'static str,
    /// 园区 (滨海新区, 镜湖 …), which has no code and is never derived from one.
    pub park: Option<String>,
    pub registered_on: NaiveDate,
    pub industry_code: &'static str,
    pub legal_status: LegalStatus,
    pub contact: Contact,
}

coded! {
    /// 登记状态
    #[derive(Default)]
    pub enum LegalStatus {
        #[default]
        Active = "ACTIVE",
        Deregistered = "DEREGISTERED",
        LicenceRevoked = "LICENCE_REVOKED",
        MovedOut = "MOVED_OUT",
    }
}

impl Enterprise {
    /// Checks every field and tells all faults at once, in the order of the fields. A legal status that is not
    /// given is ACTIVE.
    pub fn check(input: &EnterpriseInput, today: NaiveDate) -> Result<Self, Vec<FieldError>> {
        if let Err(too_long) = input.validate() {
            return Err(from_validator(&too_long));
        }
        let mut errors = Vec::new();
        let uscc = keep(checked_uscc(input), "/uscc", &mut errors);
        let name = keep(
            required(&input.name).and_then(text::enterprise_name),
            "/name",
            &mut errors,
        );
        let district = keep(
            required(&input.district_code).and_then(codes::district),
            "/district_code",
            &mut errors,
        );
        let park = keep(park(&input.park), "/park", &mut errors);
        let registered_on = required(&input.registered_on)
            .and_then(date::parse)
            .and_then(|day| date::registered_on(day, today));
        let registered_on = keep(registered_on, "/registered_on", &mut errors);
        let industry = keep(
            required(&input.industry_code).and_then(codes::industry_class),
            "/industry_code",
            &mut errors,
        );
        let legal_status = keep(legal_status(input), "/legal_status", &mut errors);
        let contact = checked_contact(input.contact.as_ref(), &mut errors);
        match (
            uscc,
            name,
            district,
            park,
            registered_on,
            industry,
            legal_status,
        ) {
            (
                Some(uscc),
                Some(name),
                Some(district),
                Some(park),
                Some(registered_on),
                Some(industry),
                Some(legal_status),
            ) if errors.is_empty() => Ok(Self {
                uscc: uscc.uscc,
                uscc_override_reason: uscc.override_reason,
                name_sort: search_key::sort_key(&name),
                name,
                district_code: &district.code,
                park,
                registered_on,
                industry_code: &industry.code,
                legal_status,
                contact,
            }),
            _ => Err(errors),
        }
    }

    /// The record as somebody would give it: a patch is laid over this and checked again.
    pub fn to_input(&self) -> EnterpriseInput {
        EnterpriseInput {
            uscc: Some(self.uscc.to_string()),
            uscc_override_reason: self.uscc_override_reason.clone(),
            name: Some(self.name.clone()),
            district_code: Some(self.district_code.to_owned()),
            park: self.park.clone(),
            registered_on: Some(self.registered_on.to_string()),
            industry_code: Some(self.industry_code.to_owned()),
            legal_status: Some(self.legal_status.as_str().to_owned()),
            contact: Some(ContactInput {
                name: self.contact.name.clone(),
                phone: self.contact.phone.clone(),
                email: self.contact.email.clone(),
            }),
        }
    }
}

/// 园区: a short plain text.
pub fn park(given: &Option<String>) -> Result<Option<String>, Fault> {
    given
        .as_deref()
        .map(|raw| text::plain(raw, 1, PARK_MAX))
        .transpose()
}

const PARK_MAX: usize = 100;

fn required(given: &Option<String>) -> Result<&str, Fault> {
    given.as_deref().ok_or(Fault::new("field.required"))
}

/// ACTIVE if nothing is said.
fn legal_status(input: &EnterpriseInput) -> Result<LegalStatus, Fault> {
    let Some(code) = input.legal_status.as_deref() else {
        return Ok(LegalStatus::default());
    };
    LegalStatus::parse(code).ok_or(Fault::new("legal_status.unknown"))
}

fn checked_uscc(input: &EnterpriseInput) -> Result<Checked, Fault> {
    Uscc::parse_with_override(
        required(&input.uscc)?,
        input.uscc_override_reason.as_deref(),
    )
}

fn checked_contact(input: Option<&ContactInput>, errors: &mut Vec<FieldError>) -> Contact {
    let Some(input) = input else {
        return Contact::default();
    };
    let mut part =
        |given: &Option<String>, pointer: &str, check: fn(&str) -> Result<String, Fault>| {
            given
                .as_deref()
                .and_then(|raw| keep(check(raw), pointer, errors))
        };
    Contact {
        name: part(&input.name, "/contact/name", text::person_name),
        phone: part(&input.phone, "/contact/phone", contact::phone),
        email: part(&input.email, "/contact/email", contact::email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        date::parse("2026-11-24").unwrap()
    }

    fn good() -> EnterpriseInput {
        let given = |text: &str| Some(text.to_owned());
        EnterpriseInput {
            uscc: given("91330602MAFF89BB62"),
            uscc_override_reason: None,
            name: given(" 绍兴示例(集团)有限公司 "),
            district_code: given("330602"),
            park: given("镜湖新区"),
            registered_on: given("2015-06-30"),
            industry_code: given("C1713"),
            legal_status: None,
            contact: Some(ContactInput {
                name: given("张三"),
                phone: given("138 0013 8000"),
                email: None,
            }),
        }
    }

    #[test]
    fn a_good_one_is_kept_in_its_normal_form() {
        let enterprise = Enterprise::check(&good(), today()).unwrap();
        assert_eq!(enterprise.name, "绍兴示例（集团）有限公司");
        assert_eq!(enterprise.legal_status, LegalStatus::Active);
        assert_eq!(enterprise.contact.phone.as_deref(), Some("13800138000"));
        assert_eq!(
            Enterprise::check(&enterprise.to_input(), today()),
            Ok(enterprise)
        );
    }

    #[test]
    fn all_faults_are_told_at_once_and_no_value_with_them() {
        let wrong = |text: &str| Some(text.to_owned());
        let input = EnterpriseInput {
            uscc: wrong("91330602MAFF89BB63"),
            name: wrong("secret"),
            district_code: wrong("330621"),
            park: wrong("secret\u{200b}"),
            registered_on: wrong("2027-01-01"),
            industry_code: wrong("C17"),
            legal_status: wrong("GONE"),
            contact: Some(ContactInput {
                name: wrong("=secret"),
                phone: wrong("110"),
                email: wrong("secret@"),
            }),
            uscc_override_reason: None,
        };
        let errors = Enterprise::check(&input, today()).unwrap_err();
        let told: Vec<_> = errors
            .iter()
            .map(|e| (e.pointer.as_str(), e.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/uscc", "enterprise.uscc.check_digit"),
                ("/name", "enterprise.name.chinese"),
                ("/district_code", "district.replaced"),
                ("/park", "text.character"),
                ("/registered_on", "date.future"),
                ("/industry_code", "industry.not_a_class"),
                ("/legal_status", "legal_status.unknown"),
                ("/contact/name", "person.name.character"),
                ("/contact/phone", "contact.phone.form"),
                ("/contact/email", "contact.email.form"),
            ]
        );
        assert!(!format!("{errors:?}").contains("secret"));
    }

    #[test]
    fn what_is_missing_is_required_and_what_is_huge_is_cut_short() {
        let errors = Enterprise::check(&EnterpriseInput::default(), today()).unwrap_err();
        let missing = [
            "/uscc",
            "/name",
            "/district_code",
            "/registered_on",
            "/industry_code",
        ];
        assert_eq!(
            errors,
            missing.map(|at| FieldError::new(at, "field.required"))
        );
        let mut huge = good();
        huge.name = Some("科".repeat(1_001));
        huge.contact = Some(ContactInput {
            phone: Some("1".repeat(101)),
            ..ContactInput::default()
        });
        let errors = Enterprise::check(&huge, today()).unwrap_err();
        let told: Vec<_> = errors
            .iter()
            .map(|e| (e.pointer.as_str(), e.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/contact/phone", "field.too_long"),
                ("/name", "field.too_long")
            ]
        );
    }

    #[test]
    fn an_early_code_needs_a_reason_which_is_kept() {
        let mut input = good();
        input.uscc = Some("91350211M0000XUF46".into());
        assert!(Enterprise::check(&input, today()).is_err());
        input.uscc_override_reason = Some("试点期间发放，营业执照已核对".into());
        let enterprise = Enterprise::check(&input, today()).unwrap();
        assert!(enterprise.uscc_override_reason.is_some());
        assert_eq!(
            Enterprise::check(&enterprise.to_input(), today()),
            Ok(enterprise)
        );
    }
}

//! The person to call at an enterprise. Personal data: it never stands in an event or a log.

use sha2::{Digest, Sha256};
use validator::ValidateEmail;

use super::field_error::Fault;
use super::ledger::hex;
use super::text;

/// 联系人, validated. Its `Debug` says only which parts are there.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Contact {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contact")
            .field("name", &self.name.is_some())
            .field("phone", &self.phone.is_some())
            .field("email", &self.email.is_some())
            .finish()
    }
}

/// What events name instead of a contact; without the salt nobody finds the value by trying.
pub fn commitment(salt: &str, value: &str) -> String {
    hex(&Sha256::new()
        .chain_update(salt)
        .chain_update(value)
        .finalize())
}

impl Contact {
    /// Enough to tell one contact from another, too little to call or write to it: `王*`, `138****8000`,
    /// `0575-****1234`, `z***@example.cn`.
    pub fn masked(&self) -> Contact {
        Contact {
            name: self.name.as_deref().map(|name| covered(name, 1, 0)),
            phone: self.phone.as_deref().map(masked_phone),
            email: self.email.as_deref().map(masked_email),
        }
    }
}

/// A telephone number of mainland China, written in one form:
/// mobile `13800138000`, fixed `0575-85131234` (an extension as `-801`), service `4001234567`.
pub fn phone(raw: &str) -> Result<String, Fault> {
    const FORM: Fault = Fault::new("contact.phone.form");
    let raw = raw.trim();
    if raw.is_empty() {
        return Err(Fault::new("contact.phone.required"));
    }
    // Far more than any number with its blanks; keeps hostile texts short.
    if raw.len() > 64 {
        return Err(FORM);
    }
    let written: String = raw.chars().map(text::fold_width).collect();
    let national = written
        .strip_prefix("+86")
        .or_else(|| written.strip_prefix("0086"))
        .map_or(written.as_str(), |rest| rest.trim_start_matches(['-', ' ']));
    let (number, extension) = split_extension(national).ok_or(FORM)?;
    let digits = digits(number).ok_or(FORM)?;
    let normal = if is_mobile(&digits) || is_service(&digits) {
        digits
    } else {
        let area = area_code(&digits).ok_or(FORM)?;
        format!("{}-{}", &digits[..area], &digits[area..])
    };
    match extension {
        None => Ok(normal),
        Some(_) if !normal.contains('-') => Err(FORM),
        Some(extension) => Ok(format!("{normal}-{extension}")),
    }
}

/// An e-mail address with a public domain name; the domain is folded to lower case.
pub fn email(raw: &str) -> Result<String, Fault> {
    const FORM: Fault = Fault::new("contact.email.form");
    let raw = raw.trim();
    if raw.is_empty() {
        return Err(Fault::new("contact.email.required"));
    }
    // `validator` takes the grammar of HTML, which allows more than mail servers of today: see below.
    if raw.len() > EMAIL_MAX || !raw.is_ascii() || !raw.validate_email() {
        return Err(FORM);
    }
    let (local, domain) = raw.rsplit_once('@').ok_or(FORM)?;
    let top = domain.rsplit_once('.').ok_or(FORM)?.1;
    let plain_local = local
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(&b))
        && local
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphanumeric)
        && !local.ends_with('.')
        && !local.contains("..");
    let public =
        top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()) || top.starts_with("xn--");
    if !plain_local || !public {
        return Err(FORM);
    }
    Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// RFC 5321: a path of 256 with its angle brackets.
const EMAIL_MAX: usize = 254;

/// Splits off 分机 as `转801`, `#801` or a third group of a hyphenated fixed number.
fn split_extension(number: &str) -> Option<(&str, Option<&str>)> {
    let split = number.split_once(['转', '#']).or_else(|| {
        let (rest, last) = number.rsplit_once('-')?;
        (number.starts_with('0') && rest.contains('-') && last.len() <= 6).then_some((rest, last))
    });
    match split {
        None => Some((number, None)),
        Some((rest, extension)) => {
            let extension = extension.trim();
            let fits =
                (1..=6).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_digit());
            fits.then_some((rest, Some(extension)))
        }
    }
}

/// Digits only, after the blanks, hyphens and brackets people group them with.
fn digits(number: &str) -> Option<String> {
    let digits: String = number
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
        .collect();
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

fn masked_phone(phone: &str) -> String {
    match phone.split_once('-') {
        None => covered(phone, 3, 4),
        Some((area, rest)) => {
            let subscriber = rest.split('-').next().unwrap_or_default();
            format!("{area}-{}", covered(subscriber, 0, 4))
        }
    }
}

/// The number of stars says nothing about the address.
fn masked_email(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

/// A star for each character but the first and last ones; a text that would be shown whole is covered whole.
fn covered(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    let shown = |place: usize| place < first || place + last >= length;
    let whole = first + last >= length;
    text.chars()
        .enumerate()
        .map(|(place, c)| if !whole && shown(place) { c } else { '*' })
        .collect()
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
}

fn is_service(digits: &str) -> bool {
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

/// Length of the area code (010 and 02x have three digits, the others four) when seven or eight digits follow
/// that do not begin with 0 or 1.
fn area_code(digits: &str) -> Option<usize> {
    let bytes = digits.as_bytes();
    let area = match (bytes.first()?, bytes.get(1)?) {
        (b'0', b'1' | b'2') => 3,
        (b'0', b'3'..=b'9') => 4,
        _ => return None,
    };
    let subscriber = bytes.get(area..)?;
    let fits = (7..=8).contains(&subscriber.len()) && !matches!(subscriber[0], b'0' | b'1');
    fits.then_some(area)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    #[test]
    fn the_corpus_of_contacts() {
        // sanku keeps no identity numbers (the least data that does) and calls no addresses of others yet.
        const NOT_KEPT: &[&str] = &["id_number", "website/webhook"];
        corpus::check("contact", |field, raw| match field {
            "phone" => phone(raw).map_err(|f| f.code),
            "email" => email(raw).map_err(|f| f.code),
            other if NOT_KEPT.contains(&other) => Err("field.invalid"),
            other => panic!("no rule for {other}"),
        });
    }

    #[test]
    fn telephone_numbers_take_one_form() {
        for (raw, normal) in [
            ("+86 138-0013-8000", "13800138000"),
            ("１３８００１３８０００", "13800138000"),
            ("057585131234", "0575-85131234"),
            ("(0575) 8513 1234", "0575-85131234"),
            ("0575－85131234－801", "0575-85131234-801"),
            ("0575-85131234转801", "0575-85131234-801"),
            ("010-62771234", "010-62771234"),
            ("400-123-4567", "4001234567"),
        ] {
            assert_eq!(phone(raw), Ok(normal.into()), "{raw}");
            assert_eq!(phone(normal), Ok(normal.into()));
        }
        for raw in [
            "85131234",
            "12345678901",
            "138001380001",
            "0575-05131234",
            "13800138000#1",
            "1380013800o",
        ] {
            assert_eq!(phone(raw).unwrap_err().code, "contact.phone.form", "{raw}");
        }
    }

    #[test]
    fn addresses_keep_their_local_part_and_fold_the_domain() {
        assert_eq!(
            email(" Li.Si+a@Mail.Example.COM "),
            Ok("Li.Si+a@mail.example.com".into())
        );
        for raw in [
            "=a@b.cn",
            ".a@b.cn",
            "a.@b.cn",
            "a@b.c1",
            "a@1.2.3.4",
            "a@-b.cn",
        ] {
            assert_eq!(email(raw).unwrap_err().code, "contact.email.form", "{raw}");
        }
    }

    #[test]
    fn a_masked_contact_can_be_told_apart_but_not_called() {
        let masked = |name: &str, phone: &str, email: &str| {
            let contact = Contact {
                name: Some(name.into()),
                phone: Some(phone.into()),
                email: Some(email.into()),
            };
            let masked = contact.masked();
            [masked.name, masked.phone, masked.email].map(Option::unwrap)
        };
        assert_eq!(
            masked("王芳", "13800138000", "zhang.san@example.cn"),
            ["王*", "138****8000", "z***@example.cn"]
        );
        assert_eq!(
            masked("欧阳娜娜", "0575-85131234-801", "a@b.cn"),
            ["欧***", "0575-****1234", "a***@b.cn"]
        );
        assert_eq!(
            masked("㛃", "4001234567", "a@b.cn"),
            ["*", "400***4567", "a***@b.cn"]
        );
        assert_eq!(Contact::default().masked(), Contact::default());
    }

    #[test]
    fn debug_shows_no_personal_value() {
        let contact = Contact {
            name: Some("张三".into()),
            ..Contact::default()
        };
        assert!(!format!("{contact:?}").contains("张三"));
    }
}

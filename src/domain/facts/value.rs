//! Reading and showing the value of a fact: strict and exact, money never a float.

use std::fmt;

use serde_json::Value as Json;

use super::catalogue::{FactDef, Kind};
use crate::field_error::{Fault, Params};
use crate::money::{Money, MoneyError, scaled_decimal};

/// A fact's value in memory: money in fen, count and score as is, yes/no as 1 and 0, a code as its place in the
/// fact's list of codes, a decimal in its smallest step.
pub type Value = i64;

/// Why a value is refused. Never holds the value itself, so that it cannot leak into logs or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactError {
    /// Another JSON type than the kind needs.
    Type(Kind),
    Money(MoneyError),
    /// Not a whole number without sign or leading zero.
    Number,
    /// Not `digits[.digits]`.
    Decimal,
    /// More places than the fact has.
    Places(u8),
    Range {
        min: i64,
        max: i64,
    },
    YesNo,
    /// Not one of the codes of the fact's list.
    Code,
}

impl FactDef {
    /// The value of a JSON member, as API and run-cases have it: money, decimals and codes are strings, counts and
    /// scores integers, yes/no booleans.
    pub fn from_json(&self, json: &Json) -> Result<Value, FactError> {
        match (self.kind, json) {
            (Kind::Money, Json::String(text)) => self.money(text),
            (Kind::Decimal, Json::String(text)) => self.decimal(text),
            (Kind::Code, Json::String(text)) => self.code(text),
            (Kind::YesNo, Json::Bool(yes)) => Ok(Value::from(*yes)),
            (Kind::Count | Kind::Score, Json::Number(number)) => match number.as_i64() {
                Some(count) => self.in_range(count, 1),
                None if number.is_u64() => Err(self.range()),
                None => Err(FactError::Number),
            },
            _ => Err(FactError::Type(self.kind)),
        }
    }

    /// The value of a table's cell: also 是/否 and the words of a code. Money is in yuan here; for 万元 see
    /// [`Money::parse_wan`].
    pub fn from_text(&self, text: &str) -> Result<Value, FactError> {
        match self.kind {
            Kind::Money => self.money(text),
            Kind::Decimal => self.decimal(text),
            Kind::Code => self.code(text).or_else(|refused| {
                let place = self.codes.iter().position(|it| it.zh == text);
                place.map(|index| index as Value).ok_or(refused)
            }),
            Kind::YesNo => match text {
                "是" | "true" => Ok(1),
                "否" | "false" => Ok(0),
                _ => Err(FactError::YesNo),
            },
            Kind::Count | Kind::Score => {
                let count = scaled_decimal(text, 0).map_err(|error| match error {
                    MoneyError::Range => self.range(),
                    _ => FactError::Number,
                })?;
                self.in_range(count, 1)
            }
        }
    }

    /// The canonical JSON form: reading it again gives the same value.
    pub fn to_json(&self, value: Value) -> Json {
        match self.kind {
            Kind::Count | Kind::Score => Json::from(value),
            Kind::YesNo => Json::Bool(value != 0),
            Kind::Money | Kind::Decimal | Kind::Code => Json::String(self.to_text(value)),
        }
    }

    /// The canonical text form.
    pub fn to_text(&self, value: Value) -> String {
        match self.kind {
            Kind::Money => Money(value).to_string(),
            Kind::Count | Kind::Score => value.to_string(),
            Kind::YesNo => if value != 0 { "true" } else { "false" }.to_owned(),
            Kind::Code => self.code_of(value).unwrap_or_default().to_owned(),
            Kind::Decimal => {
                let step = self.step();
                let (whole, rest) = (value / step, value % step);
                let text = format!("{whole}.{rest:0width$}", width = usize::from(self.places));
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
        }
    }

    /// The code a value stands for.
    pub fn code_of(&self, value: Value) -> Option<&str> {
        let code = self.codes.get(usize::try_from(value).ok()?)?;
        Some(&code.code)
    }

    /// How many smallest steps one whole unit has: 100 for money, 1 for counts.
    pub fn step(&self) -> i64 {
        match self.kind {
            Kind::Money => 100,
            Kind::Decimal => 10i64.pow(u32::from(self.places)),
            Kind::Count | Kind::Score | Kind::YesNo | Kind::Code => 1,
        }
    }

    fn money(&self, text: &str) -> Result<Value, FactError> {
        let parsed = if self.signed {
            Money::parse_signed(text)
        } else {
            Money::parse(text)
        };
        parsed.map(|money| money.0).map_err(FactError::Money)
    }

    fn decimal(&self, text: &str) -> Result<Value, FactError> {
        let scaled =
            scaled_decimal(text, usize::from(self.places)).map_err(|error| match error {
                MoneyError::Places => FactError::Places(self.places),
                MoneyError::Range => self.range(),
                MoneyError::Format | MoneyError::Negative => FactError::Decimal,
            })?;
        self.in_range(scaled, self.step())
    }

    fn code(&self, text: &str) -> Result<Value, FactError> {
        let place = self.codes.iter().position(|it| it.code == text);
        place.map(|index| index as Value).ok_or(FactError::Code)
    }

    fn in_range(&self, value: i64, step: i64) -> Result<Value, FactError> {
        let below = self.min.is_some_and(|min| value < min * step);
        let above = self.max.is_some_and(|max| value > max * step);
        if below || above {
            Err(self.range())
        } else {
            Ok(value)
        }
    }

    fn range(&self) -> FactError {
        FactError::Range {
            min: self.min.unwrap_or(0),
            max: self.max.unwrap_or(i64::MAX),
        }
    }
}

impl FactError {
    /// The stable dotted code under which the message catalogue has the text.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Type(_) => "fact.type",
            Self::Money(error) => error.code(),
            Self::Number => "fact.number",
            Self::Decimal => "fact.decimal",
            Self::Places(_) => "fact.places",
            Self::Range { .. } => "fact.range",
            Self::YesNo => "fact.yes_no",
            Self::Code => "fact.code",
        }
    }

    /// What the text of the code needs: names and numbers of the catalogue, never the refused value.
    pub fn params(self) -> Params {
        match self {
            Self::Type(kind) => vec![("kind", kind.json_type().to_owned())],
            Self::Places(places) => vec![("places", places.to_string())],
            Self::Range { min, max } => vec![("min", min.to_string()), ("max", max.to_string())],
            _ => Vec::new(),
        }
    }
}

impl Kind {
    /// The JSON type a value of this kind has.
    pub const fn json_type(self) -> &'static str {
        match self {
            Self::Money | Self::Code | Self::Decimal => "string",
            Self::Count | Self::Score => "integer",
            Self::YesNo => "boolean",
        }
    }
}

impl fmt::Display for FactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        for (name, value) in self.params() {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FactError {}

impl From<FactError> for Fault {
    fn from(error: FactError) -> Self {
        Self {
            code: error.code(),
            params: error.params(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue;
    use super::*;
    use serde_json::json;

    fn def(name: &str) -> &'static FactDef {
        catalogue().def(catalogue().by_name(name).unwrap())
    }

    #[test]
    fn each_kind_reads_back_what_it_shows() {
        for (name, json, value) in [
            ("sales", json!("50000000.00"), 5_000_000_000),
            ("net_profit", json!("-0.01"), -1),
            ("staff_total", json!(0), 0),
            ("audited_levy", json!(true), 1),
            ("hightech_field", json!("4.新材料"), 3),
            ("segment_years", json!("3.5"), 350),
            ("segment_years", json!("0"), 0),
            ("segment_years", json!("10"), 1000),
            ("platform_score", json!(55), 55),
        ] {
            assert_eq!(def(name).from_json(&json), Ok(value), "{name}");
            assert_eq!(def(name).to_json(value), json, "{name}");
        }
    }

    #[test]
    fn wrong_types_and_limits_are_refused_with_a_code() {
        for (name, json, code) in [
            ("sales", json!(5), "fact.type"),
            ("sales", json!("-1"), "money.negative"),
            ("sales", json!("1000000000000000"), "money.range"),
            ("sales", json!("0.001"), "money.places"),
            ("staff_total", json!("5"), "fact.type"),
            ("staff_total", json!(5.0), "fact.number"),
            ("staff_total", json!(-1), "fact.range"),
            (
                "staff_total",
                json!(18_446_744_073_709_551_615u64),
                "fact.range",
            ),
            ("audited_levy", json!(1), "fact.type"),
            ("hightech_field", json!("新材料"), "fact.code"),
            ("hightech_field", json!("9.其他"), "fact.code"),
            ("digital_level", json!(5), "fact.range"),
            ("segment_years", json!("3.555"), "fact.places"),
            ("segment_years", json!("201"), "fact.range"),
            ("score_ip_advanced", json!(101), "fact.range"),
        ] {
            let refused = def(name).from_json(&json).unwrap_err();
            assert_eq!(refused.code(), code, "{name} {json}");
        }
    }

    #[test]
    fn tables_may_use_the_words() {
        assert_eq!(def("hightech_field").from_text("新材料"), Ok(3));
        assert_eq!(def("hightech_field").from_text("4.新材料"), Ok(3));
        assert_eq!(def("industry_class").from_text("工业"), Ok(0));
        assert_eq!(def("audited_levy").from_text("否"), Ok(0));
        assert_eq!(def("audited_levy").from_text("yes"), Err(FactError::YesNo));
        assert_eq!(def("ip_class1").from_text("12"), Ok(12));
        assert_eq!(def("ip_class1").from_text("12.0"), Err(FactError::Number));
    }
}

//! What comes in: a new enterprise, and a patch of one.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::domain::enterprise::{ContactInput, EnterpriseInput};

/// A new enterprise. Every fault of it is told at once (422).
#[derive(Deserialize, ToSchema)]
pub struct NewEnterprise {
    /// 统一社会信用代码, 18 characters. Refused when a check digit fails (`enterprise.uscc.check_digit`), unless a city
    /// officer gives `uscc_override_reason`. Taken already: 409 `enterprise.uscc.taken`.
    #[schema(example = "91330602MAFF89BB62")]
    uscc: Option<String>,
    /// Why a code whose check digit fails is lawful all the same. 2 to 200 characters, city officers only.
    uscc_override_reason: Option<String>,
    /// 企业名称, 2 to 200 characters with Chinese among them. Brackets become full-width, outer blanks are cut.
    #[schema(example = "绍兴示例新材料有限公司")]
    name: Option<String>,
    /// GB/T 2260, one of the six under 330600: `/v1/enumerations/districts`.
    #[schema(example = "330602")]
    district_code: Option<String>,
    /// 园区, at most 100 characters.
    #[schema(example = "镜湖新区")]
    park: Option<String>,
    /// 成立日期, from 1949-10-01 to today.
    #[schema(example = "2018-03-01", format = Date)]
    registered_on: Option<String>,
    /// A class of GB/T 4754-2017, the section letter with four digits: `/v1/enumerations/industries`.
    #[schema(example = "C1713")]
    industry_code: Option<String>,
    /// 登记状态, ACTIVE if not given: `/v1/enumerations/legal_statuses`.
    #[schema(example = "ACTIVE")]
    legal_status: Option<String>,
    contact: Option<NewContact>,
}

/// 联系人. Personal data: it never stands in the ledger, only a salted commitment to it does.
#[derive(Deserialize, ToSchema)]
pub struct NewContact {
    /// At most 50 characters.
    #[schema(example = "王芳")]
    name: Option<String>,
    /// A mobile, fixed or service number of mainland China; kept in one form.
    #[schema(example = "13800138000")]
    phone: Option<String>,
    #[schema(example = "wang.fang@example.cn")]
    email: Option<String>,
}

/// A merge patch (RFC 7396): what is named changes, null removes. An enterprise account changes only `contact`; only the
/// city moves an enterprise to another district; the uscc is never changed.
#[derive(Deserialize, ToSchema)]
pub struct EnterprisePatch {
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    uscc: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    uscc_override_reason: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>, example = "绍兴示例半导体有限公司")]
    name: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    district_code: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    park: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    registered_on: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    industry_code: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    legal_status: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<ContactPatch>)]
    contact: Member<ContactPatch>,
}

#[derive(Deserialize, ToSchema)]
pub struct ContactPatch {
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    name: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    phone: Member<String>,
    #[serde(default, deserialize_with = "member")]
    #[schema(value_type = Option<String>)]
    email: Member<String>,
}

/// A member of a patch: not named, null, or a value.
type Member<T> = Option<Option<T>>;

fn member<'de, T, D>(deserializer: D) -> Result<Member<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

impl From<NewEnterprise> for EnterpriseInput {
    fn from(body: NewEnterprise) -> Self {
        EnterpriseInput {
            uscc: body.uscc,
            uscc_override_reason: body.uscc_override_reason,
            name: body.name,
            district_code: body.district_code,
            park: body.park,
            registered_on: body.registered_on,
            industry_code: body.industry_code,
            legal_status: body.legal_status,
            contact: body.contact.map(|it| ContactInput {
                name: it.name,
                phone: it.phone,
                email: it.email,
            }),
        }
    }
}

impl From<EnterprisePatch> for Map<String, Json> {
    fn from(patch: EnterprisePatch) -> Self {
        let mut members = named([
            ("uscc", patch.uscc),
            ("uscc_override_reason", patch.uscc_override_reason),
            ("name", patch.name),
            ("district_code", patch.district_code),
            ("park", patch.park),
            ("registered_on", patch.registered_on),
            ("industry_code", patch.industry_code),
            ("legal_status", patch.legal_status),
        ]);
        let contact = patch.contact.map(|contact| match contact {
            None => Json::Null,
            Some(it) => Json::Object(named([
                ("name", it.name),
                ("phone", it.phone),
                ("email", it.email),
            ])),
        });
        members.extend(contact.map(|contact| ("contact".to_string(), contact)));
        members
    }
}

fn named<const N: usize>(members: [(&str, Member<String>); N]) -> Map<String, Json> {
    members
        .into_iter()
        .filter_map(|(name, member)| {
            Some((name.to_string(), member?.map_or(Json::Null, Json::String)))
        })
        .collect()
}

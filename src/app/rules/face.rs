//! Versions as they are shown, in the words of one language.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::app::documents::{DocumentVersion, Making, WaiverView};
use crate::app::shown::{Day, Instant};
use crate::domain::at::At;
use crate::domain::document::life;
use crate::domain::messages::Lang;

#[derive(Serialize, ToSchema)]
pub struct RuleVersions {
    pub items: Vec<RuleVersionItem>,
    /// Always null: there are few.
    pub next_cursor: Option<String>,
    pub as_of: Day,
    pub known_at: Instant,
}

/// A version of a rule set (规则集).
#[derive(Serialize, ToSchema)]
pub struct RuleVersionItem {
    #[schema(example = "POOLS")]
    pub code: String,
    pub version: i64,
    /// `DRAFT`, `APPROVED`, `PUBLISHED` or `WITHDRAWN`; all but the third are shown to those who draft and audit.
    #[schema(example = "PUBLISHED")]
    pub state: &'static str,
    /// Of a published version on `as_of`: `SCHEDULED`, `IN_FORCE`, `SUPERSEDED` or `RETIRED`.
    #[schema(example = "IN_FORCE")]
    pub status: Option<&'static str>,
    pub title: String,
    /// Of a draft: the day its document proposes.
    pub effective_from: Day,
    /// The last day: the one before the next version begins, or that of a retirement; null while it has no end.
    pub effective_until: Option<Day>,
    /// Whether it is in force on `as_of`; of several versions for one day the last recorded is.
    pub in_force: bool,
    /// Over the canonical document (RFC 8785).
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub hash: String,
    pub recorded_at: Instant,
    /// Who drafted, edited, approved and published it; null for what came with the program, and for those who may not
    /// read drafts.
    pub making: Option<MakingView>,
}

/// 经办 and 审核 of a version.
#[derive(Serialize, ToSchema)]
pub struct MakingView {
    pub created_by: String,
    pub created_at: Instant,
    pub edited_by: String,
    pub edited_at: Instant,
    pub approved_by: Option<String>,
    pub approved_at: Option<Instant>,
    pub published_by: Option<String>,
    /// Of the approval, or of the withdrawal.
    pub reason: Option<String>,
}

/// A version with its document, in the form in which a file of it is written.
#[derive(Serialize, ToSchema)]
pub struct RuleDocument {
    #[serde(flatten)]
    pub version: RuleVersionItem,
    /// The steps the state allows.
    pub allowed_transitions: Vec<&'static str>,
    /// Boundaries that no case has to show, for those who may read drafts.
    pub waivers: Vec<WaiverView>,
    #[schema(value_type = Object)]
    pub document: Json,
    pub as_of: Day,
    pub known_at: Instant,
}

impl RuleVersions {
    pub fn of(found: Vec<DocumentVersion>, at: At, lang: Lang) -> Self {
        let items = found.into_iter().map(|it| RuleVersionItem::of(&it, lang));
        RuleVersions {
            items: items.collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        }
    }
}

impl RuleVersionItem {
    pub fn of(found: &DocumentVersion, lang: Lang) -> Self {
        RuleVersionItem {
            title: found.title_in(lang).to_string(),
            code: found.code.clone(),
            version: found.version,
            state: found.state.as_str(),
            status: found.status.map(life::Status::as_str),
            effective_from: Day(found.effective_from),
            effective_until: found.effective_until.map(Day),
            in_force: found.in_force,
            hash: found.hash.clone(),
            recorded_at: Instant(found.recorded_at),
            making: found.making.as_ref().map(MakingView::of),
        }
    }
}

impl MakingView {
    fn of(making: &Making) -> Self {
        MakingView {
            created_by: making.created_by.clone(),
            created_at: Instant(making.created_at),
            edited_by: making.edited_by.clone(),
            edited_at: Instant(making.edited_at),
            approved_by: making.approved_by.clone(),
            approved_at: making.approved_at.map(Instant),
            published_by: making.published_by.clone(),
            reason: making.reason.clone(),
        }
    }
}

impl RuleDocument {
    pub fn of(found: DocumentVersion, at: At, lang: Lang) -> Self {
        let waivers = found.waivers.iter().map(|it| WaiverView::of(it, lang));
        RuleDocument {
            version: RuleVersionItem::of(&found, lang),
            waivers: waivers.collect(),
            allowed_transitions: match found.making {
                Some(_) => life::PROCEDURE.allowed(found.state),
                None => Vec::new(),
            },
            document: found.document,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        }
    }
}

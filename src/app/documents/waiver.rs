//! A waiver (免测): a boundary that no case has to show, and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::shown::{Day, Instant};
use crate::domain::at::At;
use crate::domain::messages::Lang;
use crate::store::document_waivers::WaiverRow;

/// A waiver that stands. A test run keeps it so, for whoever reads the run in whatever language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    pub boundary: String,
    /// What a case would have to show, as the person read it.
    pub zh: String,
    pub en: String,
    pub reason: String,
    pub document_hash: String,
    pub waived_by: String,
    pub waived_at: DateTime<Utc>,
}

/// A boundary that no case has to show (免测).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Waiver)]
pub struct WaiverView {
    /// Without the day of a period: it is waived in each period in which the document reads alike there.
    #[schema(example = "s_staff/at")]
    pub boundary: String,
    /// What a case would have to show.
    pub message: String,
    pub reason: String,
    /// The document it was given for; a later version inherits it while its document reads alike there.
    pub document_hash: String,
    pub waived_by: String,
    pub waived_at: Instant,
}

#[derive(Serialize, ToSchema)]
pub struct Waivers {
    pub items: Vec<WaiverView>,
    /// Always null: they are shown as a whole.
    pub next_cursor: Option<String>,
    pub as_of: Day,
    pub known_at: Instant,
}

impl From<WaiverRow> for Waiver {
    fn from(row: WaiverRow) -> Self {
        Waiver {
            boundary: row.boundary,
            zh: row.what_zh,
            en: row.what_en,
            reason: row.reason,
            document_hash: row.document_hash,
            waived_by: row.waived_by,
            waived_at: row.waived_at.and_utc(),
        }
    }
}

impl WaiverView {
    pub fn of(waiver: &Waiver, lang: Lang) -> Self {
        WaiverView {
            boundary: waiver.boundary.clone(),
            message: lang.pick(&waiver.zh, &waiver.en).to_string(),
            reason: waiver.reason.clone(),
            document_hash: waiver.document_hash.clone(),
            waived_by: waiver.waived_by.clone(),
            waived_at: waiver.waived_at.into(),
        }
    }
}

impl Waivers {
    pub fn of(found: &[Waiver], at: At, lang: Lang) -> Self {
        let items = found.iter().map(|it| WaiverView::of(it, lang));
        Waivers {
            items: items.collect(),
            next_cursor: None,
            as_of: at.as_of.into(),
            known_at: at.known_at.into(),
        }
    }
}

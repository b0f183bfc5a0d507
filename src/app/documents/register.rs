//! The register of published versions, as it shows itself on a day by what was known at an instant.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::waiver::Waiver;
use crate::domain::document::life::{self, Span, State, Status};
use crate::domain::document::{self, Name};
use crate::domain::messages::Lang;
use crate::domain::rules::documents;
use crate::store::document_drafts::DraftRow;
use crate::store::document_retirements::{self, RetirementRow};
use crate::store::document_versions::{self, VersionRow};
use crate::store::{Conn, StoreError};

/// A version of a document: published, or on its way there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentVersion {
    pub code: String,
    pub version: i64,
    pub state: State,
    /// What a published version is on the day that was asked for.
    pub status: Option<Status>,
    /// Of a draft: the day its document proposes.
    pub effective_from: NaiveDate,
    /// The last day: the one before the next version begins, or that of a retirement; none while it has no end.
    pub effective_until: Option<NaiveDate>,
    /// On the day that was asked for; of several versions for one day the last recorded counts.
    pub in_force: bool,
    pub title: String,
    pub title_en: String,
    /// `sha256:` over the canonical document.
    pub hash: String,
    pub recorded_at: DateTime<Utc>,
    /// Who made it; only for those who may read drafts, and none for what came with the program.
    pub making: Option<Making>,
    /// Boundaries that need no case; only of one version, and for those who may read drafts.
    pub waivers: Vec<Waiver>,
    pub document: Json,
    /// The place of its last change in the ledger.
    pub seq: i64,
}

/// Who made a version (经办、审核).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Making {
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub edited_by: String,
    pub edited_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub published_by: Option<String>,
    pub reason: Option<String>,
}

impl DocumentVersion {
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.title,
            Lang::En => &self.title_en,
        }
    }
}

/// What is published, and until when it lasts.
pub struct Register {
    pub rows: Vec<VersionRow>,
    retired: Vec<RetirementRow>,
}

impl Register {
    /// Of all documents of a kind.
    pub fn all(
        conn: &mut Conn,
        kind: document::Kind,
        known_at: DateTime<Utc>,
    ) -> Result<Register, StoreError> {
        Ok(Register {
            rows: document_versions::all(conn, kind, known_at)?,
            retired: document_retirements::all(conn, kind, known_at)?,
        })
    }

    pub fn of(conn: &mut Conn, name: &Name, known_at: DateTime<Utc>) -> Result<Self, StoreError> {
        Ok(Register {
            rows: document_versions::of(conn, name, known_at)?,
            retired: document_retirements::all(conn, name.kind, known_at)?,
        })
    }

    fn spans(&self, name: &Name) -> Vec<Span> {
        let ends = document_retirements::of(&self.retired, name);
        let mine = self.rows.iter().filter(|row| *row.name == *name);
        mine.map(|row| Span {
            version: row.version,
            seq: row.seq,
            effective_from: row.effective_from,
            last_day: life::last_day(row.effective_from, row.seq, &ends),
        })
        .collect()
    }

    pub fn in_force(&self, name: &Name, day: NaiveDate) -> Option<&VersionRow> {
        let spans = self.spans(name);
        let found = life::in_force(&spans, day)?;
        self.rows.iter().find(|row| row.seq == found.seq)
    }

    /// The first day of the version in force on a day, or where none is, of the last that was.
    pub fn begun(&self, name: &Name, day: NaiveDate) -> Option<NaiveDate> {
        life::begun(&self.spans(name), day).map(|it| it.effective_from)
    }

    pub fn version(&self, row: &VersionRow, day: NaiveDate) -> Result<DocumentVersion, StoreError> {
        let spans = self.spans(&row.name);
        let span = spans.iter().find(|it| it.version == row.version);
        let span = span.ok_or_else(|| StoreError::corrupt("a published version vanished"))?;
        let document: Json = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
        let status = life::status(span, &spans, day);
        let (title, title_en) = documents::titles(&document, day);
        Ok(DocumentVersion {
            code: row.name.code.clone(),
            version: row.version,
            state: State::Published,
            status: Some(status),
            effective_from: row.effective_from,
            effective_until: life::ends_on(span, &spans),
            in_force: status == Status::InForce,
            title,
            title_en,
            hash: row.hash.clone(),
            recorded_at: row.recorded_at.and_utc(),
            making: None,
            waivers: Vec::new(),
            document,
            seq: row.seq,
        })
    }
}

/// A version that is not published.
pub fn drafted(row: &DraftRow, day: NaiveDate) -> Result<DocumentVersion, StoreError> {
    let document: Json = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
    let (title, title_en) = documents::titles(&document, day);
    Ok(DocumentVersion {
        code: row.name.code.clone(),
        version: row.version,
        state: *row.state,
        status: None,
        effective_from: documents::effective_from(&document)
            .ok_or_else(|| StoreError::corrupt("a document without a day"))?,
        effective_until: None,
        in_force: false,
        title,
        title_en,
        hash: row.document_hash.clone(),
        recorded_at: row.recorded_at.and_utc(),
        making: Some(making(row)),
        waivers: Vec::new(),
        document,
        seq: row.seq,
    })
}

pub fn making(row: &DraftRow) -> Making {
    Making {
        created_by: row.created_by.clone(),
        created_at: row.created_at.and_utc(),
        edited_by: row.edited_by.clone(),
        edited_at: row.edited_at.and_utc(),
        approved_by: row.approved_by.clone(),
        approved_at: row.approved_at.map(|at| at.and_utc()),
        published_by: row.published_by.clone(),
        reason: row.reason.clone(),
    }
}

//! What a kind of document brings of its own; everything else of its life is the same for all.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use super::report::Report;
use crate::app::App;
use crate::app::error::AppError;
use crate::domain::document::{self, Name, is_code};
use crate::domain::drafting::diff::Difference;
use crate::domain::field_error::FieldError;
use crate::store::document_versions::VersionRow;
use crate::store::document_waivers::WaiverRow;
use crate::store::{Conn, StoreError};

/// How a kind of document is read, compared and taken into use.
pub trait Kind: Sync {
    fn kind(&self) -> document::Kind;

    /// Reads a document among those that are published; or all that is wrong with it.
    fn read(&self, app: &App, document: &Json) -> Result<Box<dyn Sound>, AppError>;

    /// What changed from one to the other, in words.
    fn differences(&self, from: &Json, to: &Json) -> Vec<Difference>;

    /// Whether what is published still stands with another version in it.
    fn admit(
        &self,
        conn: &mut Conn,
        version: &VersionRow,
        now: DateTime<Utc>,
    ) -> Result<(), AppError>;
}

/// A document that can be read.
pub trait Sound: Send {
    fn code(&self) -> &str;

    /// `sha256:` over the canonical document.
    fn hash(&self) -> &str;

    fn effective_from(&self) -> NaiveDate;

    /// A test case that can be asked of it, as it is kept.
    fn case(&self, given: &Json) -> Result<Case, FieldError>;

    /// What its cases have to show, unless it is waived.
    fn places(&self) -> Vec<Required>;

    /// Of these the one that is called so, as a report calls it.
    fn place(&self, called: &str) -> Option<Required>;

    /// Tries it on its cases; tells what the static check finds and what is neither shown nor waived.
    fn tried(&self, cases: &[(String, Json)], waivers: &[WaiverRow]) -> Result<Report, AppError>;
}

/// A test case in the form in which it is kept.
pub struct Case {
    pub id: String,
    pub body: Json,
}

/// Something that a case has to show.
pub struct Required {
    pub id: String,
    /// Over what the document says there.
    pub hash: String,
    pub zh: String,
    pub en: String,
}

impl Required {
    /// Whether a waiver of a place is one of this.
    pub fn is(&self, id: &str, hash: &str) -> bool {
        self.id == id && self.hash == hash
    }
}

/// A document by kind and code.
#[derive(Clone)]
pub struct Document {
    pub(super) kind: &'static dyn Kind,
    pub(super) name: Name,
}

impl Document {
    /// What cannot be the code of one names none.
    pub fn of(kind: &'static dyn Kind, code: &str) -> Result<Document, AppError> {
        match is_code(code) {
            true => Ok(Document {
                kind,
                name: kind.kind().named(code),
            }),
            false => Err(AppError::NotFound),
        }
    }

    pub(super) fn read(&self, app: &App, text: &str) -> Result<Box<dyn Sound>, AppError> {
        let document = serde_json::from_str(text).map_err(StoreError::corrupt)?;
        self.kind.read(app, &document)
    }
}

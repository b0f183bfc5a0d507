//! Exports (导出): a list as a file for a spreadsheet, made in the background, kept for a day, and its maker's alone.
//!
//! The rows are read page by page in the maker's scope and written as they come, so that memory does not grow with the
//! register. Contacts are never among the columns.

mod filter;
mod sheet;
mod table;

use std::io::Read;

use chrono::{DateTime, Duration, Utc};

use crate::domain::access::{self, ReadRegister};
use crate::domain::clock::legal_day;
use crate::domain::event::Event;
use crate::domain::event::office::{ExportDeleted, ExportMade};
use crate::domain::fold::sha256;
use crate::domain::operation::OperationKind;
use crate::store::operations::{self as files, ExportFileRow};
use crate::store::{Changed, Done, Tx};

use super::App;
use super::caller::Caller;
use super::error::AppError;
use super::operation::{self, OperationView, Progress};
use sheet::Sheet;
use table::Readers;

pub use filter::{MembershipQuery, MoversQuery, Selection};
pub use sheet::Format;

/// A list as a file.
#[derive(Debug, Clone)]
pub struct Request {
    pub selection: Selection,
    pub format: Format,
}

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub id: String,
    /// With Chinese characters in it.
    pub name: String,
    pub format: Format,
    content: Vec<u8>,
}

impl File {
    /// The file as a spreadsheet reads it.
    pub fn into_reader(self) -> Box<dyn Read> {
        sheet::reader(self.format, self.content)
    }
}

/// Files are for taking away, not for keeping here.
const KEPT: Duration = Duration::hours(24);

/// What a worksheet holds below its header; the same for both formats, so that one is no way around the other.
const MOST_ROWS: usize = 1_048_575;

/// Begins to make a file; the operation tells where it can be fetched.
pub fn begin(
    app: &App,
    caller: &Caller<access::Export>,
    request: Request,
) -> Result<Done<OperationView>, AppError> {
    request
        .selection
        .check()
        .map_err(|errors| AppError::Invalid { errors })?;
    let readers = Readers {
        register: caller.also()?,
        assessments: caller.also()?,
        simulations: match request.selection {
            Selection::Movers(_) => Some(caller.also()?),
            _ => None,
        },
    };
    table::find(app, &readers, &request.selection)?;
    let nothing_yet = |_: &mut Tx<'_>| Ok(None);
    operation::launch(
        app,
        &caller.stamp(),
        OperationKind::Export,
        nothing_yet,
        move |app, progress| make(app, &readers, &request, progress),
    )
}

/// The file, for who made it, as long as it is kept and the account is what it was: a file made in a former district
/// is out of scope in the next one.
pub fn content(app: &App, caller: &Caller<access::Export>, id: &str) -> Result<File, AppError> {
    let row = app
        .store
        .read(|conn| files::export_of(conn, id, caller.actor(), caller.epoch()))?;
    let row = row
        .filter(|row| row.created_at.and_utc() > app.env.clock.now() - KEPT)
        .ok_or(AppError::NotFound)?;
    let format = Format::of_media_type(&row.media_type)
        .ok_or_else(|| AppError::internal("a file of no known kind"))?;
    Ok(File {
        id: row.id,
        name: row.file_name,
        format,
        content: row.content,
    })
}

/// Deletes what was kept long enough; tells how many files.
pub fn delete_expired(
    app: &App,
    caller: &Caller<access::Export>,
    at: DateTime<Utc>,
) -> Result<usize, AppError> {
    let before = at - KEPT;
    let done = app
        .store
        .write(&caller.stamp(), move |tx| -> Result<_, AppError> {
            let ids = files::exports_until(tx.conn, before)?;
            files::delete_exports(tx.conn, &ids)?;
            let count = ids.len();
            let mut last = None;
            for export_id in ids {
                last = Some(tx.tell(Event::ExportDeleted(ExportDeleted { export_id }))?);
            }
            Ok(Changed::perhaps(count, last))
        })?;
    Ok(done.value)
}

fn make(
    app: &App,
    readers: &Readers,
    request: &Request,
    progress: &Progress,
) -> Result<String, AppError> {
    let selection = &request.selection;
    let mut sheet = Sheet::new(request.format, app.env.clock.now())?;
    sheet.header(&selection.headers())?;
    let total = table::total(app, readers, selection)?;
    let mut count = 0;
    progress.set(0, total);
    table::rows(app, readers, selection, &mut |cells| {
        count += 1;
        if count > MOST_ROWS {
            return Err(AppError::TooLarge {
                code: "export.too_many_rows",
            });
        }
        progress.set(count, total.max(count));
        sheet.row(&cells)
    })?;
    progress.set(count, count);
    let id = keep(app, &readers.register, request, count, sheet.finish()?)?;
    Ok(format!("/v1/exports/{id}/content"))
}

fn keep(
    app: &App,
    maker: &Caller<ReadRegister>,
    request: &Request,
    count: usize,
    content: Vec<u8>,
) -> Result<String, AppError> {
    let Request { selection, format } = request.clone();
    let epoch = maker.epoch();
    let content_hash = sha256(&content);
    let done = app.store.write(
        &maker.stamp().going_on(),
        move |tx| -> Result<_, AppError> {
            let row = ExportFileRow {
                id: tx.new_id(),
                created_by: tx.actor.into(),
                epoch,
                created_at: tx.now.naive_utc(),
                file_name: format!(
                    "{}-{}.{}",
                    selection.title(),
                    legal_day(tx.now),
                    format.extension()
                ),
                media_type: format.media_type().into(),
                content,
            };
            files::insert_export(tx.conn, &row)?;
            let seq = tx.tell(Event::ExportMade(ExportMade {
                export_id: row.id.clone(),
                kind: selection.kind().into(),
                format: format.extension().into(),
                filter: selection.given(),
                count,
                epoch,
                file_name: row.file_name,
                media_type: row.media_type,
                content_hash,
            }))?;
            Ok(Changed::new(row.id, seq))
        },
    )?;
    Ok(done.value)
}

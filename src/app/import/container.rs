//! Whether a workbook is safe to open. An .xlsx is a ZIP of XML parts; the sizes and names it states are claims.
//!
//! Refused: more parts or more bytes than the limits, packed far tighter than tables are, parts twice or outside,
//! programs and files inside, declarations of entities, and anything damaged.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use memchr::memmem;
use zip::ZipArchive;

use super::reading::Limits;
use crate::domain::field_error::Fault;

/// The first bytes of a ZIP.
pub const ZIP: &[u8] = b"PK";
/// The first bytes of .xls files and of encrypted workbooks.
pub const OLD_OFFICE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

pub const BROKEN: Fault = Fault::new("import.xlsx.broken");

/// Looks through all XML parts, unpacking no more than `limits` allow.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| BROKEN)?;
    if archive.len() > limits.parts {
        return Err(Fault::new("import.xlsx.too_many_parts").with("max", limits.parts));
    }
    if archive.has_duplicate_names() {
        return Err(Fault::new("import.xlsx.duplicate_part"));
    }
    let mut names = HashSet::new();
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| BROKEN)?;
        let name = part.name().map_err(|_| BROKEN)?.to_lowercase();
        check_name(&name)?;
        if part.encrypted() {
            return Err(Fault::new("import.xlsx.encrypted"));
        }
        let (size, packed) = (part.size(), part.compressed_size());
        if size > limits.unpacked_bytes || is_bomb(size, packed) {
            return Err(Fault::new("import.xlsx.bomb"));
        }
        if name.ends_with(".xml") || name.ends_with(".rels") {
            let mut scan = Scan::new(&name, limits);
            unpacked += scan.part(
                &mut part,
                packed,
                limits.unpacked_bytes.saturating_sub(unpacked),
            )?;
        }
        // Some readers do not tell capitals apart.
        if !names.insert(name) {
            return Err(Fault::new("import.xlsx.duplicate_part"));
        }
    }
    if names.contains("[content_types].xml") {
        Ok(())
    } else {
        Err(Fault::new("import.xlsx.not_a_workbook"))
    }
}

/// Tables pack ten to fifty times; only a trap packs two hundred times.
fn is_bomb(unpacked: u64, packed: u64) -> bool {
    const SMALL: u64 = 16 << 20;
    unpacked > SMALL && unpacked / 200 > packed
}

fn check_name(name: &str) -> Result<(), Fault> {
    const INSIDE: &[&str] = &[
        ".zip", ".xlsx", ".xlsm", ".xls", ".xlsb", ".docx", ".doc", ".exe", ".dll", ".js", ".vbs",
        ".jar", ".7z", ".rar", ".gz",
    ];
    let outside = name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|step| step == "..");
    if outside {
        return Err(Fault::new("import.xlsx.unsafe_part"));
    }
    if name.ends_with("vbaproject.bin")
        || name.contains("/macrosheets/")
        || name.contains("/activex/")
    {
        return Err(Fault::new("import.xlsx.macro"));
    }
    if INSIDE.iter().any(|ending| name.ends_with(ending)) || name.contains("/embeddings/") {
        return Err(Fault::new("import.xlsx.nested"));
    }
    Ok(())
}

/// Reads one XML part through a small window.
struct Scan {
    is_sheet: bool,
    is_strings: bool,
    max_rows: u64,
    rows: u64,
    strings: u64,
}

/// So many strings cost nothing, however they are packed.
const FEW_STRINGS: u64 = 10_000;

/// Longer than anything looked for.
const CARRY: usize = 16;

impl Scan {
    fn new(name: &str, limits: &Limits) -> Self {
        Self {
            is_sheet: name.contains("/worksheets/"),
            is_strings: name.ends_with("sharedstrings.xml"),
            max_rows: u64::from(limits.rows),
            rows: 0,
            strings: 0,
        }
    }

    /// The number of bytes it really has. Reading to the end also checks the part's checksum.
    fn part(&mut self, part: &mut impl Read, packed: u64, allowed: u64) -> Result<u64, Fault> {
        let mut window = vec![0; 64 << 10];
        let mut carried = 0;
        let mut total = 0;
        loop {
            let read = part.read(&mut window[carried..]).map_err(|_| BROKEN)?;
            if read == 0 {
                return Ok(total);
            }
            if total == 0 {
                self.head(&window[..read])?;
            }
            total += read as u64;
            if total > allowed || is_bomb(total, packed) {
                return Err(Fault::new("import.xlsx.bomb"));
            }
            let filled = carried + read;
            self.look(&window[..filled], carried)?;
            // The table holds each text once: different ones do not pack into less than a byte each.
            if self.strings > FEW_STRINGS.max(packed) {
                return Err(Fault::new("import.xlsx.bomb"));
            }
            let keep = filled.min(CARRY);
            window.copy_within(filled - keep..filled, 0);
            carried = keep;
        }
    }

    fn head(&self, start: &[u8]) -> Result<(), Fault> {
        // UTF-16 would hide from the search what the XML reader may understand.
        if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
            return Err(BROKEN);
        }
        // The reader sets this many places aside before it has seen a single one.
        if self.is_strings
            && let Some(count) = attribute(start, b"uniqueCount=\"")
            && count > 10_000_000
        {
            return Err(Fault::new("import.xlsx.bomb"));
        }
        Ok(())
    }

    /// `seen` bytes at the start were looked at before, but for what begins in them.
    fn look(&mut self, window: &[u8], seen: usize) -> Result<(), Fault> {
        for at in memmem::find_iter(window, b"<!") {
            // Comments and CDATA are harmless; what is left declares entities.
            if matches!(window.get(at + 2), Some(b'D' | b'd' | b'E' | b'e')) {
                return Err(Fault::new("import.xlsx.entities"));
            }
        }
        let new = |element: &[u8]| {
            let found = memmem::find_iter(window, element);
            found.filter(|at| at + element.len() > seen).count() as u64
        };
        if self.is_strings {
            self.strings += new(b"<si");
        }
        if self.is_sheet {
            self.rows += new(b"<row");
            if self.rows > self.max_rows {
                return Err(Fault::new("import.sheet.too_many_rows").with("max", self.max_rows));
            }
        }
        Ok(())
    }
}

fn attribute(start: &[u8], name: &[u8]) -> Option<u64> {
    let value = &start[memmem::find(start, name)? + name.len()..];
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).take(19);
    Some(digits.fold(0u64, |number, b| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(b - b'0'))
    }))
}

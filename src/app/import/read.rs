//! From the bytes of files to typed rows.

use std::collections::HashSet;

use super::problem::{Note, Spot};
use super::reading::{InputFile, ReadOptions, Reading};
use super::{check, container, delimited, workbook};
use crate::domain::field_error::Fault;
use crate::domain::uscc::Uscc;

/// Reads files into rows. `known` answers which of these codes the register has; it is asked once.
pub fn read<E>(
    files: &[InputFile],
    options: &ReadOptions,
    known: impl FnOnce(&[Uscc]) -> Result<HashSet<Uscc>, E>,
) -> Result<Reading, E> {
    let mut reading = Reading::default();
    let mut pending = check::Pending::default();
    for file in files {
        read_file(file, options, &mut reading, &mut pending);
    }
    if reading.problems.is_hopeless() {
        reading.notes.push(Note {
            at: Spot::of_source(0),
            code: "import.note.gave_up",
            params: Vec::new(),
        });
    }
    check::against_each_other(&mut reading);
    let asked = check::asked(&reading.register, &pending);
    let known = known(&asked)?;
    check::against_the_register(&mut reading, &pending, &known, options);
    reading.problems.sort();
    Ok(reading)
}

fn read_file(
    file: &InputFile,
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut check::Pending,
) {
    let source = reading.add_source(file, None);
    let result = if file.bytes.is_empty() {
        Err(Fault::new("import.file.empty"))
    } else if file.bytes.len() > options.limits.file_bytes {
        Err(Fault::new("import.file.too_large").with("max_mb", options.limits.file_bytes >> 20))
    } else if file.bytes.starts_with(container::ZIP) {
        workbook::read(file, options, reading, pending)
    } else if file.bytes.starts_with(container::OLD_OFFICE) {
        Err(Fault::new("import.file.old_format"))
    } else {
        delimited::read(file, source, options, reading, pending)
    };
    if let Err(fault) = result {
        reading.problems.add(Spot::of_source(source), fault);
    }
}

//! Material that stands beside the checkout and is no part of it.

use std::path::{Path, PathBuf};

/// A file of the shared folder. A clone has no such neighbour: there the test is skipped, and says so; with `CI` set that is a
/// failure.
#[allow(clippy::disallowed_methods, clippy::panic)]
pub fn shared(path: &str) -> Option<PathBuf> {
    // From the root of the project, and from a crate inside of it.
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().take(3);
    let mut found = folders.map(|folder| folder.join("../shared").join(path));
    let found = found.find(|file| file.exists());
    if found.is_none() {
        if std::env::var_os("CI").is_some() {
            panic!("CI is set and shared/{path} is not there");
        }
        eprintln!("skipped: shared/{path} is not there");
    }
    found
}

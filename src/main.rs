//! The program: arguments to `cli`, its outcome to the exit code.

#![forbid(unsafe_code)]

/// Judging and committing allocate on several threads at once, which the system's allocator takes twice the time for.
/// It serves C code as well (feature `override`): SQLite's pages and statements come from it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sanku::cli::main()
}

#![forbid(unsafe_code)]

/// Judging and committing allocate on several threads at once, which the system's allocator takes twice the time for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sanku::cli::main()
}

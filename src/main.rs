fn main() -> std::process::ExitCode {
    sanku::cli::main()
}

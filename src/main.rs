//! Parse, run, exit code.

fn main() -> std::process::ExitCode {
    afterclick::cli::main()
}

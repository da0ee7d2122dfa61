//! The command line program; all of it lives in the library.

fn main() -> std::process::ExitCode {
    kestralint::cli::main()
}

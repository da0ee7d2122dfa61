# The daily commands; `just` lists them. Each is an ordinary cargo command, too.

# Everything that CI checks.
ci:
    bash .ci/run

# Format all code; cargo's own command does not see the rules, which the build collects.
format:
    cargo fmt
    rustfmt --edition 2024 src/rules/*/*.rs

# The main job on the showcase.
showcase:
    cargo run --release -- check fixtures/showcase

# All tests.
test:
    cargo test

# Warnings are errors.
lint:
    cargo clippy --all-targets -- --deny warnings

# The facts of core are what the exporter makes of Kestra's releases (a JDK 21 or later, Maven).
catalogue:
    catalogue/refresh.sh --check

//! Collects the rules. A rule is a file of `src/rules/<group>/` and a page of `rules/<group>/`; nothing
//! else has to be touched to add one.

#[path = "build/registry.rs"]
mod registry;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    registry::generate();
}

//! Collects the rules and packs the catalogue. A rule is a file of `src/rules/<group>/` and a page of
//! `rules/<group>/`; a fact is a line of `catalogue/<version>/`; nothing else has to be touched to add one.

#[path = "build/catalogue.rs"]
mod catalogue;
#[path = "build/registry.rs"]
mod registry;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    registry::generate();
    catalogue::generate();
}

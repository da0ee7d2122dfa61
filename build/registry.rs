//! Generates the modules, the registry and the pages of all rules.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const SOURCES: &str = "src/rules";
const PAGES: &str = "rules";

/// Writes `rules.rs` into the build's output directory; `src/rules/mod.rs` includes it.
pub fn generate() {
    println!("cargo::rerun-if-changed={SOURCES}");
    println!("cargo::rerun-if-changed={PAGES}");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut modules = String::new();
    let mut rules = String::new();
    let mut pages = String::new();
    for group in directories(&root.join(SOURCES)) {
        let group_name = stem(&group);
        writeln!(
            modules,
            "/// Rules of the group `{group_name}`.\npub mod {group_name} {{"
        )
        .expect("a string");
        for file in rust_files(&group) {
            let module = stem(&file);
            let file = literal(&file);
            writeln!(modules, "    #[path = {file}]\n    pub mod {module};").expect("a string");
            writeln!(rules, "    {group_name}::{module}::RULE,").expect("a string");
            let name = module.replace('_', "-");
            let page = root
                .join(PAGES)
                .join(&group_name)
                .join(format!("{name}.md"));
            assert!(
                page.is_file(),
                "the rule {name} has no page {}",
                page.display()
            );
            let page = literal(&page);
            writeln!(pages, "    ({name:?}, include_str!({page})),").expect("a string");
        }
        modules.push_str("}\n");
    }
    let text = format!(
        "{modules}\nstatic ALL: &[&dyn crate::engine::Rule] = &[\n{rules}];\n\n\
         static PAGES: &[(&str, &str)] = &[\n{pages}];\n"
    );
    fs::write(out.join("rules.rs"), text).expect("the output directory can be written");
    fs::write(out.join("packs.rs"), packs(&root)).expect("the output directory can be written");
    fs::write(out.join("pack_files.rs"), pack_files(&root))
        .expect("the output directory can be written");
}

/// The policies that ship with the tool: `rules/<pack>/*.yml`.
fn packs(root: &Path) -> String {
    let mut rows = String::new();
    for pack in directories(&root.join(PAGES)) {
        let mut files: Vec<PathBuf> = entries(&pack)
            .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
            .collect();
        files.sort();
        for file in files {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .expect("UTF-8");
            let (pack, file) = (stem(&pack), literal(&file));
            writeln!(rows, "    ({pack:?}, {name:?}, include_str!({file})),").expect("a string");
        }
    }
    format!("static PACKS: &[(&str, &str, &str)] = &[\n{rows}];\n")
}

/// The packs that select rules: `rules/packs/<name>.toml`.
fn pack_files(root: &Path) -> String {
    let mut files: Vec<PathBuf> = entries(&root.join(PAGES).join("packs")).collect();
    files.sort();
    let mut rows = String::new();
    for file in files {
        let (name, file) = (stem(&file), literal(&file));
        writeln!(rows, "    ({name:?}, include_str!({file})),").expect("a string");
    }
    format!("static PACK_FILES: &[(&str, &str)] = &[\n{rows}];\n")
}

fn directories(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = entries(directory).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = entries(directory)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    found.sort();
    found
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let listing =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    listing.map(|entry| entry.expect("a readable directory").path())
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .expect("a name")
        .to_str()
        .expect("UTF-8")
        .to_owned()
}

/// A path as a string literal of Rust.
fn literal(path: &Path) -> String {
    format!("{:?}", path.to_str().expect("UTF-8"))
}

//! Data flows one way: a room of `src/` imports only from rooms above it.

use std::fs;
use std::path::{Path, PathBuf};

const ROOMS: [&str; 18] = [
    "text",
    "finding",
    "source",
    "syntax",
    "catalogue",
    "expression",
    "model",
    "governance",
    "project",
    "analysis",
    "engine",
    "comparison",
    "rules",
    "policy",
    "config",
    "report",
    "server",
    "cli",
];

#[test]
fn no_room_imports_from_a_room_below() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for (position, room) in ROOMS.iter().enumerate() {
        for file in rust_files(&source.join(room)) {
            let text = fs::read_to_string(&file).unwrap();
            looked_at += 1;
            for below in &ROOMS[position + 1..] {
                // The registry names rules by their trait, which is the engine's.
                let imports = [format!("crate::{below}::"), format!("crate::{below};")];
                if imports.iter().any(|import| text.contains(import.as_str())) {
                    wrong.push(format!("{} imports from {below}", file.display()));
                }
            }
        }
    }
    assert!(looked_at > ROOMS.len(), "the rooms were not found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

//! Packs the catalogue's text (`catalogue/<version>/*.jsonl`) into images that the library embeds.

#[path = "../src/catalogue/pack.rs"]
mod pack;

use std::path::{Path, PathBuf};

/// The files of a version below `catalogue/`, most trustworthy first: the first record of a name counts.
/// `{}` stands for the version; files without it are for all versions.
const FILES: [&str; 4] = [
    "{}/core.jsonl",
    "{}/plugins.jsonl",
    "plugins.jsonl",
    "names.jsonl",
];

/// Packs every version.
pub fn generate() {
    println!("cargo::rerun-if-changed=src/catalogue/pack.rs");
    println!("cargo::rerun-if-changed=catalogue");
    for version in ["1.3", "2.0"] {
        if let Err(error) = pack_version(version) {
            println!("cargo::error=catalogue {version}: {error}");
        }
    }
}

fn pack_version(version: &str) -> Result<(), String> {
    let mut texts = Vec::new();
    for file in FILES {
        let path = Path::new("catalogue").join(file.replace("{}", version));
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        texts.push(text);
    }
    let image = pack::pack(texts.iter().flat_map(|text| text.lines()))?;
    let out = PathBuf::from(std::env::var("OUT_DIR").map_err(|e| e.to_string())?);
    let write = |name: String, content: &[u8]| {
        std::fs::write(out.join(&name), content).map_err(|e| format!("{name}: {e}"))
    };
    write(format!("catalogue-{version}.txt"), image.text.as_bytes())?;
    write(format!("catalogue-{version}.bin"), &image.bytes)
}

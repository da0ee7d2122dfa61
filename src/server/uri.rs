//! File URIs and paths. Editors escape them in different ways (`file:///c%3A/a`, `file:///C:/a`).

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

const FILE: &str = "file://";
const UNTITLED: &str = "untitled:";

/// The path that a URI names; none for schemes other than `file`, which show what is not on disk (an
/// old version in a comparison, for one), and for names that are not UTF-8.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_ref().strip_prefix(FILE)?;
    // What follows an authority begins with a slash; ours is this machine.
    let path = &rest[rest.find('/')?..];
    let path = decode(path)?;
    let bytes = path.as_bytes();
    let has_drive = cfg!(windows) && bytes.get(2) == Some(&b':');
    Some(PathBuf::from(if has_drive { &path[1..] } else { &path }))
}

/// The name of a buffer that was never saved.
pub(super) fn untitled_name(uri: &Uri) -> Option<String> {
    let rest = uri.as_ref().strip_prefix(UNTITLED)?;
    let name: String = decode(rest)?
        .chars()
        .map(|character| {
            if matches!(character, '/' | '\\' | ':') {
                '-'
            } else {
                character
            }
        })
        .collect();
    Some(format!("untitled-{name}.yaml"))
}

/// The URI of an absolute path.
pub(super) fn uri_of(path: &Path) -> Uri {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) {
        // Canonical paths of Windows begin with `\\?\`.
        let plain = text.strip_prefix(r"\\?\").unwrap_or(&text);
        format!("/{}", plain.replace('\\', "/"))
    } else {
        text.into_owned()
    };
    let mut uri = String::from(FILE);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri(uri)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let value = digit(rest.next()?)? * 16 + digit(rest.next()?)?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn paths_come_back_from_their_uris() {
        for path in ["/a/b.yaml", "/a b/ü✓😀/100%.yaml", "/c:/x", "/a#b?c.yaml"] {
            let uri = uri_of(Path::new(path));
            assert_eq!(path_of(&uri).as_deref(), Some(Path::new(path)), "{uri}");
        }
        let escaped = Uri::from("file://localhost/a%20b/c%3a.yaml");
        assert_eq!(path_of(&escaped), Some(PathBuf::from("/a b/c:.yaml")));
    }

    #[test]
    fn what_names_no_file_has_no_path() {
        for uri in [
            "git:/a/b.yaml",
            "untitled:Untitled-1",
            "file:",
            "file://x",
            "file:///%",
            "file:///%F",
            "file:///%ff",
            "",
        ] {
            assert_eq!(path_of(&Uri::from(uri)), None, "{uri}");
        }
        let untitled = untitled_name(&Uri::from("untitled:a/..%2Fb"));
        assert_eq!(untitled.as_deref(), Some("untitled-a-..-b.yaml"));
    }
}

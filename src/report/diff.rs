//! Changes as unified diffs, for people and for `patch`.

use std::path::Path;

use similar::TextDiff;

/// The unified diff of a file, with the names that `git apply` understands.
pub fn unified_diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    let name = name.strip_prefix("./").unwrap_or(&name);
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::unified_diff;

    #[test]
    fn a_diff_has_context_and_says_where_no_line_feed_ends_the_file() {
        let diff = unified_diff("./x/a.yaml".as_ref(), "a: 1\nb: 2", "a: 2\nb: 2");
        assert_eq!(
            diff,
            "--- a/x/a.yaml\n+++ b/x/a.yaml\n@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n b: 2\n\\ No newline at end of file\n"
        );
    }
}

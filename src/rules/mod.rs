//! The rules: one file each, in the directory of its group. The build collects them.

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// All built-in rules, sorted by group and name.
pub fn registry() -> crate::engine::Registry {
    crate::engine::Registry { rules: ALL }
}

/// The page of a rule, in Markdown.
pub fn page(name: &str) -> Option<&'static str> {
    PAGES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, page)| *page)
}

/// Where the page of a rule can be read.
pub fn page_url(rule: &crate::finding::RuleMetadata) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!(
        "{repository}/blob/main/rules/{}/{}.md",
        rule.group.as_str(),
        rule.name
    )
}

//! (to come)
/// Template.
#[derive(Debug)]
pub struct Template;
/// Whether.
pub fn has_template(text: &str) -> bool {
    text.contains("{{")
}
/// Parse.
pub fn parse(_: &str) -> Template {
    Template
}

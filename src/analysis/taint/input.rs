//! What an input lets through.

use std::borrow::Cow;

use crate::model::{Flow, Input};
use crate::syntax::{Tree, Value};

/// What values an input takes, for who puts them into a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputText {
    /// Any text, or nearly.
    Free,
    /// A number, a date, one of some values, or a text without any character that means something.
    Harmless,
    /// A file.
    File,
    /// A secret.
    Secret,
}

/// The input that a path behind `inputs` reads: ids may have dots, and inputs of a FORM stand under its id.
pub fn input_named<'flow>(
    tree: &Tree,
    flow: &'flow Flow,
    path: &[Option<Cow<'_, str>>],
) -> Option<&'flow Input> {
    let id_of = |input: &Input| input.id.and_then(|id| tree.scalar_text(id));
    flow.inputs.iter().find(|input| {
        let form = input.form.and_then(|form| flow.inputs.get(form as usize));
        let names = form.and_then(id_of).into_iter().chain(id_of(input));
        let mut steps = names.flat_map(|id| id.split('.'));
        let mut read = path.iter();
        let is_form = tree.get_text(input.node, "type") == Some("FORM");
        !is_form && steps.all(|step| read.next().and_then(Option::as_deref) == Some(step))
    })
}

/// Judges an input.
pub fn input_text(tree: &Tree, input: &Input) -> InputText {
    let text = |key: &str| tree.get_text(input.node, key);
    match text("type").unwrap_or_default() {
        "SECRET" => InputText::Secret,
        "FILE" => InputText::File,
        "STRING" if text("validator").is_some_and(permits_no_marks) => InputText::Harmless,
        "STRING" | "JSON" | "YAML" | "URI" | "EMAIL" => InputText::Free,
        "ARRAY" => match text("itemType") {
            Some("STRING" | "JSON" | "YAML" | "URI" | "EMAIL") => InputText::Free,
            _ => InputText::Harmless,
        },
        "SELECT" | "MULTISELECT" if allows_other_values(tree, input) => InputText::Free,
        _ => InputText::Harmless,
    }
}

fn allows_other_values(tree: &Tree, input: &Input) -> bool {
    tree.get(input.node, "allowCustomValue")
        .is_some_and(|node| tree.value(node) == Some(Value::Boolean(true)))
}

/// Whether a regular expression, which the whole value must match, permits only letters, digits and
/// marks that mean nothing in scripts. What is not understood is taken to permit more.
fn permits_no_marks(expression: &str) -> bool {
    let mut letters = expression.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        let is_harmless = match letter {
            '\\' => match letters.next() {
                Some('d' | 'w' | 'b') => true,
                Some(escaped) => is_harmless_mark(escaped),
                None => false,
            },
            '[' if !in_class => {
                in_class = true;
                letters.peek() != Some(&'^')
            }
            ']' => {
                in_class = false;
                true
            }
            '(' if !in_class => {
                // Of the special groups only the one that does not capture is understood.
                if letters.peek() == Some(&'?') {
                    letters.next();
                    letters.next() == Some(':')
                } else {
                    true
                }
            }
            ')' | '|' | '*' | '?' | '+' | '{' | '}' | '^' | '$' if !in_class => true,
            '.' => in_class,
            letter => letter.is_ascii_alphanumeric() || is_harmless_mark(letter),
        };
        if !is_harmless {
            return false;
        }
    }
    true
}

/// Marks that end no literal and start nothing in any language.
fn is_harmless_mark(letter: char) -> bool {
    matches!(
        letter,
        '-' | '_' | '.' | '/' | ':' | '@' | '+' | ',' | '=' | '%' | ' '
    )
}

#[cfg(test)]
mod tests {
    use super::permits_no_marks;

    #[test]
    fn expressions_that_permit_no_marks_are_told_from_others() {
        for expression in [
            "^[a-z0-9-]+$",
            "[A-Za-z_][A-Za-z0-9_]*",
            r"\d{4}-\d{2}-\d{2}",
            r"\w+(\.\w+)?",
            "(?:dev|prod)",
            "[a-z.]{1,20}",
        ] {
            assert!(permits_no_marks(expression), "{expression}");
        }
        for expression in [
            ".*",
            "^.+@example.com$",
            "[^;]+",
            r"\S+",
            "[a-z']+",
            r"[a-z\s]+",
            "[a-z|]+",
            "[a-z$]+",
            r"\$[a-z]+",
            "(?=x).*",
            r"[a-z]+\",
        ] {
            assert!(!permits_no_marks(expression), "{expression}");
        }
    }
}

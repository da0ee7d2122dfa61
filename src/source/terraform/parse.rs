//! The parser of HCL, and what it refuses although Terraform does not: a key that stands twice in one object. There
//! the last one counts.

use std::borrow::Cow;
use std::ops::Range;

use hcl_edit::expr::{Object, ObjectKey};
use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::Body;
use hcl_edit::visit_mut::{VisitMut, visit_object_mut};
use hcl_edit::{Decorated, Ident};

/// More keys that stand twice are not looked for.
const MOST_KEYS: usize = 64;

/// Parses a file. Every place is one of `text`.
pub(super) fn parse(text: &str) -> Result<Body, Error> {
    let mut mended = Cow::Borrowed(text);
    let mut dropped = Dropped { names: Vec::new() };
    loop {
        match parse_body(&mended) {
            Ok(mut body) => {
                if !dropped.names.is_empty() {
                    dropped.visit_body_mut(&mut body);
                }
                return Ok(body);
            }
            Err(error) => {
                let may_go_on = error.message().contains("redefined object key")
                    && dropped.names.len() < MOST_KEYS;
                let earlier = may_go_on
                    .then(|| earlier_key(&mended, error.location().offset()))
                    .flatten();
                let Some(earlier) = earlier else {
                    return Err(error);
                };
                let name = stand_in(dropped.names.len(), earlier.len());
                mended.to_mut().replace_range(earlier, &name);
                dropped.names.push(name);
            }
        }
    }
}

/// The name of as many bytes that a key gets before it is dropped.
fn stand_in(number: usize, length: usize) -> String {
    let letters = ['Z', 'Y', 'X', 'W', 'V', 'U', 'T', 'S'];
    let mut rest = number;
    let mut name = String::with_capacity(length);
    for _ in 0..length {
        name.push(letters[rest % letters.len()]);
        rest /= letters.len();
    }
    name
}

/// The key of the same object that is the same as the one at `again`, without its quotes.
fn earlier_key(text: &str, again: usize) -> Option<Range<usize>> {
    let rest = text.get(again..)?;
    let (skipped, key) = if let Some(quoted) = rest.strip_prefix('"') {
        (1, &quoted[..quoted.find('"')?])
    } else {
        let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        (0, &rest[..rest.find(|letter| !is_letter(letter))?])
    };
    if key.is_empty() {
        return None;
    }
    let before = &text[..again];
    let mut end = before.len();
    while let Some(at) = before[..end].rfind(key) {
        let start = at.checked_sub(skipped)?;
        if is_key_of(before, start, at + key.len() + skipped) {
            return Some(at..at + key.len());
        }
        end = at;
    }
    None
}

/// Whether a key stands at `start..end`, in the object that is open where `text` ends.
fn is_key_of(text: &str, start: usize, end: usize) -> bool {
    let begins = text[..start]
        .trim_end_matches([' ', '\t'])
        .ends_with(['\n', ',', '{']);
    let rest = text[end..].trim_start_matches([' ', '\t']);
    let is_key = begins && rest.starts_with(['=', ':']) && !rest.starts_with("==");
    let mut depth = 0_i32;
    for letter in text[end..].chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    is_key && depth == 0
}

/// Takes the entries out that a later one replaces.
struct Dropped {
    names: Vec<String>,
}

impl VisitMut for Dropped {
    fn visit_object_mut(&mut self, node: &mut Object) {
        for name in &self.names {
            node.remove(&ObjectKey::Ident(Decorated::new(Ident::new(name.as_str()))));
            node.remove(&ObjectKey::Expression(name.as_str().into()));
        }
        visit_object_mut(self, node);
    }
}

//! Templates: quoted strings, heredocs and the files that `templatefile` reads.

use std::collections::BTreeSet;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall, Object};
use hcl_edit::template::{Directive, Element, ForTemplateExpr, Strip, Template};
use hcl_edit::visit::{Visit, visit_expr, visit_for_template_expr};

use super::TerraformProblemKind;
use super::evaluate::{Evaluator, LARGEST_TEXT, Scope};
use super::module::located;
use super::value::{Text, Value};
use crate::finding::{FileId, Location};

/// How the literal parts of a template are written.
#[derive(Clone, Copy)]
struct Style {
    /// In quotes, where a backslash escapes.
    is_quoted: bool,
    /// The spaces that `<<-` takes from the start of each line.
    indent: Option<usize>,
}

impl<'run> Evaluator<'run> {
    /// The text of a template.
    pub(super) fn template<'template>(
        &self,
        elements: impl Iterator<Item = &'template Element>,
        is_quoted: bool,
        indent: Option<usize>,
        scope: &Scope<'_, 'run>,
    ) -> Value {
        let elements: Vec<&Element> = elements.collect();
        // A template of one interpolation is the value itself, whatever its type.
        if let [Element::Interpolation(interpolation)] = elements.as_slice() {
            return self.evaluate(&interpolation.expr, scope);
        }
        let style = Style { is_quoted, indent };
        let mut text = Text::default();
        self.push_elements(&mut text, &elements, style, scope, (false, false));
        if text.as_str().len() > LARGEST_TEXT {
            return Value::Unknown;
        }
        Value::Text(text)
    }

    /// Appends elements. `stripped` says whether white space goes at the start and at the end, because
    /// the directive around them says so.
    fn push_elements(
        &self,
        text: &mut Text,
        elements: &[&Element],
        style: Style,
        scope: &Scope<'_, 'run>,
        stripped: (bool, bool),
    ) {
        for (index, element) in elements.iter().enumerate() {
            if text.as_str().len() > LARGEST_TEXT {
                return;
            }
            match element {
                Element::Literal(literal) => {
                    let before = index.checked_sub(1).map(|before| elements[before]);
                    let strips_start = before.map_or(stripped.0, |before| outer_strip(before).1);
                    let after = elements.get(index + 1);
                    let strips_end = after.map_or(stripped.1, |after| outer_strip(after).0);
                    let mut part = Text::default();
                    let span = literal.span().unwrap_or_default();
                    self.push_literal(&mut part, scope.file, span, style.is_quoted, style.indent);
                    if strips_start {
                        part = part.stripped_start();
                    }
                    if strips_end {
                        part = part.stripped_end();
                    }
                    text.push_text(&part);
                }
                Element::Interpolation(interpolation) => {
                    match self.evaluate(&interpolation.expr, scope).to_text() {
                        Some(value) => text.push_text(&value),
                        None => text.push_unknown(&self.unknown_word()),
                    }
                }
                Element::Directive(directive) => self.push_directive(text, directive, style, scope),
            }
        }
    }

    fn push_directive(
        &self,
        text: &mut Text,
        directive: &Directive,
        style: Style,
        scope: &Scope<'_, 'run>,
    ) {
        match directive {
            Directive::If(directive) => {
                let (first, last) = (directive.if_expr.strip, directive.endif_expr.strip);
                let between = directive.else_expr.as_ref().map(|branch| branch.strip);
                let holds = self.evaluate(&directive.if_expr.cond_expr, scope).as_bool();
                match (holds, &directive.else_expr) {
                    (Some(true), _) => {
                        let stripped = (first.strip_end(), between.unwrap_or(last).strip_start());
                        self.push_branch(text, &directive.if_expr.template, style, scope, stripped);
                    }
                    (Some(false), Some(branch)) => {
                        let stripped = (branch.strip.strip_end(), last.strip_start());
                        self.push_branch(text, &branch.template, style, scope, stripped);
                    }
                    (Some(false), None) => {}
                    (None, _) => text.push_unknown(&self.unknown_word()),
                }
            }
            Directive::For(directive) => {
                let head = &directive.for_expr;
                let stripped = (
                    head.strip.strip_end(),
                    directive.endfor_expr.strip.strip_start(),
                );
                let collection = self.evaluate(&head.collection_expr, scope);
                let Some(elements) = collection.elements() else {
                    text.push_unknown(&self.unknown_word());
                    return;
                };
                let mut inner = scope.clone();
                let names = inner.names.len();
                for (key, value) in elements {
                    if text.as_str().len() > LARGEST_TEXT {
                        return;
                    }
                    inner.names.truncate(names);
                    if let Some(name) = &head.key_var {
                        inner.names.push((name.as_str().to_owned(), key));
                    }
                    inner
                        .names
                        .push((head.value_var.as_str().to_owned(), value));
                    self.push_branch(text, &head.template, style, &inner, stripped);
                }
            }
        }
    }

    fn push_branch(
        &self,
        text: &mut Text,
        template: &Template,
        style: Style,
        scope: &Scope<'_, 'run>,
        stripped: (bool, bool),
    ) {
        let elements: Vec<&Element> = template.iter().collect();
        self.push_elements(text, &elements, style, scope, stripped);
    }

    /// Appends the bytes of a literal, decoded; all but escapes keep their place in the file.
    pub(super) fn push_literal(
        &self,
        text: &mut Text,
        file: FileId,
        range: Range<usize>,
        is_quoted: bool,
        indent: Option<usize>,
    ) {
        let source = self.sources.text(file);
        let Some(raw) = source.get(range.clone()) else {
            return;
        };
        let at_line_start =
            range.start == 0 || source.as_bytes().get(range.start - 1) == Some(&b'\n');
        let mut start = 0;
        let mut strip_from = at_line_start.then_some(0);
        let bytes = raw.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            if let (Some(line), Some(indent)) = (strip_from.take(), indent) {
                let spaces = raw[line..]
                    .bytes()
                    .take(indent)
                    .take_while(|byte| matches!(byte, b' ' | b'\t'));
                let spaces = spaces.count();
                text.push_file(&raw[start..line], file, range.start + start);
                start = line + spaces;
                index = index.max(start);
                if index >= bytes.len() {
                    break;
                }
            }
            match bytes[index] {
                b'\n' => {
                    index += 1;
                    strip_from = Some(index);
                }
                b'\\' if is_quoted => {
                    text.push_file(&raw[start..index], file, range.start + start);
                    let (decoded, length) = unescape(&raw[index..]);
                    text.push_made(&decoded);
                    index += length;
                    start = index;
                }
                b'$' | b'%'
                    if raw[index..].starts_with("$${") || raw[index..].starts_with("%%{") =>
                {
                    text.push_file(&raw[start..=index], file, range.start + start);
                    start = index + 2;
                    index += 3;
                }
                _ => index += 1,
            }
        }
        let rest = raw.get(start..).unwrap_or_default();
        text.push_file(rest, file, range.start + start);
    }

    /// `templatefile(path, variables)`
    pub(super) fn template_file(
        &self,
        call: &FuncCall,
        arguments: &[Value],
        place: Location,
        scope: &Scope<'_, 'run>,
    ) -> Value {
        let Some(path) = arguments.first().and_then(Value::as_known_str) else {
            self.reads_unknown.set(true);
            return Value::Unknown;
        };
        let Some((file, source)) = self.find_file(path, place, scope) else {
            return Value::Unknown;
        };
        let passed = call.args.get(1).and_then(Expression::as_object);
        self.rendered(file, &source, arguments.get(1), passed, scope)
    }

    /// `templatestring`: a template that is the whole of a file which was read before.
    pub(super) fn template_string(&self, arguments: &[Value], scope: &Scope<'_, 'run>) -> Value {
        let Some(Value::Text(template)) = arguments.first() else {
            return Value::Unknown;
        };
        let segments = template.segments();
        let [Some(origin)] = segments.iter().map(|one| one.origin).collect::<Vec<_>>()[..] else {
            return Value::Unknown;
        };
        let source = self.sources.text(origin.file);
        if *source != *template.as_str() {
            return Value::Unknown;
        }
        self.rendered(origin.file, &source, arguments.get(1), None, scope)
    }

    /// The text of a template file with the values of its variables, which are perhaps written out.
    pub(super) fn rendered(
        &self,
        file: FileId,
        source: &str,
        variables: Option<&Value>,
        passed: Option<&Object>,
        scope: &Scope<'_, 'run>,
    ) -> Value {
        let template = match hcl_edit::parser::parse_template(source) {
            Ok(template) => template,
            Err(error) => {
                let place = super::error_place(file, source, &error);
                let message = error.message().to_owned();
                self.report(place, TerraformProblemKind::Syntax(message));
                return Value::Text(Text::of_file(source, file, 0));
            }
        };
        let (names, is_closed) = match variables {
            Some(Value::Map(entries)) => (entries.clone(), true),
            _ => (Vec::new(), false),
        };
        if let Some(passed) = passed {
            self.report_unused(passed, &template, file, scope);
        }
        let inner = Scope {
            file,
            root: scope.root,
            instance: None,
            names,
            each: None,
            is_closed,
        };
        match self.template(template.iter(), false, None, &inner) {
            // A template is always a text.
            value @ Value::Text(_) => value,
            other => other.to_text().map_or(Value::Unknown, Value::Text),
        }
    }

    /// Variables that a call passes by name and the template does not use.
    fn report_unused(
        &self,
        passed: &Object,
        template: &Template,
        template_file: FileId,
        scope: &Scope<'_, 'run>,
    ) {
        let mut used = Names::default();
        used.visit_template(template);
        for (key, _) in passed {
            let (name, span) = match key {
                hcl_edit::expr::ObjectKey::Ident(name) => (name.as_str(), name.span()),
                hcl_edit::expr::ObjectKey::Expression(key) => match key {
                    Expression::Variable(name) => (name.as_str(), name.span()),
                    Expression::String(name) => (name.value().as_str(), name.span()),
                    _ => continue,
                },
            };
            if !used.found.contains(name) {
                let place = located(scope.file, span.unwrap_or_default());
                let kind = TerraformProblemKind::UnusedTemplateVariable {
                    name: name.to_owned(),
                    template: template_file,
                };
                self.report(place, kind);
            }
        }
    }
}

/// What an element strips before and behind itself.
fn outer_strip(element: &Element) -> (bool, bool) {
    let of = |first: Strip, last: Strip| (first.strip_start(), last.strip_end());
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(interpolation) => of(interpolation.strip, interpolation.strip),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => of(directive.if_expr.strip, directive.endif_expr.strip),
            Directive::For(directive) => of(directive.for_expr.strip, directive.endfor_expr.strip),
        },
    }
}

/// The character of an escape and the bytes that it takes.
fn unescape(raw: &str) -> (String, usize) {
    let mut characters = raw.chars();
    characters.next();
    match characters.next() {
        Some('n') => ("\n".to_owned(), 2),
        Some('r') => ("\r".to_owned(), 2),
        Some('t') => ("\t".to_owned(), 2),
        Some(letter @ ('u' | 'U')) => {
            let digits = if letter == 'u' { 4 } else { 8 };
            let hexadecimal = raw.get(2..2 + digits);
            let decoded = hexadecimal
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32);
            decoded.map_or_else(
                || (String::new(), 2),
                |decoded| (decoded.to_string(), 2 + digits),
            )
        }
        Some(other) => (other.to_string(), 1 + other.len_utf8()),
        None => (String::new(), raw.len()),
    }
}

/// The names of all variables that a template mentions.
#[derive(Default)]
struct Names {
    found: BTreeSet<String>,
}

impl Visit for Names {
    fn visit_expr(&mut self, expression: &Expression) {
        if let Expression::Variable(name) = expression {
            self.found.insert(name.as_str().to_owned());
        }
        visit_expr(self, expression);
    }

    // The library's own walk leaves the collection out.
    fn visit_for_template_expr(&mut self, node: &ForTemplateExpr) {
        self.visit_expr(&node.collection_expr);
        visit_for_template_expr(self, node);
    }
}

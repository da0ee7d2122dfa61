//! Expressions that come into a program.

use super::sink::CodeSink;
use super::trace::{FlowView, Origin, Print};
use crate::analysis::ExpressionSite;
use crate::analysis::script::Embedded;
use crate::catalogue::Catalogue;
use crate::expression::Template;
use crate::text::TextRange;

/// An expression that comes into a program, perhaps at several places: one finding, mended at once.
#[derive(Debug, Clone)]
pub struct Insertion<'print> {
    /// The expression at the first place.
    pub expression: TextRange,
    /// What counts of it.
    pub origin: &'print Origin,
    /// The places of `{{ … }}`.
    pub places: Vec<TextRange>,
}

impl<'print> Insertion<'print> {
    /// Puts prints of the same expression together, in the order of the text. `counts` says what of a print
    /// counts, if anything does.
    pub fn of(
        template: &Template,
        prints: &'print [Print],
        counts: impl Fn(&'print Print) -> Option<&'print Origin>,
    ) -> Vec<Self> {
        let mut insertions: Vec<Self> = Vec::new();
        for print in prints {
            let Some(origin) = counts(print) else {
                continue;
            };
            let expression = template.expression(print.expression).range;
            let written = template.slice(expression);
            let known = insertions
                .iter_mut()
                .find(|known| template.slice(known.expression) == written);
            match known {
                Some(insertion) => insertion.places.push(print.range),
                None => insertions.push(Self {
                    expression,
                    origin,
                    places: vec![print.range],
                }),
            }
        }
        insertions
    }

    /// Says that there are further places, if there are.
    pub fn others(&self) -> Option<String> {
        let others = self.places.len() - 1;
        (others > 0).then(|| format!("and {others} more in this text"))
    }

    /// The expression with all that a fix has to know.
    pub fn embedded<'run>(
        &'run self,
        view: FlowView<'run>,
        catalogue: &'run Catalogue,
        site: &'run ExpressionSite,
        sink: &CodeSink<'run>,
    ) -> Embedded<'run> {
        let template = &site.template;
        Embedded {
            tree: view.tree,
            flow: view.flow,
            catalogue,
            task: view.flow.task(sink.task).node,
            type_name: sink.type_name,
            property: sink.property,
            language: sink.language,
            site,
            prints: &self.places,
            expression: template.slice(self.expression),
            named_after: template.slice(self.origin.range),
        }
    }
}

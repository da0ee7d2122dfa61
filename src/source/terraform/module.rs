//! Terraform modules: the blocks of all `.tf` files of a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::ForTemplateExpr;
use hcl_edit::visit::{Visit, visit_for_template_expr, visit_traversal};

use super::super::Segment;
use super::provider::{TerraformProvider, providers};
use crate::finding::{FileId, Location};
use crate::text::{TextRange, TextSize};

/// An expression and the file in which it stands.
#[derive(Debug)]
pub(super) struct Sourced {
    pub(super) file: FileId,
    pub(super) expression: Expression,
}

/// A variable of a module.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) default: Option<Sourced>,
    /// Its type constraint.
    pub(super) constraint: Option<Expression>,
}

/// A resource, data source or module call.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) file: FileId,
    /// The type of a resource; `module` for a call.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) block: Block,
    /// What it names in its expressions and in `depends_on`: `type.name` or `module.name`.
    pub(super) references: BTreeSet<String>,
}

/// The blocks of a directory.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) directory: PathBuf,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) locals: BTreeMap<String, Sourced>,
    pub(super) outputs: BTreeMap<String, Sourced>,
    pub(super) resources: Vec<Declaration>,
    pub(super) data: Vec<Declaration>,
    pub(super) calls: Vec<Declaration>,
    pub(super) providers: Vec<TerraformProvider>,
}

impl Module {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            ..Self::default()
        }
    }

    /// Adds the blocks of a file.
    pub(super) fn add(&mut self, file: FileId, body: Body) {
        for block in body.into_blocks() {
            let label = |index: usize| {
                block
                    .labels
                    .get(index)
                    .map(|label| label.as_str().to_owned())
            };
            match (block.ident.as_str(), label(0), label(1)) {
                ("variable", Some(name), _) => {
                    let default = attribute(&block, "default").cloned();
                    let default = default.map(|expression| Sourced { file, expression });
                    let constraint = attribute(&block, "type").cloned();
                    self.variables.insert(
                        name,
                        Variable {
                            default,
                            constraint,
                        },
                    );
                }
                ("terraform", ..) => self.providers.extend(providers(file, &block)),
                ("locals", ..) => {
                    for attribute in block.body.into_attributes() {
                        let name = attribute.key.as_str().to_owned();
                        let expression = attribute.value;
                        self.locals.insert(name, Sourced { file, expression });
                    }
                }
                ("output", Some(name), _) => {
                    if let Some(expression) = attribute(&block, "value").cloned() {
                        self.outputs.insert(name, Sourced { file, expression });
                    }
                }
                ("resource", Some(kind), Some(name)) => {
                    self.resources.push(declaration(file, kind, name, block));
                }
                ("data", Some(kind), Some(name)) => {
                    self.data.push(declaration(file, kind, name, block));
                }
                ("module", Some(name), _) => {
                    self.calls
                        .push(declaration(file, "module".to_owned(), name, block));
                }
                _ => {}
            }
        }
    }

    /// The resource of an address.
    pub(super) fn resource(&self, kind: &str, name: &str) -> Option<&Declaration> {
        self.resources
            .iter()
            .find(|resource| resource.kind == kind && resource.name == name)
    }

    /// Whether one declaration waits for another, directly or through others.
    pub(super) fn waits_for(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::from([from.to_owned()]);
        let mut pending = vec![from.to_owned()];
        while let Some(address) = pending.pop() {
            for reference in self.references(&address) {
                if reference == to {
                    return true;
                }
                if seen.insert(reference.clone()) {
                    pending.push(reference);
                }
            }
        }
        false
    }

    /// What an address names: resources and module calls by their block, locals by their expression.
    fn references(&self, address: &str) -> BTreeSet<String> {
        let declared = self.resources.iter().chain(&self.calls).chain(&self.data);
        let mut declared = declared.filter(|declaration| declaration.address() == address);
        if let Some(declaration) = declared.next() {
            return declaration.references.clone();
        }
        let local = address
            .strip_prefix("local.")
            .and_then(|name| self.locals.get(name));
        local.map_or_else(BTreeSet::new, |local| {
            let mut collector = References::default();
            collector.visit_expr(&local.expression);
            collector.found
        })
    }
}

impl Declaration {
    /// `type.name` or `module.name`.
    pub(super) fn address(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }

    /// Where its name stands, else the block's first word.
    pub(super) fn place(&self) -> Location {
        let label = self.block.labels.last().and_then(Span::span);
        let range = label
            .or_else(|| self.block.ident.span())
            .unwrap_or_default();
        located(self.file, range)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Expression> {
        attribute(&self.block, name)
    }
}

fn declaration(file: FileId, kind: String, name: String, block: Block) -> Declaration {
    let mut collector = References::default();
    collector.visit_block(&block);
    Declaration {
        file,
        kind,
        name,
        block,
        references: collector.found,
    }
}

/// The value of an attribute of a block.
pub(super) fn attribute<'block>(block: &'block Block, name: &str) -> Option<&'block Expression> {
    block
        .body
        .get_attribute(name)
        .map(|attribute| &attribute.value)
}

/// The place of a span.
pub(super) fn located(file: FileId, span: std::ops::Range<usize>) -> Location {
    let size = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    let (start, end) = (size(span.start), size(span.end));
    Location {
        file,
        range: TextRange::new(start, end.max(start)),
    }
}

/// The first two names of every traversal: `kestra_flow.load`, `module.cron`, `local.x`.
#[derive(Default)]
struct References {
    found: BTreeSet<String>,
}

impl Visit for References {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        let root = traversal.expr.as_variable();
        let first = traversal.operators.first().map(AsRef::as_ref);
        if let (Some(root), Some(TraversalOperator::GetAttr(name))) = (root, first) {
            self.found
                .insert(format!("{}.{}", root.as_str(), name.as_str()));
        }
        visit_traversal(self, traversal);
    }

    // The library's own walk leaves the collection out.
    fn visit_for_template_expr(&mut self, node: &ForTemplateExpr) {
        self.visit_expr(&node.collection_expr);
        visit_for_template_expr(self, node);
    }
}

/// Whether some segment of a list is the whole of a line and unknown.
pub(super) fn stands_alone(text: &str, segment: &Segment) -> bool {
    let (start, end) = (
        usize::from(segment.range.start()),
        usize::from(segment.range.end()),
    );
    let before = text.get(..start).unwrap_or_default();
    let before = before.rsplit('\n').next().unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let after = after.split('\n').next().unwrap_or_default();
    before.trim().is_empty() && after.trim().is_empty()
}

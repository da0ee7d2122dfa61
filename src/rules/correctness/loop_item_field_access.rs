//! `loop-item-field-access`: a field of `item.value`, which is text.

use crate::analysis::{ExpressionSite, Owner, enclosing_loop};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::has_template;
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::model::TaskIndex;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &LoopItemFieldAccess;

struct LoopItemFieldAccess;

static METADATA: RuleMetadata = RuleMetadata {
    name: "loop-item-field-access",
    summary: "A field of `item.value`, which is text",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for LoopItemFieldAccess {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Owner::Task(task) = site.owner else {
            return;
        };
        let Some(nearest) = enclosing_loop(checker.tree, checker.flow, task) else {
            return;
        };
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let [value, field, ..] = path else { continue };
            let is_value = template.slice(reference.root) == "item"
                && value.name(template).as_deref() == Some("value");
            let Some(name) = field.name(template).filter(|_| is_value) else {
                continue;
            };
            if reference.is_guarded_at(1) || is_of_text(&name) {
                continue;
            }
            let Some(are_objects) = literal_values(checker, nearest, &name) else {
                continue;
            };
            let whole = TextRange::new(reference.root.start(), value.range.end());
            let map = checker.tree.offset_map(site.node);
            let edit = (are_objects && map.is_verbatim(whole)).then(|| map.source_range(whole));
            let draft = checker.finding_within(
                &METADATA,
                site.node,
                field.name_range(template),
                format!("`item.value` is text and has no field `{name}`"),
            );
            match edit {
                Some(range) => draft
                    .help("Read the text first: `fromJson(item.value)`.")
                    .fix(
                        "Write `fromJson(item.value)`",
                        Applicability::Unsafe,
                        range,
                        "fromJson(item.value)",
                    ),
                None => draft.help("The values of this Loop have no fields."),
            }
            .emit();
        }
    }
}

/// Whether all values of a Loop, written in the flow, are objects with the field (true) or plain (false); none where
/// they are mixed or known only at run time.
fn literal_values(checker: &Checker<'_>, task: TaskIndex, field: &str) -> Option<bool> {
    let tree = checker.tree;
    let values = tree.get(checker.task(task).node, "values")?;
    let mut objects = 0;
    let mut plain = 0;
    for item in tree.items(values) {
        if tree.is_mapping(item) {
            tree.get(item, field)?;
            objects += 1;
        } else if tree
            .scalar_text(item)
            .is_some_and(|text| !has_template(text))
        {
            plain += 1;
        } else {
            return None;
        }
    }
    match (objects, plain) {
        (0, 0) => None,
        (_, 0) => Some(true),
        (0, _) => Some(false),
        _ => None,
    }
}

/// What the engine finds on a text itself.
fn is_of_text(name: &str) -> bool {
    matches!(
        name,
        "length" | "empty" | "blank" | "bytes" | "class" | "hashCode"
    )
}

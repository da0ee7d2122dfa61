//! `useless-default`: a default for what always has a value or fails all the same.

use crate::analysis::{
    ExpressionSite, Presence, PresenceReason, Presences, given_default, is_part_of_hyphenated_name,
};
use crate::engine::{Checker, Draft, Interest, Rule};
use crate::expression::{
    BinaryNode, BinaryOperator, BinaryTree, ExpressionId, ExpressionKind, Operand, Template,
};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::syntax::NodeId;
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UselessDefault;

struct UselessDefault;

static METADATA: RuleMetadata = RuleMetadata {
    name: "useless-default",
    summary: "A default for what always has a value or fails all the same",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UselessDefault {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for (id, expression) in template.expressions() {
            let ExpressionKind::Sequence { operations, .. } = expression.kind else {
                continue;
            };
            let may_default = template.operations(operations).any(|(_, operation)| {
                matches!(
                    operation.operator,
                    BinaryOperator::Coalesce
                        | BinaryOperator::CoalesceUndefined
                        | BinaryOperator::Filter
                )
            });
            if !may_default || is_of_the_migration(checker, template, id) {
                continue;
            }
            let tree = template.resolve(id, checker.target);
            for node in &tree.nodes {
                check(checker, site, &tree, node);
            }
        }
    }
}

/// Where both versions are checked and read the expression differently, the migration says so.
fn is_of_the_migration(checker: &Checker<'_>, template: &Template, sequence: ExpressionId) -> bool {
    let targets = &checker.settings().targets;
    Target::ALL.iter().all(|target| targets.contains(target))
        && template.precedence_differs(sequence, Target::V1_3, Target::V2_0)
}

fn check(checker: &mut Checker<'_>, site: &ExpressionSite, tree: &BinaryTree, node: &BinaryNode) {
    let template = &site.template;
    let Some((needed, _)) = given_default(template, node) else {
        return;
    };
    // A name that is split by a hyphen is no subtraction to people.
    if is_part_of_hyphenated_name(template, tree.range(template, node.left)) {
        return;
    }
    let presences = Presences {
        tree: checker.tree,
        flow: checker.flow,
        target: checker.target,
        site,
        references: &checker.references(),
    };
    let Some((presence, reason)) = presences.of(tree, node.left) else {
        return;
    };
    let Some(operator) = template.operation(node.operation) else {
        return;
    };
    if presence < needed {
        return;
    }
    let default = Default {
        left: written(template, tree, node.left),
        rest: operator.range.cover(tree.range(template, node.right)),
    };
    match reason {
        PresenceReason::Operator => {
            // Of `a + b ?? c` the default may be meant for `b`, if that may be missing.
            let right = tree.node(node.left).map(|inner| inner.right);
            let right = right.filter(|right| {
                matches!(right, Operand::Expression(_))
                    && node.operator != BinaryOperator::Filter
                    && presences.of(tree, *right).is_none()
            });
            let right = right.map(|right| tree.range(template, right));
            of_operator(checker, site, &default, right);
        }
        PresenceReason::Always => of_certain(checker, site, &default, needed),
        PresenceReason::Defaults(defaults) => of_input(checker, site, &default, defaults),
    }
}

/// The places of what has a default, without parentheses, and of the default with its operator.
struct Default {
    left: TextRange,
    rest: TextRange,
}

impl Default {
    fn draft<'checker, 'run>(
        &self,
        checker: &'checker mut Checker<'run>,
        site: &ExpressionSite,
        reason: &str,
    ) -> Draft<'checker, 'run> {
        let left = site.template.slice(self.left);
        let message = format!("This default is never used: `{left}` {reason}");
        checker.finding_within(&METADATA, site.node, self.rest, message)
    }
}

fn written(template: &Template, tree: &BinaryTree, operand: Operand) -> TextRange {
    match operand {
        Operand::Node(_) => tree.range(template, operand),
        Operand::Expression(id) => template.expression(template.without_parentheses(id)).range,
    }
}

/// `a == b ?? c`
fn of_operator(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    default: &Default,
    right: Option<TextRange>,
) {
    let template = &site.template;
    let draft = default.draft(
        checker,
        site,
        "is never null, and fails where something in it is missing",
    );
    match right {
        Some(right) => draft
            .help(format!(
                "Give the default to what may be missing: `({})`.",
                template.slice(right.cover(default.rest))
            ))
            .fix_within(
                "Put the value and its default in parentheses",
                Applicability::Unsafe,
                vec![
                    (TextRange::empty(right.start()), "(".to_owned()),
                    (TextRange::empty(default.rest.end()), ")".to_owned()),
                ],
            ),
        None => draft.help("Give the default to what may be missing, in parentheses of its own."),
    }
    .emit();
}

/// `flow.id ?? 'none'`, `x ?? 'a' ?? 'b'`
fn of_certain(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    default: &Default,
    needed: Presence,
) {
    let template = &site.template;
    let before = &template.text()[..usize::from(default.rest.start())];
    let spaces = before.len() - before.trim_end().len();
    let spaces = TextSize::try_from(spaces).unwrap_or_default();
    let whole = TextRange::new(default.rest.start() - spaces, default.rest.end());
    let reason = match needed {
        Presence::Defined => "is always defined",
        Presence::NotNull | Presence::NotEmpty => "always has a value",
    };
    default
        .draft(checker, site, reason)
        .help("Take it out, or mend what stands before it.")
        .fix_within(
            "Take the default out",
            Applicability::Unsafe,
            vec![(whole, String::new())],
        )
        .emit();
}

/// `inputs.day ?? 'monday'`, where the input has `defaults`
fn of_input(checker: &mut Checker<'_>, site: &ExpressionSite, default: &Default, defaults: NodeId) {
    let place = checker.location(defaults);
    default
        .draft(checker, site, "has a value of its own for when none is given")
        .related(place, "that value")
        .help("Take one of the two out. Without its `defaults` the input needs `required: false`, so that it may be left out.")
        .emit();
}

//! What a rule is.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Checker, ProjectChecker};
use crate::analysis::{ExpressionSite, SchemaProblem};
use crate::expression::Problem;
use crate::finding::RuleMetadata;
use crate::governance::GovernancePolicy;
use crate::model::TaskIndex;

/// The kinds of node that a rule wants to see. The engine walks once and calls each rule only for what
/// it declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interest {
    /// Each text, flow or broken: [`Rule::document`].
    Document,
    /// Each flow: [`Rule::flow`].
    Flow,
    /// Each task: [`Rule::task`].
    Task,
    /// Each trigger: [`Rule::trigger`].
    Trigger,
    /// Each text with a template in it: [`Rule::expression`].
    Expression,
    /// Each thing that types prove to be wrong in a template: [`Rule::typing`].
    Typing,
    /// Each disagreement of a flow with the catalogue: [`Rule::schema`].
    Schema,
    /// Each scalar of a flow: [`Rule::scalar`].
    Scalar,
    /// All flows of a project together: [`Rule::project`].
    Project,
}

impl Interest {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Project as usize + 1;
}

/// Where a rule comes from that is declared in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The file.
    pub file: PathBuf,
    /// The path that is shown to people.
    pub shown: PathBuf,
    /// The text of the file.
    pub text: Arc<str>,
    /// A further file about it, as it is shown, with its text: exceptions may stand there.
    pub beside: Option<(PathBuf, Arc<str>)>,
    /// The pack of which it is a part; none for what is a team's own.
    pub pack: Option<&'static str>,
    /// Its page, in Markdown.
    pub page: String,
}

/// A rule: static facts, interests, and a check for each interest. Rules hold no state.
pub trait Rule: Sync {
    /// The rule's facts.
    fn metadata(&self) -> &'static RuleMetadata;

    /// What it wants to see.
    fn interests(&self) -> &'static [Interest];

    /// The file that declares it; none for what is written in Rust.
    fn declaration(&self) -> Option<&Declaration> {
        None
    }

    /// The Kestra Enterprise Policy that it stands for.
    fn governance(&self) -> Option<&GovernancePolicy> {
        None
    }

    /// Looks at a text. It may be broken: then [`Checker::flow`] is empty.
    fn document(&self, _checker: &mut Checker<'_>) {}

    /// Looks at a flow as a whole.
    fn flow(&self, _checker: &mut Checker<'_>) {}

    /// Looks at a task.
    fn task(&self, _checker: &mut Checker<'_>, _task: TaskIndex) {}

    /// Looks at a trigger, by its index in [`crate::model::Flow::triggers`].
    fn trigger(&self, _checker: &mut Checker<'_>, _trigger: usize) {}

    /// Looks at a text with a template in it.
    fn expression(&self, _checker: &mut Checker<'_>, _site: &ExpressionSite) {}

    /// Looks at what types prove to be wrong in a template.
    fn typing(&self, _checker: &mut Checker<'_>, _site: &ExpressionSite, _problem: &Problem) {}

    /// Looks at a disagreement with the catalogue.
    fn schema(&self, _checker: &mut Checker<'_>, _problem: &SchemaProblem<'_>) {}

    /// Looks at a scalar.
    fn scalar(&self, _checker: &mut Checker<'_>, _node: crate::syntax::NodeId) {}

    /// Looks at all flows of a project.
    fn project(&self, _checker: &mut ProjectChecker<'_>) {}
}

//! What the triggers of a flow bring.

use crate::catalogue::{Catalogue, Provenance};
use crate::model::Flow;
use crate::syntax::Tree;

/// What a flow sets that starts another one as a subflow.
const OF_A_CALL: [&str; 7] = [
    "executionId",
    "namespace",
    "flowId",
    "flowRevision",
    "taskRunId",
    "taskRunValue",
    "taskRunIteration",
];

/// Whether `trigger.<name>` may be set in an execution of the flow. `None` where not all of its triggers are known
/// exactly.
pub fn may_be_set_by_trigger(
    tree: &Tree,
    flow: &Flow,
    catalogue: &Catalogue,
    name: &str,
) -> Option<bool> {
    if OF_A_CALL.contains(&name) {
        return Some(true);
    }
    for trigger in &flow.triggers {
        let type_name = trigger.type_node.and_then(|node| tree.scalar_text(node))?;
        let facts = catalogue.find(type_name)?.facts;
        let outputs = facts.outputs.as_ref()?;
        let is_exact = facts.complete
            && facts.provenance == Provenance::Library
            && !outputs.open
            && !outputs.properties.is_empty();
        if !is_exact {
            return None;
        }
        if outputs.property(name).is_some() {
            return Some(true);
        }
    }
    Some(false)
}

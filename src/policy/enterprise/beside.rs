//! What a team says about an Enterprise Policy for kestralint alone. The server would refuse it in the
//! policy itself.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::declared::{Example, Exception};
use super::super::read::Reader;
use crate::governance::Scope;
use crate::syntax::NodeId;
use crate::text::TextRange;

/// The keys of such a document.
pub(in super::super) const KEYS: [&str; 6] =
    ["policy", "name", "scope", "namespace", "allow", "examples"];

/// How to get out of the way of a name that is taken.
pub(in super::super) const ANOTHER_NAME: &str =
    "give it another name here: `policy: <its id>` with `name: …` in a file beside it";

/// Such a document.
pub(in super::super) struct Beside {
    /// The id of the policy.
    pub(super) policy: String,
    /// The name of the rule, where it isn't the id.
    pub(super) name: Option<String>,
    pub(super) scope: Option<Scope>,
    /// The namespace in which the policy is created.
    pub(super) namespace: Option<String>,
    pub(super) allow: Vec<Exception>,
    pub(super) examples: Vec<Example>,
    pub(super) shown: PathBuf,
    pub(super) text: Arc<str>,
    pub(super) place: TextRange,
}

impl Reader<'_> {
    /// Whether a document is about an Enterprise Policy.
    pub(in super::super) fn is_beside(&self, root: NodeId) -> bool {
        let has = |key: &str| self.get(root, key).is_some();
        has("policy") && !has("select") && !has("require")
    }

    /// Reads such a document.
    pub(in super::super) fn beside(&mut self, root: NodeId) -> Option<Beside> {
        self.known_keys(root, &KEYS, "what is said about an Enterprise policy");
        let place = self.get(root, "policy");
        let policy = self.optional_text(root, "policy");
        let name = self.get(root, "name").map(|node| self.name(node));
        let scope = self.get(root, "scope");
        let scope = scope.and_then(|node| self.word_in_any_case("scope", node, &Scope::ALL));
        let namespace = self.optional_text(root, "namespace");
        if let (Some(node), Some(scope)) = (self.get(root, "scope"), scope)
            && (scope == Scope::Namespace) != namespace.is_some()
        {
            let message = "`scope: NAMESPACE` and `namespace` belong together".to_owned();
            self.wrong_node(node, message, None);
        }
        let allow = self.get(root, "allow");
        let allow = allow.map(|node| self.exceptions(node)).unwrap_or_default();
        let examples = self.get(root, "examples");
        let examples = examples.map(|node| self.examples(node)).unwrap_or_default();
        Some(Beside {
            policy: policy?,
            name: name.flatten(),
            scope,
            namespace,
            allow,
            examples,
            shown: self.source.shown.clone(),
            text: Arc::clone(&self.source.text),
            place: self.tree.range(place?),
        })
    }
}

//! Kestra Enterprise Policies as rules: the files that guard the server guard every change, too.
//!
//! What a policy does is the room `governance`'s to know; here its file is read, it becomes a rule beside
//! the others, and what a team says about it for kestralint alone (exceptions, examples, the namespace in
//! which it is created) is read from a file beside it.

mod beside;
mod page;
mod read;
mod rule;

use std::sync::Arc;

#[cfg(test)]
pub(super) use beside::KEYS as BESIDE_KEYS;
pub(super) use beside::{ANOTHER_NAME, Beside};
pub(super) use read::{is_enterprise, schema_of_policy};

use super::declared::{Example, Exception};
use super::problem::PolicyProblem;
use super::read::Source;
use crate::engine::Declaration;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::governance::{Action, Enforcement, GovernancePolicy, Scope};
use crate::text::TextRange;
use crate::text::nearest;

/// An Enterprise Policy as it was read.
pub(super) struct Draft {
    pub(super) policy: GovernancePolicy,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) declaration: Declaration,
    /// Its id in the file.
    pub(super) place: TextRange,
}

/// An Enterprise Policy as a rule.
#[derive(Debug)]
pub struct EnterprisePolicy {
    pub(super) metadata: &'static RuleMetadata,
    pub(super) declaration: Declaration,
    pub(super) policy: GovernancePolicy,
    pub(super) allow: Vec<Exception>,
    pub(super) examples: Vec<Example>,
    /// Its id in the file.
    pub(super) place: TextRange,
}

/// Puts together what the policies' own files say and what stands beside them.
pub(super) fn join(
    drafts: Vec<Draft>,
    mut beside: Vec<Beside>,
    problems: &mut Vec<PolicyProblem>,
) -> Vec<EnterprisePolicy> {
    let ids: Vec<String> = drafts.iter().map(|draft| draft.policy.id.clone()).collect();
    let mut policies = Vec::new();
    for draft in drafts {
        let position = beside.iter().position(|one| one.policy == draft.policy.id);
        let said = position.map(|position| beside.remove(position));
        match finish(draft, said) {
            Ok(policy) => policies.push(policy),
            Err(problem) => problems.push(*problem),
        }
    }
    for one in beside {
        let (message, help) = if ids.contains(&one.policy) {
            let message = format!("something else is said about the policy `{}`", one.policy);
            (message, Some("say all of it in one place".to_owned()))
        } else {
            let message = format!("there is no Enterprise policy `{}`", one.policy);
            let near = nearest(&one.policy, ids.iter().map(String::as_str));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            (message, help)
        };
        problems.push(PolicyProblem {
            path: one.shown,
            text: one.text,
            range: Some(one.place),
            message,
            help,
        });
    }
    policies
}

fn finish(draft: Draft, said: Option<Beside>) -> Result<EnterprisePolicy, Box<PolicyProblem>> {
    let Draft {
        mut policy,
        title,
        description,
        mut declaration,
        place,
    } = draft;
    let mut name = policy.id.clone();
    let (mut allow, mut examples) = (Vec::new(), Vec::new());
    if let Some(said) = said {
        if let Some(scope) = said.scope {
            policy.scope = scope;
        }
        if let Some(namespace) = said.namespace {
            policy.scope = Scope::Namespace;
            policy.namespaces = vec![namespace];
        }
        name = said.name.unwrap_or(name);
        (allow, examples) = (said.allow, said.examples);
        if said.shown != declaration.shown {
            declaration.beside = Some((said.shown, said.text));
        }
    }
    if Group::parse(&name).is_some() {
        return Err(Box::new(PolicyProblem {
            path: declaration.shown,
            text: declaration.text,
            range: Some(place),
            message: format!("`{name}` is the name of a group of rules"),
            help: Some(ANOTHER_NAME.to_owned()),
        }));
    }
    let summary = title
        .or_else(|| description.as_deref()?.lines().next().map(str::to_owned))
        .unwrap_or_else(|| format!("what the Enterprise policy `{}` refuses", policy.id));
    declaration.page = page::of(&name, &summary, description.as_deref(), &policy, &examples);
    // A rulebook lives as long as the program: its names are everybody's.
    let metadata: &'static RuleMetadata = Box::leak(Box::new(RuleMetadata {
        name: Box::leak(name.into_boxed_str()),
        summary: Box::leak(summary.into_boxed_str()),
        group: Group::Policy,
        severity: gravest(&policy),
        tier: Tier::Strict,
        fix: FixKind::Unsafe,
        targets: TargetSet::ALL,
        options: &[],
        since: "0.1.0",
    }));
    Ok(EnterprisePolicy {
        metadata,
        declaration,
        policy,
        allow,
        examples,
        place,
    })
}

/// How grave a violation is: an error is what a server refuses.
fn severity(enforcement: Enforcement, action: Action) -> Severity {
    match (enforcement, action) {
        (Enforcement::Active, Action::Block) => Severity::Error,
        (Enforcement::Active, Action::Warn) => Severity::Warning,
        _ => Severity::Info,
    }
}

fn gravest(policy: &GovernancePolicy) -> Severity {
    let rules = policy.rules.iter();
    rules
        .map(|rule| severity(policy.enforcement, rule.action))
        .max()
        .unwrap_or(Severity::Info)
}

impl Draft {
    /// Where it is declared.
    fn declaration(source: &Source) -> Declaration {
        Declaration {
            file: source.file.clone(),
            shown: source.shown.clone(),
            text: Arc::clone(&source.text),
            beside: None,
            pack: source.pack,
            page: String::new(),
        }
    }
}

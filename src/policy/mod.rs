//! Policies: rules that teams write in files, without Rust (docs/policies.md).
//!
//! A file is read by the same YAML tree as flows are, so every mistake in it has its place. What is read
//! becomes a [`Rule`](crate::engine::Rule) beside the built-in ones: a [`Registry`] is the whole rulebook, and
//! selection, severities, suppression and reports need to know nothing of policies. The conditions are CEL
//! with a budget, so that no policy keeps a run from ending. Packs of policies ship with the tool in
//! `rules/<pack>/*.yml`, in the very form that teams write; they are off until a configuration extends them.

mod declared;
mod enterprise;
mod examples;
mod expression;
mod judge;
mod page;
mod problem;
mod read;
mod rule;
mod schema;
mod terraform;
mod upkeep;
mod value;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub use declared::Policy;
pub use enterprise::EnterprisePolicy;
pub use examples::Outcome;
pub use problem::PolicyProblem;
pub use schema::schema;

use declared::TeamPolicy;

use crate::engine::{Overlay, Registry, Rule};
use crate::rules;

// PACKS: the pack, the file's name and its text.
include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// A file of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Where it is.
    pub file: PathBuf,
    /// The path that is shown to people.
    pub shown: PathBuf,
}

/// The rulebook with a team's policies.
#[derive(Clone, Copy)]
pub struct Rulebook {
    /// Built-in rules, shipped policies, the team's policies.
    pub registry: Registry,
    /// The team's policies, with their places in the registry.
    own: &'static [(usize, &'static dyn TeamPolicy)],
}

/// The rulebook without any policies but those that ship with the tool.
pub fn registry() -> Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    *REGISTRY.get_or_init(|| extend(shipped(), &[]).registry)
}

/// The names of the packs that ship with the tool.
pub fn packs() -> Vec<&'static str> {
    let mut packs: Vec<&str> = PACKS.iter().map(|(pack, _, _)| *pack).collect();
    packs.dedup();
    packs
}

/// The page of a rule or policy, in Markdown.
pub fn page(rule: &'static dyn Rule) -> &'static str {
    let name = rule.metadata().name;
    match rule.declaration() {
        Some(declaration) => &declaration.page,
        None => rules::page(name)
            .or_else(|| upkeep::page(name))
            .unwrap_or_default(),
    }
}

/// Where a rule or policy can be read about.
pub fn page_url(rule: &'static dyn Rule) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    match rule.declaration() {
        None => rules::page_url(rule.metadata()),
        Some(declaration) => match declaration.pack {
            Some(_) => format!("{repository}/blob/main/{}", declaration.shown.display()),
            None => format!("{repository}/blob/main/docs/policies.md"),
        },
    }
}

/// Reads policy files and puts them beside the built-in rules. The rulebook stays in memory for good.
///
/// # Errors
///
/// All that is wrong with the files.
pub fn load(files: &[PolicyFile]) -> Result<Rulebook, Vec<PolicyProblem>> {
    load_with(files, &Overlay::new())
}

/// As [`load`], with texts that win over the disk.
///
/// # Errors
///
/// All that is wrong with the files.
pub fn load_with(files: &[PolicyFile], overlay: &Overlay) -> Result<Rulebook, Vec<PolicyProblem>> {
    let mut contents = read::Contents::default();
    let mut problems = Vec::new();
    let (of_terraform, files): (Vec<&PolicyFile>, Vec<&PolicyFile>) =
        files.iter().partition(|file| terraform::is_terraform(file));
    for file in files {
        let source = match overlay.get(&file.file) {
            Some(text) => Ok(read::Source::of(file, Arc::clone(text))),
            None => read::load(file),
        };
        match source
            .map_err(|problem| vec![problem])
            .and_then(|source| read::read(&source))
        {
            Ok(read) => contents.extend(read),
            Err(found) => problems.extend(found),
        }
    }
    terraform::load(&of_terraform, overlay, &mut contents, &mut problems);
    let had_mistakes = !problems.is_empty();
    let mut joining = Vec::new();
    let enterprise = enterprise::join(contents.enterprise, contents.beside, &mut joining);
    // What stands beside a policy that could not be read is not at fault.
    if !had_mistakes {
        problems.extend(joining);
    }
    let policies = contents.policies.into_iter();
    let policies = policies.map(|policy| Box::new(policy) as Box<dyn TeamPolicy>);
    let enterprise = enterprise.into_iter();
    let enterprise = enterprise.map(|policy| Box::new(policy) as Box<dyn TeamPolicy>);
    let policies: Vec<Box<dyn TeamPolicy>> = policies.chain(enterprise).collect();
    problems.extend(clashes(&policies));
    if problems.is_empty() {
        let policies = policies.into_iter();
        let own = policies.map(|policy| &*Box::leak(policy));
        Ok(extend(shipped(), &own.collect::<Vec<_>>()))
    } else {
        Err(problems)
    }
}

impl Rulebook {
    /// The rulebook without policies of a team.
    pub fn built_in() -> Self {
        Self {
            registry: registry(),
            own: &[],
        }
    }

    /// Runs the examples of the team's policies.
    pub fn test(self) -> Outcome {
        examples::run(self.own, self.registry)
    }

    /// Runs the examples of the policies that ship with the tool.
    pub fn test_shipped() -> Outcome {
        let registry = registry();
        let positions: Vec<(usize, &'static dyn TeamPolicy)> = shipped()
            .iter()
            .filter_map(|policy| {
                let position = registry.position(policy.metadata.name)?;
                Some((position, *policy as &dyn TeamPolicy))
            })
            .collect();
        examples::run(&positions, registry)
    }
}

fn leak(policies: Vec<Policy>) -> Vec<&'static Policy> {
    policies
        .into_iter()
        .map(|policy| &*Box::leak(Box::new(policy)))
        .collect()
}

/// The policies of the packs. They are ours: a test reads them all.
fn shipped() -> &'static [&'static Policy] {
    static SHIPPED: OnceLock<Vec<&'static Policy>> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let read = PACKS.iter().flat_map(|(pack, file, text)| {
            let path = Path::new("rules").join(pack).join(file);
            let source = read::Source {
                file: path.clone(),
                shown: path,
                text: Arc::from(*text),
                pack: Some(pack),
            };
            read::read(&source).unwrap_or_default().policies
        });
        leak(read.collect())
    })
}

/// The mistakes in the policies of the packs, for the test.
pub fn problems_of_packs() -> Vec<PolicyProblem> {
    let sources = PACKS.iter().map(|(pack, file, text)| read::Source {
        file: PathBuf::from(file),
        shown: Path::new("rules").join(pack).join(file),
        text: Arc::from(*text),
        pack: Some(pack),
    });
    sources
        .filter_map(|source| read::read(&source).err())
        .flatten()
        .collect()
}

fn extend(shipped: &'static [&'static Policy], own: &[&'static dyn TeamPolicy]) -> Rulebook {
    let mut all: Vec<&'static dyn Rule> = rules::registry().rules.to_vec();
    all.extend(shipped.iter().map(|policy| *policy as &dyn Rule));
    let mut positions = Vec::new();
    for policy in own {
        positions.push((all.len(), *policy));
        all.push(*policy);
    }
    let own: &'static [(usize, &'static dyn TeamPolicy)] = Box::leak(positions.into_boxed_slice());
    for rule in upkeep::rules(own) {
        all.push(Box::leak(Box::new(rule)));
    }
    Rulebook {
        registry: Registry {
            rules: Box::leak(all.into_boxed_slice()),
        },
        own,
    }
}

/// Names that are taken.
fn clashes(policies: &[Box<dyn TeamPolicy>]) -> Vec<PolicyProblem> {
    let built_in = registry();
    let mut problems = Vec::new();
    for (position, policy) in policies.iter().enumerate() {
        let name = policy.metadata().name;
        let mut before = policies[..position].iter();
        let twice = before.find(|other| other.metadata().name == name);
        let message = match twice {
            Some(other) => format!(
                "the name `{name}` is taken by a policy in {}",
                other.origin().shown.display()
            ),
            None if built_in.position(name).is_some() => {
                format!("the name `{name}` is taken by a rule that ships with kestralint")
            }
            None => continue,
        };
        let help = match policy.governance() {
            Some(_) => enterprise::ANOTHER_NAME,
            None => "give it another name",
        };
        problems.push(PolicyProblem {
            path: policy.origin().shown.clone(),
            text: Arc::clone(&policy.origin().text),
            range: Some(policy.place()),
            message,
            help: Some(help.to_owned()),
        });
    }
    problems
}

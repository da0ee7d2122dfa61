//! Mutants: flows that Kestra accepts, with one thing broken. The mistake must be found at its node, and where a
//! name was misspelt the help must name the original. Runs on the corpora where `../shared` is present, and
//! always on the fixtures.

use std::collections::BTreeMap;
use std::path::Path;

use kestralint::catalogue::{Catalogue, Rendering, Schema};
use kestralint::finding::{Finding, Target};
use kestralint::model::Flow;
use kestralint::syntax::{self, NodeId, Tree};
use kestralint::text::TextRange;

use super::apart;

/// At least this share of all mutants is found.
const CAUGHT: f64 = 0.98;
/// At least this share of misspellings is answered with the original.
const SUGGESTED: f64 = 0.90;

struct Mutant {
    kind: &'static str,
    text: String,
    /// Where the finding must lie.
    place: TextRange,
    /// The name that the help must hold.
    original: Option<String>,
    origin: String,
}

/// A flow to be mutated.
struct Subject<'a> {
    text: &'a str,
    tree: Tree,
    flow: Flow,
    catalogue: &'static Catalogue,
    origin: &'a str,
}

impl Subject<'_> {
    fn replace(
        &self,
        range: TextRange,
        with: &str,
        kind: &'static str,
        original: Option<&str>,
    ) -> Mutant {
        let mut text = self.text.to_owned();
        text.replace_range(std::ops::Range::<usize>::from(range), with);
        let length = u32::try_from(with.len()).unwrap();
        Mutant {
            kind,
            text,
            place: TextRange::at(range.start(), length.max(1).into()),
            original: original.map(str::to_owned),
            origin: self.origin.to_owned(),
        }
    }

    /// The tasks whose type is known with all its properties.
    fn tasks(&self) -> impl Iterator<Item = (NodeId, &'static kestralint::catalogue::TypeFacts)> {
        self.flow.tasks.iter().filter_map(|task| {
            let name = self.tree.scalar_text(task.type_node?)?;
            let facts = self.catalogue.find(name)?.facts;
            facts.properties.as_ref()?;
            Some((task.node, facts))
        })
    }

    fn mutants(&self) -> Vec<Mutant> {
        let mut found = Vec::new();
        for (node, facts) in self.tasks() {
            self.properties(node, facts, &mut found);
        }
        self.types(&mut found);
        self.ids(&mut found);
        found.extend(self.trigger_among_tasks());
        found
    }

    fn properties(
        &self,
        node: NodeId,
        facts: &'static kestralint::catalogue::TypeFacts,
        found: &mut Vec<Mutant>,
    ) {
        for entry in self.tree.entries(node) {
            let Some(key) = self.tree.scalar_text(entry.key) else {
                continue;
            };
            let Some(property) = facts.property(key) else {
                continue;
            };
            let range = self.tree.range(entry.key);
            if self.text[range] == *key && key.len() > 3 && key != "type" {
                let wrong = swapped(key);
                if facts.property(&wrong).is_none() {
                    found.push(self.replace(range, &wrong, "misspelt property", Some(key)));
                }
            }
            found.extend(self.dropped(node, entry.key, entry.value, property.required));
            found.extend(self.moved(entry.key, key));
            if !matches!(property.rendering, Rendering::Unmarked | Rendering::Static) {
                continue;
            }
            let value = self.tree.range(entry.value);
            let is_plain = self.tree.is_scalar(entry.value)
                && !self.text[value].contains('\n')
                && !value.is_empty();
            if !is_plain {
                continue;
            }
            match &property.schema {
                Schema::Boolean => found.push(self.replace(value, "maybe", "wrong type", None)),
                Schema::Integer(_) => found.push(self.replace(value, "many", "wrong type", None)),
                Schema::Text(text) if !text.enumeration.is_empty() => {
                    found.push(self.replace(
                        value,
                        "NOT_ONE_OF_THEM",
                        "wrong enumeration value",
                        None,
                    ));
                }
                _ => {}
            }
        }
    }

    /// A required property gives way to a description.
    fn dropped(&self, task: NodeId, key: NodeId, value: NodeId, required: bool) -> Option<Mutant> {
        let name = self.tree.scalar_text(key)?;
        let range = self.tree.range(key).cover(self.tree.range(value));
        let is_candidate = required
            && !matches!(name, "id" | "type" | "tasks" | "then")
            && self.tree.is_scalar(value)
            && !self.text[range].contains('\n')
            && self.tree.get(task, "description").is_none();
        is_candidate.then(|| {
            let mut mutant = self.replace(
                range,
                "description: gone",
                "dropped required property",
                None,
            );
            mutant.place = self.tree.range(task).cover(mutant.place);
            mutant
        })
    }

    /// A property of a task stands at the end of the flow.
    fn moved(&self, key: NodeId, name: &str) -> Option<Mutant> {
        let is_candidate = self.catalogue.flow().property(name).is_none()
            && self.tree.documents().len() == 1
            && self.tree.get(self.flow.root?, name).is_none()
            && self.text.ends_with('\n')
            && !self.tree.range(key).is_empty();
        let end = TextRange::empty(u32::try_from(self.text.len()).ok()?.into());
        is_candidate.then(|| self.replace(end, &format!("{name}: moved\n"), "moved property", None))
    }

    fn types(&self, found: &mut Vec<Mutant>) {
        for task in &self.flow.tasks {
            let Some(node) = task.type_node else { continue };
            let (Some(name), range) = (self.tree.scalar_text(node), self.tree.range(node)) else {
                continue;
            };
            if self.text[range] != *name
                || self.catalogue.find(name).is_none_or(|found| found.alias)
            {
                continue;
            }
            let class = name.rsplit('.').next().unwrap_or(name);
            let wrong = format!("{}{}", &name[..name.len() - class.len()], swapped(class));
            if self.catalogue.find(&wrong).is_none() {
                found.push(self.replace(range, &wrong, "unknown type", Some(name)));
            }
        }
    }

    fn ids(&self, found: &mut Vec<Mutant>) {
        if let [first, .., last] = self.flow.tasks.as_slice() {
            let id = |task: &kestralint::model::Task| {
                task.id
                    .and_then(|id| Some((id, self.tree.scalar_text(id)?)))
            };
            if let (Some((_, first)), Some((node, _))) = (id(first), id(last)) {
                found.push(self.replace(self.tree.range(node), first, "duplicated id", None));
            }
        }
    }

    fn trigger_among_tasks(&self) -> Option<Mutant> {
        let task = self.flow.tasks.first()?;
        let node = task.type_node?;
        let trigger = "io.kestra.plugin.core.trigger.Schedule";
        Some(self.replace(self.tree.range(node), trigger, "trigger among tasks", None))
    }
}

/// Two neighbouring letters change places: the commonest slip there is.
fn swapped(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let at = (1..letters.len().saturating_sub(1)).find(|at| letters[*at] != letters[*at + 1]);
    let mut letters = letters;
    match at {
        Some(at) => letters.swap(at, at + 1),
        None => letters.push('x'),
    }
    letters.into_iter().collect()
}

/// What is mutated; without `../shared` one flow of the showcase.
fn subjects(version: &str) -> Vec<(String, String)> {
    let flows = apart::accepted_flows(version);
    if !flows.is_empty() {
        return flows;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("fixtures/showcase/flows/data/clean_orders.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    vec![("clean_orders.yaml".to_owned(), text)]
}

fn measure(version: &str, target: Target) {
    let flows = subjects(version);
    let mut mutants = Vec::new();
    for (origin, text) in &flows {
        let tree = syntax::parse(text.as_str().into());
        let Some(root) = tree.documents().first().and_then(|document| document.root) else {
            continue;
        };
        let flow = Flow::read(&tree, root);
        let subject = Subject {
            text,
            tree,
            flow,
            catalogue: Catalogue::of(target),
            origin,
        };
        mutants.extend(subject.mutants());
    }
    let texts = mutants.iter().map(|mutant| mutant.text.as_str());
    let found = apart::check(texts, target);
    let mut by_kind: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let (mut caught, mut misspelt, mut suggested) = (0_u32, 0_u32, 0_u32);
    let mut missed = Vec::new();
    for (mutant, findings) in mutants.iter().zip(&found) {
        let here: Vec<&Finding> = findings
            .iter()
            .filter(|finding| {
                mutant
                    .place
                    .contains_inclusive(finding.location.range.start())
            })
            .collect();
        let row = by_kind.entry(mutant.kind).or_default();
        row.1 += 1;
        if here.is_empty() {
            missed.push(format!(
                "{} in {} at {:?}: {:?}",
                mutant.kind, mutant.origin, mutant.place, &mutant.text[mutant.place]
            ));
            continue;
        }
        row.0 += 1;
        caught += 1;
        if let Some(original) = &mutant.original {
            misspelt += 1;
            let names_it = here.iter().any(|finding| {
                finding
                    .help
                    .as_deref()
                    .is_some_and(|help| help.contains(original.as_str()))
            });
            suggested += u32::from(names_it);
        }
    }
    let share =
        |part: u32, whole: usize| f64::from(part) / f64::from(u32::try_from(whole.max(1)).unwrap());
    let (caught_share, suggested_share) = (
        share(caught, mutants.len()),
        share(suggested, misspelt as usize),
    );
    eprintln!(
        "{version}: {} mutants, caught {caught_share:.4}, named the original {suggested_share:.4}; {by_kind:?}",
        mutants.len()
    );
    for missed in missed.iter().take(20) {
        eprintln!("  missed: {missed}");
    }
    assert!(caught_share >= CAUGHT, "{version}: {missed:#?}");
    assert!(suggested_share >= SUGGESTED, "{version}: {suggested_share}");
}

#[test]
fn mutants_of_kestra_1_3_are_caught() {
    measure("1.3.31", Target::V1_3);
}

#[test]
fn mutants_of_kestra_2_0_are_caught() {
    measure("2.0.0", Target::V2_0);
}

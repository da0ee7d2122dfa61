//! Reads policy files. Every mistake is told with its place.

use std::path::PathBuf;
use std::sync::Arc;

use super::PolicyFile;
use super::declared::{Change, Example, Exception, Mending, Part, Policy, Select, day};
use super::enterprise::{Beside, Draft, is_enterprise};
use super::expression::{Expression, Mistake, PropertyRead};
use super::page;
use super::problem::PolicyProblem;
use crate::catalogue::Catalogue;
use crate::engine::Declaration;
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::source::ReadProblem;
use crate::syntax::{self, Entry, NodeId, Tree, Value};
use crate::text::nearest;
use crate::text::{TextRange, TextSize};

/// The keys of a policy, in the order of the documentation.
pub(super) const KEYS: [&str; 15] = [
    "name",
    "summary",
    "description",
    "severity",
    "group",
    "targets",
    "select",
    "where",
    "require",
    "message",
    "help",
    "at",
    "fix",
    "allow",
    "examples",
];

/// The keys of a fix.
pub(super) const FIX_KEYS: [&str; 5] = ["set", "add", "remove", "rename", "safe"];

/// The keys of an exception.
pub(super) const ALLOW_KEYS: [&str; 5] = ["flow", "node", "path", "reason", "until"];

/// A file of policies: where it is, how it is shown, what it says.
pub(super) struct Source {
    pub(super) file: PathBuf,
    pub(super) shown: PathBuf,
    pub(super) text: Arc<str>,
    /// The pack, for policies that ship with the tool.
    pub(super) pack: Option<&'static str>,
}

/// The name that is probably meant; none where the name itself is known.
fn near_to(name: &str, known: &[&'static str]) -> Option<&'static str> {
    if known.contains(&name) {
        return None;
    }
    nearest(name, known.iter().copied())
}

/// The same for the properties of flows, of any version of Kestra.
fn near_to_flow(name: &str) -> Option<&'static str> {
    let of = |target: Target| Catalogue::of(target).flow();
    let is_known = |target: Target| of(target).property(name).is_some();
    if Target::ALL.into_iter().any(is_known) {
        return None;
    }
    let known = Target::ALL.into_iter();
    let known = known.flat_map(|target| of(target).properties.iter().map(|known| known.name));
    near_to(name, &known.collect::<Vec<_>>())
}

/// What a file holds.
#[derive(Default)]
pub(super) struct Contents {
    /// Policies in our own form.
    pub(super) policies: Vec<Policy>,
    /// Kestra Enterprise Policies.
    pub(super) enterprise: Vec<Draft>,
    /// What is said about Enterprise Policies for kestralint alone.
    pub(super) beside: Vec<Beside>,
}

impl Contents {
    fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.enterprise.is_empty() && self.beside.is_empty()
    }

    /// Takes in what another file holds.
    pub(super) fn extend(&mut self, other: Self) {
        self.policies.extend(other.policies);
        self.enterprise.extend(other.enterprise);
        self.beside.extend(other.beside);
    }
}

/// Reads all policies of a file, one a document.
pub(super) fn read(source: &Source) -> Result<Contents, Vec<PolicyProblem>> {
    let tree = syntax::parse(Arc::clone(&source.text));
    let mut reader = Reader {
        tree: &tree,
        source,
        selected: Vec::new(),
        problems: Vec::new(),
    };
    let mut contents = Contents::default();
    for error in tree.errors().iter().chain(tree.refusals()) {
        reader.wrong(
            Some(error.range),
            format!("this is no YAML: {}", error.message),
            None,
        );
    }
    for duplicate in tree.duplicate_keys() {
        let key = tree.scalar_text(duplicate.second).unwrap_or_default();
        reader.wrong_node(
            duplicate.second,
            format!("the key `{key}` is there twice"),
            None,
        );
    }
    for document in tree.documents() {
        match document.root {
            Some(root) if tree.is_absent(root) => {}
            Some(root) if is_enterprise(&tree, root) => {
                contents.enterprise.extend(reader.enterprise(root));
            }
            Some(root) if reader.is_beside(root) => contents.beside.extend(reader.beside(root)),
            Some(root) => contents.policies.extend(reader.policy(root)),
            None => {}
        }
    }
    let mut problems = reader.problems;
    if contents.is_empty() && problems.is_empty() {
        problems.push(PolicyProblem {
            path: source.shown.clone(),
            text: Arc::clone(&source.text),
            range: None,
            message: "there is no policy in the file".to_owned(),
            help: Some("docs/policies.md shows how to write one".to_owned()),
        });
    }
    problems.sort_by_key(|problem| problem.range.map(TextRange::start));
    if problems.is_empty() {
        Ok(contents)
    } else {
        Err(problems)
    }
}

pub(super) struct Reader<'tree> {
    pub(super) tree: &'tree Tree,
    pub(super) source: &'tree Source,
    /// What the policy that is being read selects.
    selected: Vec<Select>,
    problems: Vec<PolicyProblem>,
}

impl Reader<'_> {
    fn wrong(&mut self, range: Option<TextRange>, message: String, help: Option<String>) {
        self.problems.push(PolicyProblem {
            path: self.source.shown.clone(),
            text: Arc::clone(&self.source.text),
            range,
            message,
            help,
        });
    }

    pub(super) fn wrong_node(&mut self, node: NodeId, message: String, help: Option<String>) {
        let range = if self.tree.is_scalar(node) {
            self.tree.first_line(self.tree.range(node))
        } else {
            self.tree.headline(node)
        };
        self.wrong(Some(range), message, help);
    }

    fn policy(&mut self, root: NodeId) -> Option<Policy> {
        let tree = self.tree;
        if !tree.is_mapping(root) {
            let message = "a policy is a mapping with `name`, `select` and `require`";
            let help = tree.is_sequence(root).then(|| {
                "several policies stand one after the other, with `---` between".to_owned()
            });
            self.wrong_node(root, message.to_owned(), help);
            return None;
        }
        self.known_keys(root, &KEYS, "a policy");
        let name = self.needed(root, "name").and_then(|node| self.name(node));
        let summary = self
            .needed(root, "summary")
            .and_then(|node| self.text("summary", node));
        let select = self.needed(root, "select");
        let select = select.and_then(|node| self.select(node));
        self.selected = select.clone().unwrap_or_default();
        let require = self.needed(root, "require");
        let require = require.and_then(|node| self.condition("require", node));
        let condition = self
            .get(root, "where")
            .map(|node| self.condition("where", node));
        let description = self.optional_text(root, "description");
        let message = self.get(root, "message").map(|node| self.message(node));
        let help = self.optional_text(root, "help");
        let at = self.optional_text(root, "at");
        let severity = self.severity(root);
        let group = self.group(root);
        let targets = self.targets(root);
        let mending = self.get(root, "fix").and_then(|node| self.mending(node));
        let allow = self
            .get(root, "allow")
            .map(|node| self.exceptions(node))
            .unwrap_or_default();
        let examples = self
            .get(root, "examples")
            .map(|node| self.examples(node))
            .unwrap_or_default();
        // All is read before the first mistake ends it: people want to see all of them at once.
        let (name, summary) = (name?, summary?);
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        let (select, require) = (select?, require?);
        let fix = match &mending {
            None => FixKind::None,
            Some(mending) if mending.is_safe() => FixKind::Safe,
            Some(_) => FixKind::Unsafe,
        };
        let message = message.unwrap_or_else(|| vec![Part::Text(summary.clone())]);
        // A rulebook lives as long as the program: its names are everybody's.
        let metadata: &'static RuleMetadata = Box::leak(Box::new(RuleMetadata {
            name: Box::leak(name.into_boxed_str()),
            summary: Box::leak(summary.into_boxed_str()),
            group,
            severity,
            tier: Tier::Strict,
            fix,
            targets,
            options: &[],
            since: "0.1.0",
        }));
        let mut policy = Policy {
            metadata,
            declaration: Declaration {
                file: self.source.file.clone(),
                shown: self.source.shown.clone(),
                text: Arc::clone(&self.source.text),
                beside: None,
                pack: self.source.pack,
                page: String::new(),
            },
            help,
            select,
            condition,
            require,
            message,
            at,
            mending,
            allow,
            examples,
            place: tree
                .get(root, "name")
                .map(|node| tree.range(node))
                .unwrap_or_default(),
        };
        policy.declaration.page = page::of(&policy, description.as_deref());
        Some(policy)
    }

    pub(super) fn known_keys(&mut self, mapping: NodeId, known: &[&str], what: &str) {
        let entries: Vec<Entry> = self.tree.entries(mapping).to_vec();
        for entry in entries {
            let key = self
                .tree
                .scalar_text(entry.key)
                .unwrap_or_default()
                .to_owned();
            if known.contains(&key.as_str()) {
                continue;
            }
            let help = match nearest(&key, known.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known keys are {}", known.join(", ")),
            };
            self.wrong_node(entry.key, format!("{what} has no key `{key}`"), Some(help));
        }
    }

    pub(super) fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.tree.get(mapping, key)
    }

    /// A key that is true or false; false where it is not given.
    pub(super) fn switch(&mut self, mapping: NodeId, key: &str) -> bool {
        let Some(node) = self.get(mapping, key) else {
            return false;
        };
        if let Some(Value::Boolean(value)) = self.tree.value(node) {
            return value;
        }
        self.wrong_node(node, format!("`{key}` is true or false"), None);
        false
    }

    fn needed(&mut self, mapping: NodeId, key: &str) -> Option<NodeId> {
        let found = self.get(mapping, key);
        if found.is_none() {
            let message = format!("the policy has no `{key}`");
            self.wrong_node(
                mapping,
                message,
                Some("`name`, `summary`, `select` and `require` are needed".to_owned()),
            );
        }
        found
    }

    pub(super) fn text(&mut self, key: &str, node: NodeId) -> Option<String> {
        let text = self.tree.scalar_text(node);
        let text = text
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        if text.is_none() {
            self.wrong_node(node, format!("`{key}` is a text"), None);
        }
        text
    }

    pub(super) fn optional_text(&mut self, mapping: NodeId, key: &str) -> Option<String> {
        let node = self.get(mapping, key)?;
        self.text(key, node)
    }

    pub(super) fn name(&mut self, node: NodeId) -> Option<String> {
        let name = self.text("name", node)?;
        let is_kebab = name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        });
        if is_kebab && Group::parse(&name).is_none() {
            return Some(name);
        }
        let message = format!("`{name}` is no name for a policy");
        let help =
            "small letters, digits and single hyphens, as in `missing-timeout`; no name of a group";
        self.wrong_node(node, message, Some(help.to_owned()));
        None
    }

    fn word<T: Copy>(&mut self, key: &str, node: NodeId, known: &[(&'static str, T)]) -> Option<T> {
        let word = self.text(key, node)?;
        let found = known.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let help = match nearest(&word, names.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("one of {}", names.join(", ")),
            };
            self.wrong_node(node, format!("`{key}` cannot be `{word}`"), Some(help));
        }
        found.map(|(_, value)| *value)
    }

    /// As [`Reader::word`], with large or small letters.
    pub(super) fn word_in_any_case<T: Copy>(
        &mut self,
        key: &str,
        node: NodeId,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.text(key, node)?;
        let mut same = known.iter();
        let same = same.find(|(name, _)| name.eq_ignore_ascii_case(&word));
        if let Some((_, value)) = same {
            return Some(*value);
        }
        let names = known.iter().map(|(name, _)| *name);
        let help = match nearest(&word.to_uppercase(), names.clone()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("one of {}", names.collect::<Vec<_>>().join(", ")),
        };
        self.wrong_node(node, format!("`{key}` cannot be `{word}`"), Some(help));
        None
    }

    /// One kind of node, or a list of some.
    fn select(&mut self, node: NodeId) -> Option<Vec<Select>> {
        let items: Vec<NodeId> = if self.tree.is_sequence(node) {
            self.tree.items(node).collect()
        } else {
            vec![node]
        };
        if items.is_empty() {
            self.wrong_node(node, "the policy selects nothing".to_owned(), None);
        }
        let kinds = items.into_iter();
        let mut kinds: Vec<Option<Select>> = kinds
            .map(|item| self.word("select", item, &Select::ALL))
            .collect();
        kinds.dedup();
        let kinds: Option<Vec<Select>> = kinds.into_iter().collect();
        kinds.filter(|kinds| !kinds.is_empty())
    }

    fn severity(&mut self, root: NodeId) -> Severity {
        let known = [
            ("error", Severity::Error),
            ("warning", Severity::Warning),
            ("info", Severity::Info),
        ];
        let node = self.get(root, "severity");
        let said = node.and_then(|node| self.word("severity", node, &known));
        said.unwrap_or(Severity::Warning)
    }

    fn group(&mut self, root: NodeId) -> Group {
        let known = Group::ALL.map(|group| (group.as_str(), group));
        // What Kestra refuses is not a team's to say.
        let known: Vec<_> = known
            .into_iter()
            .filter(|(_, group)| !matches!(group, Group::Syntax | Group::Schema))
            .collect();
        let node = self.get(root, "group");
        let said = node.and_then(|node| self.word("group", node, &known));
        said.unwrap_or(Group::Policy)
    }

    fn targets(&mut self, root: NodeId) -> TargetSet {
        let Some(node) = self.get(root, "targets") else {
            return TargetSet::ALL;
        };
        let known = Target::ALL.map(|target| (target.as_str(), target));
        let items: Vec<NodeId> = if self.tree.is_sequence(node) {
            self.tree.items(node).collect()
        } else {
            vec![node]
        };
        let targets = items
            .into_iter()
            .filter_map(|item| self.word("targets", item, &known));
        targets.collect::<Vec<_>>().into_iter().collect()
    }

    fn condition(&mut self, key: &str, node: NodeId) -> Option<Expression> {
        let Some(text) = self.tree.scalar_text(node).map(str::to_owned) else {
            let help = "write an expression, in quotes where it contains `: ` or ` #`";
            self.wrong_node(
                node,
                format!("`{key}` is an expression"),
                Some(help.to_owned()),
            );
            return None;
        };
        if self.tree.tag(node).is_some() {
            let message = "YAML takes what begins with `!` for a tag".to_owned();
            self.wrong_node(
                node,
                message,
                Some("put the expression in quotes".to_owned()),
            );
            return None;
        }
        let expression = self.expression(node, &text, 0)?;
        if expression.is_no_condition() {
            self.wrong_node(node, format!("`{key}` is never true or false"), None);
            return None;
        }
        Some(expression)
    }

    /// Compiles a text that stands at an offset of the decoded text of a scalar.
    fn expression(&mut self, node: NodeId, text: &str, offset: usize) -> Option<Expression> {
        match Expression::compile(text) {
            Ok(expression) => {
                for read in &expression.properties {
                    self.property(node, offset, read);
                }
                Some(expression)
            }
            Err(mistake) => {
                self.mistake(node, offset, mistake);
                None
            }
        }
    }

    /// A property that a variable never has and whose name is near to one that it may have.
    fn property(&mut self, node: NodeId, offset: usize, read: &PropertyRead) {
        let PropertyRead {
            variable, property, ..
        } = read;
        let near = match (*variable, self.selected.as_slice()) {
            ("project", _) => near_to(property, &["flows"]),
            ("node", [Select::Expression]) => near_to(property, &["text", "property", "owner"]),
            ("flow", _) | ("node", [Select::Flow]) => near_to_flow(property),
            _ => None,
        };
        if let Some(near) = near {
            let mistake = Mistake {
                start: read.start,
                end: read.end,
                message: format!("`{variable}` has no property `{property}`"),
                help: Some(format!("did you mean `{near}`?")),
            };
            self.mistake(node, offset, mistake);
        }
    }

    fn mistake(&mut self, node: NodeId, offset: usize, mistake: Mistake) {
        let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
        let decoded = TextRange::new(size(offset + mistake.start), size(offset + mistake.end));
        let range = self.tree.source_range(node, decoded);
        self.wrong(
            Some(self.tree.first_line(range)),
            mistake.message,
            mistake.help,
        );
    }

    fn message(&mut self, node: NodeId) -> Vec<Part> {
        let Some(text) = self.text("message", node) else {
            return Vec::new();
        };
        // Offsets count from the decoded text, which may begin with space.
        let decoded = self.tree.scalar_text(node).unwrap_or_default();
        let start = decoded.len() - decoded.trim_start().len();
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            // A template of Kestra's, such as `{{ secret('KEY') }}`, stays as it is.
            if let Some((template, after)) = behind
                .strip_prefix('{')
                .and_then(|inside| inside.split_once("}}"))
            {
                parts.push(Part::Text(format!("{before}{{{{{template}}}}}")));
                rest = after;
                continue;
            }
            parts.push(Part::Text(before.to_owned()));
            let at = start + text.len() - behind.len();
            let Some((inside, after)) = behind.split_once('}') else {
                let help = Some("close it with `}`".to_owned());
                let end = at + behind.len();
                let message = "the `{` is not closed".to_owned();
                self.mistake(
                    node,
                    0,
                    Mistake {
                        start: at - 1,
                        end,
                        message,
                        help,
                    },
                );
                return parts;
            };
            parts.extend(self.expression(node, inside, at).map(Part::Expression));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts
    }

    fn mending(&mut self, node: NodeId) -> Option<Mending> {
        if !self.tree.is_mapping(node) {
            let help = Some("as in fix: {add: {timeout: PT1H}}".to_owned());
            self.wrong_node(node, "`fix` is a mapping".to_owned(), help);
            return None;
        }
        self.known_keys(node, &FIX_KEYS, "a fix");
        let mut changes = Vec::new();
        for (key, make) in [
            ("set", Change::Set as fn(String, String) -> Change),
            ("add", Change::Add),
            ("rename", Change::Rename),
        ] {
            if let Some(table) = self.get(node, key) {
                changes.extend(
                    self.pairs(key, table)
                        .into_iter()
                        .map(|(name, value)| make(name, value)),
                );
            }
        }
        if let Some(remove) = self.get(node, "remove") {
            let items: Vec<NodeId> = if self.tree.is_sequence(remove) {
                self.tree.items(remove).collect()
            } else {
                vec![remove]
            };
            changes.extend(
                items
                    .into_iter()
                    .filter_map(|item| self.text("remove", item))
                    .map(Change::Remove),
            );
        }
        let is_safe = self.switch(node, "safe");
        if changes.is_empty() {
            self.wrong_node(node, "the fix changes nothing".to_owned(), None);
        }
        Some(Mending {
            changes,
            applicability: if is_safe {
                Applicability::Safe
            } else {
                Applicability::Unsafe
            },
        })
    }

    /// Names with values as they are written.
    fn pairs(&mut self, key: &str, table: NodeId) -> Vec<(String, String)> {
        if !self.tree.is_mapping(table) {
            self.wrong_node(table, format!("`{key}` is a mapping of properties"), None);
            return Vec::new();
        }
        let mut pairs = Vec::new();
        for entry in self.tree.entries(table).to_vec() {
            let name = self
                .tree
                .scalar_text(entry.key)
                .unwrap_or_default()
                .to_owned();
            let range = std::ops::Range::<usize>::from(self.tree.range(entry.value));
            let value = self
                .tree
                .source()
                .get(range)
                .unwrap_or_default()
                .trim()
                .to_owned();
            if value.contains('\n') || value.is_empty() {
                let help = Some("write a map or list in brackets: {type: constant}".to_owned());
                self.wrong_node(
                    entry.value,
                    "a value of a fix stands on one line".to_owned(),
                    help,
                );
            } else {
                pairs.push((name, value));
            }
        }
        pairs
    }

    pub(super) fn exceptions(&mut self, node: NodeId) -> Vec<Exception> {
        if !self.tree.is_sequence(node) {
            let help = Some("put `-` in front of the exception".to_owned());
            self.wrong_node(node, "`allow` is a list of exceptions".to_owned(), help);
            return Vec::new();
        }
        let items: Vec<NodeId> = self.tree.items(node).collect();
        items
            .into_iter()
            .filter_map(|item| self.exception(item))
            .collect()
    }

    fn exception(&mut self, node: NodeId) -> Option<Exception> {
        let help =
            Some("for example `- flow: company.team.flow`, with `reason` and `until`".to_owned());
        if !self.tree.is_mapping(node) {
            self.wrong_node(node, "an exception is a mapping".to_owned(), help);
            return None;
        }
        self.known_keys(node, &ALLOW_KEYS, "an exception");
        if self.get(node, "reason").is_none() {
            self.wrong_node(node, "the exception has no `reason`".to_owned(), None);
        }
        let _ = self.optional_text(node, "reason");
        let until = self.get(node, "until").and_then(|until| {
            let text = self.text("until", until)?;
            let read = day(&text);
            if read.is_none() {
                let message = format!("`{text}` is no date");
                self.wrong_node(until, message, Some("write it as 2030-12-31".to_owned()));
            }
            Some((read?, text))
        });
        let exception = Exception {
            flow: self.optional_text(node, "flow"),
            node: self.optional_text(node, "node"),
            path: self.optional_text(node, "path"),
            until,
            place: self
                .tree
                .entries(node)
                .first()
                .map_or_else(TextRange::default, |entry| {
                    let range = self
                        .tree
                        .range(entry.key)
                        .cover(self.tree.range(entry.value));
                    self.tree.first_line(range)
                }),
        };
        if exception.flow.is_none() && exception.node.is_none() && exception.path.is_none() {
            self.wrong_node(
                node,
                "the exception does not say where it holds".to_owned(),
                help,
            );
        }
        Some(exception)
    }

    pub(super) fn examples(&mut self, node: NodeId) -> Vec<Example> {
        if !self.tree.is_mapping(node) {
            let message = "`examples` has the lists `valid` and `invalid`";
            self.wrong_node(node, message.to_owned(), None);
            return Vec::new();
        }
        self.known_keys(node, &["valid", "invalid"], "`examples`");
        let mut examples = Vec::new();
        for (key, is_valid) in [("valid", true), ("invalid", false)] {
            let Some(list) = self.get(node, key) else {
                continue;
            };
            if !self.tree.is_sequence(list) {
                self.wrong_node(
                    list,
                    format!("`{key}` is a list of flows, each as text"),
                    None,
                );
                continue;
            }
            for item in self.tree.items(list).collect::<Vec<_>>() {
                if let Some(text) = self.tree.scalar_text(item) {
                    examples.push(Example {
                        text: text.into(),
                        is_valid,
                        place: self.tree.first_line(self.tree.range(item)),
                    });
                } else {
                    let help = Some("put `|` in front of it".to_owned());
                    self.wrong_node(item, "an example is the text of a flow".to_owned(), help);
                }
            }
        }
        examples
    }
}

impl Source {
    /// A file of a team with its text.
    pub(super) fn of(file: &PolicyFile, text: Arc<str>) -> Self {
        Self {
            file: file.file.clone(),
            shown: file.shown.clone(),
            text,
            pack: None,
        }
    }
}

/// Reads the text of a policy file.
pub(super) fn load(file: &PolicyFile) -> Result<Source, PolicyProblem> {
    let read = crate::source::read_file(&file.file).map_err(|problem| match problem {
        ReadProblem::Unreadable(reason) => reason,
        ReadProblem::NotUtf8(_) => "it is not UTF-8".to_owned(),
        _ => "it is no text".to_owned(),
    });
    match read {
        Ok(text) => Ok(Source::of(file, text)),
        Err(reason) => Err(PolicyProblem {
            path: file.shown.clone(),
            text: "".into(),
            range: None,
            message: format!("the policy file cannot be read: {reason}"),
            help: None,
        }),
    }
}

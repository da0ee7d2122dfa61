//! `namespace-file-missing`: a flow asks for a namespace file that is not deployed with it.

use crate::analysis::{Need, NeedName, NeedSource, Usage, file_needs};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::source::{FileState, NamespaceFiles, PathPattern, PathPatternProblem, is_plain_path};
use crate::text::closest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NamespaceFileMissing;

struct NamespaceFileMissing;

static METADATA: RuleMetadata = RuleMetadata {
    name: "namespace-file-missing",
    summary: "A flow asks for a namespace file that the repository does not deploy",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for NamespaceFileMissing {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let document = checker.document;
        let may_know = checker.workspace.may_know_namespace_files(document);
        if !may_know && !has_patterns(checker) {
            return;
        }
        let own = document.summary.as_deref();
        let Some(own) = own.and_then(|summary| summary.namespace.as_deref()) else {
            return;
        };
        let needs = file_needs(NeedSource {
            document: &document.document,
            tree: checker.tree,
            flow: checker.flow,
            expressions: &document.expressions,
        });
        for need in &needs {
            match &need.pattern {
                Some(pattern) => check_pattern(checker, need, pattern, own),
                None if need.usage == Usage::Needs => check(checker, need, &needs, own),
                None => {}
            }
        }
    }
}

/// Whether the flow may have a pattern; nearly none has.
fn has_patterns(checker: &Checker<'_>) -> bool {
    let text = checker.tree.source().as_bytes();
    memchr::memmem::find(text, b"namespaceFiles").is_some()
}

fn check(checker: &mut Checker<'_>, need: &Need, all: &[Need], own: &str) {
    let NeedName::Known(path) = &need.name else {
        return;
    };
    let namespace = match &need.namespace {
        Some(NeedName::Known(namespace)) => namespace,
        Some(NeedName::Dynamic(_)) => return,
        None => own,
    };
    // The flow looks whether it is there.
    let is_tried = all
        .iter()
        .any(|other| other.usage == Usage::Tries && other.name == need.name);
    let files = checker
        .workspace
        .namespace_files(checker.document, namespace);
    let Some(files) = files.filter(|_| !is_tried) else {
        return;
    };
    tell_missing(checker, need, namespace, &files, path);
}

fn tell_missing(
    checker: &mut Checker<'_>,
    need: &Need,
    namespace: &str,
    files: &NamespaceFiles,
    path: &str,
) {
    let (message, help) = match files.state(path) {
        FileState::Deployed => return,
        FileState::Ignored => (
            format!("The namespace file `{path}` is kept out by `.kestraignore`"),
            "Take it out of `.kestraignore`, or do without it.".to_owned(),
        ),
        FileState::Missing => (
            format!("The namespace `{namespace}` has no file `{path}`"),
            suggestion(files, path),
        ),
    };
    checker
        .finding_within(&METADATA, need.node, need.range, message)
        .label("not deployed with the flows of this repository")
        .help(help)
        .emit();
}

/// What `namespaceFiles` takes or leaves out of the files of the flow's namespace.
fn check_pattern(checker: &mut Checker<'_>, need: &Need, text: &str, own: &str) {
    let pattern = match PathPattern::parse(text) {
        Ok(pattern) => pattern,
        Err(PathPatternProblem::Broken(why)) => {
            let message = format!("Kestra cannot read the pattern `{text}`: {why}");
            tell(
                checker,
                need,
                message,
                "The task fails before it starts: correct the pattern.",
            );
            return;
        }
        Err(PathPatternProblem::NotOurs) => return,
    };
    let files = checker.workspace.namespace_files(checker.document, own);
    if need.usage == Usage::LeavesOut {
        let meant = PathPattern::parse(&format!("**/{text}"));
        let misses = |files: &NamespaceFiles| {
            let meant = meant.is_ok_and(|meant| files.match_pattern(&meant));
            meant && !pattern.can_match()
        };
        if files.is_some_and(|files| misses(&files)) {
            let message = format!("`{text}` leaves out no file: every path begins with `/`");
            tell(checker, need, message, &reaching(text));
        }
        return;
    }
    if !pattern.can_match() {
        let why = if text.ends_with('/') {
            "no path ends with `/`"
        } else {
            "every path begins with `/`"
        };
        let message = format!("`{text}` matches no file: {why}");
        tell(checker, need, message, &reaching(text));
        return;
    }
    let Some(files) = files.filter(|files| !files.match_pattern(&pattern)) else {
        return;
    };
    let path = text.trim_start_matches('/');
    let is_elsewhere = files.state(path) == FileState::Deployed;
    if is_plain_path(text) && !is_elsewhere && !is_directory(&files, path) {
        tell_missing(checker, need, own, &files, path);
        return;
    }
    let message = format!("The pattern `{text}` matches no file of the namespace `{own}`");
    let help = closer(&files, text);
    tell(checker, need, message, &help);
}

fn tell(checker: &mut Checker<'_>, need: &Need, message: String, help: &str) {
    checker
        .finding_within(&METADATA, need.node, need.range, message)
        .label("no namespace file")
        .help(help)
        .emit();
}

/// A pattern that reaches what one that can match nothing is meant for.
fn reaching(text: &str) -> String {
    if let Some(directory) = text.strip_suffix('/') {
        return format!("Write `{directory}/**` for all files of the directory.");
    }
    let path = text.strip_prefix("glob:").unwrap_or(text);
    let path = path.trim_start_matches("./");
    format!("Write `/{path}` for files at the top, or `**/{path}` for those of all directories.")
}

fn is_directory(files: &NamespaceFiles, path: &str) -> bool {
    let inside = format!("{path}/");
    files.deployed().any(|file| file.starts_with(&inside))
}

/// A pattern that is near and matches something.
fn closer(files: &NamespaceFiles, text: &str) -> String {
    // Between slashes, `**` stands for at least one directory.
    let shorter = text.replace("/**/*", "/**").replace("/**/", "/**");
    let pattern = PathPattern::parse(&shorter);
    if shorter != text && pattern.is_ok_and(|pattern| files.match_pattern(&pattern)) {
        return format!("`/**/` stands for at least one directory: write `{shorter}`.");
    }
    if is_directory(files, text.trim_start_matches('/')) {
        return format!("Write `{text}/**` for all files of the directory.");
    }
    "Add the files, or correct the pattern.".to_owned()
}

fn suggestion(files: &NamespaceFiles, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let elsewhere = files
        .deployed()
        .filter(|file| file.rsplit('/').next() == Some(name))
        .min();
    let mut all: Vec<&str> = files.deployed().collect();
    all.sort_unstable();
    match elsewhere.or_else(|| closest(path, all, |file| file)) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => "Add the file, or correct the path.".to_owned(),
    }
}

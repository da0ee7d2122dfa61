//! Enterprise Policies that Terraform creates: `kestra_policy` resources in `.tf` files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::PolicyFile;
use super::enterprise::Draft;
use super::problem::PolicyProblem;
use super::read::{Contents, Source, read};
use crate::engine::Overlay;
use crate::finding::Location;
use crate::governance::Scope;
use crate::source::{
    Document, Files, TerraformPolicy, TerraformProblem, TerraformProblemKind,
    read_terraform_policies,
};
use crate::syntax;

/// Whether a file is Terraform's.
pub(super) fn is_terraform(file: &PolicyFile) -> bool {
    file.file.extension().is_some_and(|ending| ending == "tf")
}

/// Reads the policies of Terraform files, and of the modules that they call. Where a policy is a file that was
/// read by itself, only what the resource says of it is taken over.
pub(super) fn load(
    named: &[&PolicyFile],
    overlay: &Overlay,
    contents: &mut Contents,
    problems: &mut Vec<PolicyProblem>,
) {
    let Some(first) = named.first() else {
        return;
    };
    let directory = |file: &&PolicyFile| file.file.parent().map(Path::to_path_buf);
    let directories: BTreeSet<PathBuf> = named.iter().filter_map(directory).collect();
    let mut files = Files::default();
    let found = read_terraform_policies(&directories, &mut files, overlay, syntax::plain_yaml);
    let reader = Reader { named, files };
    let stumbled = found.problems.iter();
    problems.extend(stumbled.filter_map(|problem| reader.stumbled(problem)));
    if found.policies.is_empty() && found.problems.is_empty() {
        problems.push(PolicyProblem {
            path: first.shown.clone(),
            text: "".into(),
            range: None,
            message: "there is no `kestra_policy` in the Terraform files".to_owned(),
            help: Some("name the files that have one, or whose modules do".to_owned()),
        });
    }
    let mut taken = BTreeSet::new();
    for policy in &found.policies {
        match reader.read(policy) {
            Ok(drafts) => {
                for draft in drafts {
                    let is_first = taken.insert(draft.policy.id.clone());
                    take(contents, draft, is_first);
                }
            }
            Err(found) => problems.extend(found),
        }
    }
}

/// Takes a policy in. A text that several resources create, each in a namespace of its own, is one policy.
fn take(contents: &mut Contents, draft: Draft, is_first: bool) {
    let is_same = |other: &&mut Draft| {
        let (here, there) = (&draft.declaration, &other.declaration);
        draft.policy.id == other.policy.id && here.shown == there.shown
    };
    match contents.enterprise.iter_mut().find(is_same) {
        Some(known) if is_first => {
            known.policy.scope = draft.policy.scope;
            known.policy.namespaces = draft.policy.namespaces;
        }
        Some(known) => {
            let namespaces = &mut known.policy.namespaces;
            // None means all of them.
            if namespaces.is_empty() || draft.policy.namespaces.is_empty() {
                namespaces.clear();
            } else {
                namespaces.extend(draft.policy.namespaces);
            }
        }
        None => contents.enterprise.push(draft),
    }
}

struct Reader<'run> {
    named: &'run [&'run PolicyFile],
    files: Files,
}

impl Reader<'_> {
    fn read(&self, policy: &TerraformPolicy) -> Result<Vec<Draft>, Vec<PolicyProblem>> {
        let Some(document) = &policy.document else {
            let message = format!(
                "the content of `kestra_policy.{}` is not known before Terraform runs",
                policy.name
            );
            let help = "name the directory in which Terraform is run; a policy of which a part is not known \
                        can be in a file of its own";
            return Err(vec![self.problem(
                policy.place,
                message,
                Some(help.to_owned()),
            )]);
        };
        let source = Source {
            file: self.named_file(policy).to_owned(),
            shown: self.shown(policy.place),
            text: Arc::clone(&document.text),
            pack: None,
        };
        let contents = read(&source).map_err(|found| {
            let moved = found.into_iter();
            moved
                .map(|problem| self.moved(problem, document))
                .collect::<Vec<_>>()
        })?;
        let drafts = contents.enterprise.into_iter();
        let drafts: Vec<Draft> = drafts
            .map(|draft| self.placed(draft, document, policy))
            .collect();
        if drafts.len() == 1 && contents.policies.is_empty() {
            Ok(drafts)
        } else {
            let message = "the content is one Enterprise policy, with `id` and `rules`".to_owned();
            Err(vec![self.problem(policy.place, message, None)])
        }
    }

    /// The policy with the places of the files from which it came, and what the resource says of it.
    fn placed(&self, mut draft: Draft, document: &Document, policy: &TerraformPolicy) -> Draft {
        let place = document.locate(draft.place);
        draft.place = place.range;
        draft.declaration.shown = self.shown(place);
        draft.declaration.text = self.text(place);
        let said = policy.scope.as_deref();
        let said = said.and_then(|said| {
            let mut all = Scope::ALL.iter();
            all.find(|(word, _)| word.eq_ignore_ascii_case(said))
        });
        if let Some((_, scope)) = said {
            draft.policy.scope = *scope;
        }
        if let Some(namespace) = &policy.namespace {
            draft.policy.scope = Scope::Namespace;
            draft.policy.namespaces = within(namespace, &draft.policy.namespaces);
        }
        draft
    }

    /// What Terraform would stumble over.
    fn stumbled(&self, problem: &TerraformProblem) -> Option<PolicyProblem> {
        let message = match &problem.kind {
            TerraformProblemKind::Syntax(words) => format!("this is no Terraform: {words}"),
            TerraformProblemKind::MissingFile { path, .. } => format!("there is no file `{path}`"),
            TerraformProblemKind::UnknownTemplateVariable(name) => {
                format!("the template is not given a variable `{name}`")
            }
            TerraformProblemKind::UnusedTemplateVariable { .. } => return None,
        };
        Some(self.problem(problem.location, message, None))
    }

    fn moved(&self, problem: PolicyProblem, document: &Document) -> PolicyProblem {
        let place = problem
            .range
            .map_or(document.anchor, |range| document.locate(range));
        self.problem(place, problem.message, problem.help)
    }

    fn problem(&self, place: Location, message: String, help: Option<String>) -> PolicyProblem {
        PolicyProblem {
            path: self.shown(place),
            text: self.text(place),
            range: Some(place.range),
            message,
            help,
        }
    }

    fn text(&self, place: Location) -> Arc<str> {
        Arc::clone(&self.files.get(place.file).text)
    }

    /// The file by which a configuration names the policy.
    fn named_file(&self, policy: &TerraformPolicy) -> &Path {
        let own = &self.files.get(policy.file).path;
        let mut named = self.named.iter().map(|file| file.file.as_path());
        let of_root = || {
            let mut files = self.named.iter().map(|file| file.file.as_path());
            files.find(|file| file.parent() == Some(&policy.root))
        };
        named
            .find(|file| file == own)
            .or_else(of_root)
            .unwrap_or(own)
    }

    /// A path as it is shown: from where the named files are shown from.
    fn shown(&self, place: Location) -> PathBuf {
        let path = &self.files.get(place.file).path;
        for named in self.named {
            let (mut base, mut shown) = (named.file.as_path(), named.shown.as_path());
            while base.file_name() == shown.file_name() && shown.file_name().is_some() {
                (base, shown) = (
                    base.parent().unwrap_or(Path::new("")),
                    shown.parent().unwrap_or(Path::new("")),
                );
                if let Ok(below) = path.strip_prefix(base) {
                    return shown.join(below);
                }
            }
        }
        path.clone()
    }
}

/// Of the namespaces that a policy is about those within the one in which it is created.
fn within(namespace: &str, targets: &[String]) -> Vec<String> {
    let below = |target: &&String| {
        let rest = target.strip_prefix(namespace);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let narrower: Vec<String> = targets.iter().filter(below).cloned().collect();
    if narrower.is_empty() {
        vec![namespace.to_owned()]
    } else {
        narrower
    }
}

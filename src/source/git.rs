//! The texts of old revisions and the files that have changed since, by calling `git`.
//!
//! Nothing is checked out: `git ls-tree` lists a revision, `git cat-file --batch` gives its texts.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use ignore::gitignore::GitignoreBuilder;

use super::discovery::{Candidate, IGNORE_FILE, has_candidate_name};

/// Files without the name of a flow are read only for Terraform's `file`, and only up to this size.
const LARGEST_OTHER: u64 = 1 << 20;
/// No larger file is a flow (see [`super::read_file`]).
const LARGEST_FLOW: u64 = 4 * 3_145_728;

/// A Git repository on disk.
#[derive(Debug, Clone)]
pub struct GitRepository {
    root: PathBuf,
}

/// A commit, by the name that people gave it and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The name, such as `main` or `HEAD~2`.
    pub name: String,
    /// The commit's hash.
    pub commit: String,
}

/// The files of a revision that a load may read.
#[derive(Debug, Default)]
pub struct RevisionFiles {
    /// The texts by their paths from the root of the repository.
    pub texts: Vec<(PathBuf, Arc<str>)>,
    /// Those that may hold flows, likewise.
    pub candidates: Vec<Candidate>,
}

/// Why Git gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitProblem {
    /// `git` cannot be run; the system's words.
    NoGit(String),
    /// The directory lies in no repository, or Git does not trust it; Git's words.
    NoRepository(PathBuf, String),
    /// There is no such commit.
    NoRevision {
        /// The name that was asked for.
        name: String,
        /// Whether the clone holds only a part of the history.
        is_shallow: bool,
    },
    /// Two commits have no common ancestor here.
    NoMergeBase {
        /// Their names.
        names: [String; 2],
        /// Whether the clone holds only a part of the history.
        is_shallow: bool,
    },
    /// Anything else: the command, and Git's words.
    Failed(String, String),
}

impl GitRepository {
    /// The repository that holds a directory.
    ///
    /// # Errors
    ///
    /// Where there is none, or no `git`.
    pub fn around(directory: &Path) -> Result<Self, GitProblem> {
        let probe = Self {
            root: directory.to_path_buf(),
        };
        let output = probe.output(&["rev-parse", "--show-toplevel"])?;
        let found = String::from_utf8_lossy(&output.stdout);
        let found = found.trim_end_matches(['\n', '\r']);
        if !output.status.success() || found.is_empty() {
            let words = words_of(&output);
            return Err(GitProblem::NoRepository(directory.to_path_buf(), words));
        }
        Ok(Self {
            root: PathBuf::from(found),
        })
    }

    /// Its root directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit of a name.
    ///
    /// # Errors
    ///
    /// Where the name means no commit of this clone.
    pub fn revision(&self, name: &str) -> Result<Revision, GitProblem> {
        let commit = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let output = self.output(&arguments)?;
        let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || hash.is_empty() {
            return Err(GitProblem::NoRevision {
                name: name.to_owned(),
                is_shallow: self.is_shallow(),
            });
        }
        Ok(Revision {
            name: name.to_owned(),
            commit: hash,
        })
    }

    /// The commit from which two others come.
    ///
    /// # Errors
    ///
    /// Where they have none in common in this clone.
    pub fn merge_base(&self, one: &Revision, other: &Revision) -> Result<Revision, GitProblem> {
        let output = self.output(&["merge-base", &one.commit, &other.commit])?;
        let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || hash.is_empty() {
            return Err(GitProblem::NoMergeBase {
                names: [one.name.clone(), other.name.clone()],
                is_shallow: self.is_shallow(),
            });
        }
        Ok(Revision {
            name: one.name.clone(),
            commit: hash,
        })
    }

    /// The files of the working tree that differ from a revision, and those that only one of the two
    /// has, from the root of the repository. Ignored files are none of them.
    ///
    /// # Errors
    ///
    /// What Git says where it cannot compare.
    pub fn changed_since(&self, revision: &Revision) -> Result<Vec<PathBuf>, GitProblem> {
        let different = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules",
            &revision.commit,
            "--",
        ];
        let untracked = [
            "ls-files",
            "--others",
            "--exclude-standard",
            "--full-name",
            "-z",
        ];
        let mut paths = self.paths(&different)?;
        paths.extend(self.paths(&untracked)?);
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// The texts of a revision: all that may hold flows and, where Terraform may read them, all other
    /// texts of modest size. What is no UTF-8 text is left out, and so is what the revision's
    /// `.kestralintignore` files name, except for Terraform.
    ///
    /// # Errors
    ///
    /// What Git says where it cannot read the revision.
    pub fn files_of(&self, revision: &Revision) -> Result<RevisionFiles, GitProblem> {
        let mut blobs = self.blobs(&revision.commit)?;
        let is_terraform = |blob: &Blob| blob.path.extension() == Some(OsStr::new("tf"));
        let is_ignore_file = |blob: &Blob| blob.path.file_name() == Some(OsStr::new(IGNORE_FILE));
        let has_terraform = blobs.iter().any(is_terraform);
        blobs.retain(|blob| {
            if has_candidate_name(&blob.path) {
                blob.size <= LARGEST_FLOW
            } else {
                is_ignore_file(blob) || (has_terraform && blob.size <= LARGEST_OTHER)
            }
        });
        let texts = self.read(&blobs)?;
        let mut ignored = GitignoreBuilder::new("");
        for (path, text) in &texts {
            if path.file_name() == Some(OsStr::new(IGNORE_FILE)) {
                add_ignore_file(&mut ignored, path, text);
            }
        }
        // A pattern that cannot be read ignores nothing, as in the walk of a directory.
        let ignored = ignored
            .build()
            .unwrap_or_else(|_| ignore::gitignore::Gitignore::empty());
        let candidates = texts.iter().filter(|(path, _)| {
            has_candidate_name(path)
                && !ignored.matched_path_or_any_parents(path, false).is_ignore()
        });
        let candidates = candidates.map(|(path, _)| Candidate {
            path: path.clone(),
            named: false,
        });
        Ok(RevisionFiles {
            candidates: candidates.collect(),
            texts,
        })
    }

    fn is_shallow(&self) -> bool {
        let output = self.output(&["rev-parse", "--is-shallow-repository"]);
        output.is_ok_and(|output| output.stdout.starts_with(b"true"))
    }

    fn blobs(&self, commit: &str) -> Result<Vec<Blob>, GitProblem> {
        let arguments = ["ls-tree", "-r", "-l", "-z", "--full-tree", commit];
        let output = self.succeed(&arguments)?;
        let rows = output.split(|byte| *byte == 0);
        Ok(rows.filter_map(Blob::of_row).collect())
    }

    /// The texts of blobs, in their order, without those that are no text.
    fn read(&self, blobs: &[Blob]) -> Result<Vec<(PathBuf, Arc<str>)>, GitProblem> {
        let failed = |words: String| GitProblem::Failed("git cat-file --batch".to_owned(), words);
        let mut child = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| GitProblem::NoGit(error.to_string()))?;
        let (Some(mut questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("its streams cannot be had".to_owned()));
        };
        let hashes: Vec<&str> = blobs.iter().map(|blob| blob.hash.as_str()).collect();
        let hashes = hashes.join("\n") + "\n";
        // Asked from a thread of its own: Git answers while it is asked, and pipes are small.
        let asking = std::thread::spawn(move || questions.write_all(hashes.as_bytes()));
        let mut answers = BufReader::new(answers);
        let texts: Result<Vec<_>, String> = blobs
            .iter()
            .map(|blob| Ok((blob.path.clone(), answer(&mut answers)?)))
            .collect();
        drop(answers);
        let _ = (asking.join(), child.wait());
        let texts = texts.map_err(failed)?.into_iter();
        Ok(texts
            .filter_map(|(path, text)| Some((path, text?)))
            .collect())
    }

    fn paths(&self, arguments: &[&str]) -> Result<Vec<PathBuf>, GitProblem> {
        let output = self.succeed(arguments)?;
        let rows = output.split(|byte| *byte == 0);
        Ok(rows.filter(|row| !row.is_empty()).map(path_of).collect())
    }

    fn succeed(&self, arguments: &[&str]) -> Result<Vec<u8>, GitProblem> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let command = format!("git {}", arguments.first().unwrap_or(&""));
        Err(GitProblem::Failed(command, words_of(&output)))
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, GitProblem> {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        output.map_err(|error| GitProblem::NoGit(error.to_string()))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        // Git's own words are compared with nothing, but people read them: in one language.
        command.env("LC_ALL", "C").current_dir(&self.root);
        // A monitor that the repository's configuration names would be a program of its own.
        command.args(["--no-optional-locks", "-c", "core.fsmonitor=false"]);
        command.args(arguments);
        command
    }
}

/// A file of a revision.
struct Blob {
    hash: String,
    size: u64,
    path: PathBuf,
}

impl Blob {
    /// A row of `git ls-tree -l -z`: mode, kind, hash, size, a tab, path. Links and submodules are none.
    fn of_row(row: &[u8]) -> Option<Self> {
        let tab = row.iter().position(|byte| *byte == b'\t')?;
        let facts = std::str::from_utf8(&row[..tab]).ok()?;
        let mut facts = facts.split_ascii_whitespace();
        let is_file = facts.next()?.starts_with("100") && facts.next()? == "blob";
        let hash = facts.next()?.to_owned();
        let size = facts.next()?.parse().ok()?;
        is_file.then(|| Self {
            hash,
            size,
            path: path_of(&row[tab + 1..]),
        })
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// One answer of `git cat-file --batch`: hash, kind and size on a line, then the bytes and a line end.
/// None for what is no text.
fn answer(answers: &mut impl BufRead) -> Result<Option<Arc<str>>, String> {
    let mut heading = String::new();
    let read = answers.read_line(&mut heading);
    read.map_err(|error| error.to_string())?;
    let size: usize = heading
        .split_ascii_whitespace()
        .nth(2)
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| format!("an object is missing: {}", heading.trim()))?;
    let mut bytes = vec![0; size + 1];
    let read = answers.read_exact(&mut bytes);
    read.map_err(|error| error.to_string())?;
    bytes.pop();
    let text = String::from_utf8(bytes).ok();
    Ok(text.filter(|text| !text.contains('\0')).map(Into::into))
}

fn add_ignore_file(ignored: &mut GitignoreBuilder, path: &Path, text: &str) {
    let directory = path.parent().and_then(Path::to_str).unwrap_or_default();
    for line in text.lines() {
        // A pattern that cannot be read ignores nothing.
        let _ = ignored.add_line(None, &anchored(directory, line));
    }
}

/// A pattern of an ignore file as the root's ignore file would have to write it.
fn anchored(directory: &str, line: &str) -> String {
    let pattern = line.trim_end();
    if directory.is_empty() || pattern.is_empty() || pattern.starts_with('#') {
        return line.to_owned();
    }
    let (mark, pattern) = match pattern.strip_prefix('!') {
        Some(rest) => ("!", rest),
        None => ("", pattern),
    };
    let inner = pattern.trim_end_matches('/').contains('/');
    let between = if inner { "" } else { "**/" };
    let pattern = pattern.trim_start_matches('/');
    format!("{mark}/{directory}/{between}{pattern}")
}

/// What Git said of a failure, on one line.
fn words_of(output: &Output) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let words = lines.collect::<Vec<_>>().join("; ");
    words.trim_start_matches("fatal: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_inner_ignore_files_stay_inside() {
        assert_eq!(anchored("", "/a"), "/a");
        assert_eq!(anchored("x/y", "*.yaml"), "/x/y/**/*.yaml");
        assert_eq!(anchored("x", "/a.yaml"), "/x/a.yaml");
        assert_eq!(anchored("x", "!b/"), "!/x/**/b/");
        assert_eq!(anchored("x", "# no"), "# no");
    }

    #[test]
    fn rows_of_a_tree_are_read() {
        let row = b"100644 blob 0123abcd     42\tflows/a b.yaml";
        let blob = Blob::of_row(row).unwrap();
        assert_eq!(blob.path, Path::new("flows/a b.yaml"));
        assert_eq!((blob.hash.as_str(), blob.size), ("0123abcd", 42));
        assert!(Blob::of_row(b"120000 blob 0123abcd 4\tlink.yaml").is_none());
        assert!(Blob::of_row(b"160000 commit 0123abcd -\tmodule").is_none());
        assert!(Blob::of_row(b"").is_none());
    }
}

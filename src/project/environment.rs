//! Environments: the same flows deployed several times, each to its own place.

use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Words by which people tell environments apart in the names of directories.
const WORDS: [&str; 22] = [
    "dev",
    "develop",
    "development",
    "int",
    "integration",
    "local",
    "live",
    "nonprod",
    "pre",
    "preprod",
    "preproduction",
    "prd",
    "prod",
    "production",
    "qa",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "test",
    "tst",
    "uat",
];

/// Parts of namespaces that mean an environment and nothing else, by environment.
const PLAIN: [(&str, &[&str]); 4] = [
    ("development", &["dev", "develop", "development"]),
    ("acceptance", &["qa", "uat"]),
    (
        "staging",
        &["stage", "staging", "stg", "preprod", "preproduction"],
    ),
    ("production", &["prod", "prd", "production"]),
];

/// The environments of a configuration: patterns of paths (with a `/`) and of namespaces by name.
#[derive(Debug, Clone, Copy)]
pub struct Environments<'settings> {
    patterns: &'settings BTreeMap<String, Vec<String>>,
}

/// To which environment a flow belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentOf<'name> {
    /// The configuration says so.
    Configured(&'name str),
    /// The configuration has environments, and none of them is the flow's.
    Outside,
    /// The configuration has none.
    Unknown,
}

impl<'settings> Environments<'settings> {
    /// The environments of these patterns.
    pub fn new(patterns: &'settings BTreeMap<String, Vec<String>>) -> Self {
        Self { patterns }
    }

    /// The environment of a flow by its path and namespace. A path pattern may begin at any directory;
    /// `*` stands for anything within one directory's name or one part of a namespace, `**` for any
    /// number of them. A namespace pattern covers the namespaces below it.
    pub fn of(&self, path: Option<&Path>, namespace: Option<&str>) -> EnvironmentOf<'settings> {
        if self.patterns.is_empty() {
            return EnvironmentOf::Unknown;
        }
        let found = self.patterns.iter().find(|(_, patterns)| {
            patterns.iter().any(|pattern| {
                if pattern.contains('/') {
                    path.is_some_and(|path| matches_path(pattern, path))
                } else {
                    namespace.is_some_and(|namespace| matches_namespace(pattern, namespace))
                }
            })
        });
        found.map_or(EnvironmentOf::Outside, |(name, _)| {
            EnvironmentOf::Configured(name)
        })
    }

    /// The environment of a flow: as configured or, where nothing is, the one that a part of its namespace
    /// plainly says, as in `prod.sales`.
    pub fn named(&self, path: Option<&Path>, namespace: Option<&str>) -> Option<&'settings str> {
        match self.of(path, namespace) {
            EnvironmentOf::Configured(name) => Some(name),
            EnvironmentOf::Outside => None,
            EnvironmentOf::Unknown => namespace?.split('.').find_map(|part| {
                let plain = PLAIN.iter().find(|(_, words)| words.contains(&part));
                plain.map(|(name, _)| *name)
            }),
        }
    }

    /// A namespace without the parts that say its environment: what flows of one name have in common in
    /// all environments. `environment` is the one that it belongs to.
    pub fn common_namespace(&self, environment: &str, namespace: &str) -> String {
        let patterns = self.patterns.get(environment).into_iter().flatten();
        let pattern = patterns
            .filter(|pattern| !pattern.contains('/'))
            .find(|pattern| matches_namespace(pattern, namespace));
        let mut said = pattern.into_iter().flat_map(|pattern| pattern.split('.'));
        let parts = namespace.split('.').filter(|part| {
            let is_said = said.next().is_some_and(|said| !said.contains('*'));
            !is_said && !self.is_word(part)
        });
        parts.collect::<Vec<_>>().join(".")
    }

    /// Whether two texts differ at most in words that name environments, as `s3://lake-dev` and
    /// `s3://lake-prod` do.
    pub fn is_same_elsewhere(&self, one: &str, other: &str) -> bool {
        let words = |text: &'_ str| -> Vec<String> {
            let words = text.split_inclusive(|letter: char| !letter.is_alphanumeric());
            words.map(str::to_lowercase).collect()
        };
        let (one, other) = (words(one), words(other));
        let is_word = |word: &str| {
            let end = word.len() - word.chars().next_back().map_or(0, char::len_utf8);
            self.is_word(word) || self.is_word(&word[..end])
        };
        let last = |word: &str| {
            word.chars()
                .next_back()
                .filter(|last| !last.is_alphanumeric())
        };
        one.len() == other.len()
            && one.iter().zip(&other).all(|(one, other)| {
                one == other || (is_word(one) && is_word(other) && last(one) == last(other))
            })
    }

    fn is_word(self, word: &str) -> bool {
        WORDS.contains(&word) || self.patterns.contains_key(word)
    }

    /// Whether two files of one flow are deployed to different places, so that both are right.
    pub fn are_apart(&self, one: &Path, other: &Path) -> bool {
        match (self.of(Some(one), None), self.of(Some(other), None)) {
            (EnvironmentOf::Configured(one), EnvironmentOf::Configured(other)) => one != other,
            _ => lie_apart(one, other),
        }
    }
}

fn matches_namespace(pattern: &str, namespace: &str) -> bool {
    let parts: Vec<&str> = namespace.split('.').collect();
    let pattern: Vec<&str> = pattern.split('.').collect();
    pattern.len() <= parts.len()
        && pattern
            .iter()
            .zip(&parts)
            .all(|(one, part)| matches_word(one, part))
}

fn matches_path(pattern: &str, path: &Path) -> bool {
    let parts: Vec<&str> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let pattern = pattern.trim_start_matches("./").trim_matches('/');
    let pattern: Vec<&str> = pattern.split('/').filter(|part| *part != "**").collect();
    (0..parts.len()).any(|start| {
        let rest = &parts[start..];
        rest.len() >= pattern.len()
            && pattern
                .iter()
                .zip(rest)
                .all(|(one, part)| matches_word(one, part))
    })
}

/// Matches a word against one with stars, in time linear in both for any pattern of people.
fn matches_word(pattern: &str, word: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = word.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Where nothing is configured: the first directories in which two paths differ name different
/// environments, as `environment/dev/a.yaml` and `environment/prod/a.yaml` do.
fn lie_apart(one: &Path, other: &Path) -> bool {
    let mut pairs = one.components().zip(other.components());
    let Some((one, other)) = pairs.find(|(one, other)| one != other) else {
        return false;
    };
    let word = |component: Component<'_>| {
        let name = component.as_os_str().to_str()?.to_ascii_lowercase();
        let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric());
        parts
            .into_iter()
            .find_map(|part| WORDS.iter().find(|word| **word == part))
    };
    match (word(one), word(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

/// Directories of branches beside which others are named after environments.
const MAIN_BRANCHES: [&str; 2] = ["main", "master"];

/// The environments that a repository plainly has: directories and parts of namespaces of which at least two
/// beside each other are words for environments. Patterns by the environment's name, as in a configuration.
pub fn detect_environments<'run>(
    flows: impl Iterator<Item = (&'run Path, Option<&'run str>)>,
) -> BTreeMap<String, Vec<String>> {
    // By what stands before them: the words that stand beside each other, and the patterns that they make.
    let mut beside: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, namespace) in flows {
        let directories = path.components().filter_map(|component| match component {
            Component::Normal(name) => name.to_str(),
            _ => None,
        });
        let mut before = String::new();
        for name in directories {
            if WORDS.contains(&name) || MAIN_BRANCHES.contains(&name) {
                let words = beside.entry(format!("{before}/")).or_default();
                words.insert(name.to_owned(), format!("{before}{name}/**"));
            }
            before.push_str(name);
            before.push('/');
        }
        let mut before = String::new();
        for part in namespace.unwrap_or_default().split('.') {
            if WORDS.contains(&part) {
                let words = beside.entry(before.clone()).or_default();
                words.insert(part.to_owned(), format!("{before}{part}"));
            }
            before.push_str(part);
            before.push('.');
        }
    }
    let mut environments: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for words in beside.into_values() {
        let named = words
            .keys()
            .filter(|word| WORDS.contains(&word.as_str()))
            .count();
        if words.len() < 2 || named == 0 {
            continue;
        }
        for (word, pattern) in words {
            let patterns = environments.entry(environment_of(&word).to_owned());
            patterns.or_default().push(pattern);
        }
    }
    environments
}

/// The environment that a word means; words of no fixed meaning are their own.
fn environment_of(word: &str) -> &str {
    let plain = PLAIN.iter().find(|(_, words)| words.contains(&word));
    match word {
        "live" | "main" | "master" => "production",
        "tst" => "test",
        "int" => "integration",
        "pre" => "staging",
        word => plain.map_or(word, |(name, _)| name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_named_after_environments_are_told_apart() {
        let apart = |one: &str, other: &str| lie_apart(Path::new(one), Path::new(other));
        assert!(apart(
            "environment/development/a.yaml",
            "environment/production/a.yaml"
        ));
        assert!(apart("flows-dev/x/a.yaml", "flows-prod/x/a.yaml"));
        assert!(!apart("a/one.yaml", "a/two.yaml"));
        assert!(!apart("dev/one.yaml", "dev/two.yaml"));
        assert!(!apart("teams/alpha/a.yaml", "teams/beta/a.yaml"));
        assert!(!apart("device/a.yaml", "product/a.yaml"));
    }

    #[test]
    fn environments_are_seen_where_two_stand_beside_each_other() {
        let detect = |flows: &[(&str, &str)]| -> Vec<String> {
            let flows = flows.iter();
            let found = detect_environments(
                flows.map(|(path, namespace)| (Path::new(*path), Some(*namespace))),
            );
            let found = found.into_iter();
            found
                .map(|(name, patterns)| format!("{name}: {}", patterns.join(" ")))
                .collect()
        };
        let terraform = [
            ("environment/dev/a.tf", "sales"),
            ("environment/prod/a.tf", "sales"),
        ];
        assert_eq!(
            detect(&terraform),
            [
                "development: environment/dev/**",
                "production: environment/prod/**"
            ]
        );
        let branches = [("_flows/main/a.yaml", "x"), ("_flows/develop/a.yaml", "x")];
        assert_eq!(
            detect(&branches),
            [
                "development: _flows/develop/**",
                "production: _flows/main/**"
            ]
        );
        let namespaces = [("a.yaml", "acme.dev.sales"), ("b.yaml", "acme.prod")];
        assert_eq!(
            detect(&namespaces),
            ["development: acme.dev", "production: acme.prod"]
        );
        assert!(detect(&[("src/main/a.yaml", "x"), ("test/a.yaml", "y")]).is_empty());
        assert!(detect(&[("prod/a.yaml", "prod.x")]).is_empty());
    }

    #[test]
    fn environments_are_named_in_namespaces_and_texts() {
        let patterns = BTreeMap::from([
            ("blue".to_owned(), vec!["acme.x1".to_owned()]),
            ("production".to_owned(), vec!["live".to_owned()]),
        ]);
        let environments = Environments::new(&patterns);
        let common = |environment: &str, namespace: &str| {
            environments.common_namespace(environment, namespace)
        };
        assert_eq!(common("production", "live.sales"), "sales");
        assert_eq!(common("blue", "acme.x1.sales"), "sales");
        assert_eq!(common("none", "company.dev.sales"), "company.sales");
        let same = |one: &str, other: &str| environments.is_same_elsewhere(one, other);
        assert!(same("s3://lake-dev/a", "s3://lake-prod/a"));
        assert!(same("Runs in DEV", "Runs in production"));
        assert!(same("blue", "staging"));
        assert!(!same("s3://lake-dev/a", "s3://pond-prod/a"));
        assert!(!same("dev-a", "prod_a"));
        assert!(!same("device", "product"));
    }

    #[test]
    fn branches_of_a_monorepo_and_namespaces_are_environments() {
        let patterns = BTreeMap::from([
            (
                "development".to_owned(),
                vec!["_flows/develop/**".to_owned(), "dev.*".to_owned()],
            ),
            (
                "production".to_owned(),
                vec!["_flows/main/**".to_owned(), "prod.*".to_owned()],
            ),
        ]);
        let environments = Environments::new(&patterns);
        let named = |path: &str, namespace: &str| {
            environments.named(Some(Path::new(path)), Some(namespace))
        };
        assert_eq!(
            named("_flows/main/sales/a.yaml", "sales"),
            Some("production")
        );
        assert_eq!(
            named("x/_flows/develop/a.yaml", "sales"),
            Some("development")
        );
        assert_eq!(named("flows/a.yaml", "prod.sales"), Some("production"));
        assert_eq!(named("_flows/main.yaml", "sales"), None);
        let (main, develop) = ("_flows/main/a.yaml", "_flows/develop/a.yaml");
        assert!(environments.are_apart(Path::new(main), Path::new(develop)));
    }

    #[test]
    fn patterns_cover_paths_and_namespaces() {
        let patterns = BTreeMap::from([
            (
                "dev".to_owned(),
                vec!["dev".to_owned(), "environment/development/**".to_owned()],
            ),
            (
                "prod".to_owned(),
                vec!["prod.*".to_owned(), "environment/prod*/".to_owned()],
            ),
        ]);
        let environments = Environments::new(&patterns);
        let of =
            |path: &str, namespace: &str| environments.of(Some(Path::new(path)), Some(namespace));
        assert_eq!(of("x.yaml", "dev"), EnvironmentOf::Configured("dev"));
        assert_eq!(of("x.yaml", "dev.team"), EnvironmentOf::Configured("dev"));
        assert_eq!(of("x.yaml", "device"), EnvironmentOf::Outside);
        assert_eq!(of("x.yaml", "prod"), EnvironmentOf::Outside);
        assert_eq!(of("x.yaml", "prod.team"), EnvironmentOf::Configured("prod"));
        let path = "repository/environment/production/a/b.yaml";
        assert_eq!(of(path, "x"), EnvironmentOf::Configured("prod"));
        assert_eq!(
            of("environment/development/a.yaml", "x"),
            EnvironmentOf::Configured("dev")
        );
    }
}

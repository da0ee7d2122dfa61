//! Reads a configuration file. Every mistake in it is told at once, with its place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobBuilder;
use toml_edit::{Document, Item, TableLike, Value};

use super::configuration::{Configuration, FailOn, Override, Patterns};
use super::option_schema;
use super::pack::{Pack, pack_names};
use super::problem::ConfigurationProblem;
use super::schema::{OVERRIDE_KEYS, TOP_LEVEL_KEYS};
use super::selection::{Selection, Selector, selector_names};
use crate::engine::{OptionValue, Registry};
use crate::finding::{OptionDescription, Severity, Target};
use crate::text::nearest;
use crate::text::{TextRange, TextSize};

/// The largest file that is read as configuration, in bytes; anything longer is not one.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Reads a configuration file; `shown` is its path in messages.
///
/// # Errors
///
/// All that is wrong with it.
pub(super) fn read(
    file: &Path,
    shown: &Path,
    registry: Registry,
) -> Result<Configuration, Vec<ConfigurationProblem>> {
    let text = read_text(file);
    let text = text.map_err(|reason| {
        vec![ConfigurationProblem {
            path: shown.to_path_buf(),
            text: "".into(),
            range: None,
            message: format!("the configuration cannot be read: {reason}"),
            help: None,
        }]
    })?;
    let mut reader = Reader {
        registry,
        directory: file.parent().unwrap_or(Path::new("/")).to_path_buf(),
        mistakes: Vec::new(),
    };
    let mut configuration = reader.document(&text);
    configuration.path = file.to_path_buf();
    if reader.mistakes.is_empty() {
        return Ok(configuration);
    }
    let mut mistakes = reader.mistakes;
    mistakes.sort_by_key(|mistake| mistake.place.as_ref().map(|place| place.start));
    let problems = mistakes.into_iter().map(|mistake| ConfigurationProblem {
        path: shown.to_path_buf(),
        text: Arc::clone(&text),
        range: mistake.place.map(range),
        message: mistake.message,
        help: mistake.help,
    });
    Err(problems.collect())
}

/// The keys of a pack file.
const PACK_KEYS: [&str; 6] = [
    "summary",
    "extends",
    "extend-select",
    "ignore",
    "severity",
    "rules",
];

/// Reads the text of a pack.
///
/// # Errors
///
/// All that is wrong with it.
pub(super) fn pack(
    name: &str,
    text: &str,
    registry: Registry,
) -> Result<Pack, Vec<ConfigurationProblem>> {
    let mut reader = Reader {
        registry,
        directory: PathBuf::new(),
        mistakes: Vec::new(),
    };
    let pack = reader.pack(text);
    if reader.mistakes.is_empty() {
        return Ok(pack);
    }
    let problems = reader
        .mistakes
        .into_iter()
        .map(|mistake| ConfigurationProblem {
            path: Path::new("rules/packs").join(format!("{name}.toml")),
            text: text.into(),
            range: mistake.place.map(range),
            message: mistake.message,
            help: mistake.help,
        });
    Err(problems.collect())
}

fn read_text(file: &Path) -> Result<Arc<str>, String> {
    let metadata = std::fs::metadata(file).map_err(|error| error.to_string())?;
    if metadata.len() > LARGEST_FILE {
        return Err(format!("it has {} bytes", metadata.len()));
    }
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes);
    text.map(Into::into)
        .map_err(|_| "it is not UTF-8".to_owned())
}

fn range(place: Range<usize>) -> TextRange {
    // Offsets into a text of at most 4 MiB.
    let size = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    TextRange::new(size(place.start), size(place.end.max(place.start)))
}

type Place = Option<Range<usize>>;

struct Mistake {
    place: Place,
    message: String,
    help: Option<String>,
}

/// A text of the file and where it stands.
struct Word {
    text: String,
    place: Place,
}

struct Reader {
    registry: Registry,
    /// The directory of the file: paths in it are relative to that.
    directory: PathBuf,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn wrong(&mut self, place: Place, message: impl Into<String>, help: Option<String>) {
        self.mistakes.push(Mistake {
            place,
            message: message.into(),
            help,
        });
    }

    fn wanted(&mut self, item: &Item, key: &str, what: &str, example: &str) {
        let message = format!("`{key}` is {what}, not {}", described(item));
        self.wrong(item.span(), message, Some(format!("write {example}")));
    }

    fn document(&mut self, text: &str) -> Configuration {
        // A byte order mark would be part of the first key.
        let blanked;
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => {
                blanked = format!("   {rest}");
                &blanked
            }
            None => text,
        };
        let mut configuration = Configuration::default();
        match Document::parse(text) {
            Ok(document) => self.top_level(document.as_table(), &mut configuration),
            Err(error) => {
                let reason = error.message().trim().replace('\n', ", ");
                self.wrong(error.span(), format!("this is no TOML: {reason}"), None);
            }
        }
        configuration
    }

    fn top_level(&mut self, table: &dyn TableLike, configuration: &mut Configuration) {
        for (key, item) in table.iter() {
            match key {
                "target" => configuration.targets = self.targets(item),
                "select" | "extend-select" | "ignore" => {
                    self.selection(key, item, &mut configuration.selection);
                }
                "severity" => configuration.severities = self.severities(item),
                "rules" => configuration.options = self.rules(item),
                "overrides" => configuration.overrides = self.overrides(item),
                "exclude" => configuration.exclude = self.patterns(key, item),
                "fail-on" => configuration.fail_on = self.fail_on(item),
                "baseline" => configuration.baseline = self.baseline(item),
                "environments" => configuration.environments = self.lists("environments", item),
                "namespace-files" => configuration.namespace_files = self.namespace_files(item),
                "extends" => configuration.extends = self.packs(item),
                "policies" => configuration.policies = self.policies(item),
                unknown => self.unknown_key(table, unknown, &TOP_LEVEL_KEYS),
            }
        }
    }

    fn unknown_key(&mut self, table: &dyn TableLike, unknown: &str, known: &[&str]) {
        let place = table.get_key_value(unknown).and_then(|(key, _)| key.span());
        let help = match nearest(unknown, known.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known keys are {}", known.join(", ")),
        };
        self.wrong(place, format!("there is no key `{unknown}`"), Some(help));
    }

    fn targets(&mut self, item: &Item) -> Option<Vec<Target>> {
        let words = match item.as_str() {
            Some(text) => text
                .split(',')
                .map(|part| Word {
                    text: part.trim().to_owned(),
                    place: item.span(),
                })
                .collect(),
            None if item.is_array() => self.words("target", item),
            None => {
                self.wanted(item, "target", "a Kestra version", "target = \"2.0\"");
                return None;
            }
        };
        let mut targets = Vec::new();
        for word in words {
            if let Some(target) = Target::parse(&word.text) {
                targets.push(target);
            } else {
                let known: Vec<&str> = Target::ALL.into_iter().map(Target::as_str).collect();
                let message = format!("the Kestra version `{}` is unknown", word.text);
                let help = format!("known versions are {}", known.join(" and "));
                self.wrong(word.place, message, Some(help));
            }
        }
        targets.sort();
        targets.dedup();
        (!targets.is_empty()).then_some(targets)
    }

    /// The texts of a list.
    fn words(&mut self, key: &str, item: &Item) -> Vec<Word> {
        let Some(array) = item.as_array() else {
            let example = format!("{key} = [\"…\", \"…\"]");
            self.wanted(item, key, "a list of texts", &example);
            return Vec::new();
        };
        let mut words = Vec::new();
        for value in array {
            if let Some(text) = value.as_str() {
                words.push(Word {
                    text: text.to_owned(),
                    place: value.span(),
                });
            } else {
                let message = format!("`{key}` is a list of texts, not of {}s", value.type_name());
                self.wrong(value.span(), message, None);
            }
        }
        words
    }

    fn selection(&mut self, key: &str, item: &Item, selection: &mut Selection) {
        let words = self.words(key, item);
        let selectors: Vec<Selector> = words
            .into_iter()
            .filter_map(|word| self.selector(&word.text, word.place))
            .collect();
        match key {
            "select" => selection.select = Some(selectors),
            "extend-select" => selection.extend_select = selectors,
            _ => selection.ignore = selectors,
        }
    }

    fn selector(&mut self, word: &str, place: Place) -> Option<Selector> {
        let selector = Selector::parse(word, self.registry);
        if selector.is_none() {
            let help = match nearest(word, selector_names(self.registry)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "`kestralint rules` lists all rules and groups".to_owned(),
            };
            let message = format!("there is no rule or group `{word}`");
            self.wrong(place, message, Some(help));
        }
        selector
    }

    fn table<'item>(&mut self, key: &str, item: &'item Item) -> Option<&'item dyn TableLike> {
        let table = item.as_table_like();
        if table.is_none() {
            let place = item.span();
            let message = format!("`{key}` is a table, not {}", described(item));
            self.wrong(place, message, Some(format!("write [{key}]")));
        }
        table
    }

    /// Severities by rule; what is said of a rule wins over what is said of its group.
    fn severities(&mut self, item: &Item) -> Vec<(usize, Severity)> {
        let Some(table) = self.table("severity", item) else {
            return Vec::new();
        };
        let mut said: Vec<(Selector, Severity)> = Vec::new();
        for (key, item) in table.iter() {
            let place = table.get_key_value(key).and_then(|(key, _)| key.span());
            let selector = self.selector(key, place);
            let severity = self.severity(item);
            said.extend(selector.zip(severity));
        }
        said.sort_by_key(|(selector, _)| *selector);
        let registry = self.registry;
        said.iter()
            .flat_map(|(selector, severity)| selector.rules(registry).map(|rule| (rule, *severity)))
            .collect()
    }

    fn severity(&mut self, item: &Item) -> Option<Severity> {
        let severity = item.as_str().and_then(Severity::parse);
        if severity.is_none() {
            let switched_off =
                matches!(item.as_str(), Some("off" | "none" | "ignore" | "disabled"));
            let help = if switched_off {
                "to switch a rule off, name it in `ignore`"
            } else {
                "severities are \"error\", \"warning\" and \"info\""
            };
            let message = format!("{} is no severity", quoted(item));
            self.wrong(item.span(), message, Some(help.to_owned()));
        }
        severity
    }

    fn rules(&mut self, item: &Item) -> Vec<(usize, &'static str, OptionValue)> {
        let Some(table) = self.table("rules", item) else {
            return Vec::new();
        };
        let mut options = Vec::new();
        for (name, item) in table.iter() {
            let Some(position) = self.registry.position(name) else {
                let names = self.registry.rules.iter().map(|rule| rule.metadata().name);
                let help = match nearest(name, names) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "`kestralint rules` lists all rules".to_owned(),
                };
                let place = table.get_key_value(name).and_then(|(key, _)| key.span());
                self.wrong(place, format!("there is no rule `{name}`"), Some(help));
                continue;
            };
            if let Some(rule) = self.table(&format!("rules.{name}"), item) {
                let declared = self.registry.rules[position].metadata().options;
                self.rule_options(name, position, declared, rule, &mut options);
            }
        }
        options
    }

    fn rule_options(
        &mut self,
        rule: &str,
        position: usize,
        declared: &'static [OptionDescription],
        table: &dyn TableLike,
        options: &mut Vec<(usize, &'static str, OptionValue)>,
    ) {
        for (key, item) in table.iter() {
            let Some(option) = declared.iter().find(|option| option.name == key) else {
                let place = table.get_key_value(key).and_then(|(key, _)| key.span());
                let names: Vec<&str> = declared.iter().map(|option| option.name).collect();
                let help = match (nearest(key, names.iter().copied()), key) {
                    (Some(known), _) => format!("did you mean `{known}`?"),
                    (None, "severity") => format!("write it as [severity], {rule} = \"…\""),
                    (None, _) if names.is_empty() => format!("`{rule}` takes no options"),
                    (None, _) => format!("its options are {}", names.join(", ")),
                };
                let message = format!("the rule `{rule}` has no option `{key}`");
                self.wrong(place, message, Some(help));
                continue;
            };
            let value = item.clone().into_value().ok();
            let value = value.and_then(|value: Value| OptionValue::from_toml(&value));
            let checked = match &value {
                Some(value) => option_schema::check(value, option.schema),
                None => Err(option_schema::expected(option.schema)),
            };
            match (checked, value) {
                (Ok(()), Some(value)) => options.push((position, option.name, value)),
                (Err(expected), _) => {
                    let message = format!("the option `{key}` of `{rule}` is {expected}");
                    let help = format!("for example {key} = {}", option.default);
                    self.wrong(item.span(), message, Some(help));
                }
                (Ok(()), None) => {}
            }
        }
    }

    fn patterns(&mut self, key: &str, item: &Item) -> Patterns {
        let words = self.words(key, item);
        let places: Vec<Place> = words.iter().map(|word| word.place.clone()).collect();
        let written = words.into_iter().map(|word| word.text).collect();
        match Patterns::new(written) {
            Ok(patterns) => patterns,
            Err((position, reason)) => {
                let place = places.get(position).cloned().flatten();
                self.wrong(place, format!("the pattern is wrong: {reason}"), None);
                Patterns::default()
            }
        }
    }

    fn packs(&mut self, item: &Item) -> Vec<String> {
        let known = pack_names(self.registry);
        let mut packs = Vec::new();
        for word in self.words("extends", item) {
            if known.contains(&word.text.as_str()) {
                packs.push(word.text);
                continue;
            }
            let help = match nearest(&word.text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("packs are {}", known.join(", ")),
            };
            let message = format!("there is no pack `{}`", word.text);
            self.wrong(word.place, message, Some(help));
        }
        packs
    }

    fn pack(&mut self, text: &str) -> Pack {
        let mut pack = Pack::default();
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                self.wrong(error.span(), error.message().trim(), None);
                return pack;
            }
        };
        for (key, item) in document.as_table() {
            match key {
                "summary" => item
                    .as_str()
                    .unwrap_or_default()
                    .clone_into(&mut pack.summary),
                "extends" => pack.extends = self.packs(item),
                "extend-select" | "ignore" => self.selection(key, item, &mut pack.selection),
                "severity" => pack.severities = self.severities(item),
                "rules" => pack.options = self.rules(item),
                unknown => self.unknown_key(document.as_table(), unknown, &PACK_KEYS),
            }
        }
        if pack.summary.is_empty() {
            self.wrong(None, "a pack has no `summary`", None);
        }
        pack
    }

    /// The files that patterns name.
    fn policies(&mut self, item: &Item) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for word in self.words("policies", item) {
            match files_of(&word.text, &self.directory) {
                Ok(found) if found.is_empty() => {
                    let message = format!("there is no policy file `{}`", word.text);
                    let help = "patterns are relative to this file".to_owned();
                    self.wrong(word.place, message, Some(help));
                }
                Ok(found) => files.extend(found),
                Err(reason) => {
                    self.wrong(word.place, format!("the pattern is wrong: {reason}"), None);
                }
            }
        }
        files.sort();
        files.dedup();
        files
    }

    /// The file of accepted findings; whether it is there is for those to say who read it.
    fn baseline(&mut self, item: &Item) -> Option<PathBuf> {
        match item.as_str() {
            Some(path) if !path.is_empty() => Some(self.directory.join(path)),
            _ => {
                let example = "baseline = \"kestralint-baseline.json\"";
                self.wanted(item, "baseline", "a path", example);
                None
            }
        }
    }

    fn fail_on(&mut self, item: &Item) -> Option<FailOn> {
        let fail_on = item.as_str().and_then(FailOn::parse);
        if fail_on.is_none() {
            let words: Vec<String> = FailOn::ALL
                .iter()
                .map(|(_, word)| format!("\"{word}\""))
                .collect();
            let message = format!("`fail-on` is a severity, not {}", quoted(item));
            let help = format!("one of {}", words.join(", "));
            self.wrong(item.span(), message, Some(help));
        }
        fail_on
    }

    /// A table of lists of texts.
    fn lists(&mut self, key: &str, item: &Item) -> BTreeMap<String, Vec<String>> {
        let Some(table) = self.table(key, item) else {
            return BTreeMap::new();
        };
        let mut lists = BTreeMap::new();
        for (name, item) in table.iter() {
            let words = self.words(name, item);
            lists.insert(
                name.to_owned(),
                words.into_iter().map(|word| word.text).collect(),
            );
        }
        lists
    }

    fn namespace_files(&mut self, item: &Item) -> BTreeMap<String, Vec<PathBuf>> {
        let lists = self.lists("namespace-files", item).into_iter();
        lists
            .map(|(namespace, directories)| {
                let directories = directories.iter().map(|path| self.directory.join(path));
                (namespace, directories.collect())
            })
            .collect()
    }

    fn overrides(&mut self, item: &Item) -> Vec<Override> {
        let tables: Vec<&dyn TableLike> = if let Some(tables) = item.as_array_of_tables() {
            tables.iter().map(|table| table as &dyn TableLike).collect()
        } else if let Some(values) = item.as_array()
            && values.iter().all(Value::is_inline_table)
        {
            let tables = values.iter().filter_map(Value::as_inline_table);
            tables.map(|table| table as &dyn TableLike).collect()
        } else {
            let example = "[[overrides]]";
            self.wanted(item, "overrides", "a list of tables", example);
            return Vec::new();
        };
        tables
            .into_iter()
            .map(|table| self.special(table, item))
            .collect()
    }

    fn special(&mut self, table: &dyn TableLike, whole: &Item) -> Override {
        let mut special = Override::default();
        for (key, item) in table.iter() {
            match key {
                "paths" => special.paths = self.patterns(key, item),
                "select" | "extend-select" | "ignore" => {
                    self.selection(key, item, &mut special.selection);
                }
                "severity" => special.severities = self.severities(item),
                unknown => self.unknown_key(table, unknown, &OVERRIDE_KEYS),
            }
        }
        if !table.contains_key("paths") {
            let first = table.iter().next();
            let place = first
                .and_then(|(key, _)| table.get_key_value(key))
                .and_then(|(key, _)| key.span());
            let help = "say for which files it holds: paths = [\"dev/**\"]".to_owned();
            let message = "an override has no `paths`";
            self.wrong(place.or_else(|| whole.span()), message, Some(help));
        }
        special
    }
}

/// The policy files that a configuration file names, whatever else is wrong with it: they are read before
/// it, since it may speak of them.
pub(super) fn policies(file: &Path, registry: Registry) -> Vec<PathBuf> {
    let mut reader = Reader {
        registry,
        directory: file.parent().unwrap_or(Path::new("/")).to_path_buf(),
        mistakes: Vec::new(),
    };
    read_text(file).map_or_else(|_| Vec::new(), |text| reader.document(&text).policies)
}

/// The files that a pattern names, sorted. Only the directories below its part without stars are walked.
fn files_of(pattern: &str, directory: &Path) -> Result<Vec<PathBuf>, String> {
    let pattern = pattern.trim_start_matches("./");
    let is_special = |part: &&str| part.contains(['*', '?', '[', '{']);
    if !pattern.split('/').any(|part| is_special(&part)) {
        let file = directory.join(pattern);
        return Ok(if file.is_file() {
            vec![file]
        } else {
            Vec::new()
        });
    }
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let matcher = glob
        .map_err(|error| error.kind().to_string())?
        .compile_matcher();
    let mut start = directory.to_path_buf();
    start.extend(pattern.split('/').take_while(|part| !is_special(part)));
    let mut walk = ignore::WalkBuilder::new(&start);
    walk.standard_filters(false);
    let mut files: Vec<PathBuf> = walk
        .build()
        .flatten()
        .map(ignore::DirEntry::into_path)
        .filter(|path| {
            let below = path.strip_prefix(directory);
            below.is_ok_and(|below| matcher.is_match(below)) && path.is_file()
        })
        .collect();
    files.sort();
    Ok(files)
}

fn described(item: &Item) -> String {
    let name = item.type_name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

fn quoted(item: &Item) -> String {
    match item.as_str() {
        Some(text) => format!("`{text}`"),
        None => described(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    /// Each mistake as `line:column: message (help)`.
    fn mistakes(text: &str) -> Vec<String> {
        let mut reader = Reader {
            registry: policy::registry(),
            directory: PathBuf::from("/nowhere"),
            mistakes: Vec::new(),
        };
        reader.document(text);
        let index = crate::text::LineIndex::new(text);
        let place = |mistake: &Mistake| match &mistake.place {
            Some(place) => {
                let at = index.line_column(range(place.clone()).start());
                format!("{}:{}", at.line, at.column)
            }
            None => "-".to_owned(),
        };
        reader
            .mistakes
            .iter()
            .map(|mistake| {
                let help = mistake.help.as_deref().unwrap_or("-");
                format!("{}: {} ({help})", place(mistake), mistake.message)
            })
            .collect()
    }

    #[test]
    fn a_whole_configuration_is_understood() {
        let text = r#"
            target = "1.3,2.0"
            select = ["ALL"]
            ignore = ["style", "duplicate-key"]
            exclude = ["legacy"]
            fail-on = "error"
            baseline = "accepted.json"
            [severity]
            syntax = "info"
            syntax-error = "error"
            [rules.duplicate-key]
            [[overrides]]
            paths = ["dev/**"]
            extend-select = ["duplicate-key"]
            severity = { duplicate-key = "info" }
            [environments]
            production = ["environment/production/**", "prod.*"]
            [namespace-files]
            "company.team" = ["files/team"]
        "#;
        assert_eq!(mistakes(text), Vec::<String>::new());
        let registry = policy::registry();
        let mut reader = Reader {
            registry,
            directory: PathBuf::from("/nowhere"),
            mistakes: Vec::new(),
        };
        let configuration = reader.document(text);
        assert_eq!(configuration.targets, Some(Target::ALL.to_vec()));
        assert_eq!(configuration.fail_on, Some(FailOn::Error));
        let baseline = PathBuf::from("/nowhere/accepted.json");
        assert_eq!(configuration.baseline, Some(baseline));
        let severity = |name: &str| {
            let rule = registry.position(name).unwrap();
            let said = configuration.severities.iter().rev();
            said.into_iter()
                .find(|(known, _)| *known == rule)
                .map(|(_, severity)| *severity)
        };
        assert_eq!(severity("syntax-error"), Some(Severity::Error));
        assert_eq!(severity("duplicate-key"), Some(Severity::Info));
        assert_eq!(configuration.overrides.len(), 1);
        assert_eq!(configuration.environments["production"].len(), 2);
        let files = &configuration.namespace_files["company.team"];
        assert_eq!(*files, [PathBuf::from("/nowhere/files/team")]);
    }

    #[test]
    fn mistakes_are_told_with_place_and_suggestion() {
        insta::assert_snapshot!(mistakes(
            "selct = [\"ALL\"]\ntarget = \"2.1\"\nignore = \"style\"\nextend-select = [\"duplicate-kye\", 3]\n\
             fail-on = \"eror\"\n[severity]\nduplicate-key = \"off\"\nsyntax = 4\n[rules.duplicate-keys]\n\
             [rules.duplicate-key]\nlimit = 3\n[[overrides]]\nselect = []\n[[overrides]]\npaths = [\"a{\"]\n\
             rules = 1\n"
        ).join("\n"));
    }

    #[test]
    fn broken_toml_is_told_with_its_place() {
        insta::assert_snapshot!(mistakes("target = \"2.0\nselect = []\n").join("\n"));
        insta::assert_snapshot!(mistakes("a = 1\na = 2\n").join("\n"));
    }
}

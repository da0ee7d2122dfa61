//! `kestralint catalogue`

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{Args, Subcommand};
use serde_json::Value;

use super::arguments::targets;
use super::console::{self, Failure};
use crate::catalogue::{
    Catalogue, Kind, ListedType, ObjectSchema, Property, Rendering, TypeFacts, USER_CATALOGUE,
    UserCatalogue, is_worth_importing, listed_types, release,
};
use crate::finding::Target;

/// The environment variables that hold credentials: never arguments, which end up in histories.
const TOKEN: &str = "KESTRA_API_TOKEN";
const USERNAME: &str = "KESTRA_USERNAME";
const PASSWORD: &str = "KESTRA_PASSWORD";
/// Seconds until a connection must stand, and until an answer must be whole.
const CONNECT_SECONDS: u32 = 10;
const ANSWER_SECONDS: u32 = 120;

#[derive(Args)]
pub(super) struct CatalogueArguments {
    #[command(subcommand)]
    command: CatalogueCommand,
}

#[derive(Subcommand)]
enum CatalogueCommand {
    /// Show what is known of a type: properties, outputs, where the facts come from.
    Show(ShowArguments),
    /// List the known types.
    List(ListArguments),
    /// Show the Kestra versions that the catalogue knows.
    Versions,
    /// Show what changed from one Kestra version to another: types, properties, what is required.
    Diff(DiffArguments),
    /// Add types that kestralint doesn't hold (own plugins, Enterprise) from a Kestra server to
    /// .kestralint/catalogue.json.
    Import(ImportArguments),
}

#[derive(Args)]
struct ShowArguments {
    /// The type, or an alias of it.
    #[arg(value_name = "TYPE")]
    name: String,

    /// The Kestra version.
    #[arg(long, value_name = "VERSION")]
    target: Vec<String>,
}

#[derive(Args)]
struct ListArguments {
    /// Only types of this kind: task, trigger, condition, task-runner…
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Only types whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// The Kestra version.
    #[arg(long, value_name = "VERSION")]
    target: Vec<String>,
}

#[derive(Args)]
struct DiffArguments {
    /// The older version.
    #[arg(value_name = "OLD")]
    old: String,

    /// The newer version.
    #[arg(value_name = "NEW")]
    new: String,

    /// Only types whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

#[derive(Args)]
#[group(required = true, multiple = false, id = "source")]
struct Source {
    /// The address of a running Kestra. KESTRA_API_TOKEN, or KESTRA_USERNAME and KESTRA_PASSWORD, open it.
    #[arg(long, value_name = "URL")]
    server: Option<String>,

    /// A directory with saved answers: plugins.json (GET /api/v1/plugins) and for each type <TYPE>.json
    /// (GET /api/v1/plugins/<TYPE>?all=true).
    #[arg(long, value_name = "DIRECTORY")]
    from: Option<PathBuf>,
}

#[derive(Args)]
struct ImportArguments {
    #[command(flatten)]
    source: Source,

    /// Only types whose name begins so; may be repeated. Without it, all that no released library of
    /// Kestra describes.
    #[arg(long, value_name = "PREFIX")]
    only: Vec<String>,

    /// The Kestra version of the server.
    #[arg(long, value_name = "VERSION")]
    target: Vec<String>,

    /// The file to write, instead of .kestralint/catalogue.json at the root of the repository.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &CatalogueArguments) -> Result<u8, Failure> {
    if !matches!(arguments.command, CatalogueCommand::Import(_)) {
        install_user_catalogue()?;
    }
    match &arguments.command {
        CatalogueCommand::Show(arguments) => show(arguments),
        CatalogueCommand::List(arguments) => list(arguments),
        CatalogueCommand::Versions => versions(),
        CatalogueCommand::Diff(arguments) => diff(arguments),
        CatalogueCommand::Import(arguments) => import(arguments),
    }
}

/// Lays the project's own catalogue over the embedded one, if there is one at or above the working
/// directory, no higher than the repository's root.
pub(super) fn install_user_catalogue() -> Result<(), Failure> {
    let Ok(here) = std::env::current_dir() else {
        return Ok(());
    };
    crate::catalogue::install_from(&here).map_err(damaged)
}

fn damaged(problem: String) -> Failure {
    Failure::new(problem).hint("`kestralint catalogue import` makes this file anew")
}

/// The one target that a question is about: the newest unless another is named.
fn one_target(words: &[String]) -> Result<Target, Failure> {
    let named = targets(words)?;
    Ok(named
        .and_then(|targets| targets.last().copied())
        .unwrap_or(Target::NEWEST))
}

fn versions() -> Result<u8, Failure> {
    console::print(|out| {
        for target in Target::ALL {
            let names = Catalogue::of(target).names();
            let described = names.iter().filter(|(name, _)| {
                let found = Catalogue::of(target).find(name);
                found.is_some_and(|found| found.facts.properties.is_some())
            });
            writeln!(
                out,
                "{target}  facts of Kestra {}: {} types, {} with properties",
                release(target),
                names.len(),
                described.count()
            )?;
        }
        Ok(())
    })
}

fn list(arguments: &ListArguments) -> Result<u8, Failure> {
    let catalogue = Catalogue::of(one_target(&arguments.target)?);
    let kind = match &arguments.kind {
        None => None,
        Some(word) => Some(Kind::parse(word).ok_or_else(|| {
            let kinds: Vec<&str> = Kind::ALL.into_iter().map(Kind::as_str).collect();
            Failure::new(format!("--kind: there is no kind `{word}`"))
                .hint(format!("kinds are {}", kinds.join(", ")))
        })?),
    };
    let search = arguments
        .search
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let names = catalogue.names();
    let chosen = names.iter().filter(|(name, known)| {
        kind.is_none_or(|kind| kind == *known) && name.to_lowercase().contains(&search)
    });
    console::print(|out| {
        for (name, kind) in chosen {
            writeln!(out, "{name}  ({kind})")?;
        }
        Ok(())
    })
}

fn diff(arguments: &DiffArguments) -> Result<u8, Failure> {
    let old = Catalogue::of(one_target(std::slice::from_ref(&arguments.old))?);
    let new = Catalogue::of(one_target(std::slice::from_ref(&arguments.new))?);
    let search = arguments
        .search
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let mut names: Vec<&str> = [old, new]
        .iter()
        .flat_map(|catalogue| catalogue.names())
        .map(|(name, _)| name)
        .filter(|name| name.to_lowercase().contains(&search))
        .collect();
    names.sort_unstable();
    names.dedup();
    console::print(|out| {
        for name in names {
            match (old.find(name), new.find(name)) {
                (Some(_), None) => writeln!(out, "- {name}")?,
                (None, Some(_)) => writeln!(out, "+ {name}")?,
                (Some(before), Some(now)) => {
                    for line in differences((old, before.facts), (new, now.facts)) {
                        writeln!(out, "  {name}: {line}")?;
                    }
                }
                (None, None) => {}
            }
        }
        Ok(())
    })
}

/// What changed in a type, a line each. A type whose properties are not known in both says nothing.
fn differences(before: (&Catalogue, &TypeFacts), now: (&Catalogue, &TypeFacts)) -> Vec<String> {
    let mut lines = Vec::new();
    if now.1.deprecated && !before.1.deprecated {
        lines.push("is deprecated now".to_owned());
    }
    for alias in before
        .1
        .aliases
        .iter()
        .filter(|alias| !now.1.aliases.contains(alias))
    {
        lines.push(format!("the old name {alias} is gone"));
    }
    let (Some(old), Some(new)) = (&before.1.properties, &now.1.properties) else {
        return lines;
    };

    for property in shown(new) {
        let text = || format!("{}{}", now.0.describe(&property.schema), marks(property));
        match old.property(property.name) {
            None => lines.push(format!("+ {} {}", property.name, text())),
            Some(was) => {
                let was = format!("{}{}", before.0.describe(&was.schema), marks(was));
                if was != text() {
                    lines.push(format!("{} was {was}, is {}", property.name, text()));
                }
            }
        }
    }
    let gone = shown(old).filter(|property| new.property(property.name).is_none());
    lines.extend(gone.map(|property| format!("- {}", property.name)));
    lines
}

fn show(arguments: &ShowArguments) -> Result<u8, Failure> {
    let target = one_target(&arguments.target)?;
    let catalogue = Catalogue::of(target);
    let Some(found) = catalogue.find(&arguments.name) else {
        return Err(unknown(&arguments.name, target));
    };
    let text = describe_type(catalogue, found.facts, found.alias);
    console::print(|out| out.write_all(text.as_bytes()))
}

fn unknown(name: &str, target: Target) -> Failure {
    let failure = Failure::new(format!(
        "Kestra {target} has no type `{name}`, as far as the catalogue knows"
    ));
    let elsewhere = Target::ALL
        .into_iter()
        .find(|other| Catalogue::of(*other).knows(name));
    if let Some(other) = elsewhere {
        return failure.hint(format!("Kestra {other} has it: --target {other}"));
    }
    match Catalogue::of(target).suggest(name, None).first() {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("`kestralint catalogue list --search TEXT` looks for names"),
    }
}

fn describe_type(catalogue: &Catalogue, facts: &TypeFacts, alias: bool) -> String {
    let mut text = format!("{}\n", facts.name);
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<12} {value}");
    };
    line("kind", facts.kind.to_string());
    if alias {
        line("alias", "the name asked for is an old one".to_owned());
    }
    if !facts.aliases.is_empty() {
        line("old names", facts.aliases.join(", "));
    }
    if facts.deprecated {
        line(
            "deprecated",
            facts
                .replacement
                .map_or_else(|| "yes".to_owned(), |by| format!("use {by}")),
        );
    }
    line("facts from", facts.provenance.to_string());
    if let Some(url) = facts.url() {
        line("page", url);
    }
    if let Some(description) = facts.description {
        let _ = writeln!(text, "\n{description}");
    }
    match &facts.properties {
        None => text.push_str("\nOnly the name is known.\n"),
        Some(properties) => describe_object(catalogue, "Properties", properties, &mut text),
    }
    if let Some(outputs) = facts
        .outputs
        .as_ref()
        .filter(|outputs| !outputs.properties.is_empty())
    {
        describe_object(catalogue, "Outputs", outputs, &mut text);
    }
    text
}

/// The properties that are meant for people.
fn shown(object: &ObjectSchema) -> impl Iterator<Item = &Property> {
    object.properties.iter().filter(|property| !property.hidden)
}

fn describe_object(catalogue: &Catalogue, heading: &str, object: &ObjectSchema, text: &mut String) {
    let _ = writeln!(text, "\n{heading}");
    let shown: Vec<&Property> = shown(object).collect();
    let width = shown
        .iter()
        .map(|property| property.name.len())
        .max()
        .unwrap_or(0);
    for property in shown {
        let schema = property.meant.as_deref().unwrap_or(&property.schema);
        let _ = writeln!(
            text,
            "  {:<width$}  {}{}",
            property.name,
            catalogue.describe(schema),
            marks(property)
        );
    }
}

fn marks(property: &Property) -> String {
    let mut marks = Vec::new();
    if property.required {
        marks.push("required".to_owned());
    }
    if matches!(property.rendering, Rendering::Rendered | Rendering::Typed) {
        marks.push("takes expressions".to_owned());
    }
    if property.deprecated {
        marks.push("deprecated".to_owned());
    }
    if let Some(default) = property.default {
        marks.push(format!("default {default}"));
    }
    if marks.is_empty() {
        String::new()
    } else {
        format!(" ({})", marks.join(", "))
    }
}

fn import(arguments: &ImportArguments) -> Result<u8, Failure> {
    let target = one_target(&arguments.target)?;
    let wanted = |listed: &ListedType| {
        if arguments.only.is_empty() {
            is_worth_importing(target, &listed.name)
        } else {
            arguments
                .only
                .iter()
                .any(|prefix| listed.name.starts_with(prefix.as_str()))
        }
    };
    let (all, answers) = match (&arguments.source.server, &arguments.source.from) {
        (Some(server), _) => from_server(server, wanted)?,
        (None, Some(directory)) => from_directory(directory, wanted)?,
        (None, None) => {
            return Err(Failure::new(
                "--server or --from says where the types come from",
            ));
        }
    };
    let imported = UserCatalogue::from_answers(&all, &answers).map_err(Failure::new)?;
    let count = imported.names().count();
    let file = arguments.output.clone().unwrap_or_else(default_file);
    let mut merged = if file.is_file() {
        UserCatalogue::read(&file).map_err(damaged)?
    } else {
        UserCatalogue::default()
    };
    merged.merge(imported);
    write_whole(&file, &merged.to_text())?;
    console::say(&format!(
        "{count} of {} types written to {}",
        all.len(),
        file.display()
    ));
    Ok(super::CLEAN)
}

/// The file at the root of the repository, or here where there is no repository.
fn default_file() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here
        .ancestors()
        .find(|directory| directory.join(".git").exists());
    root.unwrap_or(&here).join(USER_CATALOGUE)
}

/// Writes beside the file and moves it there: nobody ever reads half of it.
fn write_whole(file: &Path, text: &str) -> Result<(), Failure> {
    let trouble = |error: std::io::Error| Failure::new(format!("{}: {error}", file.display()));
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory).map_err(trouble)?;
    }
    let part = file.with_extension("json.part");
    std::fs::write(&part, text).map_err(trouble)?;
    std::fs::rename(&part, file).map_err(trouble)
}

/// All types that are listed, and what is said of those that were wanted.
type Answers = (Vec<ListedType>, Vec<(ListedType, Value)>);

fn from_directory(
    directory: &Path,
    wanted: impl Fn(&ListedType) -> bool,
) -> Result<Answers, Failure> {
    let all = listed_types(&read_answer(&directory.join("plugins.json"))?);
    if all.is_empty() {
        return Err(Failure::new(format!(
            "{}: plugins.json lists no types",
            directory.display()
        )));
    }
    let mut answers = Vec::new();
    for listed in all.iter().filter(|listed| wanted(listed)) {
        let file = directory.join(format!("{}.json", listed.name));
        if file.is_file() {
            answers.push((listed.clone(), read_answer(&file)?));
        }
    }
    Ok((all, answers))
}

fn read_answer(file: &Path) -> Result<Value, Failure> {
    let trouble = |error: String| Failure::new(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| trouble(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| trouble(format!("not JSON: {error}")))
}

fn from_server(server: &str, wanted: impl Fn(&ListedType) -> bool) -> Result<Answers, Failure> {
    if !server.starts_with("http://") && !server.starts_with("https://") {
        return Err(Failure::new(format!("--server: `{server}` is no address"))
            .hint("it begins with http:// or https://"));
    }
    let base = format!("{}/api/v1/plugins", server.trim_end_matches('/'));
    let scratch = Scratch::new()?;
    let plugins = scratch.directory.join("plugins.json");
    fetch(&[(base.clone(), plugins.clone())])?;
    let all = listed_types(&read_answer(&plugins)?);
    if all.is_empty() {
        return Err(Failure::new(format!("{base} lists no types"))
            .hint("is this the address of a Kestra server?"));
    }
    let chosen: Vec<&ListedType> = all.iter().filter(|listed| wanted(listed)).collect();
    let requests: Vec<(String, PathBuf)> = chosen
        .iter()
        .map(|listed| {
            let address = format!("{base}/{}?all=true", listed.name.replace('$', "%24"));
            (
                address,
                scratch.directory.join(format!("{}.json", listed.name)),
            )
        })
        .collect();
    fetch(&requests)?;
    let mut answers = Vec::new();
    for (listed, (_, file)) in chosen.iter().zip(&requests) {
        answers.push(((*listed).clone(), read_answer(file)?));
    }
    drop(scratch);
    Ok((all, answers))
}

/// A directory for answers that is removed again.
struct Scratch {
    directory: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let directory =
            std::env::temp_dir().join(format!("kestralint-import-{}", std::process::id()));
        let made = std::fs::create_dir_all(&directory);
        made.map_err(|error| Failure::new(format!("{}: {error}", directory.display())))?;
        Ok(Self { directory })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it; the system clears its temporary files sooner or later.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Fetches addresses to files with `curl`, which knows the system's proxies and certificates. What it is
/// to do, credentials above all, goes to its standard input, so that no list of processes shows it.
fn fetch(requests: &[(String, PathBuf)]) -> Result<(), Failure> {
    if requests.is_empty() {
        return Ok(());
    }
    let settings = curl_settings(requests, &credentials()?)?;
    let mut command = Command::new("curl");
    command.args(["--disable", "--config", "-"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        let failure = Failure::new(format!("curl cannot be run: {error}"));
        failure.hint("save the answers yourself and use --from DIRECTORY")
    })?;
    if let Some(mut input) = child.stdin.take() {
        // Where curl has ended already, its status says why.
        let _ = input.write_all(settings.as_bytes());
    }
    let outcome = child.wait_with_output();
    let outcome = outcome.map_err(|error| Failure::new(format!("curl: {error}")))?;
    if outcome.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&outcome.stderr);
    let said = said
        .lines()
        .find(|line| line.starts_with("curl:"))
        .unwrap_or("curl failed and said nothing")
        .trim()
        .to_owned();
    let failure = Failure::new(format!(
        "{}: {said}",
        requests.first().map_or("", |(address, _)| address)
    ));
    Err(if said.contains("401") || said.contains("403") {
        failure.hint(format!("set {TOKEN}, or {USERNAME} and {PASSWORD}"))
    } else {
        failure
    })
}

/// What opens the server, from the environment: a line of curl's settings each.
fn credentials() -> Result<Vec<String>, Failure> {
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (read(TOKEN), read(USERNAME), read(PASSWORD)) {
        (Some(token), _, _) => Ok(vec![setting(
            "header",
            &format!("Authorization: Bearer {token}"),
        )?]),
        (None, Some(username), Some(password)) => {
            Ok(vec![setting("user", &format!("{username}:{password}"))?])
        }
        (None, None, None) => Ok(Vec::new()),
        (None, _, _) => Err(Failure::new(format!(
            "{USERNAME} and {PASSWORD} are needed both"
        ))),
    }
}

fn curl_settings(
    requests: &[(String, PathBuf)],
    credentials: &[String],
) -> Result<String, Failure> {
    let mut lines = vec![
        "no-progress-meter".to_owned(),
        "show-error".to_owned(),
        "fail".to_owned(),
        "fail-early".to_owned(),
        format!("connect-timeout = {CONNECT_SECONDS}"),
        format!("max-time = {ANSWER_SECONDS}"),
        "parallel".to_owned(),
        "parallel-max = 8".to_owned(),
    ];
    lines.extend(credentials.iter().cloned());
    for (address, file) in requests {
        lines.push(setting("url", address)?);
        lines.push(setting("output", &file.to_string_lossy())?);
    }
    Ok(lines.join("\n") + "\n")
}

/// A line of curl's settings with a quoted value.
fn setting(name: &str, value: &str) -> Result<String, Failure> {
    if value.chars().any(char::is_control) {
        return Err(Failure::new(format!(
            "a value for curl's `{name}` has control characters"
        )));
    }
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("{name} = \"{quoted}\""))
}

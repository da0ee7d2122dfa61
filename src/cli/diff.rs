//! `kestralint diff`

use clap::{Args, ValueEnum};

use super::arguments::SettingsArguments;
use super::console::{self, Color, Failure};
use super::input::Input;
use super::revision::{self, LoadedRevision};
use super::{CLEAN, FINDINGS};
use crate::comparison::{State, compare};
use crate::config::{Configured, Places};
use crate::engine::{self, LoadRequest, Workspace};
use crate::report::comparison::{self as report, Comparison};
use crate::source::{DiscoverySettings, GitRepository, Revision};

#[derive(Args)]
#[command(
    after_help = "Exit status: 0 no breaking change (see --fail-on), 1 some, 2 wrong usage, or Git \
                  cannot tell."
)]
pub(super) struct DiffArguments {
    /// The revision to compare with, such as origin/main.
    base: String,

    /// The revision to look at; without it, the files as they are now.
    head: Option<String>,

    /// Compare with the commit from which both come, as a pull request does.
    #[arg(long)]
    merge_base: bool,

    /// The form of the report.
    #[arg(long, short, value_enum, default_value = "human")]
    format: DiffFormat,

    /// Tell changes that break nothing, too.
    #[arg(long)]
    compatible: bool,

    /// What makes the exit status 1: any breaking change, one that surely breaks a place of this
    /// repository, or nothing.
    #[arg(long, value_enum, default_value = "breaking", value_name = "WHAT")]
    fail_on: DiffFailOn,

    #[command(flatten)]
    settings: SettingsArguments,

    /// When colours are used.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// For a terminal.
    Human,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFailOn {
    /// Any breaking change.
    Breaking,
    /// A place of this repository that breaks.
    Broken,
    /// Nothing.
    Never,
}

/// The later state: a revision, or what is on disk.
enum Head {
    Revision(Revision, LoadedRevision),
    Disk(Workspace),
}

pub(super) fn run(arguments: &DiffArguments) -> Result<u8, Failure> {
    let places = Places::of_process().map_err(Failure::new)?;
    if !arguments.settings.isolated {
        super::catalogue::install_user_catalogue()?;
    }
    let repository =
        GitRepository::around(places.working_directory()).map_err(revision::failure)?;
    let root = repository.root().to_owned();
    let (base, head) = revisions(arguments, &repository)?;
    let discovery = DiscoverySettings::default();
    let paths = [root.clone()];
    let input = Input::gather(&paths, None, &discovery, &places)?;
    // Configurations may speak of the policies of the team.
    let book = super::policy::rulebook(&arguments.settings, &paths, &input.candidates)?;
    let registry = book.registry;
    let command_line = arguments.settings.read(registry, &places)?;
    let settings = Configured::new(registry, places, command_line, std::slice::from_ref(&root));
    let loaded_base = revision::load(&repository, &base, &settings)?;
    let head = match head {
        Some(head) => {
            let loaded = revision::load(&repository, &head, &settings)?;
            Head::Revision(head, loaded)
        }
        None => Head::Disk(engine::load(&LoadRequest {
            candidates: &input.candidates,
            context: &[],
            overlay: &input.overlay,
            settings: &settings,
        })),
    };
    let problems = settings.problems();
    if !problems.is_empty() {
        return Err(Failure::Configuration(problems));
    }
    let places = settings.places();
    let root = places.directory(&root);
    let base_state = State::new(&loaded_base.workspace, |path| loaded_base.path(path));
    let head_state = match &head {
        Head::Revision(_, loaded) => State::new(&loaded.workspace, |path| loaded.path(path)),
        Head::Disk(workspace) => State::new(workspace, |path| {
            let file = places.file(path);
            file.strip_prefix(&root).unwrap_or(&file).to_owned()
        }),
    };
    let flows = compare(&base_state, &head_state);
    let comparison = Comparison {
        base: &base_state,
        head: &head_state,
        base_name: (&base.name, &base.commit),
        head_name: match &head {
            Head::Revision(head, _) => Some((&head.name, &head.commit)),
            Head::Disk(_) => None,
        },
        flows: &flows,
        with_compatible: arguments.compatible,
        style: console::style(arguments.color, console::is_terminal()),
    };
    console::print(|out| match arguments.format {
        DiffFormat::Human => report::human(&comparison, out),
        DiffFormat::Json => report::json(&comparison, out),
        DiffFormat::Markdown => report::markdown(&comparison, out),
    })?;
    let counts = comparison.counts();
    let fails = match arguments.fail_on {
        DiffFailOn::Breaking => counts.breaking > 0,
        DiffFailOn::Broken => counts.broken > 0,
        DiffFailOn::Never => false,
    };
    Ok(if fails { FINDINGS } else { CLEAN })
}

fn revisions(
    arguments: &DiffArguments,
    repository: &GitRepository,
) -> Result<(Revision, Option<Revision>), Failure> {
    let revision = |name: &str| repository.revision(name).map_err(revision::failure);
    let base = revision(&arguments.base)?;
    let head = arguments.head.as_deref().map(revision).transpose()?;
    if !arguments.merge_base {
        return Ok((base, head));
    }
    let from = match &head {
        Some(head) => head.clone(),
        None => revision("HEAD")?,
    };
    let base = repository.merge_base(&base, &from);
    Ok((base.map_err(revision::failure)?, head))
}

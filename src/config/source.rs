//! The settings of each file: the engine asks here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::configuration::{Configuration, FILE_NAME, FailOn};
use super::pack;
use super::places::Places;
use super::problem::ConfigurationProblem;
use super::read;
use super::selection::{Selection, default_rules};
use crate::engine::{Registry, Settings, SettingsSource};
use crate::finding::Target;
use crate::policy::PolicyFile;

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    /// `--select`, `--extend-select` and `--ignore`.
    pub selection: Selection,
    /// `--target`.
    pub targets: Option<Vec<Target>>,
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--isolated`.
    pub isolated: bool,
    /// `--force-exclude`.
    pub force_exclude: bool,
}

/// Which configuration a directory has.
type Nearest = Option<Arc<Configuration>>;

/// A configuration, and which of its overrides hold: files of equal keys share their settings.
type SettingsKey = (Option<PathBuf>, Vec<bool>);

/// What files of one directory have in common.
struct Directory {
    configuration: Nearest,
    root: PathBuf,
    /// The settings of its files, where no override tells them apart.
    settings: Option<Arc<Settings>>,
}

/// The settings of every file of a run.
pub struct Configured {
    registry: Registry,
    places: Places,
    command_line: CommandLine,
    /// The real directories that were asked for; outside a repository they are the projects.
    checked: Vec<PathBuf>,
    state: Mutex<State>,
}

/// What was worked out so far.
#[derive(Default)]
struct State {
    /// The configuration files that were read; none for a broken one.
    files: HashMap<PathBuf, Nearest>,
    /// By real directory.
    nearest: HashMap<PathBuf, Nearest>,
    /// By directory, as it was reached.
    directories: HashMap<PathBuf, Arc<Directory>>,
    /// The directory that was asked for last: files come in order.
    last: Option<(PathBuf, Arc<Directory>)>,
    settings: HashMap<SettingsKey, Arc<Settings>>,
    problems: Vec<ConfigurationProblem>,
}

impl Configured {
    /// Settings for a run over some paths (as they were given).
    pub fn new(
        registry: Registry,
        places: Places,
        command_line: CommandLine,
        paths: &[PathBuf],
    ) -> Self {
        let checked = outermost(paths.iter().map(|path| checked_directory(&places, path)));
        Self {
            registry,
            places,
            command_line,
            checked,
            state: Mutex::default(),
        }
    }

    /// Where files are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What is wrong with the configuration files read so far.
    pub fn problems(&self) -> Vec<ConfigurationProblem> {
        self.lock().problems.clone()
    }

    /// The configuration of the files of a directory, as it was reached.
    pub fn configuration_of(&self, directory: &Path) -> Option<Arc<Configuration>> {
        let directory = self.places.directory(directory);
        self.nearest(&directory)
    }

    /// Whether a directory that [`SettingsSource::project_root`] gave bounds a project: it has a
    /// configuration, is a repository or was asked for. Else it only happens to hold a file.
    pub fn is_project(&self, root: &Path) -> bool {
        let configuration = self.nearest(root);
        configuration.is_some_and(|configuration| configuration.directory() == root)
            || self.places.repository(root).as_deref() == Some(root)
            || self.checked.iter().any(|asked| asked == root)
    }

    /// From which severity on findings in a file make the program fail.
    pub fn fail_on(&self, path: &Path) -> FailOn {
        let configured = || self.directory_of(path).configuration.as_ref()?.fail_on;
        self.command_line
            .fail_on
            .or_else(configured)
            .unwrap_or_default()
    }

    /// The baseline that the configuration of a file names, as it is shown.
    pub fn baseline(&self, path: &Path) -> Option<PathBuf> {
        let directory = self.directory_of(path);
        let baseline = directory.configuration.as_ref()?.baseline.as_deref()?;
        Some(self.places.shown(baseline))
    }

    /// The policy files that the configuration files named so far name, broken ones included.
    pub fn policy_files(&self) -> Vec<PolicyFile> {
        let configurations: Vec<PathBuf> = self.lock().files.keys().cloned().collect();
        let mut files: Vec<PathBuf> = configurations
            .iter()
            .flat_map(|file| read::policies(file, self.registry))
            .collect();
        files.sort();
        files.dedup();
        let files = files.into_iter().map(|file| PolicyFile {
            shown: self.places.shown(&file),
            file,
        });
        files.collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves no half-made state: each entry is put in whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the directory of a file.
    fn directory_of(&self, file: &Path) -> Arc<Directory> {
        let reached = file.parent().unwrap_or(Path::new(""));
        // Paths are compared and hashed word by word; the same one again is told by its bytes.
        match &self.lock().last {
            Some((last, known)) if last.as_os_str() == reached.as_os_str() => {
                return Arc::clone(known);
            }
            _ => {}
        }
        let known = self.lock().directories.get(reached).map(Arc::clone);
        let directory = known.unwrap_or_else(|| self.make_directory(reached));
        self.lock().last = Some((reached.to_path_buf(), Arc::clone(&directory)));
        directory
    }

    fn make_directory(&self, reached: &Path) -> Arc<Directory> {
        let real = self.places.directory(reached);
        let configuration = self.nearest(&real);
        let is_one_for_all = configuration
            .as_ref()
            .is_none_or(|configuration| configuration.overrides.is_empty());
        let settings =
            is_one_for_all.then(|| self.shared_settings(configuration.as_ref(), Vec::new()));
        let made = Arc::new(Directory {
            root: self.root_of(&real, configuration.as_deref()),
            configuration,
            settings,
        });
        let mut state = self.lock();
        let known = state.directories.entry(reached.to_path_buf());
        Arc::clone(known.or_insert(made))
    }

    /// The project of the files of a real directory.
    fn root_of(&self, directory: &Path, configuration: Option<&Configuration>) -> PathBuf {
        let configured = configuration.map(|configuration| configuration.directory().to_path_buf());
        let repository = self.places.repository(directory);
        // The innermost of the two: a configuration handed in from elsewhere makes no project.
        let root = [configured, repository]
            .into_iter()
            .flatten()
            .filter(|root| directory.starts_with(root))
            .max_by_key(|root| root.components().count());
        root.unwrap_or_else(|| {
            let mut asked = self.checked.iter();
            let asked = asked.find(|asked| directory.starts_with(asked));
            asked.cloned().unwrap_or_else(|| directory.to_path_buf())
        })
    }

    /// The settings under a configuration with those of its overrides that hold.
    fn shared_settings(
        &self,
        configuration: Option<&Arc<Configuration>>,
        overrides: Vec<bool>,
    ) -> Arc<Settings> {
        let key = (configuration.map(|known| known.path.clone()), overrides);
        if let Some(known) = self.lock().settings.get(&key) {
            return Arc::clone(known);
        }
        let made = self.make(configuration.map(Arc::as_ref), &key.1);
        let settings = Arc::new(made);
        self.lock().settings.insert(key, Arc::clone(&settings));
        settings
    }

    fn nearest(&self, directory: &Path) -> Nearest {
        if self.command_line.isolated {
            return None;
        }
        if let Some(file) = &self.command_line.config {
            return self.read(&self.places.file(file));
        }
        if let Some(known) = self.lock().nearest.get(directory) {
            return known.clone();
        }
        let file = directory.join(FILE_NAME);
        let is_repository = || self.places.repository(directory).as_deref() == Some(directory);
        let found = if file.is_file() {
            self.read(&file)
        } else if is_repository() {
            None
        } else {
            directory.parent().and_then(|parent| self.nearest(parent))
        };
        self.lock()
            .nearest
            .insert(directory.to_path_buf(), found.clone());
        found
    }

    fn read(&self, file: &Path) -> Nearest {
        if let Some(known) = self.lock().files.get(file) {
            return known.clone();
        }
        let shown = self.places.shown(file);
        let read = read::read(file, &shown, self.registry);
        let mut state = self.lock();
        let configuration = match read {
            Ok(configuration) => Some(Arc::new(configuration)),
            Err(problems) => {
                state.problems.extend(problems);
                None
            }
        };
        state
            .files
            .insert(file.to_path_buf(), configuration.clone());
        configuration
    }

    /// The path that patterns of a configuration are matched with.
    fn relative<'path>(&self, file: &'path Path, configuration: &Configuration) -> &'path Path {
        file.strip_prefix(configuration.directory())
            .or_else(|_| file.strip_prefix(self.places.working_directory()))
            .unwrap_or(file)
    }

    fn make(&self, configuration: Option<&Configuration>, overrides: &[bool]) -> Settings {
        let mut settings = Settings::defaults(self.registry);
        let of_file = configuration.and_then(|configuration| configuration.targets.clone());
        let targets = self.command_line.targets.clone().or(of_file);
        if let Some(targets) = targets {
            settings.targets = targets;
        }
        let mut enabled = default_rules(self.registry, &settings.targets);
        if let Some(configuration) = configuration {
            for (switch, rule) in enabled.iter_mut().zip(self.registry.rules) {
                *switch |= rule.declaration().is_some_and(|declared| {
                    declared.pack.is_none() && configuration.policies.contains(&declared.file)
                });
            }
            for extended in &configuration.extends {
                pack::apply(extended, self.registry, &mut enabled, &mut settings);
            }
            configuration.selection.apply(&mut enabled, self.registry);
            let holding = || {
                configuration
                    .overrides
                    .iter()
                    .zip(overrides)
                    .filter(|(_, holds)| **holds)
                    .map(|(special, _)| special)
            };
            for special in holding() {
                special.selection.apply(&mut enabled, self.registry);
            }
            settings.decide(&configuration.severities, &configuration.options);
            for special in holding() {
                settings.decide(&special.severities, &[]);
            }
            settings
                .environments
                .clone_from(&configuration.environments);
            settings
                .namespace_files
                .clone_from(&configuration.namespace_files);
        }
        self.command_line
            .selection
            .apply(&mut enabled, self.registry);
        for (rule, enabled) in settings.rules.iter_mut().zip(enabled) {
            rule.enabled = enabled;
        }
        settings.finish(self.registry)
    }
}

impl SettingsSource for Configured {
    fn settings(&self, path: &Path) -> Arc<Settings> {
        let directory = self.directory_of(path);
        if let Some(settings) = &directory.settings {
            return Arc::clone(settings);
        }
        let Some(configuration) = &directory.configuration else {
            return self.shared_settings(None, Vec::new());
        };
        let file = self.places.file(path);
        let relative = self.relative(&file, configuration);
        let overrides = configuration.overrides.iter();
        let overrides = overrides.map(|special| special.paths.matches(relative));
        self.shared_settings(Some(configuration), overrides.collect())
    }

    fn project_root(&self, path: &Path) -> PathBuf {
        self.directory_of(path).root.clone()
    }

    fn further_files(&self) -> Vec<(PathBuf, Arc<str>)> {
        let declared = self
            .registry
            .rules
            .iter()
            .filter_map(|rule| rule.declaration());
        let own = declared.filter(|declared| declared.pack.is_none());
        let files = own.flat_map(|declared| {
            let file = (declared.shown.clone(), Arc::clone(&declared.text));
            std::iter::once(file).chain(declared.beside.clone())
        });
        files.collect()
    }

    fn is_excluded(&self, path: &Path, named: bool) -> bool {
        if named && !self.command_line.force_exclude {
            return false;
        }
        let directory = self.directory_of(path);
        directory
            .configuration
            .as_ref()
            .is_some_and(|configuration| {
                !configuration.exclude.written().is_empty()
                    && configuration
                        .exclude
                        .matches(self.relative(&self.places.file(path), configuration))
            })
    }
}

fn checked_directory(places: &Places, path: &Path) -> PathBuf {
    if path.is_dir() {
        places.directory(path)
    } else {
        places.directory_of(path)
    }
}

/// The directories that lie in no other one of them.
fn outermost(directories: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = directories.collect();
    directories.sort();
    // Sorted, an outer directory comes before those inside it.
    directories.dedup_by(|inner, outer| inner.starts_with(outer));
    directories
}

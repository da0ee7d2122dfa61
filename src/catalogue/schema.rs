//! What a type, a property, a value may look like: the facts that rules read.

use super::pack::hash;

/// What part of a flow (or of a server) a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A name is known and nothing else.
    Unknown,
    /// A task.
    Task,
    /// A trigger.
    Trigger,
    /// A condition of a trigger (Kestra 1.3).
    Condition,
    /// A task runner.
    TaskRunner,
    /// A log exporter.
    LogExporter,
    /// An internal storage.
    Storage,
    /// A secret manager.
    Secret,
    /// A chart of a dashboard.
    Chart,
    /// Data of a chart.
    DataFilter,
    /// Data of a chart with one figure.
    DataFilterKpi,
    /// An asset.
    Asset,
    /// An exporter of assets.
    AssetExporter,
    /// A plugin of plugins: AI providers, tools, memories, datagen generators…
    Additional,
    /// A renderer of file previews.
    FileRenderer,
    /// A store of logs.
    LogDataStore,
    /// An app or a part of one.
    App,
}

impl Kind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 17] = [
        Self::Unknown,
        Self::Task,
        Self::Trigger,
        Self::Condition,
        Self::TaskRunner,
        Self::LogExporter,
        Self::Storage,
        Self::Secret,
        Self::Chart,
        Self::DataFilter,
        Self::DataFilterKpi,
        Self::Asset,
        Self::AssetExporter,
        Self::Additional,
        Self::FileRenderer,
        Self::LogDataStore,
        Self::App,
    ];

    /// The word in records and on the command line.
    pub fn as_str(self) -> &'static str {
        super::pack::KINDS
            .get(self as usize)
            .copied()
            .unwrap_or("unknown")
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.as_str().replace('-', " "))
    }
}

/// What a type can do, taken from the interfaces of its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traits(pub(super) u64);

impl Traits {
    /// It holds other tasks (`FlowableTask`).
    pub fn flowable(self) -> bool {
        self.has(0)
    }
    /// It runs on a worker (`RunnableTask`).
    pub fn runnable(self) -> bool {
        self.has(1)
    }
    /// It starts executions (`ExecutableTask`: subflows).
    pub fn executable(self) -> bool {
        self.has(2)
    }
    /// A trigger that looks at intervals (`PollingTriggerInterface`).
    pub fn polling(self) -> bool {
        self.has(3)
    }
    /// A trigger that listens (`RealtimeTriggerInterface`).
    pub fn realtime(self) -> bool {
        self.has(4)
    }
    /// A condition that a Schedule may hold (`ScheduleCondition`).
    pub fn schedule_condition(self) -> bool {
        self.has(5)
    }
    /// It takes `inputFiles`.
    pub fn input_files(self) -> bool {
        self.has(6)
    }
    /// It takes `outputFiles`.
    pub fn output_files(self) -> bool {
        self.has(7)
    }
    /// It takes `namespaceFiles`.
    pub fn namespace_files(self) -> bool {
        self.has(8)
    }

    fn has(self, bit: u32) -> bool {
        self.0 & (1 << bit) != 0
    }
}

/// Where the facts of a type come from, most trustworthy first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// A released library of the target version: exact.
    Library,
    /// The classes of a plugin: its module and version, built for the 1.3 line.
    PluginSource(&'static str),
    /// The sources of a plugin, read without being compiled: its module and version.
    SourceText(&'static str),
    /// Only the name is known; where it was read.
    NamesOnly(&'static str),
    /// The user's own catalogue.
    User,
}

impl std::fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Library => formatter.write_str("released library"),
            Self::PluginSource(source) => write!(formatter, "classes of {source}"),
            Self::SourceText(source) => write!(formatter, "source text of {source}"),
            Self::NamesOnly(source) => write!(formatter, "names only, from {source}"),
            Self::User => formatter.write_str("the project's own catalogue"),
        }
    }
}

/// All that is known of a type.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct TypeFacts {
    /// Its canonical name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its class in Java where it isn't the name, else empty.
    pub class: &'static str,
    /// Other names that Kestra of this version accepts; writing one is deprecated.
    pub aliases: Box<[&'static str]>,
    /// Whether the type as such is deprecated.
    pub deprecated: bool,
    /// What to write instead of a deprecated type.
    pub replacement: Option<&'static str>,
    /// Whether Kestra hides it from its documentation.
    pub internal: bool,
    /// Whether it belongs to the Enterprise edition.
    pub enterprise: bool,
    /// Whether the properties are all that the target version accepts: an unknown one is an error. Else
    /// the facts are of another version, and an unknown property is a warning.
    pub complete: bool,
    /// The version of Kestra or of the plugin that brought it, where that is known.
    pub since: Option<&'static str>,
    /// What it can do.
    pub traits: Traits,
    /// Where the facts come from.
    pub provenance: Provenance,
    /// What the user's own server says of it, in Markdown; the embedded facts hold no descriptions.
    pub description: Option<&'static str>,
    /// Its properties; none where only the name is known.
    pub properties: Option<ObjectSchema>,
    /// Its outputs; none where they are not known. A type without outputs has an empty object.
    pub outputs: Option<ObjectSchema>,
}

impl TypeFacts {
    /// The property of this name or alias.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.as_ref()?.property(name)
    }

    /// The name without its package.
    pub fn class_name(&self) -> &'static str {
        class_name(self.name)
    }

    /// The page of the type in Kestra's plugin documentation, if it is one of Kestra's.
    pub fn url(&self) -> Option<String> {
        super::documentation_url(self.name)
    }
}

/// The last segment of a type's name.
pub fn class_name(name: &str) -> &str {
    name.rsplit(['.', '$']).next().unwrap_or(name)
}

/// An object with named properties.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ObjectSchema {
    /// Sorted by name.
    pub properties: Box<[Property]>,
    /// Whether keys that are not listed are accepted (an any-setter, ignored unknown keys).
    pub open: bool,
    /// The hash of each property's name: every key of every task is looked up, and hashes lie side by side.
    hashes: Box<[u32]>,
    /// The places of those that must be written.
    required: Box<[u16]>,
    has_aliases: bool,
}

impl ObjectSchema {
    /// An object of properties sorted by name.
    pub fn new(properties: Box<[Property]>, open: bool) -> Self {
        Self {
            hashes: properties
                .iter()
                .map(|property| hash(property.name))
                .collect(),
            required: (0..)
                .zip(&properties)
                .filter(|(_, property)| property.required)
                .map(|(place, _)| place)
                .collect(),
            has_aliases: properties
                .iter()
                .any(|property| !property.aliases.is_empty()),
            properties,
            open,
        }
    }

    /// The property of this name or alias.
    pub fn property(&self, name: &str) -> Option<&Property> {
        let wanted = hash(name);
        let mut properties = self.properties.iter();
        let named = self.hashes.iter().zip(properties.clone());
        named
            .filter(|(hash, _)| **hash == wanted)
            .map(|(_, property)| property)
            .find(|property| property.name == name)
            .or_else(|| {
                properties.find(|property| self.has_aliases && property.aliases.contains(&name))
            })
    }

    /// The properties that must be written.
    pub fn required(&self) -> impl Iterator<Item = &Property> {
        let properties = &self.properties;
        self.required
            .iter()
            .filter_map(|place| properties.get(usize::from(*place)))
    }
}

/// How Kestra treats `{{ … }}` in a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rendering {
    /// The class doesn't say: some plugins render such properties, most do not.
    Unmarked,
    /// Not rendered: the text reaches the plugin as it is.
    Static,
    /// Its strings are rendered.
    Rendered,
    /// Kestra's `Property<T>`: a literal of the schema's type or an expression; read at run time, so
    /// that a bad literal is saved and fails later.
    Typed,
}

/// A property of a type or of a nested object.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Property {
    /// Its name in YAML.
    pub name: &'static str,
    /// Other names that Jackson accepts.
    pub aliases: Box<[&'static str]>,
    /// Kestra's own validators of it, by the simple names of their annotations (`TimezoneId`,
    /// `CronExpression`…); with `item:` in front those of its items.
    pub checks: Box<[&'static str]>,
    /// What Kestra saves.
    pub schema: Schema,
    /// What the plugin makes sense of, where Kestra saves anything (a Java `Object`).
    pub meant: Option<Box<Schema>>,
    /// Kestra refuses a flow in which it is missing (bean validation says not null, and the class
    /// has no default for it).
    pub required: bool,
    /// Bean validation refuses null, though there may be a default: what Jackson makes null (an empty
    /// text for a number) is refused. A null in YAML is dropped before and counts as missing.
    pub not_null: bool,
    /// How expressions in it are treated.
    pub rendering: Rendering,
    /// Whether Kestra warns of it.
    pub deprecated: bool,
    /// Whether it holds a secret.
    pub secret: bool,
    /// Whether bean validation goes on into its value (`@Valid`). Without it, a nested object may lack
    /// required properties and still be saved; unknown keys and wrong types are refused either way.
    pub cascades: bool,
    /// Accepted, but not meant for people: set by the server, or left out of Kestra's schema.
    pub hidden: bool,
    /// The default as JSON text.
    pub default: Option<&'static str>,
    /// What the user's own server says of it, in Markdown.
    pub description: Option<&'static str>,
}

/// Bounds of a number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NumberSchema {
    /// A 64-bit integer where that is known; no meaning for other numbers.
    pub long: bool,
    /// At least.
    pub minimum: Option<f64>,
    /// At most.
    pub maximum: Option<f64>,
    /// More than.
    pub above: Option<f64>,
    /// Less than.
    pub below: Option<f64>,
}

/// What a string is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Any text.
    Plain,
    /// `java.time.Duration`.
    Duration,
    /// `java.net.URI`.
    Uri,
    /// `java.time.LocalDate`.
    Date,
    /// A date with time, with or without zone.
    DateTime,
    /// `java.time.LocalTime`.
    Time,
    /// Something else; the name of it.
    Other(&'static str),
}

impl Format {
    pub(super) fn of(name: &'static str) -> Self {
        match name {
            "" => Self::Plain,
            "duration" => Self::Duration,
            "uri" => Self::Uri,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "time" => Self::Time,
            other => Self::Other(other),
        }
    }
}

/// What a string may be.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSchema {
    /// What it is meant to be.
    pub format: Format,
    /// The only values it may have; empty: any.
    pub enumeration: Box<[&'static str]>,
    /// A Java pattern that the whole string must match.
    pub pattern: Option<&'static str>,
    /// Not blank.
    pub not_blank: bool,
    /// UTF-16 code units at least.
    pub min_length: Option<u64>,
    /// UTF-16 code units at most.
    pub max_length: Option<u64>,
}

/// How many items a list or map may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// At least.
    pub minimum: Option<u64>,
    /// At most.
    pub maximum: Option<u64>,
}

/// A definition shared by several types: resolve it with [`super::Catalogue::definition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference {
    pub(super) index: u32,
    pub(super) overlay: bool,
}

/// A value that may be one of the plugins of a kind, chosen by its `type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSlot {
    /// The kind that is meant.
    pub kind: Kind,
    /// The types that are known to fit where not all of the kind do; empty: all of the kind.
    pub types: Box<[&'static str]>,
}

/// What a value may look like.
#[derive(Debug, Clone, PartialEq)]
pub enum Schema {
    /// Anything.
    Any,
    /// A boolean.
    Boolean,
    /// A whole number.
    Integer(NumberSchema),
    /// A number.
    Number(NumberSchema),
    /// A string, perhaps of a format or an enumeration.
    Text(Box<TextSchema>),
    /// A list.
    List {
        /// What is in it.
        items: Box<Schema>,
        /// How many.
        size: Size,
    },
    /// A mapping with free keys.
    Map {
        /// What the values are.
        values: Box<Schema>,
        /// How many.
        size: Size,
    },
    /// A mapping with the properties of a definition.
    Object(Reference),
    /// A plugin, chosen by `type`.
    Plugin(PluginSlot),
    /// A mapping whose definition is chosen by the value of one property (`retry.type`, `inputs[].type`).
    Tagged {
        /// The property that chooses.
        property: &'static str,
        /// Its values and their definitions, sorted by value.
        variants: Box<[(&'static str, Reference)]>,
    },
    /// Any of these.
    OneOf(Box<[Schema]>),
}

//! What Kestra knows, per version: types, their properties and outputs, the model of a flow.
//!
//! The facts are text in `catalogue/`, packed by `build.rs` and embedded. Opening a catalogue
//! reads a header; a type is decoded when it is first asked for and kept; finding a type that was
//! decoded is a look-up in a hash table. Everything here is safe to use from many threads.
//!
//! ```ignore
//! let catalogue = Catalogue::of(Target::V2_0);
//! let found = catalogue.find("io.kestra.plugin.core.log.Log")?;
//! let message = found.facts.property("message")?;
//! if let Schema::Object(reference) = &message.schema { catalogue.definition(*reference); }
//! ```

pub mod convert;
mod describe;
mod image;
#[allow(missing_docs, dead_code)] // shared with build.rs, which uses other parts of it
mod pack;
mod schema;
mod suggest;
#[cfg(test)]
mod tests;
mod user;

use std::sync::{Arc, OnceLock};

use crate::finding::Target;
use image::Image;
pub use image::Package;
pub use schema::{
    Format, Kind, NumberSchema, ObjectSchema, PluginSlot, Property, Provenance, Reference,
    Rendering, Schema, Size, TextSchema, Traits, TypeFacts, class_name,
};
pub use suggest::nearest_property;
pub use user::{ListedType, USER_CATALOGUE, UserCatalogue, is_worth_importing, listed_types};

/// The class of a flow: the definition that [`Catalogue::flow`] gives.
const FLOW: &str = "io.kestra.core.models.flows.Flow";

/// The images made by `build.rs`, oldest target first.
static EMBEDDED: [(&str, &[u8]); 2] = [
    (
        include_str!(concat!(env!("OUT_DIR"), "/catalogue-1.3.txt")),
        include_bytes!(concat!(env!("OUT_DIR"), "/catalogue-1.3.bin")),
    ),
    (
        include_str!(concat!(env!("OUT_DIR"), "/catalogue-2.0.txt")),
        include_bytes!(concat!(env!("OUT_DIR"), "/catalogue-2.0.bin")),
    ),
];

/// The user's own records.
static USER: OnceLock<Vec<serde_json::Value>> = OnceLock::new();

/// Lays the user's own catalogue over every [`Catalogue::of`] of this process. It has to be called
/// before the first of them, once.
///
/// # Errors
/// When one was installed before.
pub fn install(user: &UserCatalogue) -> Result<(), String> {
    let installed = USER.set(user.records());
    installed.map_err(|_| "another catalogue is in use already".to_owned())
}

/// Finds the project's own catalogue at or above a directory, and installs it; nothing happens where
/// there is none.
///
/// # Errors
/// Says which file, and what is wrong with it.
pub fn install_from(directory: &std::path::Path) -> Result<(), String> {
    match UserCatalogue::find(directory) {
        Some(file) => install(&UserCatalogue::read(&file)?),
        None => Ok(()),
    }
}

/// What was found under a name.
#[derive(Debug, Clone, Copy)]
pub struct Found<'c> {
    /// The type.
    pub facts: &'c TypeFacts,
    /// Whether the name is an alias of it: accepted, deprecated; `facts.name` is what to write.
    pub alias: bool,
}

/// The facts of one target version.
#[derive(Debug)]
pub struct Catalogue {
    target: Target,
    base: Arc<Layer>,
    overlay: Option<Arc<Layer>>,
    suggestions: suggest::Suggestions,
}

/// An image and what was decoded of it.
#[derive(Debug)]
struct Layer {
    image: Image,
    types: Box<[OnceLock<Option<Box<TypeFacts>>>]>,
    definitions: Box<[OnceLock<Option<Box<ObjectSchema>>>]>,
    packages: OnceLock<Vec<Package>>,
    flow: OnceLock<Option<usize>>,
}

impl Layer {
    fn new(image: Image) -> Self {
        Self {
            image,
            types: (0..image.type_count()).map(|_| OnceLock::new()).collect(),
            definitions: (0..image.definition_count())
                .map(|_| OnceLock::new())
                .collect(),
            packages: OnceLock::new(),
            flow: OnceLock::new(),
        }
    }

    fn type_at(&self, index: usize) -> Option<&TypeFacts> {
        self.types
            .get(index)?
            .get_or_init(|| self.image.type_facts(index).map(Box::new))
            .as_deref()
    }

    fn definition(&self, index: usize) -> Option<&ObjectSchema> {
        self.definitions
            .get(index)?
            .get_or_init(|| self.image.definition(index).map(Box::new))
            .as_deref()
    }

    fn find(&self, name: &str) -> Option<Found<'_>> {
        let target = self.image.find(name)?;
        Some(Found {
            facts: self.type_at(target.type_index)?,
            alias: target.alias,
        })
    }

    /// The packages, sorted by name.
    fn packages(&self) -> &[Package] {
        self.packages.get_or_init(|| {
            let mut packages = self.image.packages();
            packages.sort_by_key(|package| package.name);
            packages
        })
    }

    fn package(&self, name: &str) -> Option<Package> {
        let packages = self.packages();
        let found = packages.binary_search_by_key(&name, |package| package.name);
        found.ok().and_then(|index| packages.get(index)).copied()
    }

    fn definition_named(&self, name: &str) -> Option<usize> {
        (0..self.image.definition_count())
            .find(|index| self.image.definition_name(*index) == Some(name))
    }
}

impl Catalogue {
    /// The catalogue of a target: the embedded one, with the user's own laid over it where
    /// [`install`] was called before.
    pub fn of(target: Target) -> &'static Self {
        static OPEN: [OnceLock<Catalogue>; 2] = [const { OnceLock::new() }; 2];
        static NOTHING: OnceLock<Catalogue> = OnceLock::new();
        let open = || {
            let embedded = Self::embedded(target);
            match USER.get() {
                // Records were tried out when they were installed.
                Some(records) => embedded
                    .extended(records)
                    .unwrap_or_else(|_| Self::embedded(target)),
                None => embedded,
            }
        };
        OPEN.get(target.index())
            .unwrap_or(&NOTHING)
            .get_or_init(open)
    }

    /// The facts that ship with the program, and nothing else.
    fn embedded(target: Target) -> Self {
        let (text, bytes) = EMBEDDED.get(target.index()).copied().unwrap_or(("", &[]));
        Self {
            target,
            base: Arc::new(Layer::new(Image::open(text, bytes, false))),
            overlay: None,
            suggestions: suggest::Suggestions::default(),
        }
    }

    /// This catalogue with records laid over it: the users' own plugins and Enterprise types. What they
    /// name wins. The records stay in memory until the process ends.
    ///
    /// # Errors
    /// Says which record is not understood, and why.
    pub fn extended(&self, records: &[serde_json::Value]) -> Result<Self, String> {
        let image = pack::pack_records(records)?;
        let image = Image::open(image.text.leak(), image.bytes.leak(), true);
        Ok(Self {
            target: self.target,
            base: Arc::clone(&self.base),
            overlay: Some(Arc::new(Layer::new(image))),
            suggestions: suggest::Suggestions::default(),
        })
    }

    /// The target that this is about.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The type of this name or alias. The user's own catalogue comes first.
    pub fn find(&self, name: &str) -> Option<Found<'_>> {
        if let Some(found) = self.overlay.as_ref().and_then(|overlay| overlay.find(name)) {
            return Some(found);
        }
        self.base.find(name)
    }

    /// Whether the name or alias is known, without decoding the type.
    pub fn knows(&self, name: &str) -> bool {
        self.layers().any(|layer| layer.image.find(name).is_some())
    }

    /// The definition behind a reference.
    pub fn definition(&self, reference: Reference) -> &ObjectSchema {
        let layer = if reference.overlay {
            self.overlay.as_ref()
        } else {
            Some(&self.base)
        };
        layer
            .and_then(|layer| layer.definition(reference.index as usize))
            .unwrap_or_else(|| anything())
    }

    /// The name of the definition behind a reference: a Java class.
    pub fn definition_name(&self, reference: Reference) -> &'static str {
        let layer = if reference.overlay {
            self.overlay.as_ref()
        } else {
            Some(&self.base)
        };
        layer
            .and_then(|layer| layer.image.definition_name(reference.index as usize))
            .unwrap_or_default()
    }

    /// The model of a flow: its top-level properties, with all that nests in them.
    pub fn flow(&self) -> &ObjectSchema {
        let index = self
            .base
            .flow
            .get_or_init(|| self.base.definition_named(FLOW));
        index
            .and_then(|index| self.base.definition(index))
            .unwrap_or_else(|| anything())
    }

    /// The definition of an input by the value of its `type`.
    pub fn input(&self, input_type: &str) -> Option<&ObjectSchema> {
        self.variant(self.flow().property("inputs")?, input_type)
    }

    /// The values that `type` of an input may have.
    pub fn input_types(&self) -> Vec<&'static str> {
        match self
            .flow()
            .property("inputs")
            .map(|property| &property.schema)
        {
            Some(Schema::List { items, .. }) => match &**items {
                Schema::Tagged { variants, .. } => {
                    variants.iter().map(|(value, _)| *value).collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn variant(&self, property: &Property, value: &str) -> Option<&ObjectSchema> {
        let mut schema = &property.schema;
        if let Schema::List { items, .. } = schema {
            schema = items;
        }
        let Schema::Tagged { variants, .. } = schema else {
            return None;
        };
        let position = variants
            .binary_search_by(|(known, _)| (*known).cmp(value))
            .ok()?;
        variants
            .get(position)
            .map(|(_, reference)| self.definition(*reference))
    }

    /// All canonical names with their kinds, sorted. Decodes nothing else.
    pub fn names(&self) -> Vec<(&'static str, Kind)> {
        let mut names: Vec<_> = self
            .layers()
            .flat_map(|layer| {
                let image = layer.image;
                image
                    .names()
                    .filter(|(_, target)| !target.alias)
                    .filter_map(move |(name, target)| Some((name, image.kind(target.type_index)?)))
            })
            .collect();
        names.sort_unstable();
        names.dedup_by_key(|(name, _)| *name);
        names
    }

    /// All names that Kestra accepts: canonical ones and aliases (`true`), each with its kind.
    pub fn all_names(&self) -> Vec<(&'static str, Kind, bool)> {
        let mut names: Vec<_> = self
            .layers()
            .flat_map(|layer| {
                let image = layer.image;
                image.names().filter_map(move |(name, target)| {
                    Some((name, image.kind(target.type_index)?, target.alias))
                })
            })
            .collect();
        names.sort_unstable();
        names.dedup_by_key(|(name, _, _)| *name);
        names
    }

    /// The package that a type belongs to: the longest prefix that is known.
    pub fn package(&self, type_name: &str) -> Option<Package> {
        let mut prefixes = type_name
            .rmatch_indices('.')
            .map(|(end, _)| &type_name[..end]);
        prefixes.find_map(|prefix| {
            self.layers()
                .filter_map(|layer| layer.package(prefix))
                .last()
        })
    }

    /// Whether what is not listed in the type's package doesn't exist: then an unknown type or
    /// property is an error, else a warning that says what it rests on.
    pub fn package_is_closed(&self, type_name: &str) -> bool {
        self.package(type_name)
            .is_some_and(|package| package.closed)
    }

    /// Whether a type belongs to the Enterprise edition, by its name or package.
    pub fn is_enterprise(&self, type_name: &str) -> bool {
        type_name.starts_with("io.kestra.plugin.ee.")
            || type_name.starts_with("io.kestra.ee.")
            || self
                .package(type_name)
                .is_some_and(|package| package.enterprise)
            || self
                .find(type_name)
                .is_some_and(|found| found.facts.enterprise)
    }

    /// Whether the name is one that the vendor could publish: outside of these packages are users' own plugins.
    pub fn is_official(type_name: &str) -> bool {
        type_name.starts_with("io.kestra.")
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.overlay
            .as_deref()
            .into_iter()
            .chain(std::iter::once(&*self.base))
    }
}

/// An object of which nothing is known: it accepts all keys.
fn anything() -> &'static ObjectSchema {
    static ANYTHING: OnceLock<ObjectSchema> = OnceLock::new();
    ANYTHING.get_or_init(|| ObjectSchema::new(Box::default(), true))
}

/// The release of Kestra whose facts are embedded for a target.
pub fn release(target: Target) -> &'static str {
    let table = include_str!("../../catalogue/versions.tsv");
    let mut rows = table.lines().filter_map(|line| line.split_once('\t'));
    rows.find(|(name, _)| *name == target.as_str())
        .map_or(target.as_str(), |(_, version)| version)
}

/// The page of a type in Kestra's plugin documentation, made from its name: module, sub-package, name in
/// lower case (as `plugins/plugin-aws/s3/io.kestra.plugin.aws.s3.delete`). Of types that aren't Kestra's
/// there is none.
pub fn documentation_url(type_name: &str) -> Option<String> {
    let mut segments: Vec<&str> = type_name
        .strip_prefix("io.kestra.plugin.")?
        .split('.')
        .collect();
    segments.pop()?;
    let packages = match segments.as_slice() {
        [] => return None,
        ["core", rest @ ..] => ("core".to_owned(), rest),
        ["ee", module, rest @ ..] => (format!("plugin-ee-{module}"), rest),
        ["scripts", module, rest @ ..] => (format!("plugin-script-{module}"), rest),
        ["jdbc", module, rest @ ..] => (format!("plugin-jdbc-{module}"), rest),
        [module, rest @ ..] => (format!("plugin-{module}"), rest),
    };
    let (module, rest) = packages;
    let mut url = format!("https://kestra.io/plugins/{module}");
    for segment in rest {
        url.push('/');
        url.push_str(segment);
    }
    Some(format!("{url}/{}", type_name.to_lowercase()))
}

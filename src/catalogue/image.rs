//! Reads packed catalogues (`pack`): nothing is parsed when one is opened, a type is decoded when
//! it is asked for.

use super::pack::{HEADER_WORDS, MAXIMUM_DEPTH, flag, hash, tag};
use super::schema::{
    Format, Kind, NumberSchema, ObjectSchema, PluginSlot, Property, Provenance, Reference,
    Rendering, Schema, Size, TextSchema, Traits, TypeFacts,
};

/// A packed catalogue, open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Image {
    text: &'static str,
    bytes: &'static [u8],
    slots: usize,
    names: usize,
    definitions: usize,
    types: usize,
    blobs: usize,
    packages: usize,
    overlay: bool,
}

/// Where a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub type_index: usize,
    pub alias: bool,
}

/// A package of types and how much its absence from the catalogue means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Its prefix, without the last dot.
    pub name: &'static str,
    /// Where its facts come from.
    pub source: &'static str,
    /// What is not listed in it doesn't exist.
    pub closed: bool,
    /// It belongs to the Enterprise edition.
    pub enterprise: bool,
}

impl Image {
    /// Opens an image. A damaged one opens as an empty one.
    pub fn open(text: &'static str, bytes: &'static [u8], overlay: bool) -> Self {
        let word = |index: usize| word_at(bytes, index).unwrap_or(0) as usize;
        Self {
            text,
            bytes,
            slots: word(0),
            names: word(1),
            definitions: word(2),
            types: word(3),
            blobs: word(4),
            packages: word(5),
            overlay,
        }
    }

    pub fn type_count(&self) -> usize {
        self.types
    }

    pub fn definition_count(&self) -> usize {
        self.definitions
    }

    /// Finds a name with one probe of the hash table, as a rule.
    pub fn find(&self, name: &str) -> Option<Target> {
        if self.slots == 0 {
            return None;
        }
        let mask = self.slots - 1;
        let mut slot = hash(name) as usize & mask;
        for _ in 0..self.slots {
            let position = word_at(self.bytes, HEADER_WORDS + slot)? as usize;
            if position == 0 {
                return None;
            }
            let (known, target) = self.name(position - 1)?;
            if known == name {
                return Some(target);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// The name at a position of the table: canonical names first, sorted, then aliases.
    pub fn name(&self, position: usize) -> Option<(&'static str, Target)> {
        let at = HEADER_WORDS + self.slots + position * 3;
        let target = word_at(self.bytes, at + 2)?;
        Some((
            self.text_at(word_at(self.bytes, at)?, word_at(self.bytes, at + 1)?)?,
            Target {
                type_index: (target >> 1) as usize,
                alias: target & 1 == 1,
            },
        ))
    }

    /// All names, aliases included.
    pub fn names(self) -> impl Iterator<Item = (&'static str, Target)> {
        (0..self.names).filter_map(move |position| self.name(position))
    }

    fn text_at(&self, offset: u32, length: u32) -> Option<&'static str> {
        self.text
            .get(offset as usize..(offset as usize).checked_add(length as usize)?)
    }

    fn definition_word(&self, index: usize, word: usize) -> Option<u32> {
        word_at(
            self.bytes,
            HEADER_WORDS + self.slots + self.names * 3 + index * 3 + word,
        )
    }

    pub fn definition_name(&self, index: usize) -> Option<&'static str> {
        self.text_at(
            self.definition_word(index, 0)?,
            self.definition_word(index, 1)?,
        )
    }

    pub fn definition(&self, index: usize) -> Option<ObjectSchema> {
        let offset = self.definition_word(index, 2)? as usize;
        self.reader(offset).object()
    }

    /// Decodes a type.
    pub fn type_facts(&self, index: usize) -> Option<TypeFacts> {
        let at = HEADER_WORDS + self.slots + self.names * 3 + self.definitions * 3 + index;
        let (name, _) = self.name(index)?;
        self.reader(word_at(self.bytes, at)? as usize)
            .type_facts(name)
    }

    /// Decodes only the kind of a type.
    pub fn kind(&self, index: usize) -> Option<Kind> {
        let at = HEADER_WORDS + self.slots + self.names * 3 + self.definitions * 3 + index;
        kind(self.reader(word_at(self.bytes, at)? as usize).byte()?)
    }

    pub fn packages(&self) -> Vec<Package> {
        let mut reader = self.reader(self.packages);
        let count = reader.varint().unwrap_or(0);
        (0..count).map_while(|_| reader.package()).collect()
    }

    fn reader(&self, offset: usize) -> Reader<'_> {
        Reader {
            image: self,
            at: self.blobs.saturating_add(offset),
        }
    }
}

fn word_at(bytes: &[u8], index: usize) -> Option<u32> {
    let at = index.checked_mul(4)?;
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

fn kind(code: u8) -> Option<Kind> {
    Kind::ALL.get(usize::from(code)).copied()
}

struct Reader<'a> {
    image: &'a Image,
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.image.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.varint()?).ok()?;
        (count <= self.image.bytes.len()).then_some(count)
    }

    fn string(&mut self) -> Option<&'static str> {
        let offset = u32::try_from(self.varint()?).ok()?;
        let length = u32::try_from(self.varint()?).ok()?;
        self.image.text_at(offset, length)
    }

    fn strings(&mut self) -> Option<Box<[&'static str]>> {
        let count = self.count()?;
        (0..count).map(|_| self.string()).collect()
    }

    fn package(&mut self) -> Option<Package> {
        let name = self.string()?;
        let source = self.string()?;
        let flags = self.byte()?;
        Some(Package {
            name,
            source,
            closed: flags & 1 != 0,
            enterprise: flags & 2 != 0,
        })
    }

    fn type_facts(&mut self, name: &'static str) -> Option<TypeFacts> {
        let kind = kind(self.byte()?)?;
        let traits = Traits(self.varint()?);
        let flags = self.varint()?;
        let class = self.string()?;
        let replacement = written(self.string()?);
        let since = written(self.string()?);
        let source = self.string()?;
        let description = written(self.string()?);
        let aliases = self.strings()?;
        let named_only = flags & 4 != 0;
        let provenance = provenance(source, named_only, self.image.overlay);
        let (mut properties, mut outputs) = (None, None);
        if !named_only {
            properties = Some(self.object()?);
            if self.byte()? == 1 {
                outputs = Some(self.object()?);
            }
        }
        Some(TypeFacts {
            name,
            kind,
            class,
            aliases,
            deprecated: flags & 1 != 0,
            replacement,
            internal: flags & 2 != 0,
            enterprise: flags & 8 != 0,
            complete: flags & 16 != 0,
            since,
            traits,
            provenance,
            description,
            properties,
            outputs,
        })
    }

    fn object(&mut self) -> Option<ObjectSchema> {
        let open = self.byte()? != 0;
        let count = self.count()?;
        let properties = (0..count).map(|_| self.property()).collect::<Option<_>>()?;
        Some(ObjectSchema::new(properties, open))
    }

    fn property(&mut self) -> Option<Property> {
        let name = self.string()?;
        let flags = self.varint()?;
        let default = written(self.string()?);
        let description = written(self.string()?);
        let aliases = self.strings()?;
        let checks = self.strings()?;
        let schema = self.schema(0)?;
        let meant = match self.byte()? {
            0 => None,
            _ => Some(Box::new(self.schema(0)?)),
        };
        let has = |bit: u64| flags & bit != 0;
        Some(Property {
            name,
            aliases,
            checks,
            schema,
            meant,
            required: has(flag::REQUIRED),
            not_null: has(flag::NOT_NULL) || has(flag::REQUIRED),
            rendering: match flags >> flag::RENDERING_SHIFT & 3 {
                0 => Rendering::Unmarked,
                1 => Rendering::Static,
                2 => Rendering::Rendered,
                _ => Rendering::Typed,
            },
            deprecated: has(flag::DEPRECATED),
            secret: has(flag::SECRET),
            cascades: has(flag::VALID),
            hidden: has(flag::HIDDEN),
            default,
            description,
        })
    }

    fn schema(&mut self, depth: usize) -> Option<Schema> {
        if depth > MAXIMUM_DEPTH {
            return None;
        }
        Some(match self.byte()? {
            tag::ANY => Schema::Any,
            tag::BOOLEAN => Schema::Boolean,
            tag::INTEGER => Schema::Integer(self.number()?),
            tag::NUMBER => Schema::Number(self.number()?),
            tag::TEXT => Schema::Text(Box::new(self.text()?)),
            tag::LIST => {
                let size = self.size()?;
                Schema::List {
                    items: Box::new(self.schema(depth + 1)?),
                    size,
                }
            }
            tag::MAP => {
                let size = self.size()?;
                Schema::Map {
                    values: Box::new(self.schema(depth + 1)?),
                    size,
                }
            }
            tag::OBJECT => Schema::Object(self.reference()?),
            tag::PLUGIN => Schema::Plugin(PluginSlot {
                kind: kind(self.byte()?)?,
                types: self.strings()?,
            }),
            tag::TAGGED => {
                let property = self.string()?;
                let count = self.count()?;
                let mut variants = (0..count)
                    .map(|_| Some((self.string()?, self.reference()?)))
                    .collect::<Option<Box<[_]>>>()?;
                variants.sort_unstable_by_key(|(value, _)| *value);
                Schema::Tagged { property, variants }
            }
            tag::ONE_OF => {
                let count = self.count()?;
                Schema::OneOf(
                    (0..count)
                        .map(|_| self.schema(depth + 1))
                        .collect::<Option<_>>()?,
                )
            }
            _ => return None,
        })
    }

    fn reference(&mut self) -> Option<Reference> {
        let index = u32::try_from(self.varint()?).ok()?;
        Some(Reference {
            index,
            overlay: self.image.overlay,
        })
    }

    fn number(&mut self) -> Option<NumberSchema> {
        let mut number = NumberSchema {
            long: self.byte()? != 0,
            ..NumberSchema::default()
        };
        self.bound(&mut number.minimum)?;
        self.bound(&mut number.maximum)?;
        self.bound(&mut number.above)?;
        self.bound(&mut number.below)?;
        Some(number)
    }

    fn bound(&mut self, bound: &mut Option<f64>) -> Option<()> {
        if self.byte()? != 0 {
            let bytes = self.image.bytes.get(self.at..self.at.checked_add(8)?)?;
            self.at += 8;
            *bound = Some(f64::from_le_bytes(bytes.try_into().ok()?));
        }
        Some(())
    }

    fn size(&mut self) -> Option<Size> {
        let minimum = self.varint()?.checked_sub(1);
        let maximum = self.varint()?.checked_sub(1);
        Some(Size { minimum, maximum })
    }

    fn text(&mut self) -> Option<TextSchema> {
        let format = Format::of(self.string()?);
        let pattern = written(self.string()?);
        let not_blank = self.byte()? != 0;
        let size = self.size()?;
        let enumeration = self.strings()?;
        Some(TextSchema {
            format,
            enumeration,
            pattern,
            not_blank,
            min_length: size.minimum,
            max_length: size.maximum,
        })
    }
}

/// A string that was left out is packed as an empty one.
fn written(text: &'static str) -> Option<&'static str> {
    (!text.is_empty()).then_some(text)
}

fn provenance(source: &'static str, named_only: bool, overlay: bool) -> Provenance {
    if overlay {
        Provenance::User
    } else if named_only {
        Provenance::NamesOnly(source)
    } else if source == "library" {
        Provenance::Library
    } else if let Some(source) = source.strip_prefix("text:") {
        Provenance::SourceText(source)
    } else {
        Provenance::PluginSource(source)
    }
}

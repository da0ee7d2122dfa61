//! A flow held against the catalogue: what Kestra of the target version would refuse, and where.
//!
//! The coercions are those of the real Kestra (Jackson as Kestra configures it), measured on 1.3.31 and
//! 2.0.0: scalars become text, numbers and quoted numbers become integers and durations, numbers become
//! booleans, an enumeration takes its ordinals, a single value is no list, an absent value (`key:`) is the
//! empty text and so no mapping and no list, and a `Property<T>` takes anything when it is saved.

use std::collections::HashMap;
use std::sync::{OnceLock, RwLock};

use regex::Regex;

use crate::catalogue::{
    Catalogue, Format, Kind, NumberSchema, ObjectSchema, PluginSlot, Property, Provenance,
    Rendering, Schema, Size, TextSchema, TypeFacts,
};
use crate::expression::has_template;
use crate::finding::Target;
use crate::governance::Governed;
use crate::model::{Flow, java_pattern, moment};
use crate::syntax::{NodeId, ScalarStyle, Tree, Value};

/// Values nested deeper than this are not looked at.
const NESTING_LIMIT: usize = 120;

/// What is wrong with a node.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaProblem<'run> {
    /// The node at fault: a key, a value, or the mapping that lacks something.
    pub node: NodeId,
    /// What is wrong.
    pub kind: SchemaProblemKind<'run>,
    /// Whether the facts are of exactly the target version: Kestra certainly refuses it.
    pub is_certain: bool,
    /// The mapping in which the problem lies.
    pub within: Within<'run>,
}

/// The mapping in which a problem lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Within<'run> {
    /// What people call it: a type's name, or "the flow", or the class of a nested object.
    pub name: &'run str,
    /// The type of plugin, where it is one.
    pub plugin: Option<&'run TypeFacts>,
    /// The properties that it may have.
    pub properties: &'run ObjectSchema,
    /// Its node.
    pub node: NodeId,
}

/// The kinds of problem.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaProblemKind<'run> {
    /// The type is not in the catalogue; the node is the type's value.
    UnknownType {
        /// What the place asks for.
        expected: Kind,
    },
    /// The type is no plugin of the kind that the place asks for.
    WrongKind {
        /// What the place asks for.
        expected: Kind,
        /// What was found.
        found: &'run TypeFacts,
    },
    /// A plugin is expected, and this is no mapping; Kestra saves it and drops it.
    NotAPlugin {
        /// What the place asks for.
        expected: Kind,
    },
    /// The node is a key that the mapping may not have.
    UnknownProperty,
    /// The mapping lacks a property, or has null there.
    MissingProperty {
        /// The property's name.
        property: &'run str,
    },
    /// The value cannot be taken for what it must be.
    WrongType {
        /// What it must be, for messages: "a list", "a whole number", …
        expected: &'static str,
        /// The property's name; empty for an item of a list.
        property: &'run str,
    },
    /// The value is none of those that are allowed.
    NotInEnumeration {
        /// The values that are allowed.
        allowed: Vec<&'run str>,
        /// Read only at run time: the flow is saved.
        at_run_time: bool,
    },
    /// A literal that is read only at run time and will not be understood then.
    BadLiteral {
        /// What it must be.
        expected: &'static str,
    },
    /// A text that should be a duration.
    Duration {
        /// Read only at run time: the flow is saved.
        at_run_time: bool,
    },
    /// The value breaks a rule about its length, size, bounds or pattern.
    OutOfRange {
        /// The rule, for messages: "at least 1", …
        rule: String,
    },
    /// The type is deprecated, or an alias.
    DeprecatedType {
        /// What was found.
        found: &'run TypeFacts,
        /// Whether the name written is an alias.
        is_alias: bool,
    },
    /// The property is deprecated; the node is its key.
    DeprecatedProperty,
    /// An expression where Kestra renders none.
    NotRendered,
    /// A default (`pluginDefaults`) for a property that the type does not have; the node is the key.
    UnknownDefault {
        /// The type.
        facts: &'run TypeFacts,
    },
}

/// Holds a flow against the catalogue.
pub fn schema_problems<'run>(
    tree: &'run Tree,
    flow: &'run Flow,
    catalogue: &'run Catalogue,
) -> Vec<SchemaProblem<'run>> {
    let Some(root) = flow.root else {
        return Vec::new();
    };
    let mut walk = Walk {
        tree,
        flow,
        catalogue,
        problems: Vec::new(),
    };
    let within = Within {
        name: "the flow",
        plugin: None,
        properties: catalogue.flow(),
        node: root,
    };
    walk.object(root, within, true, true, 0);
    walk.plugin_defaults();
    walk.problems
}

struct Walk<'run> {
    tree: &'run Tree,
    flow: &'run Flow,
    catalogue: &'run Catalogue,
    problems: Vec<SchemaProblem<'run>>,
}

/// What is known of the place of a value.
#[derive(Clone, Copy)]
struct Place<'run> {
    within: Within<'run>,
    property: Option<&'run Property>,
    is_certain: bool,
    /// Whether bean validation reaches the object that has the property: else its bounds and patterns don't count.
    is_reached: bool,
    /// Whether bean validation goes on inside: else required properties may be missing.
    is_validated: bool,
    depth: usize,
}

impl<'run> Place<'run> {
    fn name(self) -> &'run str {
        self.property.map_or("", |property| property.name)
    }

    fn rendering(self) -> Rendering {
        self.property
            .map_or(Rendering::Unmarked, |property| property.rendering)
    }
}

impl<'run> Walk<'run> {
    fn report(&mut self, node: NodeId, place: Place<'run>, kind: SchemaProblemKind<'run>) {
        self.problems.push(SchemaProblem {
            node,
            kind,
            is_certain: place.is_certain,
            within: place.within,
        });
    }

    /// The keys and values of a mapping with known properties.
    fn object(
        &mut self,
        node: NodeId,
        within: Within<'run>,
        is_certain: bool,
        is_validated: bool,
        depth: usize,
    ) {
        let tree = self.tree;
        let place = Place {
            within,
            property: None,
            is_certain,
            is_reached: is_validated,
            is_validated,
            depth: depth + 1,
        };
        for entry in tree.entries(node) {
            let Some(key) = tree.scalar_text(entry.key) else {
                continue;
            };
            let Some(property) = within.properties.property(key) else {
                if !within.properties.open {
                    self.report(entry.key, place, SchemaProblemKind::UnknownProperty);
                }
                continue;
            };
            if property.deprecated {
                self.report(entry.key, place, SchemaProblemKind::DeprecatedProperty);
            }
            let is_flow = depth == 0;
            let place = Place {
                property: Some(property),
                is_validated: is_validated && (is_flow || property.cascades),
                ..place
            };
            if tree.is_null(entry.value) && !tree.is_absent(entry.value) {
                // Kestra drops nulls before it reads a flow: a null is as good as nothing.
                if property.required && is_validated {
                    self.report(
                        entry.value,
                        place,
                        SchemaProblemKind::MissingProperty {
                            property: property.name,
                        },
                    );
                }
                continue;
            }
            self.value(entry.value, &property.schema, place);
        }
        // Bean validation does not reach the cases of a Switch: saved, and fails when it runs.
        let is_certain = is_certain && is_validated;
        if is_validated || within.plugin.is_some() {
            self.required(
                node,
                Place {
                    is_certain,
                    ..place
                },
            );
        }
    }

    fn required(&mut self, node: NodeId, place: Place<'run>) {
        let tree = self.tree;
        for property in place.within.properties.required() {
            let has = |key: &str| tree.entry(node, key).is_some();
            let present = has(property.name) || property.aliases.iter().any(|alias| has(alias));
            if !present && !self.has_default(place.within.plugin, property.name) {
                self.report(
                    node,
                    place,
                    SchemaProblemKind::MissingProperty {
                        property: property.name,
                    },
                );
            }
        }
    }

    /// Whether the flow's plugin defaults give a property to a type (Kestra 1.3).
    fn has_default(&self, plugin: Option<&TypeFacts>, property: &str) -> bool {
        let Some(plugin) = plugin else { return false };
        self.flow.plugin_defaults.iter().any(|default| {
            let prefix = default
                .type_node
                .and_then(|node| self.tree.scalar_text(node));
            let values = default
                .values
                .is_some_and(|values| self.tree.get(values, property).is_some());
            // A default on an alias reaches the canonical type.
            let reaches = |prefix: &str| {
                plugin.name.starts_with(prefix)
                    || self
                        .catalogue
                        .find(prefix)
                        .is_some_and(|found| found.facts.name == plugin.name)
            };
            values && prefix.is_some_and(reaches)
        })
    }

    fn value(&mut self, node: NodeId, schema: &'run Schema, place: Place<'run>) {
        if place.depth > NESTING_LIMIT {
            return;
        }
        if place.rendering() == Rendering::Typed {
            self.literal(node, schema, place);
            return;
        }
        match schema {
            Schema::Any => {}
            Schema::Boolean => self.boolean(node, place),
            Schema::Integer(bounds) => self.integer(node, *bounds, place),
            Schema::Number(bounds) => self.number(node, *bounds, place),
            Schema::Text(text) => self.text(node, text, place),
            Schema::List { items, size } => self.list(node, items, *size, place),
            Schema::Map { values, size } => self.map(node, values, *size, place),
            Schema::Object(reference) => {
                let properties = self.catalogue.definition(*reference);
                let name = self.catalogue.definition_name(*reference);
                self.nested(node, name, properties, place);
            }
            Schema::Plugin(slot) => self.plugin(node, slot, place),
            Schema::Tagged { property, variants } => self.tagged(node, property, variants, place),
            Schema::OneOf(alternatives) => self.one_of(node, alternatives, place),
        }
    }

    fn wrong_type(&mut self, node: NodeId, expected: &'static str, place: Place<'run>) {
        let property = place.name();
        self.report(
            node,
            place,
            SchemaProblemKind::WrongType { expected, property },
        );
    }

    /// An expression in a property that must be known when the flow is saved.
    fn is_template(&self, node: NodeId) -> bool {
        self.tree.scalar_text(node).is_some_and(has_template)
    }

    fn boolean(&mut self, node: NodeId, place: Place<'run>) {
        let holds = match self.tree.value(node) {
            Some(Value::Boolean(_) | Value::Integer(_) | Value::Null) => true,
            Some(Value::String(text)) if text.trim().is_empty() => return self.blank(node, place),
            Some(Value::String(text)) => matches!(
                text.trim(),
                "true" | "True" | "TRUE" | "false" | "False" | "FALSE"
            ),
            _ => false,
        };
        if !holds {
            self.wrong_type(node, "a boolean (`true` or `false`)", place);
        }
    }

    fn integer(&mut self, node: NodeId, bounds: NumberSchema, place: Place<'run>) {
        let number = match self.tree.value(node) {
            Some(Value::Integer(number)) => Some(number),
            // Jackson cuts the fraction off.
            #[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
            Some(Value::Float(number)) => Some(number as i64),
            Some(Value::Null) => return,
            Some(Value::String(text)) if text.trim().is_empty() => return self.blank(node, place),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        let fits = |number: &i64| bounds.long || i32::try_from(*number).is_ok();
        match number.filter(fits) {
            #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
            Some(number) => self.bounds(node, number as f64, bounds, place),
            None => self.wrong_type(node, "a whole number", place),
        }
    }

    /// A blank text becomes null, which may be wrong in its own right.
    fn blank(&mut self, node: NodeId, place: Place<'run>) {
        if let Some(property) = place
            .property
            .filter(|property| property.not_null && place.is_reached)
        {
            self.report(
                node,
                place,
                SchemaProblemKind::MissingProperty {
                    property: property.name,
                },
            );
        }
    }

    fn number(&mut self, node: NodeId, bounds: NumberSchema, place: Place<'run>) {
        let number = match self.tree.value(node) {
            #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
            Some(Value::Integer(number)) => Some(number as f64),
            Some(Value::Float(number)) => Some(number),
            Some(Value::Null) => return,
            Some(Value::String(text)) if text.trim().is_empty() => return,
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) => self.bounds(node, number, bounds, place),
            None => self.wrong_type(node, "a number", place),
        }
    }

    fn bounds(&mut self, node: NodeId, number: f64, bounds: NumberSchema, place: Place<'run>) {
        let NumberSchema {
            minimum,
            maximum,
            above,
            below,
            ..
        } = bounds;
        let broken = if let Some(minimum) = minimum.filter(|minimum| number < *minimum) {
            format!("at least {minimum}")
        } else if let Some(maximum) = maximum.filter(|maximum| number > *maximum) {
            format!("at most {maximum}")
        } else if let Some(above) = above.filter(|above| number <= *above) {
            format!("more than {above}")
        } else if let Some(below) = below.filter(|below| number >= *below) {
            format!("less than {below}")
        } else {
            return;
        };
        self.breaks(node, place, broken);
    }

    /// Whether the rule on identifiers looks at the property.
    fn is_identifier(&self, place: Place<'run>) -> bool {
        let within = place.within;
        let is_flow = self.flow.root == Some(within.node);
        match place.name() {
            "type" => true,
            "namespace" => is_flow,
            "id" => {
                let of_inputs = || {
                    self.flow
                        .inputs
                        .iter()
                        .any(|input| input.node == within.node)
                };
                let of_outputs = || {
                    let mut outputs = self.flow.outputs.iter();
                    outputs.any(|output| output.node == within.node)
                };
                is_flow || within.plugin.is_some() || of_inputs() || of_outputs()
            }
            _ => false,
        }
    }

    /// A rule of bean validation is broken, which counts only where that looks.
    fn breaks(&mut self, node: NodeId, place: Place<'run>, rule: String) {
        let is_certain = place.is_certain && place.is_reached;
        self.report(
            node,
            Place {
                is_certain,
                ..place
            },
            SchemaProblemKind::OutOfRange { rule },
        );
    }

    fn text(&mut self, node: NodeId, schema: &'run TextSchema, place: Place<'run>) {
        let is_moment = matches!(
            schema.format,
            Format::Date | Format::Time | Format::DateTime
        );
        if !self.tree.is_scalar(node) {
            // Jackson takes dates and times as lists of numbers, too.
            if !(is_moment && self.tree.is_sequence(node) && !is_instant(place)) {
                self.wrong_type(node, expected_text(schema), place);
            }
            return;
        }
        let text = self.tree.scalar_text(node).unwrap_or_default();
        // What is read into a class of its own when the flow is saved can't be an expression.
        let is_read = is_moment
            || schema.format == Format::Duration
            || !schema.enumeration.is_empty()
            || is_pattern(place);
        if has_template(text) {
            match place.rendering() {
                Rendering::Static if !is_read => {
                    self.report(node, place, SchemaProblemKind::NotRendered);
                }
                Rendering::Static => {}
                Rendering::Unmarked if is_read && self.is_of_library(place) => {}
                _ => return,
            }
        }
        match schema.format {
            Format::Date | Format::Time | Format::DateTime => self.moment(node, schema, place),
            Format::Duration => {
                if !text.trim().is_empty() {
                    self.report(
                        node,
                        place,
                        SchemaProblemKind::Duration { at_run_time: false },
                    );
                }
            }
            _ if !schema.enumeration.is_empty() => {
                self.enumeration(node, &schema.enumeration, false, place);
            }
            _ => self.text_rules(node, text, schema, place),
        }
    }

    fn is_of_library(&self, place: Place<'run>) -> bool {
        is_of_library(self.tree, self.catalogue, place.within.node)
    }

    /// A date or a time. What class a date with a time is of is known of inputs alone.
    fn moment(&mut self, node: NodeId, schema: &TextSchema, place: Place<'run>) {
        let text = self.tree.scalar_text(node).unwrap_or_default();
        let is_instant = is_instant(place);
        let holds = match (schema.format, self.tree.value(node)) {
            (_, Some(Value::Null))
            | (Format::Date, Some(Value::Integer(_)))
            | (Format::DateTime, Some(Value::Integer(_) | Value::Float(_))) => true,
            (_, Some(Value::Boolean(_))) => false,
            (Format::Date, _) => moment::is_date(text),
            (Format::Time, _) => moment::is_time(text),
            _ => !is_instant || moment::is_instant(text),
        };
        if !holds {
            self.wrong_type(node, expected_text(schema), place);
        }
    }

    fn enumeration(
        &mut self,
        node: NodeId,
        allowed: &'run [&'static str],
        at_run_time: bool,
        place: Place<'run>,
    ) {
        let text = self.tree.scalar_text(node).unwrap_or_default();
        let holds = match self.tree.value(node) {
            Some(Value::Null) => !self.tree.is_absent(node),
            // Jackson takes the ordinal of an enumeration's constant.
            Some(Value::Integer(ordinal)) => {
                usize::try_from(ordinal).is_ok_and(|ordinal| ordinal < allowed.len())
            }
            Some(Value::String(text)) if !at_run_time => text
                .parse::<usize>()
                .is_ok_and(|ordinal| ordinal < allowed.len()),
            _ => false,
        };
        if holds || allowed.contains(&text) {
            return;
        }
        let allowed = allowed.to_vec();
        self.report(
            node,
            place,
            SchemaProblemKind::NotInEnumeration {
                allowed,
                at_run_time,
            },
        );
    }

    /// Length and pattern. The names of the flow and of its parts are for the rule on identifiers.
    fn text_rules(&mut self, node: NodeId, text: &str, schema: &TextSchema, place: Place<'run>) {
        if !place.is_certain || self.is_identifier(place) {
            return;
        }
        let length = u64::try_from(text.encode_utf16().count()).unwrap_or(u64::MAX);
        let broken = if schema.not_blank && text.trim().is_empty() {
            "not blank".to_owned()
        } else if let Some(least) = schema.min_length.filter(|least| length < *least) {
            if least == 1 {
                "not empty".to_owned()
            } else {
                format!("at least {least} characters long")
            }
        } else if let Some(most) = schema.max_length.filter(|most| length > *most) {
            format!("at most {most} characters long")
        } else if let Some(pattern) = schema
            .pattern
            .filter(|pattern| !matches_pattern(pattern, text))
        {
            format!("a match of `{pattern}`")
        } else if is_pattern(place)
            && let Some(problem) = java_pattern::problem(text)
        {
            format!("a regular expression, and {problem}")
        } else {
            return;
        };
        self.breaks(node, place, broken);
    }

    fn list(&mut self, node: NodeId, items: &'run Schema, size: Size, place: Place<'run>) {
        if !self.tree.is_sequence(node) {
            self.wrong_type(node, "a list", place);
            return;
        }
        self.size(node, self.tree.items(node).len(), size, place);
        for item in self.tree.items(node) {
            if self.tree.is_null(item) && !self.tree.is_absent(item) {
                continue;
            }
            self.value(
                item,
                items,
                Place {
                    depth: place.depth + 1,
                    ..place
                },
            );
        }
    }

    fn map(&mut self, node: NodeId, values: &'run Schema, size: Size, place: Place<'run>) {
        if !self.tree.is_mapping(node) {
            self.wrong_type(node, "a mapping", place);
            return;
        }
        self.size(node, self.tree.entries(node).len(), size, place);
        for entry in self.tree.entries(node) {
            if !self.tree.is_null(entry.value) {
                self.value(
                    entry.value,
                    values,
                    Place {
                        depth: place.depth + 1,
                        ..place
                    },
                );
            }
        }
    }

    fn size(&mut self, node: NodeId, found: usize, size: Size, place: Place<'run>) {
        if !place.is_certain {
            return;
        }
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        let broken = if let Some(least) = size.minimum.filter(|least| found < *least) {
            if least == 1 {
                "not empty".to_owned()
            } else {
                format!("of at least {least} entries")
            }
        } else if let Some(most) = size.maximum.filter(|most| found > *most) {
            format!("of at most {most} entries")
        } else {
            return;
        };
        self.breaks(node, place, broken);
    }

    fn nested(
        &mut self,
        node: NodeId,
        name: &'run str,
        properties: &'run ObjectSchema,
        place: Place<'run>,
    ) {
        if !self.tree.is_mapping(node) {
            self.wrong_type(node, "a mapping", place);
            return;
        }
        let within = Within {
            name,
            plugin: None,
            properties,
            node,
        };
        self.object(
            node,
            within,
            place.is_certain,
            place.is_validated,
            place.depth + 1,
        );
    }

    fn tagged(
        &mut self,
        node: NodeId,
        property: &'run str,
        variants: &'run [(&'static str, crate::catalogue::Reference)],
        place: Place<'run>,
    ) {
        if !self.tree.is_mapping(node) {
            self.wrong_type(node, "a mapping", place);
            return;
        }
        let Some(tag) = self.tree.get(node, property) else {
            self.report(node, place, SchemaProblemKind::MissingProperty { property });
            return;
        };
        let text = self.tree.scalar_text(tag).unwrap_or_default();
        let Some((_, reference)) = variants.iter().find(|(value, _)| *value == text) else {
            let allowed = variants.iter().map(|(value, _)| *value).collect();
            self.report(
                tag,
                place,
                SchemaProblemKind::NotInEnumeration {
                    allowed,
                    at_run_time: false,
                },
            );
            return;
        };
        let properties = self.catalogue.definition(*reference);
        self.nested(node, text, properties, place);
    }

    /// The first alternative without a problem; else the problems of the one that has the value's shape.
    fn one_of(&mut self, node: NodeId, alternatives: &'run [Schema], place: Place<'run>) {
        let before = self.problems.len();
        let mut best: Option<Vec<SchemaProblem<'run>>> = None;
        for alternative in alternatives {
            self.value(node, alternative, place);
            let found = self.problems.split_off(before);
            let is_refused = found.iter().any(|problem| !problem.kind.is_advice());
            if !is_refused {
                self.problems.extend(found);
                return;
            }
            let other_shape = matches!(found.first(), Some(SchemaProblem { node: wrong, kind: SchemaProblemKind::WrongType { .. }, .. }) if *wrong == node);
            if best.is_none() || !other_shape {
                best = Some(found);
            }
        }
        self.problems.extend(best.unwrap_or_default());
    }

    fn plugin(&mut self, node: NodeId, slot: &'run PluginSlot, place: Place<'run>) {
        let tree = self.tree;
        if !tree.is_mapping(node) {
            self.report(
                node,
                place,
                SchemaProblemKind::NotAPlugin {
                    expected: slot.kind,
                },
            );
            return;
        }
        let Some(type_node) = tree.get(node, "type") else {
            self.report(
                node,
                place,
                SchemaProblemKind::MissingProperty { property: "type" },
            );
            return;
        };
        let name = tree.scalar_text(type_node).unwrap_or_default();
        let Some(found) = self.catalogue.find(name) else {
            let is_certain = self.catalogue.package_is_closed(name) || !name.contains('.');
            let place = Place {
                is_certain,
                ..place
            };
            self.report(
                type_node,
                place,
                SchemaProblemKind::UnknownType {
                    expected: slot.kind,
                },
            );
            return;
        };
        let facts = found.facts;
        if facts.kind != slot.kind && facts.kind != Kind::Unknown && slot.kind != Kind::Unknown {
            let kind = SchemaProblemKind::WrongKind {
                expected: slot.kind,
                found: facts,
            };
            let is_certain = matches!(
                facts.provenance,
                Provenance::Library | Provenance::PluginSource(_) | Provenance::User
            );
            self.report(
                type_node,
                Place {
                    is_certain,
                    ..place
                },
                kind,
            );
            return;
        }
        if found.alias || facts.deprecated {
            let kind = SchemaProblemKind::DeprecatedType {
                found: facts,
                is_alias: found.alias,
            };
            self.report(type_node, place, kind);
        }
        if let Some(properties) = &facts.properties {
            let within = Within {
                name: facts.name,
                plugin: Some(facts),
                properties,
                node,
            };
            self.object(
                node,
                within,
                facts.complete,
                place.is_validated,
                place.depth + 1,
            );
        }
    }

    /// A `Property<T>`: saved whatever it holds, read when the task runs.
    fn literal(&mut self, node: NodeId, schema: &'run Schema, place: Place<'run>) {
        if !self.tree.is_scalar(node) || self.is_template(node) {
            return;
        }
        // Kestra 2.0 reads the default of an input when the flow is saved: a rule of its own.
        if place.name() == "defaults" && self.catalogue.target() == Target::V2_0 {
            return;
        }
        let text = self.tree.scalar_text(node).unwrap_or_default();
        let quoted = self.tree.scalar_style(node) != Some(ScalarStyle::Plain);
        if text.is_empty() || (!quoted && self.tree.value(node) == Some(Value::Null)) {
            return;
        }
        let expected = match schema {
            Schema::Boolean if !is_boolean_literal(self.tree, node) => {
                "a boolean (`true` or `false`)"
            }
            Schema::Integer(_) if !is_integer_literal(self.tree, node) => "a whole number",
            Schema::Number(_) if !is_number_literal(self.tree, node) => "a number",
            Schema::Text(schema) if schema.format == Format::Duration => {
                self.report(
                    node,
                    place,
                    SchemaProblemKind::Duration { at_run_time: true },
                );
                return;
            }
            Schema::Text(schema) if !schema.enumeration.is_empty() => {
                self.enumeration(node, &schema.enumeration, true, place);
                return;
            }
            _ => return,
        };
        self.report(node, place, SchemaProblemKind::BadLiteral { expected });
    }

    /// Kestra 1.3 refuses a default for a property that the type does not have.
    fn plugin_defaults(&mut self) {
        let tree = self.tree;
        for default in &self.flow.plugin_defaults {
            let type_name = default.type_node.and_then(|node| tree.scalar_text(node));
            let Some(found) = type_name.and_then(|name| self.catalogue.find(name)) else {
                continue;
            };
            let (Some(properties), Some(values)) = (&found.facts.properties, default.values) else {
                continue;
            };
            let within = Within {
                name: found.facts.name,
                plugin: Some(found.facts),
                properties,
                node: values,
            };
            for entry in tree.entries(values) {
                let known = tree
                    .scalar_text(entry.key)
                    .is_some_and(|key| properties.property(key).is_some());
                if !known && !properties.open {
                    self.problems.push(SchemaProblem {
                        node: entry.key,
                        kind: SchemaProblemKind::UnknownDefault { facts: found.facts },
                        is_certain: found.facts.complete,
                        within,
                    });
                }
            }
        }
    }
}

impl SchemaProblem<'_> {
    /// Whether the flow as it would run lacks the problem: a policy gives what is missing, or takes away
    /// what is wrong.
    pub fn is_settled_by(&self, tree: &Tree, governed: &Governed<'_>) -> bool {
        let is_given = match self.kind {
            SchemaProblemKind::MissingProperty { property } => {
                governed.gives(self.within.node, property) || governed.gives(self.node, property)
            }
            _ => false,
        };
        is_given || governed.takes(tree, self.node)
    }
}

impl SchemaProblemKind<'_> {
    /// Whether Kestra saves the flow all the same.
    pub fn is_advice(&self) -> bool {
        matches!(
            self,
            Self::DeprecatedType { .. }
                | Self::DeprecatedProperty
                | Self::NotRendered
                | Self::BadLiteral { .. }
                | Self::NotAPlugin { .. }
                | Self::Duration { .. }
                | Self::NotInEnumeration {
                    at_run_time: true,
                    ..
                }
        )
    }
}

/// Whether a mapping stands in the flow itself or in a type of the released libraries, whose classes are known exactly.
pub fn is_of_library(tree: &Tree, catalogue: &Catalogue, mapping: NodeId) -> bool {
    std::iter::successors(Some(mapping), |node| tree.parent(*node))
        .filter_map(|node| tree.get_text(node, "type"))
        .find_map(|name| catalogue.find(name))
        .is_none_or(|found| found.facts.provenance == Provenance::Library)
}

/// Whether a date with a time is an instant: the bounds of an input of that type.
fn is_instant(place: Place<'_>) -> bool {
    place.within.name == "DATETIME"
}

/// Whether the text of a property must be a regular expression.
fn is_pattern(place: Place<'_>) -> bool {
    place
        .property
        .is_some_and(|property| property.checks.contains(&"Regex"))
}

fn expected_text(schema: &TextSchema) -> &'static str {
    match schema.format {
        Format::Duration => "a duration such as `PT5M`",
        Format::Uri => "a URI",
        Format::Date => "a date such as `2026-01-31`",
        Format::DateTime => "a date with time and zone such as `2026-01-31T18:30:00Z`",
        Format::Time => "a time such as `18:30:00`",
        _ => "text",
    }
}

fn is_boolean_literal(tree: &Tree, node: NodeId) -> bool {
    match tree.value(node) {
        Some(Value::Boolean(_)) => true,
        Some(Value::String(text)) => {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }
        _ => false,
    }
}

fn is_integer_literal(tree: &Tree, node: NodeId) -> bool {
    match tree.value(node) {
        Some(Value::Integer(_) | Value::Float(_)) => true,
        Some(Value::String(text)) => text.trim().parse::<i64>().is_ok(),
        _ => false,
    }
}

fn is_number_literal(tree: &Tree, node: NodeId) -> bool {
    match tree.value(node) {
        Some(Value::Integer(_) | Value::Float(_)) => true,
        Some(Value::String(text)) => text.trim().parse::<f64>().is_ok(),
        _ => false,
    }
}

/// Whether the whole text matches a Java pattern; patterns that Rust's engine doesn't know hold.
fn matches_pattern(pattern: &'static str, text: &str) -> bool {
    static COMPILED: OnceLock<RwLock<HashMap<&'static str, Option<Regex>>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(RwLock::default);
    if let Some(known) = compiled
        .read()
        .ok()
        .and_then(|known| known.get(pattern).cloned())
    {
        return known.is_none_or(|regex| regex.is_match(text));
    }
    let regex = Regex::new(&format!("^(?:{pattern})$")).ok();
    if let Ok(mut known) = compiled.write() {
        known.insert(pattern, regex.clone());
    }
    regex.is_none_or(|regex| regex.is_match(text))
}

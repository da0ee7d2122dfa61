//! Tests of the embedded facts and of the room's own code.

use super::*;

fn both() -> impl Iterator<Item = &'static Catalogue> {
    Target::ALL.into_iter().map(Catalogue::of)
}

#[test]
fn every_type_and_definition_decodes() {
    for catalogue in both() {
        let image = catalogue.base.image;
        assert!(image.type_count() > 600, "{}", catalogue.target());
        for index in 0..image.type_count() {
            assert!(
                catalogue.base.type_at(index).is_some(),
                "{:?}",
                image.name(index)
            );
        }
        for index in 0..image.definition_count() {
            assert!(
                catalogue.base.definition(index).is_some(),
                "{:?}",
                image.definition_name(index)
            );
        }
    }
}

#[test]
fn every_name_is_found_and_leads_to_its_type() {
    for catalogue in both() {
        for (name, _, alias) in catalogue.all_names() {
            let found = catalogue.find(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(found.alias, alias, "{name}");
            assert!(alias || found.facts.name == name);
        }
        assert!(catalogue.find("io.kestra.plugin.core.log.Lag").is_none());
        assert!(catalogue.find("").is_none());
    }
}

#[test]
fn a_type_is_decoded_once_and_only_when_asked_for() {
    let embedded = EMBEDDED[0];
    let layer = Layer::new(Image::open(embedded.0, embedded.1, false));
    assert!(layer.types.iter().all(|slot| slot.get().is_none()));
    let first: *const TypeFacts = layer.find("io.kestra.plugin.core.log.Log").unwrap().facts;
    assert_eq!(
        layer
            .types
            .iter()
            .filter(|slot| slot.get().is_some())
            .count(),
        1
    );
    let second: *const TypeFacts = layer.find("io.kestra.plugin.core.log.Log").unwrap().facts;
    assert_eq!(first, second);
}

#[test]
fn the_log_task_is_as_kestra_has_it() {
    for catalogue in both() {
        let log = catalogue
            .find("io.kestra.plugin.core.log.Log")
            .unwrap()
            .facts;
        assert_eq!(log.kind, Kind::Task);
        assert!(log.traits.runnable() && !log.traits.flowable() && log.complete);
        let message = log.property("message").unwrap();
        assert!(message.required);
        assert_ne!(message.rendering, Rendering::Static);
        let level = log.property("level").unwrap();
        assert_eq!(level.rendering, Rendering::Typed);
        assert!(matches!(&level.schema, Schema::Text(text) if text.enumeration.contains(&"WARN")));
        assert!(log.property("mesage").is_none());
        let properties = &log.properties.as_ref().unwrap().properties;
        assert_eq!(
            nearest_property("mesage", properties).unwrap().name,
            "message"
        );
    }
}

#[test]
fn aliases_of_core_left_with_2_0() {
    let old = "io.kestra.core.tasks.log.Log";
    let found = Catalogue::of(Target::V1_3).find(old).unwrap();
    assert!(found.alias);
    assert_eq!(found.facts.name, "io.kestra.plugin.core.log.Log");
    assert!(Catalogue::of(Target::V2_0).find(old).is_none());
}

#[test]
fn types_come_and_go_between_versions() {
    let (old, new) = (Catalogue::of(Target::V1_3), Catalogue::of(Target::V2_0));
    assert!(
        old.knows("io.kestra.plugin.core.flow.ForEach")
            && !new.knows("io.kestra.plugin.core.flow.ForEach")
    );
    assert!(
        !old.knows("io.kestra.plugin.core.flow.Loop")
            && new.knows("io.kestra.plugin.core.flow.Loop")
    );
}

#[test]
fn the_flow_model_has_its_properties_and_inputs() {
    for catalogue in both() {
        let flow = catalogue.flow();
        for name in ["id", "namespace", "tasks"] {
            assert!(
                flow.property(name)
                    .is_some_and(|property| property.required),
                "{name}"
            );
        }
        let select = catalogue.input("SELECT").unwrap();
        assert!(select.property("values").is_some());
        assert!(catalogue.input("URL").is_none());
    }
    assert!(
        Catalogue::of(Target::V1_3)
            .flow()
            .property("pluginDefaults")
            .is_some()
    );
    assert!(
        Catalogue::of(Target::V2_0)
            .flow()
            .property("pluginDefaults")
            .is_none()
    );
}

#[test]
fn packages_say_how_much_absence_means() {
    let (old, new) = (Catalogue::of(Target::V1_3), Catalogue::of(Target::V2_0));
    for catalogue in [old, new] {
        assert!(catalogue.package_is_closed("io.kestra.plugin.core.log.Nothing"));
        assert!(catalogue.package_is_closed("io.kestra.plugin.scripts.python.Nothing"));
        assert!(!catalogue.package_is_closed("io.kestra.plugin.azure.Nothing"));
        assert!(catalogue.is_enterprise("io.kestra.plugin.ee.aws.runner.Batch"));
        assert!(!catalogue.is_enterprise("io.kestra.plugin.aws.s3.List"));
    }
    assert!(old.package_is_closed("io.kestra.plugin.slack.Nothing"));
    assert!(!new.package_is_closed("io.kestra.plugin.slack.Nothing"));
}

#[test]
fn misspelt_types_are_recognised() {
    let catalogue = Catalogue::of(Target::V2_0);
    let cases = [
        (
            "io.kestra.plugin.core.log.Lag",
            "io.kestra.plugin.core.log.Log",
        ),
        (
            "io.kestra.plugin.core.logs.Log",
            "io.kestra.plugin.core.log.Log",
        ),
        (
            "io.kestra.plugin.core.flow.Paralel",
            "io.kestra.plugin.core.flow.Parallel",
        ),
        (
            "io.kestra.plugin.http.Request",
            "io.kestra.plugin.core.http.Request",
        ),
    ];
    for (wrong, right) in cases {
        assert_eq!(
            catalogue.suggest(wrong, Some(Kind::Task)).first(),
            Some(&right),
            "{wrong}"
        );
    }
    assert!(catalogue.suggest("com.example.Unrelated", None).is_empty());
    let near = catalogue.suggest("io.kestra.plugin.core.lgo.Log", Some(Kind::Task));
    assert_eq!(near, ["io.kestra.plugin.core.log.Log"]);
}

#[test]
fn a_damaged_image_finds_nothing_and_stops() {
    let (text, bytes) = EMBEDDED[0];
    for length in [0, 3, 16, 33, bytes.len() / 3] {
        let image = Image::open(text, &bytes[..length], false);
        let _ = image.find("io.kestra.plugin.core.log.Log");
        for index in (0..image.type_count()).step_by(97) {
            let _ = image.type_facts(index);
        }
    }
}

#[test]
fn own_types_are_laid_over_the_embedded_ones() {
    let records = [
        serde_json::json!({ "definition": "com.acme.Options", "properties": { "deep": "boolean" } }),
        serde_json::json!({
            "type": "com.acme.Deploy", "kind": "task", "aliases": ["com.acme.Old"], "complete": true,
            "properties": { "options": { "is": "#com.acme.Options", "required": true } },
        }),
    ];
    let catalogue = Catalogue::of(Target::V2_0).extended(&records).unwrap();
    let found = catalogue.find("com.acme.Old").unwrap();
    assert!(found.alias);
    assert_eq!(found.facts.provenance, Provenance::User);
    let options = found.facts.property("options").unwrap();
    let Schema::Object(reference) = options.schema else {
        panic!("{options:?}")
    };
    assert!(catalogue.definition(reference).property("deep").is_some());
    assert!(catalogue.find("io.kestra.plugin.core.log.Log").is_some());
    assert!(
        Catalogue::of(Target::V2_0)
            .find("com.acme.Deploy")
            .is_none()
    );
    let wrong = [serde_json::json!({ "type": "com.acme.Deploy", "properties": { "x": "#none" } })];
    assert!(
        Catalogue::of(Target::V2_0)
            .extended(&wrong)
            .unwrap_err()
            .contains("com.acme.Deploy")
    );
}

#[test]
fn the_page_of_a_type_is_made_from_its_name() {
    let page = |name: &str| documentation_url(name).unwrap_or_default();
    assert_eq!(
        page("io.kestra.plugin.core.flow.Subflow"),
        "https://kestra.io/plugins/core/flow/io.kestra.plugin.core.flow.subflow"
    );
    assert_eq!(
        page("io.kestra.plugin.aws.s3.Delete"),
        "https://kestra.io/plugins/plugin-aws/s3/io.kestra.plugin.aws.s3.delete"
    );
    assert_eq!(
        page("io.kestra.plugin.scripts.python.Script"),
        "https://kestra.io/plugins/plugin-script-python/io.kestra.plugin.scripts.python.script"
    );
    assert_eq!(page("com.acme.Deploy"), "");
}

#[test]
fn every_mark_of_a_record_survives_packing() {
    let records = [
        serde_json::json!({ "base": "task", "properties": { "id": { "is": "string", "required": true }, "gone": "any" } }),
        serde_json::json!({ "definition": "a.D", "open": true, "properties": {} }),
        serde_json::json!({ "package": "a", "source": "somewhere", "closed": true }),
        serde_json::json!({
            "type": "a.T", "kind": "task", "base_properties": "task", "without": ["gone"], "aliases": ["a.Old"],
            "deprecated": true, "internal": true, "traits": ["flowable", "output-files"], "outputs": { "properties": { "n": "long" } },
            "properties": {
                "count": { "is": "integer", "min": 1, "above": 0, "max": 9, "render": "typed", "default": 3, "notNull": true },
                "items": { "list": { "enum": ["A", "B"] }, "min": 1, "max": 4, "valid": true, "checks": ["item:Own"] },
                "map": { "map": "#a.D", "render": "yes", "secret": true, "deprecated": true },
                "text": { "is": "string", "pattern": "a+", "minLength": 2, "maxLength": 3, "notBlank": true, "aliases": ["texts"] },
                "slot": { "plugin": "additional", "types": ["a.P"], "hidden": true },
                "any": { "is": "any", "meant": { "one": ["duration", "uri"] }, "render": "no" },
                "kind": { "by": "type", "tagged": { "one": "#a.D", "another": "#a.D" } },
            },
        }),
    ];
    let catalogue = Catalogue::of(Target::V2_0).extended(&records).unwrap();
    let facts = catalogue.find("a.T").unwrap().facts;
    assert!(
        facts.deprecated
            && facts.internal
            && facts.traits.flowable()
            && facts.traits.output_files()
    );
    assert!(!facts.traits.runnable() && !facts.complete);
    assert_eq!(facts.aliases[..], ["a.Old"]);
    assert!(catalogue.package_is_closed("a.Unknown"));
    assert!(facts.property("id").unwrap().required && facts.property("gone").is_none());
    assert!(facts.outputs.as_ref().unwrap().property("n").is_some());

    let count = facts.property("count").unwrap();
    let Schema::Integer(bounds) = &count.schema else {
        panic!("{count:?}")
    };
    assert_eq!(
        (bounds.minimum, bounds.above, bounds.maximum, bounds.below),
        (Some(1.0), Some(0.0), Some(9.0), None)
    );
    assert_eq!(
        (
            count.rendering,
            count.default,
            count.not_null,
            count.required
        ),
        (Rendering::Typed, Some("3"), true, false)
    );
    let items = facts.property("items").unwrap();
    let Schema::List { items: inner, size } = &items.schema else {
        panic!("{items:?}")
    };
    assert_eq!((size.minimum, size.maximum), (Some(1), Some(4)));
    assert!(matches!(&**inner, Schema::Text(text) if text.enumeration[..] == ["A", "B"]));
    assert!(items.cascades && items.checks[..] == ["item:Own"]);
    let map = facts.property("map").unwrap();
    assert!(map.secret && map.deprecated && map.rendering == Rendering::Rendered);
    let Schema::Map { values, .. } = &map.schema else {
        panic!("{map:?}")
    };
    assert!(
        matches!(&**values, Schema::Object(reference) if catalogue.definition(*reference).open)
    );
    let text = facts.property("texts").unwrap();
    assert_eq!(text.name, "text");
    let Schema::Text(rules) = &text.schema else {
        panic!("{text:?}")
    };
    assert_eq!(
        (
            rules.pattern,
            rules.min_length,
            rules.max_length,
            rules.not_blank
        ),
        (Some("a+"), Some(2), Some(3), true)
    );
    let slot = facts.property("slot").unwrap();
    assert!(slot.hidden);
    assert!(
        matches!(&slot.schema, Schema::Plugin(slot) if slot.kind == Kind::Additional && slot.types[..] == ["a.P"])
    );
    let any = facts.property("any").unwrap();
    assert_eq!(
        (&any.schema, any.rendering),
        (&Schema::Any, Rendering::Static)
    );
    assert!(matches!(any.meant.as_deref(), Some(Schema::OneOf(meant)) if meant.len() == 2));
    let kind = facts.property("kind").unwrap();
    assert!(
        matches!(&kind.schema, Schema::Tagged { property: "type", variants } if variants[0].0 == "another")
    );
}

#[test]
fn schemas_of_kestra_become_records() {
    let schema = serde_json::json!({
        "properties": {
            "type": { "const": "a.T" },
            "flag": { "anyOf": [{ "$dynamic": true, "type": "boolean" }, { "$dynamic": true, "type": "string" }] },
            "free": { "anyOf": [{ "type": "string" }, { "type": "object" }] },
            "runner": { "anyOf": [{ "$ref": "#/$defs/a.Docker" }, { "$ref": "#/$defs/a.Process" }] },
            "retry": { "anyOf": [{ "$ref": "#/$defs/a.Constant-2" }] },
            "self": { "allOf": [{ "$ref": "#/$defs/a.Loop" }, { "$dynamic": false }] },
            "text": { "$dynamic": true, "type": "string", "default": "x" },
        },
        "required": ["type", "text", "runner"],
        "$defs": {
            "a.Constant-2": { "properties": { "type": { "const": "constant" } }, "type": "object" },
            "a.Loop": { "properties": { "again": { "$ref": "#/$defs/a.Loop" } }, "type": "object" },
        },
    });
    let kinds = [("a.Docker", "task-runner"), ("a.Process", "task-runner")];
    let kinds = kinds
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    let mut converter = convert::Converter {
        kinds: kinds.collect(),
        ..convert::Converter::default()
    };
    let constraints = serde_json::json!({ "text": ["@jakarta.validation.constraints.NotNull()", "@a.b.OwnCheck()"] });
    let description = convert::Description {
        name: "a.T",
        kind: "task",
        properties: &schema,
        outputs: None,
        constraints: Some(&constraints),
    };
    let record = converter.convert(&description).unwrap();
    let properties = &record["properties"];
    assert_eq!(
        properties["flag"],
        serde_json::json!({ "is": "boolean", "render": "typed" })
    );
    assert_eq!(properties["free"]["is"], "any");
    assert_eq!(
        properties["free"]["meant"]["one"][1],
        serde_json::json!({ "map": "any" })
    );
    // A task runner has a default, though the schema doesn't show it.
    assert_eq!(
        properties["runner"],
        serde_json::json!({ "is": "plugin:task-runner", "notNull": true })
    );
    assert_eq!(
        properties["retry"],
        serde_json::json!({ "by": "type", "tagged": { "constant": "#a.Constant" } })
    );
    assert_eq!(
        properties["self"],
        serde_json::json!({ "is": "#a.Loop", "render": "no" })
    );
    assert_eq!(properties["text"]["notNull"], true);
    assert_eq!(
        properties["text"]["checks"],
        serde_json::json!(["OwnCheck"])
    );
    assert_eq!(
        converter.definitions["a.Loop"]["properties"]["again"],
        "#a.Loop"
    );
}

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

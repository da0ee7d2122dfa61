//! What is evaluated, what is left unknown, and that no text makes it stop.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Terraform, TerraformProblemKind, read_terraform};
use crate::source::Files;

fn read(files: &[(&str, &str)]) -> Terraform {
    let overlay: HashMap<PathBuf, Arc<str>> = files
        .iter()
        .map(|(path, text)| (PathBuf::from(path), Arc::from(*text)))
        .collect();
    let texts: Vec<(PathBuf, Arc<str>)> = files
        .iter()
        .filter(|(path, _)| {
            std::path::Path::new(path)
                .extension()
                .is_some_and(|end| end == "tf")
        })
        .map(|(path, text)| (PathBuf::from(path), Arc::from(*text)))
        .collect();
    read_terraform(&texts, &mut Files::default(), &overlay)
}

/// The text of the only flow of a resource with this content.
fn content(expression: &str, more: &[(&str, &str)]) -> String {
    let main = format!(
        "variable \"known\" {{ default = \"yes\" }}\nvariable \"asked\" {{}}\nlocals {{ list = [\"a\", \"b\"] }}\n\
         resource \"kestra_flow\" \"f\" {{\n  flow_id = \"f\"\n  namespace = \"n\"\n  content = {expression}\n}}\n"
    );
    let files: Vec<(&str, &str)> = [("main.tf", main.as_str())]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let terraform = read(&files);
    assert_eq!(terraform.flows.len(), 1, "{:?}", terraform.problems);
    terraform.flows[0].document.text.to_string()
}

const HEAD: &str = "id: f\nnamespace: n\n";

#[test]
fn expressions_are_evaluated_as_terraform_does() {
    let cases = [
        ("\"${HEAD}x: ${var.known}\"", "x: yes"),
        ("\"${HEAD}x: ${join(\",\", local.list)}\"", "x: a,b"),
        ("\"${HEAD}x: ${1 + 2 * 3}\"", "x: 7"),
        (
            "\"${HEAD}x: ${var.known == \"yes\" ? \"a\" : \"b\"}\"",
            "x: a",
        ),
        ("\"${HEAD}x: ${upper(local.list[1])}\"", "x: B"),
        (
            "\"${HEAD}%{ for x in local.list }${x};%{ endfor }\"",
            "a;b;",
        ),
        ("\"${HEAD}%{ if false }a%{ else }b%{ endif }\"", "b"),
        (
            "\"${HEAD}x: $${kept} \\\"q\\\" \\u00e9\"",
            "x: ${kept} \"q\" é",
        ),
        (
            "\"${HEAD}x: ${[for x in local.list : \"<${x}>\"][0]}\"",
            "x: <a>",
        ),
        (
            "\"${HEAD}x: ${{ for k, v in { a = 1 } : k => v }.a}\"",
            "x: 1",
        ),
        (
            "\"${HEAD}x: ${format(\"%s-%s\", \"a\", length(local.list))}\"",
            "x: a-2",
        ),
        ("\"${HEAD}${indent(2, \"a:\\nb: 1\")}\"", "a:\n  b: 1"),
        (
            "\"${HEAD}x: ${lookup({ a = \"z\" }, \"b\", \"d\")}\"",
            "x: d",
        ),
    ];
    for (expression, expected) in cases {
        let expression = expression.replace("${HEAD}", "id: f\\nnamespace: n\\n");
        assert_eq!(
            content(&expression, &[]),
            format!("{HEAD}{expected}"),
            "{expression}"
        );
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let main = "variable \"asked\" {}\nresource \"kestra_flow\" \"f\" {\n  flow_id = \"f\"\n  namespace = \"n\"\n\
                content = <<-EOT\n    id: f\n    namespace: n\n    x: ${var.asked}\n    ${var.asked}\n  EOT\n}\n";
    let terraform = read(&[("main.tf", main)]);
    let document = &terraform.flows[0].document;
    assert_eq!(
        &*document.text,
        "id: f\nnamespace: n\nx: unknown1\n# unknown2\n"
    );
    assert!(document.is_incomplete);
    let unknown = document
        .segments
        .iter()
        .filter(|segment| segment.is_unknown);
    assert_eq!(unknown.count(), 2);
    // Nothing is known of a whole content: there is no flow.
    let main =
        "variable \"asked\" {}\nresource \"kestra_flow\" \"f\" {\n  content = var.asked\n}\n";
    assert!(read(&[("main.tf", main)]).flows.is_empty());
}

#[test]
fn every_byte_of_a_heredoc_knows_its_place() {
    let main =
        "resource \"kestra_flow\" \"f\" {\n  content = <<-EOT\n    id: é\n      b: 1\n  EOT\n}\n";
    let terraform = read(&[("main.tf", main)]);
    let document = &terraform.flows[0].document;
    for segment in &document.segments {
        let Some(origin) = segment.origin else {
            continue;
        };
        assert_eq!(&document.text[segment.range], &main[origin.range]);
    }
    assert!(
        document.text.ends_with("id: é\n  b: 1\n"),
        "{:?}",
        document.text
    );
}

#[test]
fn an_absent_id_is_taken_from_the_resource() {
    let main = "resource \"kestra_flow\" \"f\" {\n  flow_id = \"f\"\n  namespace = \"n\"\n  content = file(\"t.yaml\")\n}\n";
    let terraform = read(&[("main.tf", main), ("t.yaml", "tasks: []\n")]);
    assert_eq!(
        &*terraform.flows[0].document.text,
        "id: f\nnamespace: n\ntasks: []\n"
    );
    assert!(!terraform.flows[0].names_itself);
}

#[test]
fn modules_are_called_with_their_arguments_and_repeated() {
    let root = "module \"m\" {\n  source = \"./m\"\n  for_each = toset([\"a\", \"b\"])\n  id = each.key\n}\n";
    let module = "variable \"id\" {}\nresource \"kestra_flow\" \"f\" {\n  flow_id = var.id\n  namespace = \"n\"\n\
                  content = yamlencode({ id = var.id, namespace = \"n\", list = [1, { k = \"v\" }] })\n}\n";
    let terraform = read(&[("main.tf", root), ("m/main.tf", module)]);
    let texts: Vec<&str> = terraform
        .flows
        .iter()
        .map(|flow| &*flow.document.text)
        .collect();
    let expected = |id: &str| {
        format!("\"id\": \"{id}\"\n\"list\":\n- 1\n- \"k\": \"v\"\n\"namespace\": \"n\"\n")
    };
    assert_eq!(texts, [expected("a"), expected("b")]);
}

#[test]
fn what_has_no_end_is_left_alone() {
    let endless = "locals {\n  a = local.b\n  b = local.a\n}\nmodule \"self\" {\n  source = \"./\"\n}\n\
                   resource \"kestra_flow\" \"f\" {\n  flow_id = local.a\n  content = \"id: ${local.a}\"\n}\n";
    read(&[
        ("m/main.tf", endless),
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n}\n"),
    ]);
    let wide = "resource \"kestra_flow\" \"f\" {\n  count = 1000000000\n  content = join(\"\", range(0, 1000000000))\n}\n";
    assert!(read(&[("main.tf", wide)]).flows.len() <= 1);
    // Each names the one before it twice.
    let mut doubling = String::new();
    for index in 1..60 {
        let before = index - 1;
        let twice = format!("${{local.t{before}}}${{local.t{before}}}");
        let line = format!(
            "  a{index} = concat(local.a{before}, [local.a{before}])\n  t{index} = \"{twice}\"\n"
        );
        doubling.push_str(&line);
    }
    let doubling = format!(
        "locals {{\n  a0 = [1]\n  t0 = \"x\"\n{doubling}}}\nresource \"kestra_flow\" \"f\" {{\n  content = local.t59\n  flow_id = local.a59\n}}\n"
    );
    assert!(read(&[("main.tf", &doubling)]).flows.len() <= 1);
    let many = "module \"m\" {\n  source = \"./m\"\n  count = 1000\n}\n";
    let more = "module \"n\" {\n  source = \"../n\"\n  count = 1000\n}\n";
    let most = "module \"o\" {\n  source = \"../o\"\n  count = 1000\n}\n";
    let last = "variable \"x\" {}\n# kestra_flow\n";
    read(&[
        ("main.tf", many),
        ("m/main.tf", more),
        ("n/main.tf", most),
        ("o/main.tf", last),
    ]);
    let deep = format!(
        "locals {{\n  a = {}1{}\n}}\n# kestra_flow\n",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let problems = read(&[("main.tf", &deep)]).problems;
    assert!(matches!(problems[0].kind, TerraformProblemKind::Syntax(_)));
}

#[test]
fn no_text_makes_it_stop() {
    let main = "variable \"v\" { default = [\"a\", { k = 1.5 }] }\nlocals { x = { for k, v in var.v : k => \"${v}\" } }\n\
                module \"m\" {\n  source = \"./m\"\n  count = 2\n  a = templatefile(\"${path.module}/t.yaml\", { é = 1, b = var.v })\n}\n\
                resource \"kestra_flow\" \"f\" {\n  for_each = fileset(path.module, \"*.yaml\")\n  flow_id = \"f-${each.key}\"\n  \
                content = join(\"\\n\", [yamlencode({ id = each.value }), <<-EOT\n    ü: ${indent(3, file(\"t.yaml\"))}\n  EOT\n])\n  depends_on = [module.m]\n}\n";
    let module = "variable \"a\" {}\nresource \"kestra_flow\" \"g\" {\n  content = \"${var.a}%{ if true ~} x %{ endif ~}\"\n}\n";
    let template = "id: ${b[0]}\n%{ for k, v in b ~}\n  - ${k} $${x} é\n%{~ endfor }\n";
    // A small generator of numbers, so that a failure can be repeated.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(limit.max(1)).unwrap()).unwrap()
    };
    for _ in 0..400 {
        let texts: Vec<String> = [main, module, template]
            .iter()
            .map(|text| {
                let mut letters: Vec<char> = text.chars().collect();
                for _ in 0..next(4) {
                    let at = next(letters.len());
                    match next(3) {
                        0 => drop(letters.drain(at..(at + next(12)).min(letters.len()))),
                        1 => letters
                            .insert(at, ['"', '$', '{', '}', '\n', '~', '%', 'é', '['][next(9)]),
                        _ => {
                            let end = (at + next(30)).min(letters.len());
                            let copy = letters[at..end].to_vec();
                            let to = next(letters.len());
                            letters.splice(to..to, copy);
                        }
                    }
                }
                letters.into_iter().collect()
            })
            .collect();
        let terraform = read(&[
            ("main.tf", &texts[0]),
            ("m/main.tf", &texts[1]),
            ("t.yaml", &texts[2]),
        ]);
        for flow in &terraform.flows {
            let length: u32 = flow
                .document
                .segments
                .iter()
                .map(|segment| u32::from(segment.range.len()))
                .sum();
            assert_eq!(length as usize, flow.document.text.len());
        }
    }
}

//! What is evaluated, what is left unknown, and that no text makes it stop.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Terraform, TerraformProblemKind, read_terraform};
use crate::source::Files;
use crate::text::{TextRange, TextSize};

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
    read_terraform(&texts, &mut Files::default(), &overlay, |_| None)
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

/// Terraform takes a key that stands twice in an object, and its last value.
#[test]
fn of_keys_that_stand_twice_the_last_counts() {
    for object in [
        "{ key = \"a\", key = \"b\" }",
        "{\n key = \"a\"\n inner = { key = \"c\" }\n \"key\" = \"a\"\n \"key\" = \"b\"\n}",
        "{\n k = 1\n key : \"a\"\n k = 2\n key : \"x\"\n key : \"b\"\n}",
    ] {
        let text = content(&format!("\"${{HEAD}}x: ${{({object}).key}}\""), &[]);
        assert!(text.contains("x: b"), "{object}: {text}");
    }
    let flows = "resource \"kestra_flow\" \"f\" {\n  for_each = {\n    a = 1\n    b = 2\n    a = 3\n  }\n  flow_id = each.key\n  \
                 namespace = \"n\"\n  content = \"id: ${each.key}\\nnamespace: n\\nx: ${each.value}\"\n}\n";
    let terraform = read(&[("main.tf", flows)]);
    assert!(terraform.problems.is_empty(), "{:?}", terraform.problems);
    assert_eq!(terraform.flows.len(), 2);
    let twice = flows.replace("each.key\n", "each.key\n  flow_id = each.key\n");
    let broken = read(&[("main.tf", twice.as_str())]);
    assert!(matches!(
        broken.problems[0].kind,
        TerraformProblemKind::Syntax(_)
    ));
}

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
fn functions_give_what_terraform_gives() {
    let cases = [
        (r#"replace("a-b-c", "-", "_")"#, "a_b_c"),
        (r#"replace("v1.2", "/v([0-9]+).*/", "$1")"#, "1"),
        (
            r#"format("%03d|%-4s|%4s|%.2f|%q|%%", 7, "ab", "cd", 1.5, "e")"#,
            "007|ab  |  cd|1.50|\"e\"|%",
        ),
        (
            r#"join(";", formatlist("%s=%s", ["a", "b"], "c"))"#,
            "a=c;b=c",
        ),
        (r#"join(",", keys({ b = 1, a = 2 }))"#, "a,b"),
        (r#"join(",", values({ b = 1, a = 2 }))"#, "2,1"),
        (
            r#"join(",", [for k, v in { b = 1, a = 2 } : "${k}${v}"])"#,
            "a2,b1",
        ),
        (r#"join(",", toset(["b", "a", "b"]))"#, "a,b"),
        (r#"join(",", sort(distinct(["b", "a", "b"])))"#, "a,b"),
        (r#"join(",", setsubtract(["c", "a", "b"], ["a"]))"#, "b,c"),
        (r#"join(",", slice(["a", "b", "c"], 1, 3))"#, "b,c"),
        (
            r#"join(",", [for pair in setproduct(["a", "b"], ["c"]) : join("", pair)])"#,
            "ac,bc",
        ),
        (r#"join(",", flatten([["a"], [["b"]]]))"#, "a,b"),
        (r#"zipmap(["a", "b"], ["c", "d"]).b"#, "d"),
        (r#"merge({ a = "x" }, null, { a = "y" }).a"#, "y"),
        (r#"one(["a"])"#, "a"),
        (
            r#"join(",", matchkeys(["i", "j", "k"], ["a", "b", "a"], ["a"]))"#,
            "i,k",
        ),
        (
            r#"join(",", transpose({ x = ["b"], y = ["b", "a"] }).b)"#,
            "x,y",
        ),
        (r#"base64decode(base64encode("é?"))"#, "é?"),
        (r#"urlencode("a b/ü~")"#, "a+b%2F%C3%BC~"),
        (r#"csvdecode("a,b\n1,2\n3,4")[1].b"#, "4"),
        (r#"join(",", [for n in [-2, 0, 7] : signum(n)])"#, "-1,0,1"),
        (r#"coalesce("", null, "a")"#, "a"),
        (r#"element(["a", "b"], 3)"#, "b"),
        (r#"substr("hello", 1, -1)"#, "ello"),
        (r#"title("hello world")"#, "Hello World"),
        (r#"trim("__a__", "_")"#, "a"),
        (r#"regex("[0-9]+", "ab12")"#, "12"),
        (r#"regex("(?P<env>[a-z]+)-", "dev-1").env"#, "dev"),
        (r#"length(regexall("[a-z]", "a1b"))"#, "2"),
        (r#"basename("a/b.yml")"#, "b.yml"),
        (r#"dirname("a/b/c.yml")"#, "a/b"),
        ("max(1, 12, 3)", "12"),
        ("sum([1, 2.5])", "3.5"),
        (r#"parseint("ff", 16)"#, "255"),
        (r#"anytrue([false, true]) ? "a" : "b""#, "a"),
        (
            r#"jsonencode({ b = [1, true, null], a = "x<y" })"#,
            r#"{"a":"x\u003cy","b":[1,true,null]}"#,
        ),
        (r#"try({ a = "x" }.b, "d")"#, "d"),
        ("try(local.list[7], local.list[0])", "a"),
        (r#"can({ a = "x" }.b) ? "a" : "b""#, "b"),
        (r#"join(",", [{ n = "a" }, { n = "b" }][*].n)"#, "a,b"),
        (
            r#"join(",", { for x in ["a1", "b1", "a2"] : substr(x, 0, 1) => x... }.a)"#,
            "a1,a2",
        ),
        (r#"contains([1, 2], 2.0) ? "a" : "b""#, "a"),
    ];
    for (expression, expected) in cases {
        let quoted = format!("\"id: f\\nnamespace: n\\nx: ${{{expression}}}\"");
        let found = content(&quoted, &[]);
        assert_eq!(found, format!("{HEAD}x: {expected}"), "{expression}");
    }
}

#[test]
fn what_depends_on_the_run_is_unknown() {
    let expressions = [
        r#"abspath("a")"#,
        r#"pathexpand("~/a")"#,
        "timestamp()",
        "uuid()",
        r#"try(var.asked.b, "d")"#,
        r#"lookup({ a = "x" }, "b")"#,
        r#"split(",", var.asked)[0]"#,
        "upper(var.asked)",
        r#"format("%5s", "a${var.asked}")"#,
        "data.local_file.none.content",
        "terraform.workspace",
    ];
    for expression in expressions {
        let quoted = format!("\"id: f\\nnamespace: n\\nx: ${{{expression}}}\"");
        let found = content(&quoted, &[]);
        assert!(
            found.starts_with(&format!("{HEAD}x: unknown")),
            "{expression}: {found}"
        );
    }
}

#[test]
fn what_is_replaced_leaves_the_rest_at_its_place() {
    let template = "id: f\nnamespace: n\nregion: __REGION__ and on\nteam: __TEAM__\n";
    let main = "variable \"asked\" {}\nresource \"kestra_flow\" \"f\" {\n  flow_id = \"f\"\n  namespace = \"n\"\n  \
                content = replace(replace(file(\"t.yaml\"), \"__REGION__\", \"eu\"), \"__TEAM__\", var.asked)\n}\n";
    let terraform = read(&[("main.tf", main), ("t.yaml", template)]);
    let document = &terraform.flows[0].document;
    assert_eq!(
        &*document.text,
        "id: f\nnamespace: n\nregion: eu and on\nteam: unknown1\n"
    );
    let at = document.text.find("and on").unwrap();
    let place = document.locate(TextRange::at(
        TextSize::try_from(at).unwrap(),
        TextSize::new(3),
    ));
    let start = usize::from(place.range.start());
    assert_eq!(&template[start..start + 3], "and");
}

#[test]
fn variables_have_the_values_and_types_that_terraform_gives_them() {
    let main = "variable \"region\" { default = \"none\" }\n\
                variable \"zone\" { default = \"none\" }\n\
                variable \"flows\" {\n  type = map(object({ cron = optional(string, \"@daily\"), size = optional(number), name = string }))\n  \
                default = { a = { name = 1 } }\n}\n\
                variable \"names\" {\n  type = set(string)\n  default = [\"b\", \"a\", \"b\"]\n}\n\
                resource \"kestra_flow\" \"f\" {\n  for_each = var.flows\n  flow_id = each.value.name\n  content = \
                \"id: f\\nnamespace: n\\nx: ${var.region} ${var.zone} ${each.value.cron} ${try(each.value.size, \"?\") == null} ${join(\",\", var.names)}\"\n}\n";
    let files = [
        ("main.tf", main),
        ("terraform.tfvars", "region = \"eu\"\nzone = \"a\"\n"),
        ("x.auto.tfvars", "zone = \"b\"\n"),
        ("prod.tfvars", "region = \"eu\"\n"),
    ];
    let terraform = read(&files);
    assert_eq!(
        &*terraform.flows[0].document.text,
        "id: f\nnamespace: n\nx: eu b @daily true a,b"
    );
    let flow_id = terraform.flows[0].flow_id.as_ref().unwrap();
    assert_eq!(flow_id.start, "1");
    // Which of several files is named on the command line is not known.
    let more = [
        ("prod.tfvars", "region = \"eu\"\nzone = \"p\"\n"),
        (
            "dev.tfvars",
            "region = \"eu\"\nnames = [\"a\", \"b\"]\nflows = { a = { name = 2 } }\n",
        ),
    ];
    let terraform = read(&[&files[..3], &more[..]].concat());
    let document = &terraform.flows[0].document;
    assert!(
        document
            .text
            .starts_with("id: f\nnamespace: n\nx: eu unknown"),
        "{}",
        document.text
    );
    // A list is no set before it is given to a variable that is one.
    assert!(document.text.ends_with("unknown3 a,b"), "{}", document.text);
    assert!(
        !terraform.flows[0]
            .flow_id
            .as_ref()
            .is_some_and(|flow_id| flow_id.is_known)
    );
    // What cannot be read may give any of them.
    let broken = [("z.auto.tfvars", "region = \n")];
    let terraform = read(&[&files[..3], &broken[..]].concat());
    assert!(
        terraform.flows[0]
            .document
            .text
            .starts_with("id: f\nnamespace: n\nx: unknown")
    );
    // A module has its own variables, whatever lies beside it.
    let root = "module \"m\" {\n  source = \"./m\"\n}\n";
    let module = "variable \"v\" { default = \"d\" }\nresource \"kestra_flow\" \"f\" {\n  content = \"id: ${var.v}\"\n}\n";
    let files = [
        ("main.tf", root),
        ("m/main.tf", module),
        ("m/terraform.tfvars", "v = \"e\"\n"),
    ];
    assert!(read(&files).flows[0].document.text.contains("id: d"));
}

#[test]
fn parts_come_from_other_resources() {
    let main = "module \"cron\" {\n  source = \"./cron\"\n  cron = \"0 6 * * *\"\n}\n\
                data \"local_file\" \"tasks\" {\n  filename = \"${path.module}/tasks.yaml\"\n}\n\
                data \"template_file\" \"label\" {\n  template = file(\"label.yaml\")\n  vars = { team = \"x\" }\n}\n\
                resource \"kestra_flow\" \"f\" {\n  content = join(\"\", [\"id: f\\nnamespace: n\\n\", data.template_file.label.rendered, data.local_file.tasks.content, module.cron.trigger])\n}\n";
    let cron = "variable \"cron\" {}\nresource \"null_resource\" \"content\" {\n  triggers = {\n    content = templatefile(\"${path.module}/trigger.yaml\", { cron = var.cron })\n  }\n}\n\
                output \"trigger\" {\n  value = null_resource.content.triggers.content\n}\n";
    let files = [
        ("main.tf", main),
        ("tasks.yaml", "tasks: []\n"),
        ("label.yaml", "labels: {team: ${team}}\n"),
        ("cron/main.tf", cron),
        ("cron/trigger.yaml", "triggers:\n  - cron: ${cron}\n"),
    ];
    let terraform = read(&files);
    assert_eq!(
        &*terraform.flows[0].document.text,
        "id: f\nnamespace: n\nlabels: {team: x}\ntasks: []\ntriggers:\n  - cron: 0 6 * * *\n"
    );
}

#[test]
fn providers_of_kestra_are_found() {
    let main = "terraform {\n  required_providers {\n    kestra = {\n      source = \"registry.terraform.io/kestra-io/kestra\"\n      \
                version = \"~> 1.3\"\n    }\n    other = { source = \"my/kestra\", version = \"1\" }\n    old = \"~> 2\"\n  }\n}\n# kestra_\n";
    let terraform = read(&[("main.tf", main)]);
    let [provider] = terraform.providers.as_slice() else {
        panic!("{:?}", terraform.providers);
    };
    assert_eq!(provider.constraint, "~> 1.3");
    let range = std::ops::Range::<usize>::from(provider.place.range);
    assert_eq!(&main[range], "\"~> 1.3\"");
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

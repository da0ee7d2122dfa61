//! Flows that Terraform makes by reading and writing YAML.

use crate::program::Directory;

const TASKS: &str = "tasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: \"{{ inputs.missing }}\"\n";

fn places(directory: &Directory) -> Vec<String> {
    let arguments = [
        "check",
        "--format",
        "concise",
        "--select",
        "undefined-input,terraform-id-mismatch,duplicate-flow",
    ];
    let lines = directory.run(&arguments).out;
    let places = lines.lines().map(|line| line.split_once(": ").unwrap().0);
    places.map(str::to_owned).collect()
}

#[test]
fn what_is_decoded_keeps_its_place() {
    let directory = Directory::repository();
    directory.write(
        "main.tf",
        "locals {\n  base = yamldecode(file(\"${path.module}/base.yaml\"))\n}\n\
         resource \"kestra_flow\" \"f\" {\n  flow_id   = local.base.id\n  namespace = local.base.namespace\n  \
         content   = yamlencode(merge(local.base, { labels = { team = \"x\" } }))\n}\n",
    );
    directory.write("base.yaml", format!("id: f\nnamespace: n\n{TASKS}"));
    assert_eq!(places(&directory), ["base.yaml:6:25"]);
}

#[test]
fn flows_may_be_listed_in_a_file() {
    let directory = Directory::repository();
    directory.write(
        "main.tf",
        "resource \"kestra_flow\" \"f\" {\n  for_each  = yamldecode(file(\"flows.yaml\")).flows\n  flow_id   = each.key\n  \
         namespace = each.value.namespace\n  content   = templatefile(\"${path.module}/${each.value.file}\", {})\n}\n",
    );
    directory.write(
        "flows.yaml",
        "flows:\n  one:\n    namespace: n\n    file: one.yaml\n  two:\n    namespace: m\n    file: two.yaml\n",
    );
    directory.write("one.yaml", format!("id: one\nnamespace: n\n{TASKS}"));
    directory.write("two.yaml", format!("id: two\nnamespace: other\n{TASKS}"));
    assert_eq!(
        places(&directory),
        ["one.yaml:6:25", "two.yaml:2:12", "two.yaml:6:25"]
    );
}

#[test]
fn what_readers_of_yaml_understand_differently_is_unknown() {
    let directory = Directory::repository();
    directory.write(
        "main.tf",
        "locals {\n  given = yamldecode(file(\"given.yaml\"))\n}\n\
         resource \"kestra_flow\" \"f\" {\n  flow_id   = local.given.name\n  namespace = local.given.answer\n  \
         content   = file(\"f.yaml\")\n}\n",
    );
    directory.write("given.yaml", "name: other\nanswer: no\n");
    directory.write("f.yaml", format!("id: f\nnamespace: n\n{TASKS}"));
    // The id is known to differ; of the namespace nothing is said.
    assert_eq!(places(&directory), ["f.yaml:1:5", "f.yaml:6:25"]);
}

#[test]
fn json_is_yaml() {
    let directory = Directory::repository();
    directory.write(
        "main.tf",
        "resource \"kestra_flow\" \"f\" {\n  flow_id   = \"f\"\n  namespace = \"n\"\n  content = jsonencode({\n    id = \"f\"\n    \
         namespace = \"n\"\n    tasks = [{\n      id = \"hello\"\n      type = \"io.kestra.plugin.core.log.Log\"\n      \
         message = \"{{ inputs.missing }}\"\n    }]\n  })\n}\n",
    );
    assert_eq!(places(&directory), ["main.tf:10:28"]);
}

#[test]
fn variables_are_read_from_json_too() {
    let directory = Directory::repository();
    directory.write(
        "main.tf",
        "variable \"namespace\" {}\nvariable \"flow_id\" { type = string }\nvariable \"message\" { default = \"x\" }\n\
         resource \"kestra_flow\" \"f\" {\n  flow_id   = var.flow_id\n  namespace = var.namespace\n  \
         content   = <<-EOT\n    id: f\n    namespace: company.team\n    tasks:\n      - id: hello\n        \
         type: io.kestra.plugin.core.log.Log\n        message: \"${var.message}\"\n  EOT\n}\n",
    );
    directory.write("terraform.tfvars", "namespace = \"one\"\nflow_id = \"f\"\n");
    directory.write(
        "terraform.tfvars.json",
        r#"{"namespace": "two", "unknown": 1}"#,
    );
    directory.write("a.auto.tfvars.json", r#"{"namespace": "company.team"}"#);
    directory.write(
        "b.auto.tfvars.json",
        "{\n  \"message\": \"{{ inputs.missing }}\"\n}\n",
    );
    // The namespace is that of the last file, and what stands in a file of values is found there.
    assert_eq!(places(&directory), ["b.auto.tfvars.json:2:25"]);
    directory.write("a.auto.tfvars.json", r#"{"namespace": "company.other"}"#);
    assert_eq!(
        places(&directory),
        ["b.auto.tfvars.json:2:25", "main.tf:9:16"]
    );
    // It may be the one that is meant.
    directory.write(
        "prod.tfvars.json",
        r#"{"namespace": "company.team", "message": "y"}"#,
    );
    assert!(places(&directory).is_empty());
}

#[test]
fn flows_are_made_from_rows() {
    let directory = Directory::repository();
    directory.write(
        "main.tf",
        "locals {\n  rows = csvdecode(file(\"flows.csv\"))\n  template = file(\"flow.yaml\")\n}\n\
         resource \"kestra_flow\" \"f\" {\n  for_each  = { for row in local.rows : row.name => row }\n  flow_id   = each.key\n  \
         namespace = each.value.namespace\n  content   = templatestring(local.template, { row = each.value })\n}\n",
    );
    directory.write(
        "flows.csv",
        "name,namespace,read\none,n,day\ntwo,m,missing\n",
    );
    directory.write(
        "flow.yaml",
        "id: ${row.name}\nnamespace: ${row.namespace}\ninputs:\n  - id: day\n    type: STRING\ntasks:\n  - id: hello\n    \
         type: io.kestra.plugin.core.log.Log\n    message: \"{{ inputs.${row.read} }}\"\n",
    );
    assert_eq!(places(&directory), ["flows.csv:3:7"]);
}

#[test]
fn a_trigger_from_a_module_is_not_inline() {
    let trigger = "triggers:\n  - id: daily\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: \"${cron}\"\n";
    let tasks =
        "tasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: Hello\n";
    let flow = |name: &str, content: &str| {
        format!(
            "resource \"kestra_flow\" \"{name}\" {{\n  flow_id   = \"{name}\"\n  namespace = \"n\"\n  content   = {content}\n}}\n"
        )
    };
    let head = |name: &str| format!("\"id: {name}\\nnamespace: n\\n\"");
    let joined = format!(
        "join(\"\", [{}, file(\"tasks.yaml\"), module.daily.trigger])",
        head("joined")
    );
    let inline = format!(
        "<<-EOT\nid: inline\nnamespace: n\n{tasks}{}EOT",
        trigger.replace("${cron}", "@daily")
    );
    let one_file = format!(
        "join(\"\", [{}, templatefile(\"both.yaml\", {{ cron = \"@daily\" }})])",
        head("one_file")
    );
    let directory = Directory::repository();
    let module = "module \"daily\" {\n  source = \"./daily\"\n  cron = \"@daily\"\n}\n";
    let main = [
        module,
        &flow("joined", &joined),
        &flow("inline", &inline),
        &flow("one_file", &one_file),
    ];
    directory.write("main.tf", main.concat());
    directory.write("tasks.yaml", tasks);
    directory.write("both.yaml", format!("{tasks}{trigger}"));
    directory.write(
        "daily/main.tf",
        "variable \"cron\" {}\nresource \"null_resource\" \"trigger\" {\n  triggers = {\n    \
         content = templatefile(\"${path.module}/trigger.yaml\", { cron = var.cron })\n  }\n}\n\
         output \"trigger\" {\n  value = null_resource.trigger.triggers.content\n}\n",
    );
    directory.write("daily/trigger.yaml", trigger);
    let arguments = ["check", "--format", "concise", "--select", "inline-trigger"];
    let lines = directory.run(&arguments).out;
    let places: Vec<&str> = lines
        .lines()
        .map(|line| line.split_once(": ").unwrap().0)
        .collect();
    assert_eq!(places, ["both.yaml:6:9", "main.tf:21:9"]);
}

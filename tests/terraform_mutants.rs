//! A Terraform repository in which nothing is wrong, with one thing broken at a time: each mistake must be
//! found by a rule that is about it.

use std::path::Path;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings};
use kestralint::rules;
use kestralint::source::Candidate;

use crate::rule_pages::Fixed;

/// All of it: paths and texts. Every way in which a flow can be made stands here once.
const REPOSITORY: [(&str, &str); 11] = [
    (
        "main.tf",
        "terraform {\n  required_providers {\n    kestra = {\n      source  = \"kestra-io/kestra\"\n      version = \"~> 2.0\"\n    }\n  }\n}\n\n\
         module \"subflows\" {\n  source    = \"./subflows\"\n  namespace = \"company.shared\"\n}\n\n\
         module \"sales\" {\n  source     = \"./sales\"\n  depends_on = [module.subflows]\n}\n",
    ),
    (
        "subflows/main.tf",
        "variable \"namespace\" {}\n\n\
         resource \"kestra_flow\" \"query\" {\n  flow_id   = \"query\"\n  namespace = var.namespace\n  content   = templatefile(\"${path.module}/query.yaml\", {\n    namespace = var.namespace\n  })\n}\n\n\
         resource \"kestra_flow\" \"notify\" {\n  flow_id   = \"notify\"\n  namespace = var.namespace\n  content   = file(\"${path.module}/notify.yaml\")\n}\n",
    ),
    (
        "subflows/query.yaml",
        "id: query\nnamespace: ${namespace}\ninputs:\n  - id: table\n    type: STRING\n  - id: limit\n    type: INT\n    defaults: 10\ntasks:\n  - id: read\n    type: io.kestra.plugin.core.debug.Return\n    format: \"{{ inputs.table }} {{ inputs.limit }}\"\noutputs:\n  - id: rows\n    type: STRING\n    value: \"{{ outputs.read.value }}\"\n",
    ),
    (
        "subflows/notify.yaml",
        "id: notify\nnamespace: company.shared\ninputs:\n  - id: text\n    type: STRING\ntasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: \"{{ inputs.text }}\"\n",
    ),
    (
        "sales/main.tf",
        "locals {\n  tables = toset([\"orders\", \"customers\"])\n}\n\n\
         module \"daily\" {\n  source = \"../daily\"\n  cron   = \"0 6 * * *\"\n}\n\n\
         resource \"kestra_flow\" \"load\" {\n  for_each  = local.tables\n  flow_id   = \"load_${each.key}\"\n  namespace = \"company.sales\"\n  content = join(\"\", [\n    templatefile(\"${path.module}/load.yaml\", { table = each.key }),\n    module.daily.trigger\n  ])\n}\n\n\
         resource \"kestra_flow\" \"report\" {\n  flow_id    = \"report\"\n  namespace  = \"company.sales\"\n  depends_on = [kestra_flow.checked]\n  content    = <<-EOT\n    id: report\n    namespace: company.sales\n    tasks:\n      - id: check\n        type: io.kestra.plugin.core.flow.Subflow\n        namespace: company.sales\n        flowId: checked\n        wait: true\n  EOT\n}\n\n\
         resource \"kestra_flow\" \"checked\" {\n  flow_id   = \"checked\"\n  namespace = \"company.sales\"\n  content   = yamlencode(merge(yamldecode(file(\"${path.module}/checked.yaml\")), { description = \"Checks\" }))\n}\n",
    ),
    (
        "sales/load.yaml",
        "id: load_${table}\nnamespace: company.sales\ntasks:\n  - id: query\n    type: io.kestra.plugin.core.flow.Subflow\n    namespace: company.shared\n    flowId: query\n    wait: true\n    inputs:\n      table: ${table}\n      limit: 5\n  - id: tell\n    type: io.kestra.plugin.core.flow.Subflow\n    namespace: company.shared\n    flowId: notify\n    inputs:\n      text: \"{{ outputs.query.outputs.rows }}\"\n",
    ),
    (
        "sales/checked.yaml",
        "id: checked\nnamespace: company.sales\ntasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: Hello\n",
    ),
    (
        "daily/main.tf",
        "variable \"cron\" {}\n\nresource \"null_resource\" \"trigger\" {\n  triggers = {\n    content = templatefile(\"${path.module}/trigger.yaml\", { cron = var.cron, days = [\"a\", \"b\"] })\n  }\n}\n",
    ),
    (
        "daily/outputs.tf",
        "output \"trigger\" {\n  value = null_resource.trigger.triggers.content\n}\n",
    ),
    (
        "daily/trigger.yaml",
        "triggers:\n%{ for day in days ~}\n  - id: daily_${day}\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: ${cron}\n%{ endfor ~}\n",
    ),
    ("README.yaml", "no: flow\n"),
];

struct Mutation {
    what: &'static str,
    /// Only in files whose name ends so.
    files: &'static str,
    /// Each place where this stands is one mutant…
    from: &'static str,
    /// …in which this stands instead.
    to: &'static str,
    /// Rules one of which must tell.
    rules: &'static [&'static str],
}

const MUTATIONS: [Mutation; 27] = [
    mutation(
        "no depends_on between modules",
        "main.tf",
        "  depends_on = [module.subflows]\n",
        "",
        &["terraform-missing-depends-on"],
    ),
    mutation(
        "no depends_on between resources",
        "main.tf",
        "  depends_on = [kestra_flow.checked]\n",
        "",
        &["terraform-missing-depends-on"],
    ),
    mutation(
        "a file of another name",
        ".tf",
        ".yaml\"",
        ".yml\"",
        &["terraform-missing-file"],
    ),
    mutation(
        "a file that is nowhere",
        ".tf",
        "${path.module}/",
        "${path.module}/gone/",
        &["terraform-missing-file"],
    ),
    mutation(
        "a provider of old",
        "main.tf",
        "~> 2.0",
        "~> 1.3",
        &["terraform-provider-version"],
    ),
    mutation(
        "another id in the resource",
        ".tf",
        "= \"query\"",
        "= \"querry\"",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "another id in the resource",
        ".tf",
        "= \"notify\"",
        "= \"notifi\"",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "another id in the resource",
        ".tf",
        "= \"load_${each.key}\"",
        "= \"lode_${each.key}\"",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "another id in the resource",
        ".tf",
        "= \"report\"",
        "= \"reports\"",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "another id in the resource",
        ".tf",
        "= \"checked\"",
        "= \"check\"",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "another namespace in the resource",
        "sales/main.tf",
        "= \"company.sales\"",
        "= \"company.sale\"",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "another id in the flow",
        ".yaml",
        "id: checked",
        "id: chekced",
        &["terraform-id-mismatch", "subflow-not-found"],
    ),
    mutation(
        "another id in the flow",
        ".yaml",
        "id: notify",
        "id: notfiy",
        &["terraform-id-mismatch", "subflow-not-found"],
    ),
    mutation(
        "another namespace in the flow",
        ".yaml",
        "namespace: company.sales\ntasks",
        "namespace: company.salse\ntasks",
        &["terraform-id-mismatch"],
    ),
    mutation(
        "a variable of another name in a template",
        "load.yaml",
        "${table}",
        "${tabel}",
        &["terraform-unknown-template-variable"],
    ),
    mutation(
        "a variable of another name in a template",
        "trigger.yaml",
        "${cron}",
        "${corn}",
        &["terraform-unknown-template-variable"],
    ),
    mutation(
        "a variable of another name in a template",
        "query.yaml",
        "${namespace}",
        "${namspace}",
        &["terraform-unknown-template-variable"],
    ),
    mutation(
        "another variable for a template",
        ".tf",
        "{ table = each.key }",
        "{ tabel = each.key }",
        &[
            "terraform-unused-template-variable",
            "terraform-unknown-template-variable",
        ],
    ),
    mutation(
        "another variable for a template",
        ".tf",
        "{ cron = var.cron",
        "{ corn = var.cron",
        &[
            "terraform-unused-template-variable",
            "terraform-unknown-template-variable",
        ],
    ),
    mutation(
        "a variable too many for a template",
        ".tf",
        "{ table = each.key }",
        "{ table = each.key, more = 1 }",
        &["terraform-unused-template-variable"],
    ),
    mutation(
        "a template that is only read",
        ".tf",
        "templatefile(\"${path.module}/query.yaml\", {\n    namespace = var.namespace\n  })",
        "file(\"${path.module}/query.yaml\")",
        &["terraform-unrendered-template", "terraform-id-mismatch"],
    ),
    mutation(
        "a loop without end",
        "trigger.yaml",
        "%{ endfor ~}\n",
        "",
        &["terraform-syntax-error"],
    ),
    mutation(
        "a missing brace",
        ".tf",
        "\n}\n",
        "\n",
        &["terraform-syntax-error"],
    ),
    mutation(
        "a subflow of another name",
        ".yaml",
        "flowId: ",
        "flowId: x",
        &["subflow-not-found"],
    ),
    mutation(
        "an input of another name",
        ".yaml",
        "- id: table",
        "- id: tabel",
        &[
            "subflow-unknown-input",
            "subflow-missing-input",
            "undefined-input",
        ],
    ),
    mutation(
        "an input of another name",
        "load.yaml",
        "      limit: 5",
        "      limitt: 5",
        &["subflow-unknown-input"],
    ),
    mutation(
        "an output of another name",
        ".yaml",
        "- id: rows",
        "- id: rosw",
        &["subflow-unknown-output"],
    ),
];

const fn mutation(
    what: &'static str,
    files: &'static str,
    from: &'static str,
    to: &'static str,
    rules: &'static [&'static str],
) -> Mutation {
    Mutation {
        what,
        files,
        from,
        to,
        rules,
    }
}

/// Rule and message of each finding.
fn findings(repository: &[(&str, String)]) -> Vec<(&'static str, String)> {
    let root = Path::new("made-for-a-test");
    let overlay: Overlay = repository
        .iter()
        .map(|(path, text)| (root.join(path), Arc::from(text.as_str())))
        .collect();
    let mut candidates: Vec<Candidate> = overlay
        .keys()
        .map(|path| Candidate {
            path: path.clone(),
            named: false,
        })
        .collect();
    candidates.sort_by(|one, other| one.path.cmp(&other.path));
    let registry = rules::registry();
    let settings = Fixed(Arc::new(Settings::defaults(registry)));
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings: &settings,
    });
    let report = engine::check(&workspace, registry);
    let findings = report.findings.into_iter();
    findings
        .map(|finding| (finding.rule, finding.message))
        .collect()
}

fn repository() -> Vec<(&'static str, String)> {
    REPOSITORY
        .iter()
        .map(|(path, text)| (*path, (*text).to_owned()))
        .collect()
}

#[test]
fn nothing_is_wrong_with_the_repository() {
    assert_eq!(findings(&repository()), []);
}

#[test]
fn each_mistake_in_terraform_is_found() {
    let (mut mutants, mut missed) = (0, Vec::new());
    for mutation in &MUTATIONS {
        let before = mutants;
        for (index, (path, text)) in REPOSITORY.iter().enumerate() {
            if !path.ends_with(mutation.files) {
                continue;
            }
            for (at, _) in text.match_indices(mutation.from) {
                let mut broken = repository();
                let end = at + mutation.from.len();
                broken[index].1.replace_range(at..end, mutation.to);
                mutants += 1;
                let found = findings(&broken);
                if !found.iter().any(|(rule, _)| mutation.rules.contains(rule)) {
                    let what = mutation.what;
                    missed.push(format!("{what} in {path} at {at}: {found:?}"));
                }
            }
        }
        assert!(mutants > before, "{}: no such place", mutation.what);
    }
    println!("{} of {mutants} mutants caught", mutants - missed.len());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

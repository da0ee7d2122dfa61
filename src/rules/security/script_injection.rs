//! `script-injection`: what somebody else chooses becomes part of a program.

use crate::analysis::ExpressionSite;
use crate::analysis::script::{
    Environment, Language, ShellPlace, Surroundings, binds_names, data_fix, quoting_fix,
    surroundings_of,
};
use crate::analysis::taint::{CodeSink, Form, Insertion, Origin, Print, Source, Wanted, code_sink};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::Template;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ScriptInjection;

struct ScriptInjection;

static METADATA: RuleMetadata = RuleMetadata {
    name: "script-injection",
    summary: "What somebody else chooses becomes part of a script, a command or an SQL statement",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ScriptInjection {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Some(sink) = code_sink(checker.tree, checker.flow, checker.catalogue, site) else {
            return;
        };
        let tracer = checker.tracer(Wanted::Untrusted);
        let prints = tracer.prints(checker.view(), site);
        let counts = |print| worst(print, &sink, &site.template);
        for insertion in Insertion::of(&site.template, &prints, counts) {
            report(checker, site, &sink, &insertion);
        }
    }
}

/// What is most dangerous of a print; none where all of it is harmless at its place.
fn worst<'print>(
    print: &'print Print,
    sink: &CodeSink<'_>,
    template: &Template,
) -> Option<&'print Origin> {
    // A flow that runs what it is given, and nothing else, was made for that.
    let is_meant = |source: Source| {
        matches!(source, Source::Input | Source::Upload) && template.single_expression().is_some()
    };
    print
        .origins
        .iter()
        .filter(|origin| !is_meant(origin.source) && !is_quoted(print, origin, sink, template))
        .max_by_key(|origin| origin.source)
}

/// Whether the value is written out as a literal of the language.
fn is_quoted(print: &Print, origin: &Origin, sink: &CodeSink<'_>, template: &Template) -> bool {
    let around = || surroundings_of(sink.language, template, print.range);
    match origin.form {
        Form::Json => sink.language.reads_json() && around() == Surroundings::Code,
        Form::ShellQuoted => around() == Surroundings::Shell(ShellPlace::Single),
        Form::Plain | Form::Changed => false,
    }
}

fn report(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    sink: &CodeSink<'_>,
    insertion: &Insertion<'_>,
) {
    let template = &site.template;
    let origin = insertion.origin;
    let what = template.slice(origin.range);
    let program = match sink.language {
        Language::Other => "program".to_owned(),
        Language::Sql => "SQL statement".to_owned(),
        Language::Shell | Language::PowerShell => format!("{} script", sink.language.name()),
        language => format!("{} program", language.name()),
    };
    let message = format!(
        "`{what}` becomes part of the {program}: {} chooses what it does",
        origin.source.chosen_by()
    );
    let severity = if origin.source.is_remote() {
        Severity::Warning
    } else {
        Severity::Info
    };
    let embedded = insertion.embedded(checker.view(), checker.catalogue, site, sink);
    let fix = data_fix(&embedded).or_else(|| quoting_fix(&embedded));
    let way: Vec<_> = origin
        .way
        .iter()
        .filter_map(|place| checker.place(*place))
        .collect();
    let help = help(checker, sink);
    let mut draft = checker
        .finding_within(&METADATA, site.node, origin.range, message)
        .severity(severity)
        .help(help)
        .maybe_label(insertion.others())
        .pass_as_data(fix);
    for location in way {
        draft = draft.related(location, "it comes through here");
    }
    draft.emit();
}

fn help(checker: &Checker<'_>, sink: &CodeSink<'_>) -> String {
    const CHECK: &str = "Take only values that are known to be harmless: an input of type SELECT, or a `validator` that permits letters and digits.";
    let or_check = |bind: &str| {
        format!(
            "{bind} For names of tables and columns: {}",
            lower_first(CHECK)
        )
    };
    let has_parameters = || {
        let found = checker.catalogue.find(sink.type_name);
        found.is_some_and(|found| found.facts.property("parameters").is_some())
    };
    let language = sink.language;
    match (language, Environment::of(checker.catalogue, sink.type_name, language)) {
        (Language::Sql, _) if binds_names(checker.catalogue, sink.type_name) => {
            or_check("Write `:name` in place of a value and bind it under `parameters`.")
        }
        (Language::Sql, _) if has_parameters() => or_check("Bind values under `parameters`."),
        (Language::Sql | Language::Other, _) => CHECK.to_owned(),
        (_, Environment::Readable) => match language.reads("NAME") {
            Some(read) => format!(
                "Pass it under `env` and read it there ({read}): then it is data, whatever it says."
            ),
            None => CHECK.to_owned(),
        },
        (_, Environment::Remote) => "Let Kestra quote it, between single quotes: `'{{ … | escapeChar('shell') }}'`. The machine that runs the commands takes no variables from here, unless the `AcceptEnv` of its SSH server names them.".to_owned(),
        (_, Environment::Forbidden | Environment::Absent) if language.reads_json() => {
            "Write it as a literal, with no quotes around it: `{{ … | toJson }}`. Then it is data, whatever it says.".to_owned()
        }
        (_, Environment::Absent) => {
            format!("Read it in the program, which has the variables of the execution (`inputs`, `outputs`, `trigger`…) as values. {CHECK}")
        }
        _ => CHECK.to_owned(),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

use super::*;
use crate::finding::Target;

fn described(text: &str, target: Target) -> Vec<String> {
    let template = parse(text);
    assert!(
        template.errors().is_empty(),
        "{text}: {:?}",
        template.errors()
    );
    template
        .references(target)
        .iter()
        .map(|(reference, path)| {
            let mut shown = template.slice(reference.root).to_owned();
            shown.push(if reference.is_root_guarded() {
                '?'
            } else {
                '!'
            });
            for (index, step) in path.iter().enumerate() {
                let name = step
                    .name(&template)
                    .map_or("*".to_owned(), |name| name.to_string());
                let mark = if reference.is_guarded_at(index) {
                    '?'
                } else {
                    '!'
                };
                shown = format!("{shown}.{name}{mark}");
            }
            shown
        })
        .collect()
}

fn newest(text: &str) -> Vec<String> {
    described(text, Target::V2_0)
}

#[test]
fn references_have_paths() {
    assert_eq!(
        newest("{{ outputs.a['b-c'].d[0][inputs.x] ~ max(vars.y, [labels.z]) }}"),
        [
            "outputs!.a!.b-c!.d!.*!.*!",
            "inputs!.x!",
            "vars!.y!",
            "labels!.z!"
        ]
    );
    assert_eq!(newest("{{ \"a#{inputs.x}\" }}{{ f().a }}"), ["inputs!.x!"]);
    assert_eq!(
        newest("{{ trigger.date.plusDays(inputs.n).year }}"),
        ["trigger!.date!.*!.year!", "inputs!.n!"]
    );
}

#[test]
fn operators_that_catch_undefined_guard_what_is_at_their_left() {
    assert_eq!(newest("{{ a.b ?? c.d }}"), ["a?.b?", "c!.d!"]);
    assert_eq!(newest("{{ a.b | upper | default(c) }}"), ["a?.b?", "c!"]);
    assert_eq!(newest("{{ a.b is defined }}"), ["a?.b?"]);
    assert_eq!(newest("{{ a.b is null }}"), ["a!.b!"]);
    assert_eq!(newest("{{ max([a]) ??? 1 }}"), ["a?"]);
}

#[test]
fn failures_of_arithmetic_and_equality_are_not_caught() {
    assert_eq!(newest("{{ (a + 1) ?? 2 }}"), ["a!"]);
    assert_eq!(newest("{{ (a > 1) ?? 2 }}"), ["a?"]);
    assert_eq!(described("{{ (a > 1) ?? 2 }}", Target::V1_3), ["a!"]);
}

#[test]
fn guards_follow_the_precedence_of_the_version() {
    let text = "{{ 1 + a ?? 2 }}";
    assert_eq!(described(text, Target::V1_3), ["a?"]);
    assert_eq!(described(text, Target::V2_0), ["a!"]);
}

#[test]
fn tests_prove_paths_in_their_branches() {
    assert_eq!(
        newest("{% if a.b is defined %}{{ a.b.c }}{% else %}{{ a.b }}{% endif %}{{ a.b }}"),
        ["a?.b?", "a?.b?.c!", "a!.b!", "a!.b!"]
    );
    assert_eq!(
        newest("{{ a.b is defined and a.b.c == 1 ? a.b : a }}"),
        ["a?.b?", "a?.b?.c!", "a?.b?", "a!"]
    );
    assert_eq!(newest("{{ a is not defined or a == 1 }}"), ["a?", "a?"]);
    assert_eq!(
        newest("{% if not (a is defined) %}{{ a }}{% elseif b %}{{ a }}{% endif %}"),
        ["a?", "a!", "b!", "a?"]
    );
}

#[test]
fn local_names_are_not_references() {
    assert_eq!(
        newest("{% for x in inputs.list %}{{ x.y }}{{ loop.index }}{{ z }}{% endfor %}{{ x }}"),
        ["inputs!.list!", "z!", "x!"]
    );
    assert_eq!(
        newest("{{ v }}{% set v = inputs.a %}{{ v }}"),
        ["v!", "inputs!.a!"]
    );
    assert_eq!(
        newest("{% for i in l %}{{ prev }}{% set prev = i %}{% endfor %}"),
        ["l!"]
    );
    assert_eq!(
        newest("{% if a %}{% set v = 1 %}{% endif %}{{ v }}"),
        ["a!"]
    );
}

#[test]
fn macros_see_their_parameters_only() {
    let template = parse("{% set s = 1 %}{% macro m(p) %}{{ p }}{{ s }}{% endmacro %}{{ m(1) }}");
    let references = template.references(Target::V2_0);
    let found: Vec<_> = references
        .iter()
        .map(|(reference, _)| (template.slice(reference.root), reference.in_macro))
        .collect();
    assert_eq!(found, [("s", true)]);
    assert_eq!(template.invocations().count(), 0, "a macro is no function");
}

#[test]
fn invocations_have_names_and_arguments() {
    let template =
        parse("{{ now(format='x') | date('y') is null }}{% filter upper %}{% endfilter %}");
    let found: Vec<_> = template
        .invocations()
        .map(|call| (template.slice(call.name), call.kind, call.arguments.len()))
        .collect();
    assert_eq!(
        found,
        [
            ("now", InvocationKind::Function, 1),
            ("date", InvocationKind::Filter, 1),
            ("null", InvocationKind::Test, 0),
            ("upper", InvocationKind::Filter, 0),
        ]
    );
}

fn hyphens(text: &str) -> Vec<(String, String)> {
    let template = parse(text);
    template
        .hyphenated_names()
        .iter()
        .map(|name| {
            (
                template.slice(name.place).to_owned(),
                name.replacement(&template).to_string(),
            )
        })
        .collect()
}

#[test]
fn hyphenated_names_are_recognised() {
    let one = |place: &str, fix: &str| vec![(place.to_owned(), fix.to_owned())];
    assert_eq!(hyphens("{{ inputs.my-id }}"), one(".my-id", "['my-id']"));
    assert_eq!(
        hyphens("{{ outputs.my-long-task.value | upper }}"),
        one(".my-long-task", "['my-long-task']")
    );
    assert_eq!(
        hyphens("{{ outputs.step-1.uri ?? 'x' }}"),
        one(".step-1", "['step-1']")
    );
    assert_eq!(hyphens("{{ outputs.a.b-c ~ 1 }}"), one(".b-c", "['b-c']"));
    assert!(hyphens("{{ inputs.a - b }}{{ inputs.a - 1 }}{{ a-b }}{{ inputs.a-f(1) }}").is_empty());
    assert_eq!(hyphens("{{ inputs.a-b.c-d }}").len(), 2);
}

#[test]
fn errors_say_where_and_what_to_write() {
    let mended = |text: &str| {
        let template = parse(text);
        let error = template.errors().first().expect("an error").clone();
        let replacement = error.replacement.expect("a replacement");
        let mut mended = text.to_owned();
        let range = usize::from(replacement.range.start())..usize::from(replacement.range.end());
        mended.replace_range(range, &replacement.text);
        mended
    };
    for (wrong, right) in [
        ("{{ a && b }}", "{{ a and b }}"),
        ("{{ a || b }}", "{{ a or b }}"),
        ("{{ !a }}", "{{ not a }}"),
        ("{{ a = 1 }}", "{{ a == 1 }}"),
        ("{{ a.0 }}", "{{ a[0] }}"),
        ("{{ a.1b }}", "{{ a['1b'] }}"),
        ("{{ a.is }}", "{{ a['is'] }}"),
        ("{{ a in b }}", "{{ a isIn b }}"),
        ("{{ a is  not null }}", "{{ a is not null }}"),
        ("{{ a ?: b }}", "{{ a ?? b }}"),
        ("{{ [1,] }}", "{{ [1] }}"),
        ("{{ f(1,) }}", "{{ f(1) }}"),
        ("{{ a }", "{{ a }}"),
        ("{{ ‘a' }}", "{{ 'a' }}"),
        ("{{\u{a0}a }}", "{{ a }}"),
        (
            "{% if a %}{% elif b %}{% endif %}",
            "{% if a %}{% elseif b %}{% endif %}",
        ),
        (
            "{% if a %}{% else if b %}{% endif %}",
            "{% if a %}{% elseif b %}{% endif %}",
        ),
    ] {
        assert_eq!(mended(wrong), right);
        assert!(parse(right).errors().is_empty(), "{right}");
    }
}

#[test]
fn one_mistake_is_one_error() {
    for text in [
        "{% if a && b %}{{ x }}{% else %}{{ y }}{% endif %}",
        "{% include 'x' %}{{ y }}",
        "{{ a b }} and {{ c }}",
        "{% set x %}a{% endset %}",
        "{{ a",
        "{% for a, b in c %}{% endfor %}",
    ] {
        assert_eq!(
            parse(text).errors().len(),
            1,
            "{text}: {:?}",
            parse(text).errors()
        );
    }
}

#[test]
fn deep_nesting_is_an_error_and_long_chains_are_not() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("f(", ")"),
        ("a[", "]"),
        ("not ", ""),
        ("\"#{", "}\""),
    ] {
        let text = format!("{{{{ {}1{} }}}}", open.repeat(20_000), close.repeat(20_000));
        assert_eq!(parse(&text).errors().len(), 1, "{open}");
    }
    let chains = [
        format!("{{{{ a{} }}}}", ".b".repeat(20_000)),
        format!("{{{{ a{} }}}}", " ~ b".repeat(20_000)),
        format!("{{{{ a{} }}}}", " and a is defined".repeat(2_000)),
        "{% if a %}".repeat(2_000) + &"{% endif %}".repeat(2_000),
    ];
    for text in chains {
        let template = parse(&text);
        assert!(template.errors().is_empty());
        template.references(Target::V1_3);
        template.hyphenated_names();
    }
}

#[test]
fn hopeless_texts_take_linear_time() {
    for piece in [
        "{{",
        "{% raw %}",
        "{% verbatim %}",
        "{{ '",
        "{{ \"#{",
        "{#",
        "{{ a b }}",
        "{% if %}",
    ] {
        let template = parse(&piece.repeat(20_000));
        assert!(template.errors().len() <= 32, "{piece}");
    }
}

#[test]
fn text_without_delimiters_has_no_template() {
    for (text, expected) in [
        ("a { b } c", false),
        ("{", false),
        ("x{{", true),
        ("{%", true),
        ("{# #}", true),
    ] {
        assert_eq!(has_template(text), expected, "{text}");
    }
}

/// Inputs with an optional one, a file, a list of maps and a JSON value of unknown type.
struct Inputs;

impl Scope for Inputs {
    fn root(&self, name: &str) -> Type {
        match name {
            "inputs" => Type::closed([
                ("count", Type::Number),
                ("data", Type::Any),
                ("document", Type::File),
                ("name", Type::Text),
                ("names", Type::list(Type::Text)),
                ("optional", Type::Text.optional()),
                ("rows", Type::list(Type::closed([("id", Type::Number)]))),
                ("verbose", Type::Boolean),
            ]),
            "open" => Type::open([("known", Type::Text)]),
            "keyed" => Type::map_of(Type::map_of(Type::Text)),
            _ => Type::Any,
        }
    }
}

fn problems(text: &str) -> Vec<String> {
    let template = parse(text);
    let target = Target::V2_0;
    let checked = template.check(target, &Inputs);
    let shown = checked.problems.iter().map(|problem| {
        let place = template.slice(problem.range);
        let fix = problem.replacement(&template, target);
        let fix = fix.map_or(String::new(), |fix| format!(" -> {}", fix.text));
        format!("{place}: {}{fix}", problem.message(&template, target))
    });
    shown.collect()
}

fn type_of(text: &str) -> String {
    let template = parse(text);
    let value = template.single_expression().expect("one expression");
    let checked = template.check(Target::V2_0, &Inputs);
    checked.type_of(value).to_string()
}

#[test]
fn types_follow_from_operands() {
    for (text, expected) in [
        ("{{ 1 + 2 }}", "number"),
        ("{{ 'a' ~ 1 }}", "string"),
        ("{{ inputs.rows[0].id }}", "number"),
        ("{{ inputs.rows | first }}", "map with id"),
        ("{{ (inputs.rows | first).id }}", "number"),
        ("{{ inputs.names | join(',') | upper }}", "string"),
        ("{{ inputs.name | split(',') }}", "list of string"),
        ("{{ inputs.optional }}", "string or null"),
        ("{{ inputs.optional ?? 'x' }}", "string"),
        ("{{ inputs.optional ?? 1 }}", "any"),
        ("{{ inputs.optional | default('x') }}", "string"),
        ("{{ inputs.count > 1 and inputs.verbose }}", "boolean"),
        ("{{ inputs.verbose ? 1 : null }}", "number or null"),
        ("{{ inputs.data.a.b }}", "any"),
        ("{{ open.known }}", "string"),
        ("{{ open.other }}", "any"),
        ("{{ {'a': [1]}  }}", "map with a"),
        ("{{ 1..3 }}", "list of number"),
        ("{{ inputs.name is defined == true }}", "boolean"),
        ("{{ uuid() }}", "string"),
    ] {
        assert_eq!(type_of(text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_found_and_named() {
    for (text, expected) in [
        ("{{ inputs.nmae }}", "nmae: there is no `nmae` here -> name"),
        (
            "{{ inputs['cuont'] }}",
            "cuont: there is no `cuont` here -> count",
        ),
        (
            "{{ inputs.rows[0].idd }}",
            "idd: there is no `idd` here -> id",
        ),
        (
            "{{ inputs.name.first }}",
            "first: a string has no attribute `first`",
        ),
        ("{{ inputs.rows.id }}", "id: a list has no attribute `id`"),
        (
            "{{ inputs.document.name }}",
            "name: a file has no attribute `name`",
        ),
        (
            "{{ inputs.count | sort }}",
            "sort: the filter `sort` cannot be applied to a number",
        ),
        (
            "{{ inputs.names == 'a' }}",
            "inputs.names == 'a': a list and a string are never equal",
        ),
        (
            "{{ inputs.count == '5' }}",
            "inputs.count == '5': a number and a string are never equal",
        ),
        (
            "{{ inputs.count > '5' }}",
            "inputs.count > '5': a number cannot be compared with a string by size",
        ),
        (
            "{{ inputs.verbose * 2 }}",
            "inputs.verbose * 2: `*` fails for a boolean and a number",
        ),
        (
            "{{ inputs.names ? 1 : 2 }}",
            "inputs.names: a list is no condition: the engine fails on it",
        ),
        (
            "{% for x in inputs.name %}{% endfor %}",
            "inputs.name: a string cannot be looped over",
        ),
        (
            "{% for x in inputs.rows %}{{ x.id | upper | sort }}{% endfor %}",
            "sort: the filter `sort` cannot be applied to a string",
        ),
        (
            "{{ secrets('A') }}",
            "secrets: there is no function `secrets` -> secret",
        ),
        (
            "{{ inputs.name | Upper }}",
            "Upper: there is no filter `Upper` -> upper",
        ),
        (
            "{{ json('1') }}",
            "json: Kestra 2.0 has no function `json`; 1.3 has -> fromJson",
        ),
        (
            "{{ read('a', version=1) }}",
            "version: `read` has no argument `version` -> revision",
        ),
        (
            "{{ secret() }}",
            "secret: `secret` needs the argument `key`",
        ),
        (
            "{{ fromJson('1', 2) }}",
            "2: `fromJson` takes at most 1 argument",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn what_is_not_proven_is_not_reported() {
    for text in [
        "{{ inputs.data.a == 1 and inputs.data | sort }}",
        "{{ inputs.missing ?? 'x' }}",
        "{{ inputs.missing is defined ? inputs.missing : 1 }}",
        "{% if inputs.missing is defined %}{{ inputs.missing }}{% endif %}",
        "{{ inputs.name.length > 3 }}",
        "{{ inputs.names.size }}{{ inputs.names.first }}",
        "{{ inputs.optional == 'x' }}",
        "{{ credential('x') }}",
        "{% macro m(a) %}{{ a.b }}{{ inputs.nothing }}{% endmacro %}{{ m(1) }}",
        "{% set x = 1 %}{% set x = [1] %}{{ x | sort }}",
        "{{ unknown.a.b | nl2br }}",
        "{{ open.other.x }}",
        "{{ keyed.size > 0 }}{{ keyed.other.size > 0 }}",
        "{{ inputs.names + 'x' }}{{ 'x' + inputs.count }}",
        "{{ loop }}{% for x in inputs.names %}{{ loop.index + 1 }}{% endfor %}",
    ] {
        assert_eq!(problems(text), Vec::<String>::new(), "{text}");
    }
}

fn conditions(text: &str) -> Vec<String> {
    let template = parse(text);
    assert!(
        template.errors().is_empty(),
        "{text}: {:?}",
        template.errors()
    );
    template
        .constant_conditions(Target::V2_0)
        .into_iter()
        .map(|condition| {
            let reason = match condition.reason {
                ConstantReason::Literals => "literals".to_owned(),
                ConstantReason::LoneLiteral => "alone".to_owned(),
                ConstantReason::Pair { first } => format!("after {}", template.slice(first)),
                ConstantReason::Repeated { first } => format!("again {}", template.slice(first)),
            };
            format!(
                "{} is {}: {reason}",
                template.slice(condition.range),
                condition.value
            )
        })
        .collect()
}

#[test]
fn literals_are_folded() {
    let cases = [
        ("{{ 1 == 1.0 }}", "1 == 1.0 is true: literals"),
        ("{{ '1' == 1 }}", "'1' == 1 is false: literals"),
        ("{{ x and 2 < 1 }}", "2 < 1 is false: literals"),
        ("{{ null > 1 ? x : y }}", "null > 1 is false: literals"),
        ("{{ x or true }}", "x or true is true: literals"),
        ("{{ not (1 == 2) and x }}", "1 == 2 is false: literals"),
        (
            "{{ 'abc' contains 'b' }}",
            "'abc' contains 'b' is true: literals",
        ),
        ("{{ '' is empty }}", "'' is empty is true: literals"),
        (
            "{{ (null ?? 'a') == 'a' }}",
            "(null ?? 'a') == 'a' is true: literals",
        ),
        ("{{ x == 'a' or 'b' }}", "'b' is true: alone"),
        ("{{ 'a' or x == 'b' }}", "'a' is true: alone"),
        ("{{ x and 0 }}", "0 is false: alone"),
        ("{{ x == 'a' and 'b' }}", "'b' is true: alone"),
    ];
    for (text, expected) in cases {
        assert_eq!(conditions(text), [expected], "{text}");
    }
}

#[test]
fn tests_of_one_value_exclude_each_other() {
    let cases = [
        (
            "{{ x == 'a' and x == 'b' }}",
            "x == 'b' is false: after x == 'a'",
        ),
        (
            "{{ x == 'a' and y and 'b' == x }}",
            "'b' == x is false: after x == 'a'",
        ),
        (
            "{{ a.b == 1 and a['b'] == 2 }}",
            "a['b'] == 2 is false: after a.b == 1",
        ),
        (
            "{{ x != 'a' or x != 'b' }}",
            "x != 'b' is true: after x != 'a'",
        ),
        (
            "{{ not (x == 'a') or x != 'b' }}",
            "x != 'b' is true: after x == 'a'",
        ),
        (
            "{{ not (x != 'a' or y) and x == 'b' }}",
            "x == 'b' is false: after x != 'a'",
        ),
        ("{{ x > 5 and x < 3 }}", "x < 3 is false: after x > 5"),
        ("{{ 5 < x and x <= 5 }}", "x <= 5 is false: after 5 < x"),
        (
            "{{ x is null and x == 'a' }}",
            "x == 'a' is false: after x is null",
        ),
        (
            "{{ x is empty and x == 'a' }}",
            "x == 'a' is false: after x is empty",
        ),
        (
            "{{ x is defined and x is not defined }}",
            "x is not defined is false: after x is defined",
        ),
        ("{{ x and not x }}", "x is false: after x"),
        ("{{ x or not x }}", "x is true: after x"),
        (
            "{{ (x | lower) == 'a' and x | lower == 'b' }}",
            "x | lower == 'b' is false: after (x | lower) == 'a'",
        ),
        (
            "{{ x == 1 and x == '1' }}",
            "x == '1' is false: after x == 1",
        ),
        (
            "{% if x == 1 %}a{% elseif y %}b{% elseif x == 1 %}c{% endif %}",
            "x == 1 is false: again x == 1",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(conditions(text), [expected], "{text}");
    }
}

#[test]
fn conditions_that_may_go_either_way_are_left_alone() {
    for text in [
        "{{ x == 'a' or x == 'b' }}",
        "{{ x != 'a' and x != 'b' }}",
        "{{ x == 'a' and x != 'b' }}",
        "{{ x > 3 or x <= 3 }}",
        "{{ x >= 5 and x <= 5 }}",
        "{{ x == 1 and x == 1.0 }}",
        "{{ x == 'a' and y == 'b' }}",
        "{{ a.b == 1 and a['c'] == 2 }}",
        "{{ now('yyyy') == '1' and now('yyyy') == '2' }}",
        "{{ (x == 'a' and y) or (x == 'b' and z) }}",
        "{{ x is not null and x == '' }}",
        "{{ x contains 'a' and x contains 'b' }}",
        "{{ x and true }}",
        "{{ x or false }}",
        "{{ true }}",
        "{{ true ? x : y }}",
        "{{ not x and y }}",
        "{{ x ?? 'a' == 'b' }}",
        "{{ x | default('a') == 'b' and x == 'c' }}",
        "{% if true %}a{% endif %}",
        "{% if x %}a{% elseif y %}b{% endif %}",
        "{% if x %}{% if y %}{% endif %}{% elseif y %}b{% endif %}",
        "{% if randomInt(0, 2) == 1 %}a{% elseif randomInt(0, 2) == 1 %}b{% endif %}",
    ] {
        assert_eq!(conditions(text), [""; 0], "{text}");
    }
}

#[test]
fn long_conditions_take_linear_time() {
    let text = format!(
        "{{{{ {} }}}}",
        vec!["x == 1 or 1 == 2"; 20_000].join(" and ")
    );
    assert!(conditions(&text).len() <= 16);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "([{}%#'\"|.()\\[\\]?:=~ a-c1é-]|\\{\\{|\\}\\}|\\{%|%\\}|if |for | in |is |not |set |raw|verbatim|endif|\\PC){0,40}") {
        let template = parse(&text);
        for error in template.errors() {
            proptest::prop_assert!(usize::from(error.range.end()) <= text.len());
        }
        for (_, expression) in template.expressions() {
            proptest::prop_assert!(text.get(usize::from(expression.range.start())..usize::from(expression.range.end())).is_some());
        }
        for target in Target::ALL {
            template.references(target);
        }
        template.hyphenated_names();
        for target in Target::ALL {
            for problem in template.check(target, &Inputs).problems {
                proptest::prop_assert!(!problem.message(&template, target).is_empty());
                problem.help(&template, target);
            }
        }
    }
}

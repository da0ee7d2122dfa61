//! Functions, filters and tests: who has them, what they take, what they give.
//!
//! Names and parameters are those that the engines of 1.3.31 and 2.0.0 report; which parameters
//! are required, which inputs a filter refuses and the class of the result were asked of both by
//! rendering. Where a name has no parameter list, the engine ignores arguments.

use super::reference::InvocationKind;
use crate::finding::{Target, TargetSet};
use crate::text::nearest;

/// A parameter of a function, filter or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureParameter {
    /// Its name.
    pub name: &'static str,
    /// Whether the engine fails without it.
    pub required: bool,
}

/// The kinds of value that a filter takes; it fails for the others (never for null).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts(u8);

impl Accepts {
    /// Strings.
    pub const TEXT: Self = Self(1);
    /// Numbers.
    pub const NUMBER: Self = Self(2);
    /// Lists.
    pub const LIST: Self = Self(4);
    /// Maps.
    pub const MAP: Self = Self(8);
    /// Booleans.
    pub const BOOLEAN: Self = Self(16);
    /// Anything.
    pub const ALL: Self = Self(31);

    /// Both.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is taken.
    pub const fn takes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kinds in words: `strings or lists`.
    pub fn describe(self) -> String {
        let kinds = [
            (Self::TEXT, "strings"),
            (Self::NUMBER, "numbers"),
            (Self::LIST, "lists"),
            (Self::MAP, "maps"),
            (Self::BOOLEAN, "booleans"),
        ];
        let names: Vec<_> = kinds
            .into_iter()
            .filter(|(kind, _)| self.takes(*kind))
            .map(|(_, name)| name)
            .collect();
        names.join(" or ")
    }
}

/// What a function or filter gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Not known.
    Any,
    /// A string.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A list of anything.
    List,
    /// A list of strings.
    Texts,
    /// A map of anything.
    Map,
    /// A file in the internal storage.
    File,
    /// What it was given.
    Input,
    /// An element of what it was given.
    Element,
    /// What it was given, or its argument where that is missing (`default`).
    InputOrArgument,
}

/// A function, filter or test of some versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// What kind of thing it is.
    pub kind: InvocationKind,
    /// Its name; case matters.
    pub name: &'static str,
    /// The versions that have it in this form.
    pub targets: TargetSet,
    /// Its parameters; none: arguments are ignored.
    pub parameters: Option<&'static [SignatureParameter]>,
    /// What a filter or test may be applied to.
    pub input: Accepts,
    /// What comes out.
    pub gives: Gives,
}

/// What is known about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// The version has it.
    Known(&'static Signature),
    /// Only these other versions have it.
    Elsewhere(TargetSet),
    /// It exists in Kestra Enterprise, of which nothing more is known.
    Enterprise,
    /// No version has it.
    Unknown,
}

/// Functions of Kestra Enterprise.
const ENTERPRISE: [&str; 3] = ["credential", "appLink", "assets"];

/// Names that people use for another one.
const MISNOMERS: [(&str, &str); 21] = [
    ("count", "length"),
    ("dateFormat", "date"),
    ("dateformat", "date"),
    ("date_format", "date"),
    ("escape", "escapeChar"),
    ("format_date", "date"),
    ("from_json", "fromJson"),
    ("int", "number"),
    ("jqFirst", "jq"),
    ("lowercase", "lower"),
    ("parseJson", "fromJson"),
    ("secrets", "secret"),
    ("size", "length"),
    ("strip", "trim"),
    ("substring", "slice"),
    ("to_json", "toJson"),
    ("tojson", "toJson"),
    ("truncate", "abbreviate"),
    ("unique", "distinct"),
    ("uniq", "distinct"),
    ("uppercase", "upper"),
];

/// Looks a name up for a version.
pub fn lookup(kind: InvocationKind, name: &str, target: Target) -> Lookup {
    let mut elsewhere = TargetSet::NONE;
    for signature in signatures(kind).filter(|signature| signature.name == name) {
        if signature.targets.contains(target) {
            return Lookup::Known(signature);
        }
        elsewhere = elsewhere.union(signature.targets);
    }
    if !elsewhere.is_empty() {
        Lookup::Elsewhere(elsewhere)
    } else if kind == InvocationKind::Function && ENTERPRISE.contains(&name) {
        Lookup::Enterprise
    } else {
        Lookup::Unknown
    }
}

/// All functions, filters or tests of all versions (a name may come once a version).
pub fn signatures(kind: InvocationKind) -> impl Iterator<Item = &'static Signature> {
    let table: &'static [Signature] = match kind {
        InvocationKind::Function => FUNCTIONS,
        InvocationKind::Filter => FILTERS,
        InvocationKind::Test => TESTS,
    };
    table.iter()
}

/// The name that was probably meant: a known misnomer, another case, or the nearest name.
pub fn suggestion(kind: InvocationKind, name: &str, target: Target) -> Option<&'static str> {
    let known = || {
        signatures(kind)
            .filter(|signature| signature.targets.contains(target))
            .map(|signature| signature.name)
    };
    let misnomer = MISNOMERS
        .iter()
        .find(|(wrong, _)| *wrong == name)
        .map(|(_, right)| *right);
    misnomer
        .and_then(|right| known().find(|known| *known == right))
        .or_else(|| known().find(|known| known.eq_ignore_ascii_case(name)))
        .or_else(|| nearest(name, known()))
}

const OLD: TargetSet = TargetSet::of(Target::V1_3);
const NEW: TargetSet = TargetSet::of(Target::V2_0);
const BOTH: TargetSet = TargetSet::ALL;
const TEXT: Accepts = Accepts::TEXT;
const NUMBER: Accepts = Accepts::NUMBER;
const LIST: Accepts = Accepts::LIST;
const MAP: Accepts = Accepts::MAP;
const ALL: Accepts = Accepts::ALL;

const fn required(name: &'static str) -> SignatureParameter {
    SignatureParameter {
        name,
        required: true,
    }
}

const fn optional(name: &'static str) -> SignatureParameter {
    SignatureParameter {
        name,
        required: false,
    }
}

type Parameters = &'static [SignatureParameter];

const fn function(
    name: &'static str,
    targets: TargetSet,
    parameters: Parameters,
    gives: Gives,
) -> Signature {
    Signature {
        kind: InvocationKind::Function,
        name,
        targets,
        parameters: Some(parameters),
        input: ALL,
        gives,
    }
}

/// A function that ignores its arguments, or takes any number of them.
const fn free_function(name: &'static str, gives: Gives) -> Signature {
    Signature {
        parameters: None,
        ..function(name, BOTH, &[], gives)
    }
}

const fn filter(
    name: &'static str,
    input: Accepts,
    parameters: Parameters,
    gives: Gives,
) -> Signature {
    Signature {
        kind: InvocationKind::Filter,
        input,
        ..function(name, BOTH, parameters, gives)
    }
}

/// A filter that ignores its arguments.
const fn plain_filter(name: &'static str, input: Accepts, gives: Gives) -> Signature {
    Signature {
        parameters: None,
        ..filter(name, input, &[], gives)
    }
}

const fn only(targets: TargetSet, signature: Signature) -> Signature {
    Signature {
        targets,
        ..signature
    }
}

const fn test(name: &'static str, input: Accepts) -> Signature {
    Signature {
        kind: InvocationKind::Test,
        ..plain_filter(name, input, Gives::Boolean)
    }
}

const DATE: Parameters = &[required("date")];
const FORMAT: Parameters = &[
    optional("format"),
    optional("timeZone"),
    optional("existingFormat"),
    optional("locale"),
];
const TIMESTAMP: Parameters = &[optional("timeZone"), optional("existingFormat")];
const SEPARATOR: Parameters = &[required("separator")];
const PATH: Parameters = &[required("path"), optional("namespace")];
const VERSIONED: Parameters = &[required("path"), optional("namespace"), optional("version")];
const REVISED: Parameters = &[
    required("path"),
    optional("namespace"),
    optional("revision"),
];
const INDENT: Parameters = &[required("amount"), optional("prefix")];

const FUNCTIONS: &[Signature] = &[
    function("block", BOTH, &[required("name")], Gives::Text),
    function("currentEachOutput", OLD, &[required("outputs")], Gives::Any),
    function("dayOfMonth", NEW, DATE, Gives::Number),
    function("dayOfWeek", NEW, DATE, Gives::Text),
    function(
        "decrypt",
        BOTH,
        &[required("key"), required("encrypted")],
        Gives::Text,
    ),
    function(
        "encrypt",
        BOTH,
        &[required("key"), required("plaintext")],
        Gives::Text,
    ),
    function(
        "env",
        NEW,
        &[required("name"), optional("default")],
        Gives::Any,
    ),
    free_function("errorLogs", Gives::List),
    free_function("fetchContext", Gives::Any),
    function("fileExists", BOTH, PATH, Gives::Boolean),
    function("fileSize", BOTH, PATH, Gives::Number),
    function("fileURI", OLD, VERSIONED, Gives::File),
    function("fileURI", NEW, REVISED, Gives::File),
    function(
        "fromIon",
        BOTH,
        &[required("ion"), optional("allRows")],
        Gives::Any,
    ),
    function("fromJson", BOTH, &[required("json")], Gives::Any),
    function("hourOfDay", NEW, DATE, Gives::Number),
    function(
        "http",
        BOTH,
        &[
            required("uri"),
            optional("method"),
            optional("query"),
            optional("body"),
            optional("contentType"),
            optional("headers"),
            optional("options"),
            optional("accept"),
        ],
        Gives::Any,
    ),
    function(
        "i18n",
        BOTH,
        &[required("bundle"), required("key"), optional("params")],
        Gives::Text,
    ),
    free_function("id", Gives::Text),
    function(
        "isDayWeekInMonth",
        NEW,
        &[
            required("date"),
            required("dayOfWeek"),
            required("position"),
        ],
        Gives::Boolean,
    ),
    function("isFileEmpty", BOTH, PATH, Gives::Boolean),
    function(
        "isLastWorkingDay",
        NEW,
        &[required("date"), optional("workingDays")],
        Gives::Boolean,
    ),
    function(
        "isPublicHoliday",
        NEW,
        &[
            required("date"),
            required("countryCode"),
            optional("subDivision"),
        ],
        Gives::Boolean,
    ),
    function("isWeekend", NEW, DATE, Gives::Boolean),
    function("json", OLD, &[required("json")], Gives::Any),
    free_function("ksuid", Gives::Text),
    function(
        "kv",
        BOTH,
        &[
            required("key"),
            optional("namespace"),
            optional("errorOnMissing"),
        ],
        Gives::Any,
    ),
    function(
        "loopOutputs",
        NEW,
        &[required("outputs"), required("name")],
        Gives::List,
    ),
    free_function("max", Gives::Any),
    free_function("min", Gives::Any),
    function("monthOfYear", NEW, DATE, Gives::Number),
    function(
        "nanoId",
        BOTH,
        &[optional("length"), optional("alphabet")],
        Gives::Text,
    ),
    function("now", BOTH, FORMAT, Gives::Text),
    free_function("parent", Gives::Text),
    free_function("printContext", Gives::Any),
    function(
        "randomInt",
        BOTH,
        &[required("lower"), required("upper")],
        Gives::Number,
    ),
    free_function("randomPort", Gives::Number),
    function(
        "range",
        BOTH,
        &[required("start"), required("end"), optional("increment")],
        Gives::List,
    ),
    function("read", OLD, VERSIONED, Gives::Text),
    function("read", NEW, REVISED, Gives::Text),
    function(
        "render",
        BOTH,
        &[required("toRender"), optional("recursive")],
        Gives::Any,
    ),
    function("renderOnce", BOTH, &[required("toRender")], Gives::Any),
    function(
        "secret",
        BOTH,
        &[
            required("key"),
            optional("namespace"),
            optional("subkey"),
            optional("full"),
        ],
        Gives::Any,
    ),
    function(
        "subflow",
        BOTH,
        &[
            required("namespace"),
            required("id"),
            optional("inputs"),
            optional("revision"),
            optional("labels"),
            optional("timeout"),
        ],
        Gives::Any,
    ),
    function("tasksWithState", BOTH, &[required("state")], Gives::List),
    free_function("uuid", Gives::Text),
    function("yaml", BOTH, &[required("yaml")], Gives::Any),
];

const FILTERS: &[Signature] = &[
    filter("abbreviate", TEXT, &[required("length")], Gives::Text),
    plain_filter("abs", NUMBER, Gives::Number),
    plain_filter("base64decode", TEXT, Gives::Text),
    plain_filter("base64encode", ALL, Gives::Text),
    plain_filter("capitalize", TEXT, Gives::Text),
    filter("chunk", LIST, &[required("size")], Gives::List),
    plain_filter("className", ALL, Gives::Text),
    filter("date", TEXT.or(NUMBER), FORMAT, Gives::Text),
    filter(
        "dateAdd",
        TEXT.or(NUMBER),
        &[
            required("amount"),
            required("unit"),
            optional("format"),
            optional("timeZone"),
            optional("existingFormat"),
            optional("locale"),
        ],
        Gives::Text,
    ),
    filter(
        "default",
        ALL,
        &[optional("default")],
        Gives::InputOrArgument,
    ),
    plain_filter("distinct", LIST, Gives::Input),
    filter("endsWith", ALL, &[required("value")], Gives::Boolean),
    filter("escapeChar", ALL, &[required("type")], Gives::Input),
    plain_filter("first", TEXT.or(LIST), Gives::Element),
    plain_filter("flatten", LIST, Gives::List),
    plain_filter("format", ALL, Gives::Text),
    filter("indent", ALL, INDENT, Gives::Text),
    filter("join", LIST, &[optional("separator")], Gives::Text),
    filter("jq", ALL, &[required("expression")], Gives::List),
    only(OLD, plain_filter("json", ALL, Gives::Text)),
    plain_filter("keys", LIST.or(MAP), Gives::List),
    plain_filter("last", TEXT.or(LIST), Gives::Element),
    plain_filter("length", ALL, Gives::Number),
    plain_filter("lower", ALL, Gives::Text),
    plain_filter("md5", TEXT, Gives::Text),
    filter("merge", LIST.or(MAP), &[optional("items")], Gives::Any),
    filter("nindent", ALL, INDENT, Gives::Text),
    plain_filter("nl2br", TEXT, Gives::Text),
    filter("number", TEXT, &[optional("type")], Gives::Number),
    filter("numberFormat", NUMBER, &[optional("format")], Gives::Text),
    only(
        NEW,
        filter(
            "regexExtract",
            ALL,
            &[required("regex"), optional("group")],
            Gives::Any,
        ),
    ),
    only(
        NEW,
        filter("regexMatch", ALL, &[required("regex")], Gives::Boolean),
    ),
    only(
        NEW,
        filter(
            "regexReplace",
            ALL,
            &[required("regex"), required("replacement")],
            Gives::Text,
        ),
    ),
    filter(
        "replace",
        ALL,
        &[required("replace_pairs"), optional("regexp")],
        Gives::Input,
    ),
    plain_filter("reverse", LIST, Gives::Input),
    plain_filter("rsort", LIST, Gives::Input),
    plain_filter("sha1", TEXT, Gives::Text),
    plain_filter("sha256", TEXT, Gives::Text),
    plain_filter("sha512", TEXT, Gives::Text),
    filter(
        "slice",
        TEXT.or(LIST),
        &[optional("fromIndex"), optional("toIndex")],
        Gives::Input,
    ),
    filter("slugify", ALL, FORMAT, Gives::Text),
    plain_filter("sort", LIST, Gives::Input),
    filter(
        "split",
        TEXT,
        &[required("delimiter"), optional("limit")],
        Gives::Texts,
    ),
    filter("startsWith", ALL, &[required("value")], Gives::Boolean),
    plain_filter("string", ALL, Gives::Text),
    filter("substringAfter", ALL, SEPARATOR, Gives::Text),
    filter("substringAfterLast", ALL, SEPARATOR, Gives::Text),
    filter("substringBefore", ALL, SEPARATOR, Gives::Text),
    filter("substringBeforeLast", ALL, SEPARATOR, Gives::Text),
    filter("timestamp", TEXT.or(NUMBER), TIMESTAMP, Gives::Number),
    filter("timestampMicro", TEXT.or(NUMBER), TIMESTAMP, Gives::Text),
    filter("timestampMilli", TEXT.or(NUMBER), TIMESTAMP, Gives::Number),
    filter("timestampNano", TEXT.or(NUMBER), TIMESTAMP, Gives::Text),
    plain_filter("title", TEXT, Gives::Text),
    plain_filter("toIon", ALL, Gives::Text),
    plain_filter("toJson", ALL, Gives::Text),
    plain_filter("trim", TEXT, Gives::Text),
    plain_filter("upper", ALL, Gives::Text),
    plain_filter("urldecode", TEXT, Gives::Text),
    plain_filter("urlencode", TEXT, Gives::Text),
    plain_filter("values", MAP, Gives::List),
    plain_filter("yaml", ALL, Gives::Text),
];

const TESTS: &[Signature] = &[
    test("defined", ALL),
    test("empty", ALL),
    test("even", NUMBER),
    test("iterable", ALL),
    test("json", TEXT),
    test("map", ALL),
    test("null", ALL),
    test("odd", NUMBER),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_a_name_at_most_once() {
        for kind in [
            InvocationKind::Function,
            InvocationKind::Filter,
            InvocationKind::Test,
        ] {
            for target in Target::ALL {
                let mut names: Vec<_> = signatures(kind)
                    .filter(|signature| signature.targets.contains(target))
                    .map(|signature| signature.name)
                    .collect();
                let count = names.len();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), count);
            }
        }
    }

    #[test]
    fn names_are_found_by_version() {
        use InvocationKind::{Filter, Function, Test};
        let [old, new] = Target::ALL;
        assert!(matches!(lookup(Filter, "json", old), Lookup::Known(_)));
        assert_eq!(lookup(Filter, "json", new), Lookup::Elsewhere(OLD));
        assert_eq!(lookup(Function, "env", old), Lookup::Elsewhere(NEW));
        assert_eq!(lookup(Function, "credential", new), Lookup::Enterprise);
        assert_eq!(lookup(Filter, "fromJson", new), Lookup::Unknown);
        assert_eq!(lookup(Test, "Null", new), Lookup::Unknown);
    }

    #[test]
    fn wrong_names_have_suggestions() {
        use InvocationKind::{Filter, Function};
        let new = Target::V2_0;
        assert_eq!(suggestion(Function, "secrets", new), Some("secret"));
        assert_eq!(suggestion(Filter, "dateFormat", new), Some("date"));
        assert_eq!(suggestion(Filter, "truncate", new), Some("abbreviate"));
        assert_eq!(suggestion(Filter, "jqFirst", new), Some("jq"));
        assert_eq!(suggestion(Filter, "Upper", new), Some("upper"));
        assert_eq!(suggestion(Filter, "uper", new), Some("upper"));
        assert_eq!(
            suggestion(Filter, "numberformat", new),
            Some("numberFormat")
        );
        assert_eq!(suggestion(Filter, "nothing_like_it", new), None);
    }
}

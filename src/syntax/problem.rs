//! What keeps a text from being read as Kestra reads it, before it is put into words.

/// A problem with its place, in byte offsets of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) kind: ProblemKind,
    /// Where it was noticed.
    pub(super) at: usize,
    /// Where the construct that is at fault began: the opening quote or bracket, the key.
    pub(super) began: usize,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, at: usize) -> Self {
        Self {
            kind,
            at,
            began: at,
        }
    }

    pub(super) fn within(kind: ProblemKind, at: usize, began: usize) -> Self {
        Self { kind, at, began }
    }
}

/// The kinds of problem, after the places in SnakeYAML that refuse a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProblemKind {
    /// A tab in the indentation of a line.
    TabIndentation,
    /// A tab where only spaces may separate; YAML 1.2 allows it.
    TabSeparation,
    /// A character that cannot start a value.
    Character(char),
    /// `- ` where no list can start.
    EntryNotAllowed,
    /// `? ` where no key can start.
    KeyNotAllowed,
    /// `: ` where no value can follow.
    ValueNotAllowed,
    /// A key without a colon behind it.
    MissingColon,
    /// A line that starts with `%`.
    Directive,
    /// The version in a `%YAML` directive.
    Version,
    /// The same directive twice.
    DuplicateDirective,
    /// The name behind `&` or `*`.
    AnchorName,
    /// The text behind `!`.
    Tag,
    /// A tag handle that no directive declares.
    UndefinedTagHandle,
    /// What stands behind `|` or `>`.
    BlockHeader,
    /// A quoted text without its end.
    UnclosedQuote,
    /// A line `---` or `...` in a quoted text.
    MarkerInQuotes,
    /// An unknown escape in double quotes.
    Escape(char),
    /// An escape that YAML 1.2 knows and SnakeYAML does not.
    EscapeUnknownToKestra(char),
    /// `\x`, `\u`, `\U` without the digits that they need.
    EscapeDigits(char),
    /// Something before a `---` that belongs to no document.
    ExpectedDocumentStart,
    /// No value where one must stand; in brackets or not.
    ExpectedNode { in_brackets: bool },
    /// Something that is no key, in a mapping.
    ExpectedKey,
    /// Something that is no item, in a list.
    ExpectedItem,
    /// Neither comma nor bracket.
    UnclosedList,
    /// Neither comma nor brace.
    UnclosedMapping,
    /// More levels than Kestra reads.
    TooDeep,
}

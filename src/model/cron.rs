//! Cron expressions as Kestra's Schedule trigger reads them.
//!
//! What is accepted was asked of Kestra 1.3.31 and 2.0.0 (`fixtures/cron/verdicts.tsv`): five fields, or six
//! where `withSeconds` is true; seven nicknames; lists, ranges that don't wrap around, steps, three-letter
//! names; `L` in the day of month from 2.0 on; no `?`, `W` or `#`. Several expressions may be joined by
//! `||`, several values of a field by `|`.

use super::{SCHEDULE_TYPES, Trigger};
use crate::finding::Target;
use crate::syntax::{NodeId, Tree, Value};
use crate::text::{TextRange, TextSize};

/// The nicknames that Kestra knows, in this spelling only.
const NICKNAMES: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// In bytes; longer expressions are not judged.
const LONGEST_TEXT: usize = 2000;

/// The longest that each month gets.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Why an expression is refused, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronProblem {
    /// The part that is wrong, in bytes of the expression.
    pub range: TextRange,
    /// What is wrong with it; a sentence without a full stop.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// An expression that Kestra accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    /// Whether there is a date at which it fires. Unsure cases count as firing.
    pub can_fire: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

impl Field {
    const ALL: [Self; 6] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::DayOfMonth,
        Self::Month,
        Self::DayOfWeek,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of the month",
            Self::Month => "month",
            Self::DayOfWeek => "day of the week",
        }
    }

    fn limits(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            _ => &[],
        }
    }
}

/// The values that a field allows.
#[derive(Debug, Clone, Copy, Default)]
struct Values {
    /// Bit n: the value n.
    bits: u64,
    /// Bit n: the n-th day before the end of the month.
    from_end: u64,
    /// `*`.
    any: bool,
    /// Something whose meaning is not worked out.
    unsure: bool,
}

impl Values {
    fn of(bits: u64) -> Self {
        Self {
            bits,
            ..Self::default()
        }
    }

    fn add(&mut self, other: Self) {
        self.bits |= other.bits;
        self.from_end |= other.from_end;
        self.any |= other.any;
        self.unsure |= other.unsure;
    }
}

/// The expression of a Schedule trigger.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'tree> {
    /// The value of `cron`.
    pub node: NodeId,
    /// Its text.
    pub text: &'tree str,
    /// Whether the first of six fields is the second.
    pub with_seconds: bool,
}

/// The expression of a trigger; none for triggers that are no Schedule, or have none.
pub fn of_trigger<'tree>(tree: &'tree Tree, trigger: &Trigger) -> Option<Schedule<'tree>> {
    let kind = trigger.type_node.and_then(|node| tree.scalar_text(node))?;
    if !SCHEDULE_TYPES.contains(&kind) {
        return None;
    }
    let node = tree.get(trigger.node, "cron")?;
    if tree.value(node)? == Value::Null {
        return None;
    }
    let seconds = tree.get(trigger.node, "withSeconds");
    Some(Schedule {
        node,
        text: tree.scalar_text(node)?,
        with_seconds: seconds.is_some_and(|node| match tree.value(node) {
            Some(Value::Boolean(value)) => value,
            Some(Value::Integer(number)) => number != 0,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }),
    })
}

/// Reads an expression.
///
/// # Errors
/// The first part that Kestra of the target version refuses.
pub fn parse(text: &str, with_seconds: bool, target: Target) -> Result<Cron, CronProblem> {
    // Nobody writes so long a one, and columns take more than linear time.
    if text.len() > LONGEST_TEXT {
        return Ok(Cron { can_fire: true });
    }
    let reader = Reader {
        whole: text,
        with_seconds,
        target,
    };
    if text.contains("||") {
        return reader.alternatives(text);
    }
    if text.contains('|') {
        return reader.columns(text);
    }
    reader.single(text, 0, None)
}

struct Reader<'text> {
    whole: &'text str,
    with_seconds: bool,
    target: Target,
}

impl Reader<'_> {
    /// `a||b`: each is an expression of its own.
    fn alternatives(&self, text: &str) -> Result<Cron, CronProblem> {
        let mut can_fire = false;
        let mut offset = 0;
        for part in text.trim_end_matches("||").split("||") {
            can_fire |= self.single(part, offset, None)?.can_fire;
            offset += part.len() + 2;
        }
        Ok(Cron { can_fire })
    }

    /// `0|30 1|2 * * *`: the n-th value of each field makes the n-th expression.
    fn columns(&self, text: &str) -> Result<Cron, CronProblem> {
        let values = |field: &str| field.trim_end_matches('|').split('|').count();
        let count = text
            .split_ascii_whitespace()
            .map(values)
            .max()
            .unwrap_or_default();
        let uneven = |field: &&str| field.contains('|') && values(field) < count;
        if let Some(field) = text.split_ascii_whitespace().find(uneven) {
            return Err(self.problem(
                field,
                offset_in(text, field),
                "has fewer `|` values than another field".into(),
            ));
        }
        let mut can_fire = false;
        for column in 0..count {
            can_fire |= self.single(text, 0, Some(column))?.can_fire;
        }
        Ok(Cron { can_fire })
    }

    /// One expression without `||`; of fields with `|` the value of the column.
    fn single(
        &self,
        text: &str,
        offset: usize,
        column: Option<usize>,
    ) -> Result<Cron, CronProblem> {
        let value_of = |field| column_of(field, column);
        let trimmed = text.trim_ascii_start();
        if trimmed.starts_with('@') {
            return self.nickname(text, offset, column);
        }
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let expected = if self.with_seconds { 6 } else { 5 };
        if fields.len() != expected {
            return Err(self.wrong_count(text, offset, fields.len()));
        }
        let kinds = &Field::ALL[6 - expected..];
        let mut read = [Values::default(); 6];
        for (kind, field) in kinds.iter().zip(&fields) {
            let value = value_of(field);
            let at = offset + offset_in(text, value);
            read[*kind as usize] = self.field(*kind, value, at)?;
        }
        Ok(Cron {
            can_fire: can_fire(
                read[Field::DayOfMonth as usize],
                read[Field::Month as usize],
                read[Field::DayOfWeek as usize],
            ),
        })
    }

    fn nickname(
        &self,
        text: &str,
        offset: usize,
        column: Option<usize>,
    ) -> Result<Cron, CronProblem> {
        let name = column_of(text, column);
        if NICKNAMES.contains(&name) {
            return Ok(Cron { can_fire: true });
        }
        let mut problem = self.problem(
            name,
            offset + offset_in(text, name),
            "isn't a nickname that Kestra knows".into(),
        );
        let near = NICKNAMES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name.trim()));
        problem.help = Some(match near {
            Some(known) => format!("Write `{known}`, in small letters and without blanks."),
            None => format!("It knows {}.", NICKNAMES.join(", ")),
        });
        Err(problem)
    }

    fn wrong_count(&self, text: &str, offset: usize, count: usize) -> CronProblem {
        let expected = if self.with_seconds {
            "six fields (second, minute, hour, day of the month, month, day of the week)"
        } else {
            "five fields (minute, hour, day of the month, month, day of the week)"
        };
        let help = match (count, self.with_seconds) {
            (6, false) => Some("If the first field is the second, add `withSeconds: true` to the trigger; else leave one out.".to_owned()),
            (5, true) => Some("With `withSeconds: true` the first of six fields is the second: put `0` before it.".to_owned()),
            (7, _) => Some("Kestra's cron has no field for the year.".to_owned()),
            (1, _) => {
                let name = format!("@{}", text.trim());
                NICKNAMES.contains(&name.as_str()).then(|| format!("Write `{name}`."))
            }
            _ => None,
        };
        CronProblem {
            help,
            ..self.problem(
                text,
                offset,
                format!("has {count} fields, where Kestra wants {expected}"),
            )
        }
    }

    fn field(&self, field: Field, text: &str, offset: usize) -> Result<Values, CronProblem> {
        let mut values = Values::default();
        let mut at = offset;
        for item in text.split(',') {
            values.add(self.item(field, item, at)?);
            at += item.len() + 1;
        }
        Ok(values)
    }

    /// One entry of a list: `*`, a value, a range, each with or without a step.
    fn item(&self, field: Field, item: &str, offset: usize) -> Result<Values, CronProblem> {
        if item.is_empty() {
            return Err(self.problem(
                item,
                offset,
                format!("an entry of the {} is empty", field.name()),
            ));
        }
        let Some((base, step)) = item.split_once('/') else {
            return self.base(field, item, offset);
        };
        let step_text = step.trim_end_matches('/');
        let (_, last) = field.limits();
        let wanted = || {
            format!(
                "the step of the {} must be a number from 1 to {last}",
                field.name()
            )
        };
        let step = number(step_text)
            .filter(|step| (1..=last).contains(step))
            .ok_or_else(|| self.problem(item, offset, wanted()))?;
        if base.is_empty() || base == "*" {
            let (first, last) = field.limits();
            return Ok(Values::of(every(first, last, step)));
        }
        if self.may_be_last_day(field, base) && !base.contains('-') {
            return Err(self.problem(
                item,
                offset,
                "a step can't be counted from the last day".into(),
            ));
        }
        if let Some((from, to)) = base.split_once('-') {
            return self.range(field, (from, to), step, item, offset);
        }
        let from = self.value(field, base, offset)?;
        Ok(Values::of(every(from, last, step)))
    }

    fn base(&self, field: Field, item: &str, offset: usize) -> Result<Values, CronProblem> {
        if item == "*" {
            return Ok(Values {
                any: true,
                ..Values::default()
            });
        }
        if self.may_be_last_day(field, item)
            && let Some(values) = last_day(item)
        {
            return Ok(values);
        }
        if let Some((from, to)) = item.split_once('-').filter(|(from, _)| !from.is_empty()) {
            return self.range(field, (from, to), 1, item, offset);
        }
        Ok(Values::of(1 << self.value(field, item, offset)?))
    }

    fn range(
        &self,
        field: Field,
        (from, to): (&str, &str),
        step: u32,
        item: &str,
        offset: usize,
    ) -> Result<Values, CronProblem> {
        let start = self.value(field, from, offset)?;
        if self.may_be_last_day(field, to)
            && to.eq_ignore_ascii_case("L")
            && item.len() == from.len() + 1 + to.len() + step_length(item)
        {
            return Ok(Values {
                unsure: true,
                ..Values::default()
            });
        }
        let end = self.value(field, to, offset + from.len() + 1)?;
        if start > end {
            let mut problem = self.problem(
                item,
                offset,
                format!("the range of the {} runs backwards", field.name()),
            );
            let (first, last) = field.limits();
            problem.help = Some(format!(
                "Kestra's ranges don't wrap around: write `{from}-{last},{}-{to}` or a list.",
                if field == Field::DayOfWeek { 1 } else { first }
            ));
            if field == Field::DayOfWeek && start == 7 {
                problem.help = Some(format!(
                    "Sunday is the last day of Kestra's week: write `0-{to}` or a list."
                ));
            }
            return Err(problem);
        }
        Ok(Values::of(every(start, end, step)))
    }

    /// A number or a name.
    fn value(&self, field: Field, text: &str, offset: usize) -> Result<u32, CronProblem> {
        let (first, last) = field.limits();
        if let Some(value) = number(text) {
            if (first..=last).contains(&value) {
                return Ok(value);
            }
            return Err(self.problem(
                text,
                offset,
                format!("the {} must lie between {first} and {last}", field.name()),
            ));
        }
        let named = field
            .names()
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        if let Some(position) = named.and_then(|position| u32::try_from(position).ok()) {
            return Ok(position + 1);
        }
        let mut problem = self.problem(text, offset, format!("isn't a {}", field.name()));
        problem.help = self.hint(field, text);
        Err(problem)
    }

    fn hint(&self, field: Field, text: &str) -> Option<String> {
        let short = text.get(..3).unwrap_or_default();
        if let Some(name) = field
            .names()
            .iter()
            .find(|name| name.eq_ignore_ascii_case(short))
        {
            return Some(format!("Names have three letters: write `{name}`."));
        }
        if text.contains('?') {
            return Some("Kestra's cron has no `?`: write `*`.".to_owned());
        }
        if text.contains(['L', 'W', '#']) {
            return Some(match (field, self.target) {
                (Field::DayOfMonth, Target::V1_3) => "`L` (the last day) needs Kestra 2.0; `W` and `#` aren't known at all. A condition on the trigger can do it.".to_owned(),
                _ => "Kestra's cron knows neither `W` nor `#`, and `L` only as the day of the month: use a condition on the trigger.".to_owned(),
            });
        }
        None
    }

    /// Whether `L` may stand here.
    fn may_be_last_day(&self, field: Field, text: &str) -> bool {
        field == Field::DayOfMonth && self.target >= Target::V2_0 && text.contains(['L', 'l'])
    }

    fn problem(&self, part: &str, offset: usize, message: String) -> CronProblem {
        let shown = if part.is_empty() { "" } else { part };
        let (offset, length) = if part.is_empty() || offset + part.len() > self.whole.len() {
            (0, self.whole.len())
        } else {
            (offset, part.len())
        };
        let size = |value: usize| TextSize::try_from(value).unwrap_or_default();
        let message = if message.starts_with("isn't") || message.starts_with("has ") {
            format!("`{shown}` {message}")
        } else {
            message
        };
        CronProblem {
            range: TextRange::at(size(offset), size(length)),
            message,
            help: None,
        }
    }
}

/// The bytes that `/step` takes of an item.
fn step_length(item: &str) -> usize {
    item.find('/').map_or(0, |slash| item.len() - slash)
}

/// Of a field with `|` the value of a column.
fn column_of(field: &str, column: Option<usize>) -> &str {
    match column {
        Some(column) if field.contains('|') => field.split('|').nth(column).unwrap_or_default(),
        _ => field,
    }
}

/// Where a part of a text begins in it; both are slices of one allocation.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .checked_sub(text.as_ptr() as usize)
        .filter(|offset| offset + part.len() <= text.len())
        .unwrap_or_default()
}

/// `L`, `L-3`, `3L`.
fn last_day(text: &str) -> Option<Values> {
    if text.eq_ignore_ascii_case("L") {
        return Some(Values {
            from_end: 1,
            ..Values::default()
        });
    }
    let day = |text: &str| number(text).filter(|day| (1..=31).contains(day));
    if let Some(days) = text.strip_prefix("L-").or_else(|| text.strip_prefix("l-")) {
        return Some(Values {
            from_end: 1 << day(days)?,
            ..Values::default()
        });
    }
    day(text.strip_suffix(['L', 'l'])?)?;
    Some(Values {
        unsure: true,
        ..Values::default()
    })
}

fn every(first: u32, last: u32, step: u32) -> u64 {
    (first..=last)
        .step_by(step as usize)
        .fold(0, |bits, value| bits | 1 << value)
}

/// A number as Java reads it: a sign is allowed, and so are the digits of all scripts.
fn number(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0_u32, |value, digit| {
        value.checked_mul(10)?.checked_add(decimal(digit)?)
    })
}

fn decimal(digit: char) -> Option<u32> {
    const ZEROES: [char; 4] = ['٠', '۰', '०', '０'];
    digit.to_digit(10).or_else(|| {
        ZEROES.iter().find_map(|zero| {
            (digit as u32)
                .checked_sub(*zero as u32)
                .filter(|value| *value < 10)
        })
    })
}

/// Where both days are given, either may match, so only a plain day of the month can miss all months.
fn can_fire(day: Values, month: Values, weekday: Values) -> bool {
    if day.any || day.unsure || !weekday.any {
        return true;
    }
    (1..=12_u32)
        .filter(|number| month.any || month.bits & (1 << number) != 0)
        .any(|number| {
            let length = LONGEST[number as usize - 1];
            let days = (2_u64 << length) - 1;
            day.bits & days != 0 || day.from_end & ((1 << length) - 1) != 0
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_those_of_kestra() {
        let table = include_str!("../../fixtures/cron/verdicts.tsv");
        let mut wrong = Vec::new();
        let mut count = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let [text, seconds, old, new] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("four columns: {line}");
            };
            let text: String = serde_json::from_str(text).unwrap();
            for (target, verdict) in [(Target::V1_3, old), (Target::V2_0, new)] {
                count += 1;
                let ours = parse(&text, seconds == "true", target);
                if ours.is_ok() != (verdict == "yes") {
                    wrong.push(format!(
                        "{text:?} on {target}: Kestra {verdict}, we {ours:?}"
                    ));
                }
            }
        }
        assert!(count > 800, "{count}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_wrong_part_is_pointed_at() {
        let part = |text: &str| {
            let problem = parse(text, false, Target::NEWEST).unwrap_err();
            text[std::ops::Range::<usize>::from(problem.range)].to_owned()
        };
        assert_eq!(part("0 24 * * *"), "24");
        assert_eq!(part("*/5  0 * * MON,FUN"), "FUN");
        assert_eq!(part("0 0 * * FRI-MON"), "FRI-MON");
        assert_eq!(part("0 0 * * * *"), "0 0 * * * *");
        assert_eq!(part("0 0 * * *||0 60 * * *"), "60");
        assert_eq!(part("@reboot"), "@reboot");
    }

    #[test]
    fn dates_that_never_come_are_known() {
        let fires = |text: &str| parse(text, false, Target::NEWEST).unwrap().can_fire;
        assert!(!fires("0 0 30 2 *"));
        assert!(!fires("0 0 31 4,6,9,11 *"));
        assert!(!fires("0 0 30-31 FEB *"));
        assert!(!fires("0 0 L-30 2 *"));
        assert!(fires("0 0 29 2 *"));
        assert!(fires("0 0 31 2,3 *"));
        assert!(fires("0 0 L-28 2 *"));
        // Either day may match: Mondays in February come.
        assert!(fires("0 0 30 2 MON"));
        assert!(fires("0 0 30 2 *||0 0 1 * *"));
        assert!(fires("@daily"));
    }
}

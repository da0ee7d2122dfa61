//! Dates and times as Kestra's mapper (Jackson) reads them from a text. All was asked of 1.3.31 and 2.0.0.

/// Whether `java.time.LocalDate` is read from a text; what stands behind a `T` is dropped.
pub fn is_date(text: &str) -> bool {
    let text = text.trim();
    match split_moment(text) {
        _ if text.is_empty() => true,
        Some((date, time)) => {
            is_calendar_date(date) && is_clock_time(time.strip_suffix('Z').unwrap_or(time))
        }
        None => is_calendar_date(text),
    }
}

/// Whether `java.time.LocalTime` is read from a text; a date before a `T` is dropped.
pub fn is_time(text: &str) -> bool {
    let text = text.trim();
    match split_moment(text) {
        _ if text.is_empty() => true,
        Some((date, time)) => is_calendar_date(date) && is_clock_time(time),
        None => is_clock_time(text),
    }
}

/// Whether `java.time.Instant` is read from a text: seconds since 1970, or a date with a time to the second and a zone.
pub fn is_instant(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.parse::<f64>().is_ok() {
        return true;
    }
    let Some((date, rest)) = text.split_once(['T', 't']) else {
        return false;
    };
    let Some(zone) = rest.find(['Z', 'z', '+', '-']) else {
        return false;
    };
    let (time, zone) = rest.split_at(zone);
    let is_whole = time.matches(':').count() == 2;
    let is_midnight = time == "24:00:00";
    is_calendar_date(date) && is_whole && (is_midnight || is_clock_time(time)) && is_zone(zone)
}

/// `2026-01-31T…`, if the day takes the usual ten characters.
fn split_moment(text: &str) -> Option<(&str, &str)> {
    text.split_once('T').filter(|(date, _)| date.len() == 10)
}

fn is_zone(zone: &str) -> bool {
    if zone.eq_ignore_ascii_case("z") {
        return true;
    }
    let parts: Vec<&str> = zone[1..].split(':').collect();
    matches!(parts.len(), 2 | 3) && parts.iter().all(|part| number(part, 2).is_some())
}

/// `2026-01-31`; years of other lengths need a sign.
pub fn is_calendar_date(text: &str) -> bool {
    let (sign, rest) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let year = number(year, if sign { year.len().clamp(4, 9) } else { 4 });
    let (Some(year), Some(month), Some(day)) = (year, number(month, 2), number(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `18:30`, `18:30:00` or `18:30:00.123`.
pub fn is_clock_time(text: &str) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let parts: Vec<&str> = whole.split(':').collect();
    let below = |part: &str, limit: u32| number(part, 2).is_some_and(|number| number < limit);
    let fraction_holds = fraction.is_none_or(|fraction| {
        parts.len() == 3
            && fraction.len() <= 9
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    fraction_holds
        && match parts.as_slice() {
            [hour, minute] => below(hour, 24) && below(minute, 60),
            [hour, minute, second] => below(hour, 24) && below(minute, 60) && below(second, 60),
            _ => false,
        }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let holds = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    holds.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdicts_are_those_of_kestra() {
        for (text, date, time, instant) in [
            ("2024-01-01", true, false, false),
            ("2024-01-01T00:00:00", true, true, false),
            ("2024-01-01T00:00:00Z", true, false, true),
            ("2024-01-01T00:00:00+02:00", false, false, true),
            ("2024-01-01T00:00:00+0200", false, false, false),
            ("2024-01-01T00:00:00+02", false, false, false),
            ("2024-01-01T00:00Z", true, false, false),
            ("2024-01-01 00:00:00", false, false, false),
            ("2024-02-30", false, false, false),
            ("2024-02-29", true, false, false),
            ("2023-02-29", false, false, false),
            ("2024-13-01", false, false, false),
            ("2024-1-1", false, false, false),
            ("20240101", false, false, true),
            ("-2024-01-01", true, false, false),
            ("+12024-01-01", true, false, false),
            ("02024-01-01", false, false, false),
            ("", true, true, true),
            ("10:00", false, true, false),
            (" 10:00 ", false, true, false),
            ("10:00:00.123456789", false, true, false),
            ("10:00:00.1234567890", false, false, false),
            ("9:30", false, false, false),
            ("24:00", false, false, false),
            ("10:00:00+01:00", false, false, false),
            ("2024-01-01T24:00:00Z", false, false, true),
            ("2024-01-01t00:00:00z", false, false, true),
            ("5.5", false, false, true),
            ("tomorrow", false, false, false),
        ] {
            assert_eq!(is_date(text), date, "{text} as a date");
            assert_eq!(is_time(text), time, "{text} as a time");
            assert_eq!(is_instant(text), instant, "{text} as an instant");
        }
    }
}

//! Names that Kestra gives, and flows compare with.

/// States of an execution or task (of 1.3.31 and 2.0.0), sorted.
pub const STATES: [&str; 17] = [
    "BREAKPOINT",
    "CANCELLED",
    "CREATED",
    "FAILED",
    "KILLED",
    "KILLING",
    "PAUSED",
    "QUEUED",
    "RESTARTED",
    "RESUBMITTED",
    "RETRIED",
    "RETRYING",
    "RUNNING",
    "SKIPPED",
    "SUBMITTED",
    "SUCCESS",
    "WARNING",
];

/// Days of the week, from Monday on.
pub const DAYS_OF_THE_WEEK: [&str; 7] = [
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
];

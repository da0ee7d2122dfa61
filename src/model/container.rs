//! The places of a flow in which tasks live.

/// Top-level keys of a flow below which tasks and triggers stand.
pub const RUNNING_PARTS: [&str; 6] = [
    "tasks",
    "errors",
    "finally",
    "afterExecution",
    "listeners",
    "triggers",
];

/// A list of tasks, by the key that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// `tasks`, of the flow or of a flowable task.
    Tasks,
    /// `errors`: run when something failed.
    Errors,
    /// `finally`: run in any case, before the execution ends.
    Finally,
    /// `afterExecution`: run when the execution has ended.
    AfterExecution,
    /// `then` of an If.
    Then,
    /// `else` of an If.
    Else,
    /// One of the `cases` of a Switch.
    Case,
    /// `defaults` of a Switch.
    Defaults,
    /// What an Approval or a Pause runs while waiting or upon an answer (`onWait`, `onApprove`, …).
    Event,
    /// `listeners[].tasks`, which Kestra 0.12 deprecated and 2.0 removed.
    Listeners,
}

impl Container {
    /// The container of a key of a task, if tasks may live under it.
    pub(super) fn of_task_key(key: &str) -> Option<Self> {
        Some(match key {
            "tasks" => Self::Tasks,
            "errors" => Self::Errors,
            "finally" => Self::Finally,
            "then" => Self::Then,
            "else" => Self::Else,
            "cases" => Self::Case,
            "defaults" => Self::Defaults,
            "onWait" | "onApprove" | "onDeny" | "onReject" | "onTimeout" | "onPause"
            | "onResume" => Self::Event,
            _ => return None,
        })
    }
}

//! A tolerant, typed view of a flow: what is where, for whatever the text holds.
//!
//! Building it never fails; what does not fit is a hole (`None`) that rules report. All nodes are ids
//! into the one [`Tree`], so a flow stays small and borrows nothing.

mod container;
pub mod cron;
mod difference;
pub mod duration;
mod flow;
pub mod identifier;
pub mod java_pattern;
pub mod moment;
mod names;
mod path;
mod recognise;
pub mod timezone;
mod value;

pub use container::{Container, RUNNING_PARTS};
pub use difference::{Difference, differences};
pub use flow::{Flow, Input, Output, PluginDefault, Task, TaskIndex, Trigger};
pub use names::{DAYS_OF_THE_WEEK, STATES};
pub use path::{NodePath, PathSegment};
pub use recognise::{Shape, looks_like_a_flow, shape_of};
pub use value::{fits_input_type, listed_values};

/// The type names that Kestra's Flow trigger has had.
pub const FLOW_TRIGGER_TYPES: [&str; 2] = [
    "io.kestra.plugin.core.trigger.Flow",
    "io.kestra.core.models.triggers.types.Flow",
];

/// The type names that Kestra's Subflow task has had.
pub const SUBFLOW_TYPES: [&str; 3] = [
    "io.kestra.plugin.core.flow.Subflow",
    "io.kestra.core.tasks.flows.Subflow",
    "io.kestra.core.tasks.flows.Flow",
];

/// The type names of the task that runs a subflow for each batch of a file.
pub const FOR_EACH_ITEM_TYPES: [&str; 2] = [
    "io.kestra.plugin.core.flow.ForEachItem",
    "io.kestra.core.tasks.flows.ForEachItem",
];

/// The type names that Kestra's Schedule trigger has had.
pub const SCHEDULE_TYPES: [&str; 2] = [
    "io.kestra.plugin.core.trigger.Schedule",
    "io.kestra.core.models.triggers.types.Schedule",
];

/// The type names that Kestra's Webhook trigger has had.
pub const WEBHOOK_TYPES: [&str; 2] = [
    "io.kestra.plugin.core.trigger.Webhook",
    "io.kestra.core.models.triggers.types.Webhook",
];

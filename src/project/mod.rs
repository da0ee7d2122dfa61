//! All flows of a repository together: what each offers to others, and who calls whom.

mod index;
mod summary;

pub use index::{CallEdge, FlowKey, MemberIndex, ProjectIndex};
pub use summary::{
    Call, CallKind, FlowTrigger, InputSummary, OutputSummary, Summary, TriggerSource, UpstreamFlow,
};

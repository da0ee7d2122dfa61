//! All flows of a repository together: what each offers to others, and who starts whom.

mod calls;
mod contract;
mod cycles;
mod environment;
mod flow_triggers;
mod folding;
mod function_calls;
mod graph;
mod index;
mod summary;

pub use contract::{Contract, UnknownInput, contract, covers};
pub use cycles::cycles;
pub use environment::{EnvironmentOf, Environments, detect_environments};
pub use folding::folded;
pub use graph::{EdgeKind, FlowEdge, FlowGraph, FlowNode};
pub use index::{Cause, MemberIndex, ProjectIndex, Start};
pub use summary::{
    Call, CallKind, FlowTrigger, InputSummary, OutputSummary, Summary, TriggerSource, UpstreamFlow,
};

//! The language server: the second front door. Editors see the findings of `kestralint check` as they
//! type, with its fixes and pages.
//!
//! Everything runs on one thread: messages change the [`Session`], and when none has come for a moment
//! the session is brought up to date and what has changed is published. Requests bring it up to date
//! before they are answered. What was made of unchanged files is kept.

mod actions;
mod buffer;
mod diagnostics;
mod dispatch;
mod handshake;
mod hover;
mod policies;
mod session;
mod uri;

pub use dispatch::{End, serve};

//! Where values come from that are dangerous in the wrong place.

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'run> {
    /// What somebody else than the author of the flow can choose.
    Untrusted,
    /// What nobody should read.
    Secret,
    /// The value of this input of the flow, whatever it is.
    Input(&'run str),
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An input that takes any text: whoever may start the flow chooses it.
    Input,
    /// A file that was uploaded as an input.
    Upload,
    /// A message of a queue, a mail, a chat.
    Message,
    /// What a server answered.
    Response,
    /// Body, headers or parameters of a webhook: whoever knows its address chooses them.
    Webhook,
    /// An input of type SECRET.
    SecretInput,
    /// `secret(…)`
    Secret,
    /// `credential(…)`
    Credential,
}

impl Source {
    /// Whether it is a secret.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::SecretInput | Self::Secret | Self::Credential)
    }

    /// Whether people who may not run the flow can choose it.
    pub fn is_remote(self) -> bool {
        matches!(self, Self::Response | Self::Webhook)
    }

    /// Who chooses it, in words.
    pub fn chosen_by(self) -> &'static str {
        match self {
            Self::Input => "whoever starts the flow",
            Self::Upload => "whoever uploads the file",
            Self::Message => "whoever sends the message",
            Self::Response => "the server that answers",
            Self::Webhook => "whoever calls the webhook",
            Self::SecretInput | Self::Secret | Self::Credential => "whoever keeps the secret",
        }
    }
}

//! The Kestra versions that flows are checked against.

/// A Kestra version line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Kestra 1.3, the long-term line before 2.0.
    V1_3,
    /// Kestra 2.0.
    V2_0,
}

impl Target {
    /// All targets, oldest first.
    pub const ALL: [Self; 2] = [Self::V1_3, Self::V2_0];
    /// What is checked where nothing else is said: the newest.
    pub const NEWEST: Self = Self::V2_0;

    /// The name used on the command line and in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_3 => "1.3",
            Self::V2_0 => "2.0",
        }
    }

    /// Reads the name used on the command line and in configuration.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.as_str() == name)
    }

    /// A small index, for tables with one row a target.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A set of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TargetSet(u8);

impl TargetSet {
    /// No target.
    pub const NONE: Self = Self(0);
    /// Every target.
    pub const ALL: Self = Self(0b11);

    /// The set of one target.
    pub const fn of(target: Target) -> Self {
        Self(1 << target as u8)
    }

    /// Whether the target is in the set.
    pub const fn contains(self, target: Target) -> bool {
        self.0 & (1 << target as u8) != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The targets in it, oldest first.
    pub fn iter(self) -> impl Iterator<Item = Target> {
        Target::ALL
            .into_iter()
            .filter(move |target| self.contains(*target))
    }
}

impl FromIterator<Target> for TargetSet {
    fn from_iter<I: IntoIterator<Item = Target>>(targets: I) -> Self {
        targets
            .into_iter()
            .fold(Self::NONE, |set, target| set.union(Self::of(target)))
    }
}

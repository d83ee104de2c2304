//! Words of restorations, until the crate `restoration` has them.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$each])* $word,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$word,)+];

            /// The word used by API and journal.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = terms::TermError;

            fn from_str(text: &str) -> terms::Result<Self> {
                let all = Self::ALL.iter().copied();
                let unknown = || terms::TermError::new(stringify!($name), text, "unknown word");
                all.into_iter().find(|it| it.name() == text).ok_or_else(unknown)
            }
        }
    };
}

words! {
    /// What a restoration restores.
    RestorationKind {
        /// Settlements that never got a receipt.
        Lost = "lost",
        /// Receipts that are wrong.
        Fix = "fix",
    }
}
words! {
    /// Where a restoration stands.
    RestorationState {
        /// Its rows are being stored.
        Making = "making",
        /// It waits to be approved.
        Draft = "draft",
        /// It may run.
        Approved = "approved",
        /// It is being carried out.
        Running = "running",
        /// It was stopped, by a person or by itself.
        Paused = "paused",
        /// All its rows are carried out.
        Done = "done",
        /// It never goes on.
        Abandoned = "abandoned",
    }
}
words! {
    /// What a row is.
    RestorationClass {
        /// A lost settlement: it will be restored.
        Missing = "missing",
        /// A wrong receipt: it will be fixed.
        Wrong = "wrong",
        /// The journal has it.
        Exists = "exists",
        /// It may be money that the journal has.
        Ambiguous = "ambiguous",
        /// Nobody knows whose it is.
        NotOurs = "not_ours",
        /// A transfer of a business: it needs no receipt.
        Business = "business",
        /// It lies outside the days.
        Outside = "outside",
        /// It was corrected before.
        Corrected = "corrected",
        /// The rules refuse it.
        Refused = "refused",
    }
}
words! {
    /// What has become of a row.
    RestorationRowState {
        /// It waits to be carried out.
        Planned = "planned",
        /// Its operation is in the journal.
        Accepted = "accepted",
        /// It would become something else than was approved: nothing was formed.
        Changed = "changed",
        /// The rules have refused it when it was to be carried out.
        Refused = "refused",
        /// It is not carried out: its class says why.
        Aside = "aside",
        /// The restoration was abandoned before.
        Dropped = "dropped",
    }
}
words! {
    /// What a restoration does about the shares by which the tax service watches registers.
    Pace {
        /// It waits until they allow more.
        Spread = "spread",
        /// It goes on, with the letter that explains it.
        AtOnce = "at-once",
    }
}

/// When a restoration pauses by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PauseOn {
    /// When a drive fails, or a receipt is held or in doubt.
    pub drive_error: bool,
    /// When the ОФД has refused more documents than these since it began to run; none: never.
    pub ofd_rejections: Option<u32>,
    /// When more documents than these have no ticket of the ОФД; none: never.
    pub unsent: Option<u32>,
    /// When a row would become something else than was approved.
    pub changed: bool,
}

impl Default for PauseOn {
    /// As receipt rules §4.5 have it.
    fn default() -> Self {
        Self {
            drive_error: true,
            ofd_rejections: Some(3),
            unsent: Some(5_000),
            changed: false,
        }
    }
}

use std::fmt;

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $demands:literal, $meaning:literal;)*) => {
        /// What the notes of an obligation mean (FFD documents §2): when a tag that is required
        /// only sometimes is required.
        ///
        /// The texts of the order's notes are not in the sources; every reading is INFERRED from
        /// the tags that share a note.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Condition {
            $($(#[$doc])* #[doc = concat!($meaning, ".")] $variant,)*
        }

        impl Condition {
            /// Every condition.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the table of tags.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// When the tag is required.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                }
            }

            /// Whether a document, with what its registration says, shows that the condition
            /// holds. A tag whose condition is not demanded counts as optional.
            pub const fn is_demanded(self) -> bool {
                match self {
                    $(Self::$variant => $demands,)*
                }
            }
        }
    };
}

conditions! {
    Always = "always", true,
        "always, as in the other versions";
    Supplied = "supplied", true,
        "data of an agent or a supplier are there";
    Agent = "agent", true,
        "the line is settled by an agent (1222)";
    PayingAgent = "paying_agent", true,
        "the agent is a bank payment agent, a payment agent or a subagent of one";
    BankAgent = "bank_agent", true,
        "the agent is a bank payment agent or its subagent";
    PaymentAgent = "payment_agent", true,
        "the agent is a payment agent or its subagent";
    Attended = "attended", true,
        "a person makes the settlement or the report: no automatic device, not the Internet";
    Automatic = "automatic", true,
        "the ККТ works in automatic mode (1001 = 1)";
    Online = "online", true,
        "the ККТ passes its documents to an operator (1002 = 0)";
    Offline = "offline", true,
        "the ККТ is autonomous (1002 = 1)";
    Internet = "internet", true,
        "the settlement is made in the Internet (1125 = 1)";
    InternetOnly = "internet_only", true,
        "the ККТ is registered for settlements in the Internet only";
    ByEmail = "by_email", true,
        "the receipt goes to an e-mail address (1008)";
    Unsent = "unsent", true,
        "documents are waiting for the operator";
    Ordered = "ordered", true,
        "the correction follows an order of the tax authority (1173 = 1)";
    Marked = "marked", true,
        "the line sells a marked good with its code (1212 = 31, 33)";
    Named = "named", true,
        "the line has no product code";
    Taxed = "taxed", true,
        "the line is no advance, no payment and no contribution";
    Rate = "rate", true,
        "a line has that rate";
    Together = "together", true,
        "always: the details of one requisite go together";
    OneCode = "one_code", true,
        "exactly one of the codes is there";
    Registered = "registered", false,
        "unless the registration report told the same value; never demanded";
    Set = "set", false,
        "there is something to say: a flag that is 0 is left out; never demanded";
    Counted = "counted", false,
        "the count or the sum is not zero; never demanded";
    ShiftOpen = "shift_open", false,
        "a shift is open, which the report does not show; never demanded";
    Replaced = "replaced", false,
        "the ФН is replaced; never demanded, since a real report came without it";
}

impl Condition {
    /// The condition of this name; none when there is no such.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }
}

/// When the tag is required.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

use std::fmt;

/// What somebody is at the panel. What each may do is said by the room above.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// Works with subscribers: looks for payments and receipts, takes money, sends copies.
    Operator,
    /// Keeps the books: reports, files of banks, papers.
    Accountant,
    /// Answers for the books: corrections, decisions about receipts.
    ChiefAccountant,
    /// Keeps the machine: drives, wires, keys.
    Technician,
    /// Keeps the people and the settings, and may do everything.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Operator,
        Self::Accountant,
        Self::ChiefAccountant,
        Self::Technician,
        Self::Admin,
    ];

    /// The word used by the command line and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Accountant => "accountant",
            Self::ChiefAccountant => "chief_accountant",
            Self::Technician => "technician",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Role::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Roles(u8);

impl Roles {
    /// Whether it has this one.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those it has, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL
            .into_iter()
            .filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

/// The names with commas between them: `operator,technician`.
impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, role) in self.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{}", role.name())?;
        }
        Ok(())
    }
}

/// The language that the panel speaks to somebody.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// Its code: ISO 639-1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// Reads [`Language::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

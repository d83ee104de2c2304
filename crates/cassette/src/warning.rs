use std::fmt;

use terms::{Inn, OfdMessage};

/// What a person should see to at a slot, though it works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Warning {
    /// Nobody knows where the drive's ОФД is: its documents stay in it. After thirty days without
    /// tickets the drive forms no more (ККТ–ОФД protocol §6).
    NoOfdAddress(Inn),
    /// What the ОФД has said in tickets of the current shift.
    Ofd(OfdMessage),
}

impl Warning {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoOfdAddress(_) => "no_ofd_address",
            Self::Ofd(message) => message.name(),
        }
    }

    /// What is to be seen to, in Russian.
    pub fn ru(&self) -> String {
        match self {
            Self::NoOfdAddress(inn) => format!(
                "Для ОФД этого накопителя (ИНН {inn}) в настройках нет адреса: документы не \
                 передаются, через 30 дней накопитель перестанет их формировать. Добавьте [[ofd]]."
            ),
            Self::Ofd(message) => format!("Сообщение ОФД: {}.", message.title()),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOfdAddress(inn) => write!(
                f,
                "its ОФД, ИНН {inn}, has no address in the configuration: its documents are not \
                 sent, and after 30 days it forms no more; add an entry [[ofd]]"
            ),
            Self::Ofd(message) => write!(f, "the ОФД says: {}", message.meaning()),
        }
    }
}

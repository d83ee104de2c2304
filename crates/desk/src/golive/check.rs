//! What a check is: what it is about, who answers for it, how it is found out, and what was found.

use journal::{Language, Role};
use terms::named;

/// A text for people, in both languages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Words {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

impl Words {
    pub(crate) fn new(ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ru: ru.into(),
            en: en.into(),
        }
    }

    /// In this language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.ru.is_empty()
    }
}

impl From<(&str, &str)> for Words {
    fn from((ru, en): (&str, &str)) -> Self {
        Self::new(ru, en)
    }
}

named! {
    /// What a check has come to; the worse, the greater.
    Verdict("verdict") {
        /// It is as it should be.
        Ok = "ok",
        /// Nobody can know from here, or nobody has looked yet.
        Unknown = "unknown",
        /// It works, but somebody should look.
        Warn = "warn",
        /// Do not switch before this is mended.
        Stop = "stop",
    }
}

named! {
    /// What is checked.
    CheckId("check") {
        /// There are services.
        Services = "services",
        /// Their VAT rates are in force.
        ServiceVat = "service_vat",
        /// The registers have their tax systems.
        ServiceTaxSystem = "service_tax_system",
        /// Their names fit tag 1030.
        ServiceName = "service_name",
        /// Receipts can be sent to the accounts.
        Contacts = "contacts",
        /// The accounts have the balances that billing says.
        Balances = "balances",
        /// There are drives, and they are registered.
        DrivesRegistered = "drives_registered",
        /// They are this organisation's.
        DrivesOwner = "drives_owner",
        /// None of them is emulated.
        DrivesEmulated = "drives_emulated",
        /// They hold what a month brings.
        DrivesVolume = "drives_volume",
        /// None of them is about to end.
        DrivesLife = "drives_life",
        /// The clock is right.
        Clock = "clock",
        /// The ОФД of each drive answers.
        OfdLinks = "ofd_links",
        /// Billing has a key.
        PushKey = "push_key",
        /// Keys of administrators come from where they should.
        AdminKey = "admin_key",
        /// No key of billing ends soon.
        KeyExpiry = "key_expiry",
        /// The webhooks answer.
        Webhooks = "webhooks",
        /// There is an administrator with a second factor.
        Administrator = "administrator",
        /// There is a chief accountant.
        ChiefAccountant = "chief_accountant",
        /// Backups are made.
        Backup = "backup",
        /// The disk has room.
        Disk = "disk",
        /// Receipts of each kind were formed on an emulated drive.
        TestReceipts = "test_receipts",
        /// The ОФД has confirmed the first real receipt.
        FirstReceipt = "first_receipt",
        /// No receipt waits for a person.
        Undecided = "undecided",
        /// The ОФД confirms what is formed.
        Confirmations = "confirmations",
    }
}

/// A check and what it has come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// Which one.
    pub id: CheckId,
    /// What it has come to.
    pub verdict: Verdict,
    /// What was found.
    pub found: Words,
    /// What to do; empty when nothing has to be done.
    pub remedy: Words,
    /// The numbers behind it, by stable names; sums are kopecks.
    pub figures: Vec<(&'static str, i64)>,
    /// The first of what is meant: codes of services, numbers of accounts, slots.
    pub examples: Vec<String>,
}

impl Check {
    fn new(id: CheckId, verdict: Verdict, found: Words, remedy: Words) -> Self {
        Self {
            id,
            verdict,
            found,
            remedy,
            figures: Vec::new(),
            examples: Vec::new(),
        }
    }

    pub(crate) fn ok(id: CheckId, found: impl Into<Words>) -> Self {
        Self::new(id, Verdict::Ok, found.into(), Words::default())
    }

    pub(crate) fn warn(id: CheckId, found: impl Into<Words>, remedy: impl Into<Words>) -> Self {
        Self::new(id, Verdict::Warn, found.into(), remedy.into())
    }

    pub(crate) fn stop(id: CheckId, found: impl Into<Words>, remedy: impl Into<Words>) -> Self {
        Self::new(id, Verdict::Stop, found.into(), remedy.into())
    }

    pub(crate) fn unknown(id: CheckId, found: impl Into<Words>, remedy: impl Into<Words>) -> Self {
        Self::new(id, Verdict::Unknown, found.into(), remedy.into())
    }

    pub(crate) fn figure(mut self, name: &'static str, value: impl TryInto<i64>) -> Self {
        self.figures
            .push((name, value.try_into().unwrap_or(i64::MAX)));
        self
    }

    pub(crate) fn examples(mut self, examples: impl IntoIterator<Item = String>) -> Self {
        self.examples.extend(examples);
        self
    }
}

impl CheckId {
    /// Whether it can only be judged after the switch.
    pub const fn is_after(self) -> bool {
        matches!(
            self,
            Self::FirstReceipt | Self::Undecided | Self::Confirmations
        )
    }

    /// Who answers for it.
    pub const fn responsible(self) -> Role {
        match self {
            Self::Services
            | Self::ServiceVat
            | Self::ServiceTaxSystem
            | Self::ServiceName
            | Self::Contacts
            | Self::Balances
            | Self::TestReceipts
            | Self::FirstReceipt
            | Self::Undecided => Role::ChiefAccountant,
            Self::DrivesRegistered
            | Self::DrivesOwner
            | Self::DrivesEmulated
            | Self::DrivesVolume
            | Self::DrivesLife
            | Self::Clock
            | Self::OfdLinks
            | Self::PushKey
            | Self::KeyExpiry
            | Self::Webhooks
            | Self::Disk
            | Self::Confirmations => Role::Technician,
            Self::AdminKey | Self::Administrator | Self::ChiefAccountant | Self::Backup => {
                Role::Admin
            }
        }
    }

    /// What people call it.
    pub fn title(self) -> Words {
        Words::from(match self {
            Self::Services => ("Услуги описаны", "Services are declared"),
            Self::ServiceVat => ("Ставки НДС действуют", "VAT rates are in force"),
            Self::ServiceTaxSystem => (
                "Системы налогообложения есть в кассах",
                "The registers have the tax systems",
            ),
            Self::ServiceName => ("Названия услуг помещаются в чек", "Names of services fit"),
            Self::Contacts => ("Чеки есть куда отправить", "Receipts can be sent"),
            Self::Balances => (
                "Остатки сходятся с биллингом",
                "Balances agree with billing",
            ),
            Self::DrivesRegistered => ("Накопители на учёте", "Drives are registered"),
            Self::DrivesOwner => ("Накопители свои", "Drives are one’s own"),
            Self::DrivesEmulated => ("Эмуляторов нет", "No drive is emulated"),
            Self::DrivesVolume => ("Накопителей хватит", "Drives are large enough"),
            Self::DrivesLife => ("Срок накопителей не кончается", "No drive is about to end"),
            Self::Clock => ("Часы верны", "The clock is right"),
            Self::OfdLinks => ("ОФД отвечает", "The ОФД answers"),
            Self::PushKey => ("У биллинга есть ключ", "Billing has a key"),
            Self::AdminKey => (
                "Ключи администратора закрыты по адресам",
                "Administrators’ keys are bound to addresses",
            ),
            Self::KeyExpiry => ("Ключи не кончаются", "No key is about to end"),
            Self::Webhooks => ("Вебхуки отвечают", "Webhooks answer"),
            Self::Administrator => (
                "Администратор со вторым фактором",
                "An administrator with a second factor",
            ),
            Self::ChiefAccountant => ("Есть главный бухгалтер", "There is a chief accountant"),
            Self::Backup => ("Копии делаются", "Backups are made"),
            Self::Disk => ("На диске есть место", "The disk has room"),
            Self::TestReceipts => ("Пробные чеки оформляются", "Test receipts are formed"),
            Self::FirstReceipt => (
                "Первый настоящий чек подтверждён",
                "The first real receipt is confirmed",
            ),
            Self::Undecided => (
                "Ни один чек не ждёт решения",
                "No receipt waits for a person",
            ),
            Self::Confirmations => ("ОФД подтверждает чеки", "The ОФД confirms receipts"),
        })
    }

    /// How it is found out.
    pub fn method(self) -> Words {
        Words::from(match self {
            Self::Services | Self::ServiceVat => (
                "По списку услуг и календарю ставок",
                "By the services and the calendar of rates",
            ),
            Self::ServiceTaxSystem => (
                "Системы услуг сравнены с регистрацией накопителей",
                "Systems of services against the drives’ registrations",
            ),
            Self::ServiceName => (
                "Тег 1030: 128 знаков, кодовая страница 866",
                "Tag 1030: 128 characters, code page 866",
            ),
            Self::Contacts => (
                "По лицевым счетам: телефон или почта (тег 1008)",
                "By the accounts: phone or e-mail (tag 1008)",
            ),
            Self::Balances => (
                "Файл биллинга сравнён с каждым счётом",
                "Billing’s file against each account",
            ),
            Self::DrivesRegistered
            | Self::DrivesOwner
            | Self::DrivesEmulated
            | Self::DrivesLife => (
                "По тому, что говорят сами накопители",
                "By what the drives say themselves",
            ),
            Self::DrivesVolume => (
                "Остаток накопителей разделён на месячный объём чеков",
                "What is left in the drives by the receipts of a month",
            ),
            Self::Clock => (
                "По последним документам накопителей и службе точного времени",
                "By the drives’ last documents and the time service",
            ),
            Self::OfdLinks => (
                "Каждому ОФД послано пустое сообщение от имени накопителя",
                "An empty message was sent for each drive",
            ),
            Self::PushKey | Self::AdminKey | Self::KeyExpiry => ("По списку ключей", "By the keys"),
            Self::Webhooks => ("Послано пробное письмо", "A test letter was sent"),
            Self::Administrator | Self::ChiefAccountant => ("По списку людей", "By the people"),
            Self::Backup => ("По настройке копий", "By the configuration of backups"),
            Self::Disk => (
                "По свободному месту у журнала",
                "By the room beside the journal",
            ),
            Self::TestReceipts => (
                "Чеки по вашим услугам оформлены на эмуляторе в памяти и проверены ФЛК",
                "Receipts of your services were formed on an emulated drive in memory and checked",
            ),
            Self::FirstReceipt | Self::Undecided | Self::Confirmations => {
                ("По журналу и накопителям", "By the journal and the drives")
            }
        })
    }
}

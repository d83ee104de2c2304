use terms::{DocumentNumber, DriveNumber};

use crate::record::Registration;

/// A drive is being replaced. What is remembered is little: at which step it stands follows from
/// what the slot sees, so it can be stopped and resumed anywhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Swap {
    /// The drive that is replaced.
    pub old: DriveNumber,
    /// How the next one is registered; the time is set when the report is formed.
    pub registration: Box<Registration>,
    /// The old drive's documents are kept in files.
    pub is_exported: bool,
    /// The next drive, once a person has confirmed it.
    pub confirmed: Option<DriveNumber>,
}

/// What an order about a swap comes to.
#[derive(Debug)]
pub(crate) enum SwapDeed {
    Begin(Box<Swap>),
    Confirm(DriveNumber),
    Abandon,
}

/// The steps of a swap, in their order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SwapStep {
    /// The document under way is finished; no new one is begun.
    Drain,
    /// The shift is closed.
    CloseShift,
    /// All documents go to the ОФД.
    Send,
    /// The report on the closing of the archive is formed.
    CloseArchive,
    /// That report goes to the ОФД.
    SendClosing,
    /// The documents are read and kept in files.
    Export,
    /// The drive is pulled out.
    PullOut,
    /// A new drive is put in.
    PutIn,
    /// A new drive is here; a person looks whether it is the right one.
    Confirm,
    /// The new drive is registered.
    Register,
}

/// Who has to do something.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Awaits {
    /// The drive, or Kassette itself.
    Drive,
    /// The operator of fiscal data.
    Ofd,
    /// The technician at the rack.
    Technician,
    /// Whoever may confirm the new drive.
    Operator,
}

impl Awaits {
    /// The word used by the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drive => "drive",
            Self::Ofd => "ofd",
            Self::Technician => "technician",
            Self::Operator => "operator",
        }
    }
}

impl SwapStep {
    /// Every step, in order.
    pub const ALL: [Self; 10] = [
        Self::Drain,
        Self::CloseShift,
        Self::Send,
        Self::CloseArchive,
        Self::SendClosing,
        Self::Export,
        Self::PullOut,
        Self::PutIn,
        Self::Confirm,
        Self::Register,
    ];

    /// The word used by the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::CloseShift => "close_shift",
            Self::Send => "send",
            Self::CloseArchive => "close_archive",
            Self::SendClosing => "send_closing",
            Self::Export => "export",
            Self::PullOut => "pull_out",
            Self::PutIn => "put_in",
            Self::Confirm => "confirm",
            Self::Register => "register",
        }
    }

    /// Who has to do something.
    pub const fn awaits(self) -> Awaits {
        match self {
            Self::Drain | Self::CloseShift | Self::CloseArchive | Self::Export | Self::Register => {
                Awaits::Drive
            }
            Self::Send | Self::SendClosing => Awaits::Ofd,
            Self::PullOut | Self::PutIn => Awaits::Technician,
            Self::Confirm => Awaits::Operator,
        }
    }

    /// What is to be done, in Russian.
    pub const fn ru(self) -> &'static str {
        match self {
            Self::Drain => "Завершается начатый документ, новых этому накопителю не дают.",
            Self::CloseShift => "Закрывается смена.",
            Self::Send => "Документы отправляются в ОФД, ждём подтверждений.",
            Self::CloseArchive => "Закрывается архив накопителя. Отменить это будет нельзя.",
            Self::SendClosing => "Отчёт о закрытии отправляется в ОФД, ждём подтверждения.",
            Self::Export => "Документы накопителя читаются и сохраняются в файлы.",
            Self::PullOut => "Выньте накопитель: с ним всё закончено. Храните его пять лет.",
            Self::PutIn => "Вставьте новый накопитель.",
            Self::Confirm => {
                "Вставлен новый накопитель. Сверьте его номер с паспортом и подтвердите."
            }
            Self::Register => "Новый накопитель регистрируется.",
        }
    }

    /// What is to be done, in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Drain => "The document under way is finished; this drive gets no new ones.",
            Self::CloseShift => "The shift is being closed.",
            Self::Send => "Documents go to the ОФД; its tickets are awaited.",
            Self::CloseArchive => "The archive is being closed. That cannot be undone.",
            Self::SendClosing => "The closing report goes to the ОФД; its ticket is awaited.",
            Self::Export => "The drive's documents are read and kept in files.",
            Self::PullOut => "Pull the drive out: it is done with. Keep it for five years.",
            Self::PutIn => "Put a new drive in.",
            Self::Confirm => {
                "A new drive is in. Compare its number with its passport, then confirm it."
            }
            Self::Register => "The new drive is being registered.",
        }
    }

    /// Whether the swap may still be abandoned so that the old drive works on: until the report on
    /// the closing of its archive is begun.
    pub const fn can_be_undone(self) -> bool {
        matches!(self, Self::Drain | Self::CloseShift | Self::Send)
    }
}

/// A swap as people see it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SwapView {
    /// The drive that is replaced.
    pub old: DriveNumber,
    /// Where it stands.
    pub step: SwapStep,
    /// What stands in the way of this step.
    pub trouble: Option<String>,
    /// Documents without ticket of the ОФД.
    pub backlog: u32,
    /// While documents are read: how far.
    pub exported: Option<DocumentNumber>,
    /// The last document of the old drive, if it is here.
    pub last_document: Option<DocumentNumber>,
    /// The new drive, if it is here.
    pub new: Option<DriveNumber>,
}

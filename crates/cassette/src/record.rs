use fn_proto::{
    ChangeReason, CurrentDocument, DocumentKind, Formed, RegistrationForm, RegistrationForm105,
    RegistrationKind, Request,
};
use terms::{
    DocumentNumber, DriveNumber, FfdVersion, Id, Kopecks, LocalDateTime, OfdAnswer, OfdMessages,
    OperationSign, ReceiptNumber, RegistrationReason, RegistrationReasons, Rnm, ShiftNumber,
};

use crate::{
    archive::ArchiveEntry,
    event::SlotId,
    order::Signed,
    probe::DriveFacts,
    reason::{Reason, SlotState},
};

/// What a drive is asked to form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Task {
    /// Registration report, or the report on a change of the registration.
    Registration(Box<Registering>),
    /// Open shift report.
    OpenShift,
    /// Receipt.
    Receipt {
        /// Which one.
        id: Id,
        /// Whether it is a correction receipt.
        correction: bool,
        /// Tag 1054.
        operation: OperationSign,
        /// Tag 1020.
        total: Kopecks,
    },
    /// Close shift report.
    CloseShift,
    /// Report of the archive's closing: the drive's last document.
    CloseArchive(Rnm),
}

impl Task {
    /// The kind of document it becomes.
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Registration(registering) => registering.form.kind().document(),
            Self::OpenShift => DocumentKind::ShiftOpening,
            Self::Receipt {
                correction: true, ..
            } => DocumentKind::Correction,
            Self::Receipt { .. } => DocumentKind::Receipt,
            Self::CloseShift => DocumentKind::ShiftClosing,
            Self::CloseArchive(_) => DocumentKind::ArchiveClosing,
        }
    }

    /// How a drive names the document while it is begun.
    pub(crate) const fn current(&self) -> CurrentDocument {
        match self {
            Self::Registration(registering) => registering.form.kind().current(),
            Self::OpenShift => CurrentDocument::ShiftOpening,
            Self::Receipt {
                correction: true, ..
            } => CurrentDocument::Correction,
            Self::Receipt { .. } => CurrentDocument::Receipt,
            Self::CloseShift => CurrentDocument::ShiftClosing,
            Self::CloseArchive(_) => CurrentDocument::ArchiveClosing,
        }
    }

    /// The receipt, if it is one.
    pub const fn receipt(&self) -> Option<Id> {
        match self {
            Self::Receipt { id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// The durable note «this document becomes ФД `number` of this drive», written before the drive is
/// touched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Intent {
    /// What shall be formed.
    pub task: Task,
    /// The number it will have if it is formed: the drive's last one plus one.
    pub number: DocumentNumber,
    /// The document's time.
    pub time: LocalDateTime,
    /// The TLV list that is passed to the drive.
    pub tlv: Vec<u8>,
    /// A person has decided not to wait for this drive, and another one forms the receipt; or another
    /// one turned out to have it. Only whether the drive has it, too, is still to be found out.
    pub given_up: bool,
}

/// How a drive is registered (ФН protocol §2.3): by 02h and 03h in FFD 1.05, by A2h and A3h later.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registering {
    /// Tag 1209.
    pub ffd: FfdVersion,
    /// Parameters of A3h, of which 03h takes those that it has a place for.
    pub form: RegistrationForm,
}

impl Registering {
    /// The command that begins the report.
    pub fn begin(&self) -> Request {
        let kind = self.form.kind();
        match self.ffd {
            FfdVersion::V1_05 => Request::BeginRegistration105(kind),
            ffd => Request::BeginRegistration { kind, ffd },
        }
    }

    /// The command that forms the report.
    pub fn finish(&self) -> Request {
        let form = &self.form;
        if self.ffd != FfdVersion::V1_05 {
            return Request::FormRegistration(form.clone());
        }
        let changes = form.kind() == RegistrationKind::ParametersChange;
        let reasons = form.reasons.filter(|_| changes);
        Request::FormRegistration105(RegistrationForm105 {
            time: form.time,
            user_inn: form.user_inn,
            rnm: form.rnm,
            tax_systems: form.tax_systems,
            work_mode: form.work_mode,
            reason: reasons.map(change_reason),
        })
    }
}

/// The one reason that 03h has a place for.
fn change_reason(reasons: RegistrationReasons) -> ChangeReason {
    use RegistrationReason as Reason;
    let is_any = |wanted: &[Reason]| wanted.iter().any(|reason| reasons.contains(*reason));
    if is_any(&[Reason::OfdChange]) {
        ChangeReason::OfdChange
    } else if is_any(&[Reason::UserName, Reason::Place]) {
        ChangeReason::UserData
    } else {
        ChangeReason::KktSettings
    }
}

/// A registration to be made and the report's TLV list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registration {
    /// Tag 1209.
    pub ffd: FfdVersion,
    /// Parameters of A3h; the time is set when the report is formed.
    pub form: RegistrationForm,
    /// Tag 1013, kept with the drive's registration.
    pub serial: String,
    /// What the host passes by 07h.
    pub tlv: Vec<u8>,
}

/// What becomes of a receipt whose document was not formed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate {
    /// Back to the queue: any drive may take it.
    Requeue,
    /// It waits for a person: no drive would take it as it is.
    Hold(String),
}

/// Something that must be durable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Record {
    /// See [`Intent`]. Its receipt becomes `on_drive`.
    Intent {
        /// In which slot.
        slot: SlotId,
        /// On which drive.
        drive: DriveNumber,
        /// The note itself.
        intent: Intent,
    },
    /// The intent was fulfilled: the drive has the document.
    Formed {
        /// In which slot.
        slot: SlotId,
        /// On which drive.
        drive: DriveNumber,
        /// What was formed.
        task: Task,
        /// The document's time.
        time: LocalDateTime,
        /// Its number and fiscal sign.
        document: Formed,
        /// The shift it belongs to; 0 for a registration.
        shift: ShiftNumber,
        /// Its number within the shift, for receipts.
        receipt_number: Option<ReceiptNumber>,
    },
    /// The intent was not fulfilled and never will be: the drive does not have the document.
    Void {
        /// On which drive.
        drive: DriveNumber,
        /// The number that was expected.
        number: DocumentNumber,
        /// The receipt, unless it is a report.
        receipt: Option<Id>,
        /// What becomes of the receipt.
        fate: Fate,
        /// Why.
        cause: String,
    },
    /// The drive has gone after it was asked to form the document: it may or may not have it. The
    /// intent stays.
    InDoubt {
        /// On which drive.
        drive: DriveNumber,
        /// The number that was expected.
        number: DocumentNumber,
        /// The receipt.
        receipt: Id,
        /// Why.
        cause: String,
    },
    /// The ОФД has answered about a document with more than «accepted», and its drive has not taken
    /// the ticket yet: once it has, it does not tell any more what the ОФД said.
    OfdAnswered {
        /// On which drive.
        drive: DriveNumber,
        /// Which document.
        number: DocumentNumber,
        /// What the ОФД says.
        answer: OfdAnswer,
    },
    /// The ОФД has answered about a document and its drive has taken the ticket: it will not send
    /// the document again, whatever the ОФД said.
    Acknowledged {
        /// On which drive.
        drive: DriveNumber,
        /// Which document.
        number: DocumentNumber,
        /// What the ОФД says; its code is not known when the ticket was read from the drive.
        answer: OfdAnswer,
        /// The ОФД's container, or the 18 bytes of the operator's sign read from the drive.
        ticket: Vec<u8>,
    },
    /// A person has decided that a receipt in doubt shall be formed by another drive. It is queued
    /// again; the intent stays, given up, until its drive tells what it has.
    FormAnew {
        /// On which drive it was to be formed.
        drive: DriveNumber,
        /// The number that was expected.
        number: DocumentNumber,
        /// The receipt.
        receipt: Id,
        /// Who has decided, and why.
        signed: Signed,
    },
    /// A person has released a held receipt: it is queued again.
    Released {
        /// The receipt.
        receipt: Id,
        /// Who, and why.
        signed: Signed,
    },
    /// A person has cancelled an operation of which nothing is formed: its receipts never will be.
    Cancelled {
        /// The operation.
        operation: Id,
        /// Who, and why.
        signed: Signed,
    },
    /// A swap has begun, has reached a step that must be remembered, or has ended.
    Swap {
        /// In which slot.
        slot: SlotId,
        /// The drive that is replaced.
        drive: DriveNumber,
        /// What happened.
        change: SwapChange,
    },
    /// The wall clock was set, and a person says that it is right.
    ClockTrusted(Signed),
    /// What a failing drive says of its last errors (35h), as it says it.
    DriveErrors {
        /// Which drive.
        drive: DriveNumber,
        /// At most 256 bytes, the vendor's format.
        errors: Vec<u8>,
    },
    /// A drive that the journal knows holds a document that it does not know: the journal is an old
    /// copy, or somebody else has used the drive. A queued receipt of the same contents counts as
    /// formed by it, or else one that another drive was asked for: that one's intent is given up.
    Found {
        /// On which drive.
        drive: DriveNumber,
        /// The document as the drive keeps it.
        entry: Box<ArchiveEntry>,
    },
    /// A drive that was used elsewhere is taken in: what it holds so far is not the journal's.
    Adopted {
        /// Which drive.
        drive: DriveNumber,
        /// The last document that it holds.
        last_document: DocumentNumber,
        /// Who has decided, and why.
        signed: Signed,
    },
    /// A slot is in another state now.
    SlotChanged {
        /// Which slot.
        slot: SlotId,
        /// The drive in it, if one is known.
        drive: Option<DriveNumber>,
        /// What it is in now.
        state: SlotState,
        /// Why.
        reason: Option<Reason>,
    },
    /// A drive was seen and read.
    DriveSeen {
        /// In which slot.
        slot: SlotId,
        /// What it said.
        facts: Box<DriveFacts>,
    },
}

impl Record {
    /// The drive about whose documents it says something.
    pub(crate) const fn about_documents_of(&self) -> Option<DriveNumber> {
        match self {
            Self::Intent { drive, .. }
            | Self::Formed { drive, .. }
            | Self::Void { drive, .. }
            | Self::InDoubt { drive, .. }
            | Self::FormAnew { drive, .. }
            | Self::Found { drive, .. }
            | Self::Adopted { drive, .. }
            | Self::OfdAnswered { drive, .. }
            | Self::Acknowledged { drive, .. } => Some(*drive),
            Self::Released { .. }
            | Self::Cancelled { .. }
            | Self::Swap { .. }
            | Self::ClockTrusted(_)
            | Self::DriveErrors { .. }
            | Self::SlotChanged { .. }
            | Self::DriveSeen { .. } => None,
        }
    }

    /// Whether `older` need not be stored if this is.
    pub(crate) fn supersedes(&self, older: &Self) -> bool {
        match (self, older) {
            (Self::SlotChanged { slot, .. }, Self::SlotChanged { slot: other, .. })
            | (Self::DriveSeen { slot, .. }, Self::DriveSeen { slot: other, .. }) => slot == other,
            _ => false,
        }
    }
}

/// What must be remembered of a swap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SwapChange {
    /// It was ordered.
    Ordered(Box<Registration>, Signed),
    /// The documents of the old drive are kept in files.
    Exported,
    /// The new drive was confirmed.
    Confirmed(DriveNumber, Signed),
    /// The new drive is ready.
    Done(DriveNumber),
    /// It was abandoned.
    Abandoned(Signed),
}

/// What the journal knows of a drive.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DriveRecords {
    /// The last document that is known to be formed; 0 when none.
    pub last_document: DocumentNumber,
    /// The intent that waits for its end.
    pub intent: Option<Intent>,
    /// Documents formed whose tickets are not stored.
    pub unacknowledged: Vec<DocumentNumber>,
    /// When the current shift was opened; none when it is closed or not known.
    pub shift_opened: Option<LocalDateTime>,
    /// It was seen here before it was registered: none of its documents is of before the journal.
    pub was_blank: bool,
    /// What the ОФД has said in the tickets that came since the last shift was opened.
    pub ofd_messages: OfdMessages,
}

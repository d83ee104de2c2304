use std::{fmt, time::Duration};

use fn_proto::{Outcome, Request};
use terms::{DocumentNumber, DriveNumber, FfdVersion, Id, Inn, LocalDateTime};

use crate::{
    archive::ArchiveStep,
    dispatch::Job,
    order::{Ask, NotObeyed, Order, Signed},
    record::{DriveRecords, Record},
    swap::Swap,
};

/// A place in the cassette, counted from 1 as on the rack.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SlotId(pub u8);

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ties the completion of an effect to the effect.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Token(pub u64);

/// When something happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// Time since the program's start; never goes back.
    pub mono: Duration,
    /// The wall clock at the place of settlement.
    pub local: LocalDateTime,
}

/// All that can happen to the cassette.
#[derive(Clone, Debug)]
pub enum Event {
    /// Receipts were accepted, or are left from the program's last life.
    Queued(Vec<Job>),
    /// An intent is left from the program's last life; its drive has to be asked.
    IntentLeft {
        /// The drive that was to form it.
        drive: DriveNumber,
        /// The document number that was expected.
        number: DocumentNumber,
        /// The receipt, unless it is a report.
        receipt: Option<Id>,
        /// The receipt's order key: later receipts of this key wait for it.
        order_key: i64,
        /// Whether the receipt already stands in doubt: then nothing waits for it.
        in_doubt: bool,
    },
    /// A swap is left from the program's last life.
    SwapLeft(SlotId, Box<Swap>),
    /// A drive is left from the program's last life, and its archive is not closed. Until it has
    /// told how many documents it has, receipts that wait may be among them.
    DriveLeft {
        /// Which one.
        drive: DriveNumber,
        /// The last document that the journal knows.
        last_document: DocumentNumber,
        /// Whether it was the last one seen in its slot.
        is_in_slot: bool,
    },
    /// Receipts that were not known to be formed turned out to be, see [`Record::Found`].
    FoundFormed(Vec<Id>),
    /// The wire of a slot is open.
    LinkOpened(SlotId),
    /// The wire of a slot is gone, or could not be opened.
    LinkLost(SlotId, String),
    /// The drive answered, or did not: exactly one for each [`Effect::Send`], in their order, also
    /// when the wire is closed or is opened anew in between.
    Reply(SlotId, Outcome),
    /// A record is durable.
    Stored(Token),
    /// A record could not be stored; nothing of it is durable.
    StoreFailed(Token, String),
    /// What the journal knows of a drive.
    Loaded(Token, Box<DriveRecords>),
    /// What the journal knows of a drive cannot be read.
    LoadFailed(Token, String),
    /// The ОФД's answer: its container.
    OfdAnswered(Token, Result<Vec<u8>, String>),
    /// Somebody asks to register the drive in a slot.
    Register(SlotId, Box<crate::record::Registration>),
    /// A person orders something; answered by [`Effect::Answer`].
    Ordered(Ask, Order, Signed),
    /// A step of an export is done: up to which document the files are complete.
    Archived(Token, Result<terms::DocumentNumber, String>),
    /// Somebody asks to look at the slot's drive anew.
    Reprobe(SlotId),
    /// Nobody shall start a new document: the program is about to stop.
    Drain,
    /// Time has passed.
    Tick,
}

/// All that the cassette asks for.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a command; answer with [`Event::Reply`].
    Send(SlotId, Request),
    /// Close the wire and open it again; [`Event::LinkOpened`] or [`Event::LinkLost`] follows.
    Reopen(SlotId),
    /// Make a record durable, in the order of the effects; answer with [`Event::Stored`] or
    /// [`Event::StoreFailed`].
    Store(Token, Record),
    /// Read what the journal knows of a drive, after all records asked for so far; answer with
    /// [`Event::Loaded`] or [`Event::LoadFailed`].
    Load(Token, DriveNumber),
    /// The end of an order: it is journaled and being obeyed, or it cannot be.
    Answer(Ask, Result<(), NotObeyed>),
    /// Write to the files that keep a drive's documents; answer with [`Event::Archived`].
    Archive(Token, DriveNumber, ArchiveStep),
    /// Send a message to the ОФД; answer with [`Event::OfdAnswered`].
    SendToOfd {
        /// For the completion.
        token: Token,
        /// From which drive.
        drive: DriveNumber,
        /// The ОФД that the drive's registration names; none when the drive does not tell.
        ofd: Option<Inn>,
        /// The format of its documents.
        ffd: FfdVersion,
        /// The drive's container.
        container: Vec<u8>,
    },
    /// Close the connection over which this drive's messages went to the ОФД, if one is kept: no
    /// more are waiting.
    HangUp(DriveNumber),
}

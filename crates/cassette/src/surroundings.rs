use fn_proto::Request;
use terms::{DocumentNumber, DriveNumber, Id};

use crate::{
    dispatch::{Dispatch, Job},
    event::{Effect, Moment, SlotId, Token},
    notes::{Note, Notes, Then},
    reason::Reason,
    record::Record,
};

/// What a slot may reach while it handles an event.
pub(crate) struct Surroundings<'a> {
    pub(crate) slot: SlotId,
    pub(crate) now: Moment,
    pub(crate) draining: bool,
    /// How many slots open a shift now; each will take a receipt.
    pub(crate) opening: usize,
    /// A drive is being read that may hold receipts that wait: nobody may form them meanwhile.
    pub(crate) is_catching_up: bool,
    /// What is wrong with the wall clock.
    pub(crate) clock: Option<Reason>,
    pub(crate) wire: &'a mut Wire,
    pub(crate) dispatch: &'a mut Dispatch,
    pub(crate) notes: &'a Notes,
    pub(crate) out: &'a mut Outbox,
}

impl Surroundings<'_> {
    pub(crate) fn send(&mut self, request: Request) {
        self.wire.awaited += 1;
        self.out.effects.push(Effect::Send(self.slot, request));
    }
}

/// Which answers are still to come over a slot's wire. An answer to a command of the wire's life
/// before must not be taken for the answer to a new one.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    awaited: u32,
    stale: u32,
}

impl Wire {
    /// Nobody wants the answers that are still to come.
    pub(crate) const fn give_up(&mut self) {
        self.stale = self.awaited;
    }

    /// Notes an answer; says whether somebody waits for it.
    pub(crate) const fn answered(&mut self) -> bool {
        let wanted = self.stale == 0;
        self.awaited = self.awaited.saturating_sub(1);
        self.stale = self.stale.saturating_sub(1);
        wanted
    }
}

/// Effects in their order, tokens for them, and what slots leave to the cassette.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) effects: Vec<Effect>,
    /// Records that no slot waits for.
    pub(crate) notes: Vec<(Record, Then)>,
    /// Records that no slot waits for any more.
    pub(crate) handed_over: Vec<(Token, Note)>,
    /// Documents whose drive has gone, to be watched.
    pub(crate) lost: Vec<Lost>,
    /// Drives that have told what became of their intent; it is durable.
    pub(crate) settled: Vec<Settled>,
    next_token: u64,
}

/// A receipt whose drive has gone after it was asked to form it.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) drive: DriveNumber,
    pub(crate) number: DocumentNumber,
    pub(crate) receipt: Id,
    pub(crate) job: Option<Job>,
}

/// What became of an intent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) drive: DriveNumber,
    pub(crate) receipt: Option<Id>,
    pub(crate) formed: bool,
}

impl Outbox {
    pub(crate) fn token(&mut self) -> Token {
        self.next_token += 1;
        Token(self.next_token)
    }

    pub(crate) fn store(&mut self, record: Record) -> Token {
        let token = self.token();
        self.effects.push(Effect::Store(token, record));
        token
    }

    pub(crate) fn note(&mut self, record: Record, then: Then) {
        self.notes.push((record, then));
    }
}

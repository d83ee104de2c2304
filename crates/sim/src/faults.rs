//! What can go wrong, and how often it really did.

use std::{collections::BTreeMap, fmt};

use crate::Chance;

macro_rules! faults {
    ($(#[$all:meta])* $name:ident { $($(#[$doc:meta])* $fault:ident = $word:literal,)* }) => {
        $(#[$all])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$doc])* $fault,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$fault),*];

            /// In words.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fault => $word,)* }
            }
        }
    };
}

faults! {
    /// What becomes of a command on its way to a drive, or of its answer.
    WireFault {
        /// The command is lost.
        RequestLost = "command lost",
        /// Only its first bytes come.
        RequestCut = "command cut",
        /// A byte of it is changed.
        RequestNoise = "noise in a command",
        /// The answer is lost.
        AnswerLost = "answer lost",
        /// Only its first bytes come.
        AnswerCut = "answer cut",
        /// A byte of it is changed.
        AnswerNoise = "noise in an answer",
        /// Bytes that belong to nothing come before it.
        AnswerBehindNoise = "noise before an answer",
        /// It comes after the host has given up, when the next command is out.
        AnswerLate = "answer late",
        /// It comes twice.
        AnswerDoubled = "answer doubled",
        /// It comes in pieces, with a gap that is too long for a frame.
        AnswerInPieces = "answer in pieces",
        /// The wire is unplugged before the command comes.
        UnpluggedBefore = "unplugged before a command",
        /// The wire is unplugged before the answer comes.
        UnpluggedAfter = "unplugged before an answer",
        /// The drive loses power instead of carrying it out.
        PowerLost = "drive restarted at a command",
        /// The drive loses power after carrying it out.
        PowerLostAfter = "drive restarted before an answer",
        /// A finishing command is answered with 03h, and nothing was formed.
        Fails = "code 03h, nothing formed",
        /// A finishing command is answered with 04h, and the document was formed.
        FailsAfterForming = "code 04h, but formed",
        /// A finishing command is answered with 18h: the drive takes no such document.
        RefusesData = "code 18h, document refused",
    }
}

faults! {
    /// What the ОФД or the way to it does to one exchange.
    OfdFault {
        /// The connection is refused.
        Refuses = "ОФД refuses the connection",
        /// Nobody answers the connection.
        Unreachable = "ОФД unreachable",
        /// The message is taken and never answered.
        Silent = "ОФД silent",
        /// Half of the answer, then the end.
        ClosesInMidMessage = "ОФД closes in mid-message",
        /// The end instead of an answer.
        Closes = "ОФД closes",
        /// The answer takes minutes.
        Slow = "ОФД slow",
        /// The confirmation of another document comes.
        OtherDocument = "ticket of another document",
        /// The confirmation comes twice.
        Doubled = "ticket doubled",
        /// A confirmation with a code of refusal.
        RefusesDocument = "document refused by the ОФД",
        /// An idle connection is closed.
        ClosesIdle = "ОФД closes an idle connection",
    }
}

faults! {
    /// What happens to the whole.
    Act {
        /// The process is killed.
        Kill = "process killed",
        /// The power is cut.
        CutPower = "power cut",
        /// A wire is unplugged for a while.
        Unplug = "wire unplugged",
        /// A drive is pulled out of its socket, which stays open, and is put into a free one.
        Pull = "drive pulled",
        /// Two drives exchange their sockets.
        Exchange = "drives exchanged",
        /// A drive of another organisation is put in a socket for a while.
        Stranger = "stranger's drive",
        /// A drive loses power for a moment.
        RestartDrive = "drive restarted",
        /// A drive is used elsewhere: it has a document more.
        UseElsewhere = "drive used elsewhere",
        /// Somebody has left a document open in a drive.
        LeaveOpen = "document left open",
        /// A drive dies for ever.
        Die = "drive dead for ever",
        /// The clock goes back a little.
        ClockBack = "clock back",
        /// The clock goes back further than drives tolerate, and is set right later.
        ClockFarBack = "clock far back",
        /// The clock goes ahead by minutes or hours.
        ClockAhead = "clock ahead",
        /// More than a day passes.
        DayPasses = "a day passes",
        /// More days pass than documents may wait for the ОФД.
        MonthPasses = "a month passes",
        /// The ОФД is away for a while.
        OfdAway = "ОФД away",
        /// A person looks at a slot anew.
        Reprobe = "slot looked at anew",
        /// The disk is full for a while.
        DiskFull = "disk full",
        /// Writes fail for a while.
        DiskFails = "disk fails",
        /// Syncs fail for a while.
        SyncFails = "sync fails",
        /// The disk takes seconds.
        DiskSlow = "disk slow",
        /// The journal is copied, and the copy is put back later.
        OldJournal = "old journal put back",
    }
}

faults! {
    /// What people do in the midst of it all: orders, and work at the rack.
    Errand {
        /// The drive of a slot shall be replaced.
        Swap = "swap ordered",
        /// A swap shall not go on.
        Abandon = "swap abandoned",
        /// The new drive is the right one, or at least somebody says so.
        Confirm = "drive confirmed",
        /// A drive that was used elsewhere shall work here.
        Adopt = "drive adopted",
        /// A drive's documents shall be read into files.
        Export = "export ordered",
        /// A receipt in doubt shall be formed by another drive.
        FormAnew = "receipt formed anew",
        /// A held receipt shall be tried again.
        Release = "receipt released",
        /// An operation of which nothing is formed shall be taken back.
        Cancel = "operation cancelled",
        /// The clock is right.
        TrustClock = "clock trusted",
        /// The drive that has been replaced is pulled out, and a blank one is put in.
        Rack = "swap attended at the rack",
    }
}

faults! {
    /// What a client does.
    ClientFault {
        /// It goes away before the answer.
        AnswerLost = "client lost the answer",
        /// It sends the same again while the first is under way.
        TwiceAtOnce = "client sent twice at once",
        /// It sends another body with a known key.
        OtherBody = "client sent another body",
        /// It sends again what was answered.
        Again = "client sent again after the answer",
    }
}

/// Which faults a life has, and how often: each life has a part of them (a swarm).
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Per thousand commands.
    pub wire: BTreeMap<WireFault, u64>,
    /// Per thousand exchanges.
    pub ofd: BTreeMap<OfdFault, u64>,
    /// Per thousand messages.
    pub client: BTreeMap<ClientFault, u64>,
    /// What happens to the whole.
    pub acts: Vec<Act>,
    /// Seconds between acts, in the mean.
    pub pause: u64,
    /// Whether a drive of the cassette is small: it gets full.
    pub small_drive: bool,
    /// Whether a drive has few days to live.
    pub short_life: bool,
    /// What people do meanwhile.
    pub errands: Vec<Errand>,
    /// Whether people decide every doubt that is left when faults are over.
    pub doubts_decided: bool,
    /// Whether dead drives come back when everything has come to its end without them.
    pub drives_return: bool,
}

/// Drawn apart from the others: lives without people are the same as they were before these came.
const LATER_WIRE: WireFault = WireFault::RefusesData;
const LATER_ACT: Act = Act::OldJournal;
const LATER_ERRAND: Errand = Errand::Cancel;

impl Plan {
    /// A random part of all.
    pub fn drawn(chance: &mut Chance) -> Self {
        fn part<F: Copy + Ord>(chance: &mut Chance, all: &[F], most: u64) -> BTreeMap<F, u64> {
            if chance.happens(250) {
                return BTreeMap::new();
            }
            let few = chance.happens(300);
            let mut drawn = BTreeMap::new();
            for fault in all {
                if chance.happens(if few { 100 } else { 450 }) {
                    drawn.insert(*fault, 1 + chance.below(most));
                }
            }
            drawn
        }
        let acts: Vec<Act> = Act::ALL
            .iter()
            .copied()
            .filter(|act| *act != LATER_ACT && chance.happens(300))
            .collect();
        let wire: Vec<WireFault> = WireFault::ALL
            .iter()
            .copied()
            .filter(|fault| *fault != LATER_WIRE)
            .collect();
        Self {
            wire: part(chance, &wire, 25),
            ofd: part(chance, OfdFault::ALL, 150),
            client: part(chance, ClientFault::ALL, 200),
            acts,
            pause: 3 + chance.below(40),
            small_drive: chance.happens(250),
            short_life: chance.happens(150),
            ..Self::default()
        }
    }

    /// The same with people in it, and what came with them.
    #[must_use]
    pub fn with_people(mut self, chance: &mut Chance) -> Self {
        let often = if chance.happens(500) { 800 } else { 300 };
        let errands = Errand::ALL.iter().copied();
        let errands = errands.filter(|errand| *errand != LATER_ERRAND);
        self.errands = errands.filter(|_| chance.happens(often)).collect();
        self.doubts_decided = chance.happens(500);
        self.drives_return = chance.happens(700);
        if chance.happens(400) {
            self.wire.insert(LATER_WIRE, 1 + chance.below(25));
        }
        if chance.happens(150) {
            self.acts.push(LATER_ACT);
        }
        // What waits does not wait for long: it is tried often.
        if chance.happens(400) {
            self.errands.extend([LATER_ERRAND; 4]);
        }
        self
    }
}

/// How often what happened.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// It happened once more.
    pub fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// It happened so many times more.
    pub fn add(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    /// It has happened so many times in all.
    pub fn put(&mut self, what: &'static str, times: u64) {
        self.0.insert(what, times);
    }

    /// How often it happened.
    pub fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            self.add(what, *times);
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, times) in &self.0 {
            writeln!(f, "  {times:>8}  {what}")?;
        }
        Ok(())
    }
}

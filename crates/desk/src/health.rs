//! Whether all is well, for machines: who answers, and what somebody should see to, by a stable code.

mod judge;

use std::time::Duration;

use cassette::Severity;
use journal::Sizes;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{CassetteView, Desk, rack::Message};

/// How long the writer and the rack may take to answer before they are called silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the writer's work is looked at when its queue has no room for a question.
const LOOK: Duration = Duration::from_millis(50);

/// Whether the journal's writer answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum JournalAnswer {
    /// It writes.
    Well,
    /// It cannot: its disk fails or is full, or somebody else has locked its file.
    Failing(String),
    /// It has said nothing in time.
    Silent,
}

/// Whether those who have to answer do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answers {
    /// The journal's writer.
    pub journal: JournalAnswer,
    /// The task that works with the drives.
    pub rack: bool,
}

/// How everything stands.
#[derive(Clone, Debug)]
pub struct HealthView {
    /// Slots of the configuration.
    pub slots: usize,
    /// Those that form documents.
    pub slots_at_work: usize,
    /// Receipts that wait for a drive.
    pub waiting: usize,
    /// Whether a drive is emulated: its documents have no legal force.
    pub emulated: bool,
    /// What somebody should see to, the worst first.
    pub reasons: Vec<HealthReason>,
}

/// What somebody should see to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HealthReason {
    /// What it is: a word that stays.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// The slot that it is about.
    pub slot: Option<u8>,
    /// What it is, in Russian.
    pub ru: String,
    /// The same in English.
    pub en: String,
}

/// All that is looked at.
pub(crate) struct Vitals {
    pub(crate) answers: Answers,
    pub(crate) cassette: Option<CassetteView>,
    /// Of each slot how long its shift is open, and how old its first document without ticket is.
    pub(crate) ages: Vec<Ages>,
    pub(crate) held: u64,
    pub(crate) in_doubt: u64,
    pub(crate) dead_letters: u64,
    pub(crate) sizes: Option<Sizes>,
}

/// How old something of a slot is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ages {
    pub(crate) slot: u8,
    pub(crate) shift: Option<Duration>,
    pub(crate) unsent: Option<Duration>,
}

impl Answers {
    /// Whether both answer, whatever they say.
    pub const fn are_there(&self) -> bool {
        self.rack && !matches!(self.journal, JournalAnswer::Silent)
    }

    /// Whether operations can be accepted, and their receipts passed on.
    pub const fn are_well(&self) -> bool {
        self.rack && matches!(self.journal, JournalAnswer::Well)
    }
}

impl HealthView {
    /// Whether documents are formed, and all that is needed for it answers.
    pub fn is_well(&self) -> bool {
        self.halt().is_none()
    }

    /// The code of what keeps everything from going on; none: it goes on.
    pub fn halt(&self) -> Option<&'static str> {
        let mut codes = self.reasons.iter().map(|reason| reason.code);
        codes.find(|code| HALTS.contains(code))
    }

    /// Why operations cannot be accepted; `needs_slot`: or why no document can be formed. Empty: it is
    /// ready.
    pub fn not_ready(&self, needs_slot: bool) -> Vec<HealthReason> {
        let counts = |code: &str| HALTS.contains(&code) && (needs_slot || code != judge::NO_SLOT);
        let reasons = self.reasons.iter();
        reasons
            .filter(|reason| counts(reason.code))
            .cloned()
            .collect()
    }

    /// How everything stands, in a line for people at the machine.
    pub fn in_words(&self) -> String {
        let Self {
            slots,
            slots_at_work,
            waiting,
            ..
        } = self;
        let at_work = format!("{slots_at_work} of {slots} slots at work, {waiting} receipts wait");
        match self.reasons.first() {
            None => at_work,
            Some(reason) => format!("{at_work}; {}", reason.en),
        }
    }
}

/// What keeps everything from going on.
const HALTS: [&str; 4] = [
    judge::JOURNAL_SILENT,
    judge::JOURNAL_FAILED,
    judge::RACK_SILENT,
    judge::NO_SLOT,
];

impl Desk {
    /// Whether the journal's writer and the rack answer within `patience`. A writer whose queue is full
    /// answers when it has written something meanwhile.
    pub async fn answers(&self, patience: Duration) -> Answers {
        let (journal, rack) = tokio::join!(self.journal_answers(patience), async {
            let (reply, answer) = oneshot::channel();
            self.tell(Message::View(reply)).is_ok()
                && matches!(timeout(patience, answer).await, Ok(Ok(_)))
        });
        Answers { journal, rack }
    }

    async fn journal_answers(&self, patience: Duration) -> JournalAnswer {
        let (end, writer) = (Instant::now() + patience, self.writer());
        let before = writer.figures().batches();
        let (reply, answer) = oneshot::channel();
        writer.ping(Box::new(move |answer| {
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        }));
        match timeout_at(end, answer).await {
            Ok(Ok(Ok(()))) => return JournalAnswer::Well,
            Ok(Ok(Err(error))) => return JournalAnswer::Failing(error.to_string()),
            // There was no room for the question, or there is no answer.
            Ok(Err(_)) | Err(_) => {}
        }
        loop {
            if writer.figures().batches() != before {
                return JournalAnswer::Well;
            }
            if Instant::now() >= end {
                return JournalAnswer::Silent;
            }
            sleep(LOOK).await;
        }
    }

    /// How everything stands. It always answers, also while nothing else does.
    pub async fn health(&self) -> HealthView {
        let (mut answers, cassette) =
            tokio::join!(self.answers(PATIENCE), self.cassette_in(PATIENCE));
        let cassette = cassette.unwrap_or_else(|error| {
            answers.journal = JournalAnswer::Failing(error.to_string());
            None
        });
        let counted = self.reader().counted().unwrap_or_else(|error| {
            answers.journal = JournalAnswer::Failing(error.to_string());
            journal::Counted::default()
        });
        let clock = self.clock();
        let views = cassette.iter().flat_map(|cassette| &cassette.slots);
        let ages = views.map(|view| Ages {
            slot: view.slot,
            shift: view.shift_age(clock),
            unsent: view.unsent_age(&counted, clock),
        });
        let journal = self.writer().figures().view();
        let vitals = Vitals {
            answers,
            ages: ages.collect(),
            held: journal.held,
            in_doubt: journal.in_doubt,
            dead_letters: counted.letters.iter().map(|owed| owed.dead).sum(),
            sizes: self.reader().sizes().ok(),
            cassette,
        };
        HealthView::of(&vitals, self.setup().slots.len())
    }
}

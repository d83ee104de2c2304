//! The task that feeds the cassette machine and carries out its effects.

use std::{collections::HashMap, sync::Arc};

use cassette::{Ask, Cassette, Class, Effect, Event, NotObeyed, Order, Signed, SlotId, SlotView};
use journal::{Reader, Writer};
use links::{DriveLink, Endpoint, LinkEvent, OfdLink, OfdTimeouts, Ports};
use terms::{DriveNumber, Id, Inn};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinHandle,
    time::{Duration, MissedTickBehavior, interval},
};

use crate::{
    Clock, DeskError,
    archive::Archives,
    figures::DocumentTimes,
    frames::Taps,
    ports,
    setup::{Ofd, Setup},
};

/// How often time is told to the machine.
const TICK: Duration = Duration::from_millis(100);

/// What the task is told.
pub(crate) enum Message {
    Event(Event),
    /// Somebody orders something and waits for the answer.
    Order(Order, Signed, oneshot::Sender<Result<(), NotObeyed>>),
    /// Show how it stands.
    View(oneshot::Sender<Seen>),
    /// Begin nothing new, and end once nothing is under way.
    Stop,
}

/// The slots, how many receipts of each class wait, and the drives that are asked first.
pub(crate) type Seen = (Vec<SlotView>, [usize; Class::ALL.len()], Vec<DriveNumber>);

pub(crate) type Inbox = mpsc::UnboundedSender<Message>;

struct Rack {
    cassette: Cassette,
    clock: Clock,
    writer: Arc<Writer>,
    reader: Arc<Reader>,
    inbox: Inbox,
    links: Vec<(SlotId, DriveLink)>,
    ofd: Vec<(DriveNumber, Arc<Mutex<OfdLink>>)>,
    operators: Vec<Ofd>,
    ofd_timeouts: OfdTimeouts,
    archives: Archives,
    times: Arc<DocumentTimes>,
    asks: HashMap<Ask, oneshot::Sender<Result<(), NotObeyed>>>,
    next_ask: u64,
    /// Receipts that are queued and could not be read.
    unread: Vec<Id>,
    stopping: bool,
}

/// Opens the wires and starts the task; through the taps one can look at the wires.
pub(crate) fn start(
    setup: &Setup,
    found: &Arc<Ports>,
    cassette: Cassette,
    clock: Clock,
    (writer, reader, times): (Arc<Writer>, Arc<Reader>, Arc<DocumentTimes>),
    (inbox, messages): (Inbox, mpsc::UnboundedReceiver<Message>),
) -> Result<(JoinHandle<()>, Taps), DeskError> {
    let (mut links, mut taps) = (Vec::new(), Taps::new());
    for (slot, plan) in slots(setup) {
        let inbox = inbox.clone();
        let tell = move |event| {
            let event = match event {
                LinkEvent::Opened => Event::LinkOpened(slot),
                LinkEvent::Reply(outcome) => Event::Reply(slot, outcome),
                LinkEvent::Lost { reason } => Event::LinkLost(slot, reason),
            };
            // Nobody listens any more when the program stops.
            let _ = inbox.send(Message::Event(event));
        };
        let link =
            ports::link(slot.0, plan, found, setup, tell).map_err(|error| DeskError::Setup {
                what: format!("slot {slot}: {error}"),
            })?;
        taps.push((slot, link.tap()));
        links.push((slot, link));
    }
    let rack = Rack {
        cassette,
        clock,
        writer,
        reader,
        inbox,
        links,
        ofd: Vec::new(),
        operators: setup.operators().cloned().collect(),
        ofd_timeouts: setup.ofd_timeouts,
        archives: Archives::in_folder(&setup.folder),
        times,
        asks: HashMap::new(),
        next_ask: 0,
        unread: Vec::new(),
        stopping: false,
    };
    Ok((tokio::spawn(rack.run(messages)), taps))
}

/// The slots with their numbers, counted from 1.
pub(crate) fn slots(setup: &Setup) -> impl Iterator<Item = (SlotId, &crate::SlotPlan)> {
    (1..=u8::MAX).map(SlotId).zip(&setup.slots)
}

impl Rack {
    async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Event(event)) => self.handle(event),
                    Some(Message::Order(order, signed, reply)) => {
                        self.next_ask += 1;
                        let ask = Ask(self.next_ask);
                        self.asks.insert(ask, reply);
                        self.handle(Event::Ordered(ask, order, signed));
                    }
                    Some(Message::View(reply)) => {
                        // Whoever asked may have gone.
                        let _ = reply.send((
                            self.cassette.views(),
                            self.cassette.waiting_by_class(),
                            self.cassette.asked_first(self.clock.now()),
                        ));
                    }
                    Some(Message::Stop) => {
                        self.stopping = true;
                        self.handle(Event::Drain);
                    }
                    None => return,
                },
                _ = ticks.tick() => self.handle(Event::Tick),
            }
            if self.stopping && self.cassette.is_at_rest() {
                return;
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match &event {
            Event::Stored(token) => self.times.stored(*token),
            Event::StoreFailed(token, _) => self.times.not_stored(*token),
            _ => {}
        }
        for effect in self.cassette.handle(self.clock.now(), event) {
            self.carry_out(effect);
        }
        let unread = std::mem::take(&mut self.unread);
        for receipt in self.cassette.take_wanted().into_iter().chain(unread) {
            match self.reader.queued_job(receipt) {
                Ok(job) => self.tell(Event::Queued(job.into_iter().collect())),
                Err(error) => {
                    tracing::error!(%receipt, %error, "a queued receipt cannot be read yet");
                    self.unread.push(receipt);
                }
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send(slot, request) => {
                if let Some(link) = self.link(slot) {
                    link.send(request);
                }
            }
            Effect::Reopen(slot) => {
                if let Some(link) = self.link(slot) {
                    link.reopen();
                }
            }
            Effect::Store(token, record) => {
                self.times.storing(token, &record);
                let inbox = self.inbox.clone();
                let reply = move |stored: journal::Result<()>| {
                    let event = match stored {
                        Ok(()) => Event::Stored(token),
                        Err(error) => {
                            tracing::error!(%error, "a record cannot be stored");
                            Event::StoreFailed(token, error.to_string())
                        }
                    };
                    let _ = inbox.send(Message::Event(event));
                };
                self.writer.store(record, Box::new(reply));
            }
            Effect::Load(token, drive) => {
                let inbox = self.inbox.clone();
                let reply = move |records: journal::Result<cassette::DriveRecords>| {
                    let event = match records {
                        Ok(records) => Event::Loaded(token, Box::new(records)),
                        Err(error) => Event::LoadFailed(token, error.to_string()),
                    };
                    let _ = inbox.send(Message::Event(event));
                };
                self.writer.drive_records(drive, Box::new(reply));
            }
            Effect::Answer(ask, answer) => {
                if let Some(reply) = self.asks.remove(&ask) {
                    // Whoever asked may have gone.
                    let _ = reply.send(answer);
                }
            }
            Effect::Archive(token, drive, step) => {
                let (archives, inbox) = (self.archives.clone(), self.inbox.clone());
                tokio::task::spawn_blocking(move || {
                    let done = archives.write(drive, &step).map_err(|error| {
                        tracing::error!(%drive, %error, "documents cannot be kept in files");
                        error.to_string()
                    });
                    let _ = inbox.send(Message::Event(Event::Archived(token, done)));
                });
            }
            Effect::SendToOfd {
                token,
                drive,
                ofd,
                ffd,
                container,
            } => {
                let Some(address) = self.ofd_address(ofd) else {
                    let why = "no address of its ОФД is known".to_owned();
                    return self.tell(Event::OfdAnswered(token, Err(why)));
                };
                let (link, inbox) = (self.ofd_link(drive), self.inbox.clone());
                tokio::spawn(async move {
                    let answer = link
                        .lock()
                        .await
                        .exchange(&address, drive, ffd, container)
                        .await;
                    let answer = answer.map_err(|error| error.to_string());
                    let _ = inbox.send(Message::Event(Event::OfdAnswered(token, answer)));
                });
            }
            Effect::HangUp(drive) => {
                let links = self.ofd.iter().filter(|(number, _)| *number == drive);
                for (_, link) in links {
                    // While an exchange runs nothing is kept.
                    if let Ok(mut link) = link.try_lock() {
                        link.hang_up();
                    }
                }
            }
        }
    }

    fn tell(&self, event: Event) {
        let _ = self.inbox.send(Message::Event(event));
    }

    fn link(&self, slot: SlotId) -> Option<&DriveLink> {
        self.links
            .iter()
            .find(|(id, _)| *id == slot)
            .map(|(_, link)| link)
    }

    /// Where the documents of a drive go: to the ОФД that its registration names, or to the
    /// organisation's own when the drive does not tell it.
    fn ofd_address(&self, inn: Option<Inn>) -> Option<Endpoint> {
        let mut operators = self.operators.iter();
        let found = match inn {
            Some(inn) => operators.find(|ofd| ofd.inn == inn),
            None => operators.next(),
        };
        found.map(|ofd| ofd.address.clone())
    }

    /// Each drive has a connection of its own: its documents go one after another.
    fn ofd_link(&mut self, drive: DriveNumber) -> Arc<Mutex<OfdLink>> {
        if let Some((_, link)) = self.ofd.iter().find(|(number, _)| *number == drive) {
            return link.clone();
        }
        let link = Arc::new(Mutex::new(OfdLink::new(self.ofd_timeouts)));
        self.ofd.push((drive, link.clone()));
        link
    }
}

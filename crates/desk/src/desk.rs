use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError},
    time::Duration,
};

use cassette::{Cassette, Class, Event as CassetteEvent, SlotId};
use engine::{Account, BufferLine, Service};
use journal::{Decider, JournalError, Reader, Store, Writer};
use links::Ports;
use sha2::{Digest, Sha256};
use terms::{AccountNumber, Basis, Id, Period, Rnm, ServiceCode};
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use crate::{
    AccountView, CassetteView, Clock, DeskError, OfdView, OperationView, Preview, ReceiptView,
    Refused, SlotView, contracts,
    feed::Feed,
    figures::Measures,
    frames::Taps,
    incidents::IncidentRoom,
    keys::{Doorkeeper, KeyIdentity, tell_uses_now_and_then},
    ledger::Ledger,
    opening::{check_format, open_writer, slot_setups},
    outbox::Outbox,
    outlook::Lookout,
    people::People,
    ports,
    rack::{self, Inbox, Message},
    reconcile::{self, Reconciling},
    restore::{self, Restoring},
    saldo, service_level,
    setup::Setup,
    today::Day,
    waiting::Waiting,
    watch::Watching,
};

pub use journal::{Asked, Callback, ReadyReceipt, Submitted};

/// The desk; clones are the same desk.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    setup: Setup,
    pub(crate) clock: Clock,
    pub(crate) writer: Arc<Writer>,
    reader: Arc<Reader>,
    waiting: Arc<Waiting>,
    inbox: Inbox,
    ports: Arc<Ports>,
    rack: Mutex<Option<JoinHandle<()>>>,
    pub(crate) door: std::sync::Mutex<Doorkeeper>,
    imports: std::sync::Mutex<()>,
    feed: Feed,
    outbox: OnceLock<Outbox>,
    pub(crate) restoring: Restoring,
    pub(crate) watching: Watching,
    pub(crate) reconciling: Reconciling,
    pub(crate) people: People,
    pub(crate) taps: Taps,
    pub(crate) day: Day,
    pub(crate) measures: Measures,
    pub(crate) incidents: IncidentRoom,
    pub(crate) targets: OnceLock<audit::Targets>,
    pub(crate) golive: std::sync::Mutex<crate::golive::Kept>,
}

impl Inner {
    /// Rings after each commit that has changed receipts or incidents.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.feed.bell.subscribe()
    }

    /// Something that pages show has changed.
    pub(crate) fn ring(&self) {
        self.feed.bell.send_replace(());
    }

    pub(crate) const fn setup(&self) -> &Setup {
        &self.setup
    }

    pub(crate) const fn clock(&self) -> Clock {
        self.clock
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }
}

/// Says in the log which operation the request in hand is about, if it is one alone.
fn tell_operation(submitted: &[Submitted]) {
    let [one] = submitted else { return };
    let id = match one {
        Submitted::Accepted { id, .. }
        | Submitted::Repeated { id }
        | Submitted::Conflict { id } => id,
        Submitted::Held { .. } | Submitted::Refused(_) => return,
    };
    tracing::Span::current().record("operation_id", tracing::field::display(id));
}

/// An operation as it comes to the desk.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// The caller's idempotency key.
    pub key: String,
    /// The canonical body: equal bodies are the same operation.
    pub body: String,
    /// What is to happen; an event's identifier is the key.
    pub asked: Asked,
    /// Who is to be told once its receipts are settled, besides those who are told of everything.
    pub callback: Option<Callback>,
    /// Why it corrects, if it does; what follows from the settlement may be open.
    pub basis: Option<Box<Basis>>,
}

impl Desk {
    /// Opens the journal and the wires, takes up what the last life has left, and starts to work.
    ///
    /// # Errors
    /// When the journal is in use, too new or not durable, or the set-up cannot be used.
    pub fn open(setup: Setup) -> Result<Self, DeskError> {
        let clock = Clock::at(setup.organisation.utc_offset);
        let people = People::new(&setup.people)?;
        let (inbox, messages) = mpsc::unbounded_channel();
        let waiting = Arc::new(Waiting::default());
        let store = Store::in_folder(&setup.folder);
        let feed = Feed::with_places(setup.streams_max);
        let writer = open_writer(&store, &setup, &inbox, (&waiting, &feed))?;
        let writer = Arc::new(writer);
        let reader = Arc::new(Reader::new(store));
        check_format(&setup, &reader)?;
        let setups = slot_setups(&setup, &reader.last_drives()?)?;
        let cassette = Cassette::new(setups, setup.limits.clone());
        let mut left = reader.drives_left()?;
        left.extend(reader.open_intents()?);
        left.extend(reader.open_swaps()?);
        left.push(CassetteEvent::Queued(reader.queued_jobs()?));
        for event in left {
            let _ = inbox.send(Message::Event(event));
        }
        let measures = Measures::of(setup.slots.len());
        let shells = (writer.clone(), reader.clone(), measures.documents.clone());
        let ports = ports::open(&setup, &reader)?;
        let inboxes = (inbox.clone(), messages);
        let (rack, taps) = rack::start(&setup, &ports, cassette, clock, shells, inboxes)?;
        let inner = Inner {
            setup,
            clock,
            writer,
            reader,
            waiting,
            inbox,
            ports,
            rack: Mutex::new(Some(rack)),
            door: std::sync::Mutex::default(),
            imports: std::sync::Mutex::default(),
            feed,
            outbox: OnceLock::new(),
            restoring: Restoring::default(),
            watching: Watching::default(),
            reconciling: Reconciling::default(),
            people,
            taps,
            day: Day::default(),
            measures,
            incidents: IncidentRoom::default(),
            targets: OnceLock::new(),
            golive: std::sync::Mutex::default(),
        };
        let inner = Arc::new(inner);
        tell_uses_now_and_then(&inner);
        service_level::tell_life(&inner);
        restore::start(&inner);
        contracts::start(&inner);
        crate::watch::start(&inner);
        reconcile::start(&inner);
        Ok(Self { inner })
    }

    /// What the desk was opened with.
    pub fn setup(&self) -> &Setup {
        &self.inner.setup
    }

    /// The clocks.
    pub fn clock(&self) -> Clock {
        self.inner.clock
    }

    /// Submits operations that `sender` has sent (none: the program itself): each is accepted,
    /// repeated, in conflict or refused for itself, also because the key has not its scope. What is
    /// accepted is durable when this returns.
    ///
    /// # Errors
    /// When the journal cannot store; then nothing was accepted.
    pub async fn submit(
        &self,
        operations: Vec<NewOperation>,
        sender: Option<&KeyIdentity>,
    ) -> Result<Vec<Submitted>, DeskError> {
        // What comes with others can wait for what comes alone.
        let in_bulk = operations.len() > 1;
        let has_callback = operations
            .iter()
            .any(|operation| operation.callback.is_some());
        let mut allowed = Vec::with_capacity(operations.len());
        let mut refused = Vec::new();
        for (place, operation) in operations.into_iter().enumerate() {
            if let Some(sender) = sender
                && let Err(why) = sender.may_submit(&operation.asked)
            {
                refused.push((place, Submitted::Refused(why)));
                continue;
            }
            allowed.push(journal::NewOperation {
                in_bulk,
                key: operation.key,
                body_hash: Sha256::digest(operation.body.as_bytes()).into(),
                body: operation.body,
                asked: operation.asked,
                callback: operation.callback,
                basis: operation.basis,
                api_key: sender.map(|key| key.id),
            });
        }
        let mut submitted = if allowed.is_empty() {
            Vec::new()
        } else {
            let begun = Instant::now();
            let submitted = self
                .ask(|writer, reply| writer.submit(allowed, reply))
                .await?;
            let took = begun.elapsed().as_secs_f64();
            self.inner.measures.durable.observe(took);
            tell_operation(&submitted);
            submitted
        };
        // In their order, each comes to its place again.
        for (place, refusal) in refused {
            submitted.insert(place, refusal);
        }
        if has_callback {
            // One without receipts is settled already, and no receipt rings the bell.
            self.inner.feed.bell.send_replace(());
        }
        Ok(submitted)
    }

    /// Waits until all `receipts` are formed, held or in doubt, or until `patience` is over.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn wait(&self, receipts: &[Id], patience: Duration) -> Result<(), DeskError> {
        let end = Instant::now() + patience;
        let place = self.inner.waiting.join(receipts);
        // Each ring costs one look, however many receipts there are.
        let mut left = receipts.to_vec();
        while let Some(receipt) = left.last() {
            if self.is_settled(*receipt)? {
                left.pop();
            } else if timeout_at(end, place.bell.notified()).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Whether a receipt is formed, held or in doubt.
    fn is_settled(&self, receipt: Id) -> Result<bool, DeskError> {
        use journal::ReceiptState::{OnDrive, Queued};
        let receipt = self.inner.reader.receipt(receipt)?;
        Ok(!matches!(
            receipt.map(|receipt| receipt.state),
            Some(Queued | OnDrive)
        ))
    }

    /// An operation with its receipts.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions.
    pub fn operation(&self, id: Id) -> Result<Option<OperationView>, DeskError> {
        Ok(self.inner.reader.operation(id)?.map(OperationView::of))
    }

    /// The operation with this idempotency key.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub async fn operation_by_key(&self, key: &str) -> Result<Option<OperationView>, DeskError> {
        let key = key.to_owned();
        match self
            .ask(|writer, reply| writer.find_key(key, reply))
            .await?
        {
            Some(id) => self.operation(id),
            None => Ok(None),
        }
    }

    /// A receipt.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn receipt(&self, id: Id) -> Result<Option<ReceiptView>, DeskError> {
        Ok(self.inner.reader.receipt(id)?.map(ReceiptView::of))
    }

    /// An account as it stands.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn account(&self, number: &AccountNumber) -> Result<Option<AccountView>, DeskError> {
        let Some(row) = self.inner.reader.account(number)? else {
            return Ok(None);
        };
        Ok(Some(AccountView::of(row)?))
    }

    /// Declares services, or changes them, as `sender` wants; none: the program itself.
    ///
    /// # Errors
    /// When the journal cannot store.
    pub async fn put_services(
        &self,
        services: BTreeMap<ServiceCode, Service>,
        sender: Option<&KeyIdentity>,
    ) -> Result<(), DeskError> {
        let key = sender.map(|key| key.id);
        self.ask(|writer, reply| writer.put_services(services, key, reply))
            .await
    }

    /// The services as they stand.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub async fn services(&self) -> Result<BTreeMap<ServiceCode, Service>, DeskError> {
        self.ask(Writer::services).await
    }

    /// Opens accounts, or changes the contact and payer of those that exist, as `sender` wants (none:
    /// the program itself); all or none. Says of each whether it is new.
    ///
    /// # Errors
    /// When an account is open already with other balances, one's saldo is beyond every sum, or the
    /// journal cannot store.
    pub async fn put_accounts(
        &self,
        accounts: Vec<Account>,
        sender: Option<&KeyIdentity>,
    ) -> Result<Vec<bool>, DeskError> {
        let key = sender.map(|key| key.id);
        for account in &accounts {
            saldo(account)?;
        }
        self.ask(|writer, reply| writer.put_accounts(accounts, key, reply))
            .await
    }

    /// Opens many accounts in one transaction, all or none; what is open so already stays as it
    /// is. Tells how many it has looked at, and says how many were new.
    ///
    /// # Errors
    /// As [`Desk::put_accounts`]; when an account is open with other balances, it is named.
    pub async fn open_accounts(
        &self,
        accounts: Vec<Account>,
        sender: Option<&KeyIdentity>,
        mut told: impl FnMut(u64),
    ) -> Result<u64, DeskError> {
        for (done, account) in (1..).zip(&accounts) {
            if let Some(known) = self.inner.reader.account(&account.number)?
                && known.account != *account
            {
                return Err(DeskError::OpenAlready(account.number.clone()));
            }
            told(done);
        }
        let new = self.put_accounts(accounts, sender).await?;
        Ok(new.into_iter().filter(|new| *new).count() as u64)
    }

    /// What an operation would become now; nothing is stored. The same code decides as when it is
    /// submitted, on the state as it stands.
    ///
    /// # Errors
    /// When the journal cannot be read; a refusal by the rules is the inner error.
    pub async fn preview(
        &self,
        operation: &NewOperation,
    ) -> Result<Result<Preview, Refused>, DeskError> {
        let ledger = Ledger::of(&self.inner.setup);
        let decision = match &operation.asked {
            Asked::Event(event) => {
                let services = self.services().await?;
                let config = self.inner.setup.receipts.clone();
                let before = self.inner.reader.before(event)?;
                ledger.decide(&engine::Setup { config, services }, &before, event)
            }
            Asked::Receipt(ready) => ledger.ready(&operation.key, ready),
        };
        if decision.is_ok()
            && let Some(refused) = self.outside_contract(&ledger, &operation.asked)?
        {
            return Ok(Err(refused));
        }
        Ok(decision.map(|decision| Preview {
            receipts: decision.plan.receipts,
            records: decision.plan.records,
            accounts: decision.plan.accounts,
        }))
    }

    /// The offsets of a month that wait for its consolidated receipt or stand behind it.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn offsets(&self, month: Period) -> Result<Vec<BufferLine>, DeskError> {
        Ok(self.inner.reader.offsets(month)?)
    }

    /// The same of the journal in `folder`, without opening it for writing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn offsets_in(
        folder: impl Into<std::path::PathBuf>,
        month: Period,
    ) -> Result<Vec<BufferLine>, DeskError> {
        Ok(Reader::new(Store::in_folder(folder)).offsets(month)?)
    }

    /// The cassette as it stands.
    ///
    /// # Errors
    /// When the desk is closing, or the journal cannot be read.
    pub async fn cassette(&self) -> Result<CassetteView, DeskError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Message::View(reply))?;
        let (views, waiting, asked_first) = answer.await.map_err(|_| DeskError::Stopping)?;
        let inner = &self.inner;
        let lookout = Lookout::of(&inner.reader, inner.clock.local().date(), &views)?;
        let plans = inner.setup.slots.iter();
        let slots: Vec<SlotView> = views
            .into_iter()
            .zip(plans)
            .map(|(view, plan)| {
                let port = inner.ports.port_of(view.id.0);
                let outlook = lookout.of_slot(&view);
                let ofd = view.ofd.map(|inn| OfdView::of(inn, &inner.setup));
                SlotView::of(view, plan, port, (outlook, ofd))
            })
            .collect();
        Ok(CassetteView {
            inn: inner.setup.organisation.inn.to_string(),
            name: inner.setup.organisation.name.clone(),
            policy: inner.setup.limits.policy,
            waiting: waiting.iter().sum(),
            waiting_by_class: Class::ALL.into_iter().zip(waiting).collect(),
            asked_first: asked_first.iter().map(ToString::to_string).collect(),
            emulated: slots.iter().any(|slot| slot.emulated),
            documents_per_day: lookout.per_day(),
            ends_on: lookout.cassette_end().map(|day| day.to_string()),
            slots,
        })
    }

    /// Begins nothing new, ends what is under way, and lets go of the wires.
    pub async fn close(&self) {
        self.inner.watching.stop().await;
        self.inner.restoring.stop().await;
        self.inner.reconciling.stop().await;
        if self.tell(Message::Stop).is_ok()
            && let Some(rack) = self.inner.rack.lock().await.take()
            && let Err(error) = rack.await
        {
            tracing::error!(%error, "the cassette's task has failed");
        }
        if let Err(error) = self.tell_uses().await {
            tracing::warn!(%error, "it is not noted when keys were used last");
        }
        self.close_outbox().await;
        self.close_telling().await;
        self.end_life().await;
    }

    /// The desk of this inside.
    pub(crate) const fn of(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    pub(crate) fn restoring(&self) -> &Restoring {
        &self.inner.restoring
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.inner.feed
    }

    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        self.inner.outbox.get()
    }

    /// Keeps the outbox; none when there is one already.
    pub(crate) fn put_outbox(&self, outbox: Outbox) -> Option<&Outbox> {
        self.inner.outbox.set(outbox).ok()?;
        self.inner.outbox.get()
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.inner.writer
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    /// Remembers which ККТ lives in a slot.
    pub(crate) async fn put_register(
        &self,
        slot: SlotId,
        rnm: Rnm,
        serial: String,
        key: Option<i64>,
    ) -> Result<(), DeskError> {
        self.ask(|writer, reply| writer.put_register(slot, rnm, serial, key, reply))
            .await
    }

    pub(crate) fn tell(&self, message: Message) -> Result<(), DeskError> {
        self.inner
            .inbox
            .send(message)
            .map_err(|_| DeskError::Stopping)
    }

    /// Waits for the turn to load a file of payments.
    pub(crate) fn imports_turn(&self) -> std::sync::MutexGuard<'_, ()> {
        let turn = self.inner.imports.lock();
        turn.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        command: impl FnOnce(&Writer, journal::Reply<T>),
    ) -> Result<T, DeskError> {
        let (reply, answer) = oneshot::channel();
        let send = move |value| {
            // Whoever asked may have gone; what was stored stays stored.
            let _ = reply.send(value);
        };
        command(&self.inner.writer, Box::new(send));
        Ok(answer.await.map_err(|_| JournalError::Stopped)??)
    }
}

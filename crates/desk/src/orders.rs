//! What people order at the rack and about receipts.

use cassette::{Event, NotObeyed, Order, Registration, Signed, SlotId, Withdrawal};
use ffd::RegistrationReport;
use fn_proto::{RegistrationForm, work_mode};
use journal::{Cancellable, HistoryOf, ReceiptState, RemarksOf};
use terms::{DriveNumber, Id, RegistrationReason, RegistrationReasons, Rnm};
use tokio::{
    sync::oneshot,
    time::{Duration, timeout},
};

use crate::{
    Desk, DeskError, HistoryEntry, OperationView, RemarkView, SlotView,
    rack::Message,
    setup::{KKT_FFD, KKT_VERSION},
};

/// How long the journal may take to store an order.
const JOURNALED: Duration = Duration::from_secs(30);

/// The longest name of a person, in characters.
const NAME_MAX: usize = 100;
/// The longest reason, in characters.
const REASON_MAX: usize = 500;

/// Which ККТ the next drive of a slot is registered for; what is left out is that of the old one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NextRegister {
    /// Tag 1037.
    pub rnm: Option<Rnm>,
    /// Tag 1013.
    pub serial: Option<String>,
}

impl Desk {
    /// A receipt in doubt shall be formed by another drive.
    ///
    /// # Errors
    /// When it does not stand in doubt, its drive is being asked just now, or nothing can be
    /// stored; so for all orders here, each with its own reason why it cannot be obeyed.
    pub async fn form_anew(&self, receipt: Id, signed: Signed) -> Result<(), DeskError> {
        self.expect_state(receipt, ReceiptState::InDoubt)?;
        self.order(Order::FormAnew(receipt), signed).await
    }

    /// A held receipt shall be tried again.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn release(&self, receipt: Id, signed: Signed) -> Result<(), DeskError> {
        self.expect_state(receipt, ReceiptState::Held)?;
        self.order(Order::Release(receipt), signed).await
    }

    /// An operation shall be taken back, if still nothing of it is formed: its receipts never will
    /// be, and its accounts are as if it had not been. One that is cancelled already stays so, with
    /// the first name and reason.
    ///
    /// # Errors
    /// When a receipt of it is formed, being formed or in doubt, or when what it has changed was
    /// used since; see also [`Desk::form_anew`]. Nothing has changed then.
    pub async fn cancel(&self, operation: Id, signed: Signed) -> Result<OperationView, DeskError> {
        check_signed(&signed)?;
        if let Some(withdrawal) = self.withdrawal(operation)? {
            let done = self.order(Order::Cancel(withdrawal), signed).await;
            // What came in between, only the journal can say.
            let has_raced = matches!(
                done,
                Err(DeskError::NotObeyed(NotObeyed::JournalRefuses(_)))
            );
            if !has_raced || self.withdrawal(operation)?.is_some() {
                done?;
            }
        }
        self.operation(operation)?.ok_or(DeskError::NotCancellable(
            journal::NotCancellable::Unknown(operation),
        ))
    }

    /// What there is to do to cancel an operation; none when it is cancelled.
    fn withdrawal(&self, operation: Id) -> Result<Option<Withdrawal>, DeskError> {
        match self.reader().cancellable(operation)?? {
            Cancellable::Now(withdrawal) => Ok(Some(withdrawal)),
            Cancellable::Already(_) => Ok(None),
        }
    }

    /// The drive in a slot shall be replaced. Says how the swap stands then.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn swap(
        &self,
        slot: SlotId,
        next: &NextRegister,
        signed: Signed,
    ) -> Result<SlotView, DeskError> {
        let registration = self.replacement(slot, next).await?;
        let (rnm, serial) = (registration.form.rnm, registration.serial.clone());
        let key = signed.key;
        let order = Order::Swap(slot, Box::new(registration));
        self.order(order, signed).await?;
        self.put_register(slot, rnm, serial, key).await?;
        self.slot(slot).await
    }

    /// The new drive in a slot is the right one.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn confirm_drive(
        &self,
        slot: SlotId,
        drive: DriveNumber,
        signed: Signed,
    ) -> Result<SlotView, DeskError> {
        self.order(Order::ConfirmDrive(slot, drive), signed).await?;
        self.slot(slot).await
    }

    /// A swap shall not go on.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn abandon_swap(&self, slot: SlotId, signed: Signed) -> Result<SlotView, DeskError> {
        self.order(Order::AbandonSwap(slot), signed).await?;
        self.slot(slot).await
    }

    /// The drive in a slot was used elsewhere, and shall work here from now on.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn adopt(&self, slot: SlotId, signed: Signed) -> Result<SlotView, DeskError> {
        self.order(Order::Adopt(slot), signed).await?;
        self.slot(slot).await
    }

    /// The documents of the drive in a slot shall be read into files.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn export(&self, slot: SlotId, signed: Signed) -> Result<SlotView, DeskError> {
        self.order(Order::Export(slot), signed).await?;
        self.slot(slot).await
    }

    /// The wall clock was looked at, and it is right.
    ///
    /// # Errors
    /// See [`Desk::form_anew`].
    pub async fn trust_clock(&self, signed: Signed) -> Result<(), DeskError> {
        self.order(Order::TrustClock, signed).await
    }

    /// The drive in a slot shall be looked at anew, if it is not at work.
    ///
    /// # Errors
    /// When there is no such slot, or the desk is closing.
    pub async fn reprobe(&self, slot: SlotId) -> Result<SlotView, DeskError> {
        self.slot(slot).await?;
        self.tell(Message::Event(Event::Reprobe(slot)))?;
        self.slot(slot).await
    }

    /// One slot as it stands.
    ///
    /// # Errors
    /// When there is no such slot, or the desk is closing.
    pub async fn slot(&self, slot: SlotId) -> Result<SlotView, DeskError> {
        let slots = self.cassette().await?.slots;
        slots
            .into_iter()
            .find(|view| view.slot == slot.0)
            .ok_or(DeskError::UnknownSlot(slot.0))
    }

    /// What has happened, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn history(&self, of: HistoryOf) -> Result<Vec<HistoryEntry>, DeskError> {
        Ok(self.reader().history(of)?)
    }

    /// What the ОФД has refused or had something to say about, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn remarks(&self, of: RemarksOf) -> Result<Vec<RemarkView>, DeskError> {
        let rows = self.reader().remarks(of)?;
        Ok(rows.into_iter().map(RemarkView::of).collect())
    }

    fn expect_state(&self, receipt: Id, state: ReceiptState) -> Result<(), DeskError> {
        let row = self.reader().receipt(receipt)?;
        let found = row.ok_or(DeskError::UnknownReceipt(receipt))?.state;
        if found == state {
            return Ok(());
        }
        Err(DeskError::WrongState {
            receipt,
            found,
            wanted: state,
        })
    }

    async fn order(&self, order: Order, signed: Signed) -> Result<(), DeskError> {
        check_signed(&signed)?;
        let (reply, answer) = oneshot::channel();
        self.tell(Message::Order(order, signed, reply))?;
        match timeout(JOURNALED, answer).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(why))) => Err(DeskError::NotObeyed(why)),
            Ok(Err(_)) => Err(DeskError::Stopping),
            Err(_) => Err(DeskError::NotObeyed(NotObeyed::JournalRefuses(
                "it has not stored the order yet; look again later".to_owned(),
            ))),
        }
    }

    /// How the drive that takes the place of the one in `slot` is registered: for the same ККТ,
    /// unless another one is named.
    async fn replacement(
        &self,
        slot: SlotId,
        next: &NextRegister,
    ) -> Result<Registration, DeskError> {
        let view = self.slot(slot).await?;
        let known = self.reader().register(slot)?;
        let old: Option<Rnm> = view.rnm.as_ref().and_then(|rnm| rnm.parse().ok());
        let refuse = |why: &str| DeskError::NotRegistrable {
            slot: slot.0,
            why: why.to_owned(),
        };
        let rnm = next
            .rnm
            .or(old)
            .ok_or_else(|| refuse("its drive does not tell its РНМ: name the one to register"))?;
        let known = known.filter(|register| register.rnm == rnm);
        let serial = next
            .serial
            .clone()
            .or(known.map(|register| register.serial))
            .ok_or_else(|| refuse("the serial number of its ККТ is not known: name it"))?;
        let reasons =
            (Some(rnm) == old).then(|| RegistrationReasons::of([RegistrationReason::DriveChange]));
        self.registration(slot, rnm, &serial, reasons)
    }

    /// The report that registers a drive with the organisation's requisites.
    pub(crate) fn registration(
        &self,
        slot: SlotId,
        rnm: Rnm,
        serial: &str,
        reasons: Option<RegistrationReasons>,
    ) -> Result<Registration, DeskError> {
        let refuse = |why: String| DeskError::NotRegistrable { slot: slot.0, why };
        let organisation = &self.setup().organisation;
        if !rnm.belongs_to(organisation.inn, serial) {
            return Err(refuse(format!(
                "the РНМ {rnm} does not fit ИНН {} and serial number {serial}: check all three",
                organisation.inn
            )));
        }
        let ffd = self.setup().ffd();
        let report = RegistrationReport {
            ffd,
            user_name: organisation.name.clone(),
            settlement: organisation.place(),
            cashier: organisation.cashier(),
            serial: serial.to_owned(),
            kkt_version: KKT_VERSION.to_owned(),
            kkt_ffd: KKT_FFD,
            ofd_name: Some(organisation.ofd.name.clone()),
            fns_site: Some(organisation.fns_site.clone()),
            sender_email: Some(organisation.sender_email.clone()),
            automat_number: None,
            additional: None,
            other: Vec::new(),
        };
        let form = RegistrationForm {
            time: self.clock().local(),
            user_inn: organisation.inn,
            rnm,
            tax_systems: organisation.tax_systems,
            work_mode: work_mode::SERVICES,
            extended_flags: 0,
            ofd_inn: Some(organisation.ofd.inn),
            reasons,
        };
        let inn = organisation.ofd.inn.to_string();
        let tlv = report
            .host_tlv_with(&self.setup().facts(), Some(&inn))
            .map_err(|error| refuse(error.to_string()))?;
        Ok(Registration {
            ffd,
            form,
            serial: serial.to_owned(),
            tlv,
        })
    }
}

/// Refuses an order without a name or a reason.
pub(crate) fn check_signed(signed: &Signed) -> Result<(), DeskError> {
    check_name(&signed.by)?;
    if !is_said(&signed.reason, REASON_MAX) {
        return Err(DeskError::NotSigned("say why, in at most 500 characters"));
    }
    Ok(())
}

/// Refuses a name that is none.
pub(crate) fn check_name(by: &str) -> Result<(), DeskError> {
    if !is_said(by, NAME_MAX) {
        return Err(DeskError::NotSigned(
            "say who decides, in at most 100 characters",
        ));
    }
    Ok(())
}

fn is_said(text: &str, max: usize) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}

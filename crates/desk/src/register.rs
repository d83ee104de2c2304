use cassette::{Event, SlotId, SlotState};
use terms::Rnm;
use tokio::time::{Duration, Instant, sleep};

use crate::{Desk, DeskError, KeyIdentity, SlotView, rack::Message};

/// How long a wire may take to be opened and a drive to be read.
const APPEARS: Duration = Duration::from_secs(15);
/// How long a drive may take to be registered and read again.
const REGISTERS: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// What has to be said to register a drive.
#[derive(Clone, Debug)]
pub struct RegistrationOrder {
    /// The serial number of the ККТ in this slot (tag 1013), at most 20 characters.
    pub serial: String,
    /// The registration number that the ФНС gave (tag 1037).
    pub rnm: Rnm,
}

impl Desk {
    /// Registers the drive in a slot with the organisation's requisites, as `sender` wants (none: the
    /// program itself), and waits until it is ready.
    ///
    /// # Errors
    /// When the РНМ does not fit the organisation and the serial number, the drive is not
    /// unregistered, or it refuses.
    pub async fn register(
        &self,
        slot: SlotId,
        order: &RegistrationOrder,
        sender: Option<&KeyIdentity>,
    ) -> Result<SlotView, DeskError> {
        let refuse = |why: String| DeskError::NotRegistrable { slot: slot.0, why };
        let registration = self.registration(slot, order.rnm, &order.serial, None)?;
        let read = |view: &SlotView| !matches!(view.state, SlotState::Empty | SlotState::Probing);
        let seen = self.await_slot(slot, APPEARS, read).await?;
        if seen.state != SlotState::Unregistered {
            let why = seen
                .reason
                .map_or_else(String::new, |reason| format!(": {reason}"));
            return Err(refuse(format!("it is {}{why}", seen.state.name())));
        }
        let key = sender.map(|key| key.id);
        self.put_register(slot, order.rnm, order.serial.clone(), key)
            .await?;
        self.tell(Message::Event(Event::Register(
            slot,
            Box::new(registration),
        )))?;
        let settled = |view: &SlotView| {
            matches!(
                view.state,
                SlotState::Ready | SlotState::Working | SlotState::Resting | SlotState::Blocked
            ) || (view.state == SlotState::Unregistered && view.reason.is_some())
        };
        let view = self.await_slot(slot, REGISTERS, settled).await?;
        match (&view.state, &view.reason) {
            (SlotState::Ready | SlotState::Working | SlotState::Resting, _) => Ok(view),
            (_, reason) => Err(refuse(
                reason
                    .as_ref()
                    .map_or_else(|| "it did not become ready".to_owned(), ToString::to_string),
            )),
        }
    }

    /// Waits until the slot is as wanted, but not longer than `patience`; returns it as it is then.
    async fn await_slot(
        &self,
        slot: SlotId,
        patience: Duration,
        wanted: impl Fn(&SlotView) -> bool,
    ) -> Result<SlotView, DeskError> {
        let end = Instant::now() + patience;
        loop {
            let cassette = self.cassette().await?;
            let view = cassette.slots.into_iter().find(|view| view.slot == slot.0);
            let view = view.ok_or(DeskError::UnknownSlot(slot.0))?;
            if wanted(&view) || Instant::now() >= end {
                return Ok(view);
            }
            sleep(LOOK).await;
        }
    }
}

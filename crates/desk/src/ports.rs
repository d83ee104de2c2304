//! The wires of the slots: fixed ones, and those that are found.

use std::{io, sync::Arc};

use journal::Reader;
use links::{DriveAddress, DriveLink, Habits, LinkEvent, Ports, SlotAddress, SurveyedPort, survey};

use crate::{Desk, DeskError, Setup, SlotPlan, rack};

/// The ports of the automatic slots; a drive's home is where the journal saw it last.
pub(crate) fn open(setup: &Setup, reader: &Reader) -> Result<Arc<Ports>, DeskError> {
    let numbered = || rack::slots(setup).map(|(id, plan)| (id.0, &plan.address));
    let automatic: Vec<u8> = numbered()
        .filter(|(_, address)| **address == SlotAddress::Automatic)
        .map(|(slot, _)| slot)
        .collect();
    if !automatic.is_empty() && setup.ports.allow.is_empty() {
        return Err(DeskError::Setup {
            what: format!(
                "slot {} looks for its drive, but [ports] allows no port: write patterns into \
                 `allow`, or give the slot an address",
                automatic[0]
            ),
        });
    }
    let fixed = fixed(setup).into_iter().map(|(_, address)| address);
    let homes = reader.drive_homes()?;
    let (rules, habits) = (setup.ports.clone(), Habits::default());
    Ok(Arc::new(Ports::new(rules, habits, automatic, fixed, homes)))
}

/// Starts the link of a slot.
pub(crate) fn link(
    slot: u8,
    plan: &SlotPlan,
    ports: &Arc<Ports>,
    setup: &Setup,
    tell: impl Fn(LinkEvent) + Send + 'static,
) -> io::Result<DriveLink> {
    let timeouts = setup.link_timeouts;
    match &plan.address {
        SlotAddress::Fixed(address) => DriveLink::start(address.clone(), timeouts, tell),
        SlotAddress::Automatic => DriveLink::start_automatic(ports.clone(), slot, timeouts, tell),
    }
}

/// The slots whose wire is fixed.
fn fixed(setup: &Setup) -> Vec<(u8, DriveAddress)> {
    rack::slots(setup)
        .filter_map(|(id, plan)| match &plan.address {
            SlotAddress::Fixed(address) => Some((id.0, address.clone())),
            SlotAddress::Automatic => None,
        })
        .collect()
}

/// Looks at the serial ports of this machine and what is behind those that the set-up names or
/// allows. It needs no journal and disturbs no port in use, so that it works beside a server.
///
/// It blocks for as long as the slowest port takes.
pub fn survey_ports(setup: &Setup) -> Vec<SurveyedPort> {
    survey(&setup.ports, &fixed(setup), setup.link_timeouts.answers)
}

impl Desk {
    /// As [`survey_ports`], on a thread where nobody waits behind it. What this desk has open itself is
    /// told as in use.
    ///
    /// # Errors
    /// When the desk is closing.
    pub async fn survey(&self) -> Result<Vec<SurveyedPort>, DeskError> {
        let setup = self.setup().clone();
        let looked = tokio::task::spawn_blocking(move || survey_ports(&setup)).await;
        looked.map_err(|_| DeskError::Stopping)
    }
}

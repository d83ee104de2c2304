//! How a slot without a fixed address comes to its wire.

use std::time::Duration;

use fn_proto::Session;

use super::{End, Line};
use crate::{
    LinkEvent, PortTrouble, Ports,
    exchange::{Interrupted, identify},
    finder::Finding,
    scan::Port,
    wire::Wire,
};

impl<F: Fn(LinkEvent)> Line<F> {
    /// Goes through the ports that are free, until one has a drive for this slot.
    pub(super) fn seek(&mut self, ports: &Ports, slot: u8) -> Result<Wire, End> {
        while let Some(port) = ports.next(slot) {
            let examined = self.examine(&port);
            self.refuse_waiting("the drive is being looked for");
            let (finding, trouble, wire) = match examined {
                Ok((finding, wire)) => (finding, None, Some(wire)),
                Err(Interrupted::Wire(trouble)) => {
                    (Finding::Closed, Some(trouble.to_string()), None)
                }
                Err(Interrupted::Asked(end)) => {
                    ports.examined(slot, &port, Finding::Nothing, None);
                    return Err(end);
                }
            };
            let is_taken = ports.examined(slot, &port, finding, trouble);
            if let (true, Some(wire), Finding::Drive(drive)) = (is_taken, wire, finding) {
                self.name = port.address.to_string();
                self.drive = Some(drive);
                return Ok(wire);
            }
        }
        Err(End::Broken(ports.reason(slot)))
    }

    /// Opens a port, if nobody uses it, and asks which drive is behind it.
    fn examine(&mut self, port: &Port) -> Result<(Finding, Wire), Interrupted<PortTrouble, End>> {
        let mut wire = Wire::open_unused(&port.address).map_err(Interrupted::Wire)?;
        let mut session = Session::new(self.timeouts.answers);
        let clock = self.clock;
        let look = || self.look(Duration::ZERO).map(|_| ());
        match identify(&mut wire, &mut session, clock, look) {
            Ok(drive) => Ok((drive.map_or(Finding::Silent, Finding::Drive), wire)),
            Err(Interrupted::Wire(error)) => {
                Err(Interrupted::Wire(PortTrouble::Lost(error.to_string())))
            }
            Err(Interrupted::Asked(end)) => Err(Interrupted::Asked(end)),
        }
    }

    fn refuse_waiting(&mut self, reason: &str) {
        for _ in std::mem::take(&mut self.waiting) {
            self.refuse(reason);
        }
    }
}

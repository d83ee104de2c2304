use std::{convert::Infallible, time::Instant};

use fn_proto::{Failure, Outcome, Request, Session, Timeouts};

use crate::{
    DriveAddress, PortTrouble, Tap,
    exchange::{Interrupted, exchange},
    wire::Wire,
};

/// Opens the wire, sends `first`, and then what `next` makes of each outcome until it wants no
/// more. For one who looks at a drive that no link serves.
///
/// A port that is in use is not disturbed. A TCP address is connected to, which may throw out
/// whoever is connected: ask only when nobody is.
///
/// # Errors
/// When the wire cannot be opened or is lost, or nobody answers the first command.
pub fn converse(
    address: &DriveAddress,
    timeouts: Timeouts,
    first: Request,
    mut next: impl FnMut(Outcome) -> Option<Request>,
) -> Result<(), PortTrouble> {
    let mut wire = match address {
        DriveAddress::Tcp(_) => {
            Wire::open(address, timeouts.status).map_err(PortTrouble::Refused)?
        }
        _ => Wire::open_unused(address)?,
    };
    let (mut session, clock) = (Session::new(timeouts), Instant::now());
    let mut ahead = Some(first);
    let (tap, mut is_first) = (Tap::default(), true);
    while let Some(request) = ahead {
        let go_on = || Ok::<(), Infallible>(());
        let outcome =
            exchange((&mut wire, &tap), &mut session, clock, request, go_on).map_err(|why| {
                match why {
                    Interrupted::Wire(error) => PortTrouble::Lost(error.to_string()),
                    Interrupted::Asked(never) => match never {},
                }
            })?;
        if is_first
            && matches!(
                outcome,
                Err(Failure::Silent { .. } | Failure::Garbled { .. })
            )
        {
            return Err(PortTrouble::Silent);
        }
        is_first = false;
        ahead = next(outcome);
    }
    Ok(())
}

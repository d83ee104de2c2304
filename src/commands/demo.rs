//! The whole way in one command: emulated drives and ОФД, the server, a sample provider that
//! pushes its month over HTTP.

mod provider;
mod rack;
mod summary;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use desk::{Desk, RegistrationOrder, SlotId, SlotState};
use emulator::drive::Timing;
use indicatif::{ProgressBar, ProgressStyle};
use terms::Rnm;

use super::{
    Outcome, key, runtime,
    serve::{letters, stop_asked},
    user,
};
use provider::Provider;
use rack::Rack;

use crate::{
    config::Http,
    front::{Faces, Front},
};

/// Who may log in to the panel of a demo, with a new password each time.
const LOGIN: &str = "demo";
/// How often the demo looks how far things are.
const LOOK: Duration = Duration::from_millis(100);

/// Try everything at once: four emulated drives (two over ptys, two over TCP), an emulated ОФД, the
/// server, and a sample provider with 300 accounts that pushes the payments and the charges of a
/// month over HTTP. Stays up to be looked at, until Ctrl-C.
#[derive(Args)]
pub(crate) struct Demo {
    /// Where everything is kept; a new temporary folder when not given. A folder that a demo has
    /// used goes on where it was.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Leave when all is done, with code 0 only if the check finds nothing.
    #[arg(long)]
    exit: bool,
    /// `real`: drives take the time that real ones take; `none`: as fast as it goes.
    #[arg(long, default_value = "none")]
    timing: Timing,
    /// Where the server listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8510")]
    listen: SocketAddr,
}

impl Demo {
    pub(crate) fn run(self) -> Outcome {
        let data = match &self.data {
            Some(data) => data.clone(),
            None => std::env::temp_dir().join(format!("kassette-demo-{}", std::process::id())),
        };
        std::fs::create_dir_all(&data)?;
        let rack = Rack::start(&data, &self.timing)?;
        let outcome = runtime()?.block_on(self.with_rack(&rack, &data));
        rack.stop();
        if self.data.is_none() && self.exit {
            std::fs::remove_dir_all(&data)?;
        }
        outcome
    }

    async fn with_rack(&self, rack: &Rack, data: &std::path::Path) -> Outcome {
        let front = match open(self.listen).await {
            Ok(front) => front,
            // The port may be taken by another demo.
            Err(_) => open(SocketAddr::new(self.listen.ip(), 0)).await?,
        };
        let address = front
            .doors()
            .next()
            .map_or(self.listen, |door| door.address);
        let config = rack.config(data, address)?;
        let setup = config.setup()?;
        let ring = desk::KeyRing::open(&desk::Store::in_folder(&setup.folder))?;
        let key = key::add(
            &ring,
            &format!("demo-{}", std::process::id()),
            [desk::Scope::Read, desk::Scope::Push].into_iter().collect(),
            setup.organisation.inn,
        )?;
        drop(ring);
        let password = user::for_trial(&config, LOGIN)?;
        println!("EMULATED drives and ОФД: nothing printed here has legal force");
        let desk = Desk::open(setup)?;
        desk.promise(config.service_level.read()?);
        desk.open_outbox(config.outbox()?, letters()).await?;
        desk.open_telling(config.telling()?).await?;
        register_all(&desk, rack).await?;
        let (stop, mut stopped) = tokio::sync::watch::channel(false);
        let faces = Faces::for_trial().router(&desk, &stopped, front.requests())?;
        let server = tokio::spawn(front.serve(faces, async move {
            let _ = stopped.wait_for(|is_asked| *is_asked).await;
        }));
        let provider = Provider::new(address, key.clone());
        provider.set_up().await?;
        let before = desk.tally()?.operations;
        provider.push_month().await?;
        drain(&desk).await?;
        let well = summary::print(&desk, rack, before).await?;
        if !self.exit {
            println!("\nthe panel: http://{address}/ (login {LOGIN}, password {password})");
            summary::print_addresses(address, &key, data);
            stop_asked().await;
        }
        let _ = stop.send(true);
        server.await?;
        desk.close().await;
        Ok(if well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// The server's front at this address.
async fn open(address: SocketAddr) -> Result<Front, Box<dyn std::error::Error>> {
    Ok(Front::open(Http::for_trial(address).settings()?).await?)
}

async fn register_all(desk: &Desk, rack: &Rack) -> Result<(), Box<dyn std::error::Error>> {
    for (slot, number) in (1..).map(SlotId).zip(rack.numbers()) {
        let view = loop {
            let cassette = desk.cassette().await?;
            let view = cassette.slots.into_iter().find(|view| view.slot == slot.0);
            match view {
                Some(view) if ![SlotState::Empty, SlotState::Probing].contains(&view.state) => {
                    break view;
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        };
        if view.state == SlotState::Unregistered {
            let serial = format!("KASSETTE{:04}", slot.0);
            let inn = desk.setup().organisation.inn;
            let rnm = Rnm::compose(u64::from(slot.0), inn, &serial)?;
            desk.register(slot, &RegistrationOrder { serial, rnm }, None)
                .await?;
        }
        println!("slot {}: drive {number} on {}", slot.0, view.address);
    }
    Ok(())
}

/// Waits until every receipt is formed and confirmed.
async fn drain(desk: &Desk) -> Result<(), desk::DeskError> {
    let bar = progress("fiscalizing and sending to the ОФД");
    loop {
        let tally = desk.tally()?;
        let total: u64 = tally.receipts.iter().map(|(_, count)| count).sum();
        let count = |wanted: &[desk::ReceiptState]| {
            tally
                .receipts
                .iter()
                .filter(|(state, _)| wanted.contains(state))
                .map(|(_, n)| n)
                .sum()
        };
        use desk::ReceiptState::{Acknowledged, Held, InDoubt, Refused};
        let done: u64 = count(&[Acknowledged, Held, InDoubt, Refused]);
        bar.set_length(total);
        bar.set_position(done);
        if done == total {
            bar.finish();
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn progress(what: &'static str) -> ProgressBar {
    // The template is constant; if it were wrong, the default bar would do as well.
    let style = ProgressStyle::with_template("{msg:36} {bar:30} {pos}/{len} {per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_message(what)
}

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use api::LettersV1;
use atol::online::{OnlineLetters, Protocol};
use clap::Args;
use desk::{Desk, Letters};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{Outcome, runtime};
use crate::{
    config::Config,
    front::{Faces, Front, read_anew_on_hangup},
    inbox,
};

/// Run the server until it is told to stop (SIGTERM or Ctrl-C; a second one stops at once). SIGHUP
/// lets it read the certificate of its HTTP interface anew.
#[derive(Args)]
pub(crate) struct Serve {
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Serve {
    pub(crate) fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        runtime()?.block_on(async {
            let faces = Faces::of(&config)?;
            let front = Front::open(config.http.settings()?).await?;
            let own = match faces.own_address() {
                Some(address) => Some(Front::open(config.http.settings_at(address)?).await?),
                None => None,
            };
            read_anew_on_hangup(front.tls().cloned())?;
            let outbox = config.outbox()?;
            let desk = Desk::open(config.setup()?)?;
            desk.open_outbox(outbox, letters()).await?;
            let inbox = config.statements.inbox();
            if let Some(plan) = &inbox {
                inbox::prepare(plan).map_err(|error| {
                    let folder = plan.folder.display();
                    format!("the inbox {folder} cannot be used: {error}")
                })?;
            }
            let setup_code = match config.panel.enabled {
                true => desk.new_setup_code()?,
                false => None,
            };
            for door in front.doors().chain(own.iter().flat_map(Front::doors)) {
                println!("kassette listens on {}", door.url());
            }
            if let (Some(code), Some(door)) = (setup_code, front.doors().next()) {
                let url = door.url();
                tracing::info!("nobody can log in yet: open {url}/setup, the code is {code}");
            }
            let watching = inbox.map(|plan| tokio::spawn(inbox::watch(desk.clone(), plan)));
            let (stop, stopped) = watch::channel(false);
            let until_stopped = || {
                let mut stopped = stopped.clone();
                async move {
                    // The sender is gone only when the program ends.
                    let _ = stopped.wait_for(|is_asked| *is_asked).await;
                }
            };
            let all = front.serve(faces.router(&desk, &stopped)?, until_stopped());
            let own = own.map(|own| own.serve(faces.own_router(&desk), until_stopped()));
            tokio::join!(
                async {
                    stop_asked().await;
                    let _ = stop.send(true);
                },
                all,
                async {
                    if let Some(own) = own {
                        own.await;
                    }
                },
            );
            if let Some(watching) = watching {
                // A load under way ends; what it has stored is durable, and the file is known again.
                watching.abort();
            }
            desk.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The faces that write letters.
pub(crate) fn letters() -> Vec<Arc<dyn Letters>> {
    vec![
        Arc::new(LettersV1),
        Arc::new(OnlineLetters(Protocol::V4)),
        Arc::new(OnlineLetters(Protocol::V5)),
    ]
}

/// Ends when the program is asked to stop; from then on a second request ends it at once.
pub(crate) async fn stop_asked() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    let mut either = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    either().await;
    tracing::info!("stopping: ending what is under way");
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
}

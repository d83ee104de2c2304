use std::{path::PathBuf, process::ExitCode};

use api::serve;
use clap::Args;
use desk::Desk;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{Outcome, runtime};
use crate::{config::Config, inbox};

/// Run the server until it is told to stop (SIGTERM or Ctrl-C; a second one stops at once).
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
            let desk = Desk::open(config.setup()?)?;
            let inbox = config.statements.inbox();
            if let Some(plan) = &inbox {
                inbox::prepare(plan).map_err(|error| {
                    let folder = plan.folder.display();
                    format!("the inbox {folder} cannot be used: {error}")
                })?;
            }
            let listener = TcpListener::bind(config.http.listen).await?;
            println!("kassette listens on http://{}", listener.local_addr()?);
            let watching = inbox.map(|plan| tokio::spawn(inbox::watch(desk.clone(), plan)));
            serve(desk.clone(), listener, stop_asked()).await?;
            if let Some(watching) = watching {
                // A load under way ends; what it has stored is durable, and the file is known again.
                watching.abort();
            }
            desk.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
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

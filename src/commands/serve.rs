use std::{path::PathBuf, process::ExitCode, sync::Arc};

use api::{LettersV1, serve};
use clap::Args;
use desk::{Desk, Letters};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{Outcome, runtime};
use crate::config::Config;

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
            let (setup, outbox) = (config.setup()?, config.outbox()?);
            let desk = Desk::open(setup)?;
            desk.open_outbox(outbox, letters()).await?;
            let listener = TcpListener::bind(config.http.listen).await?;
            println!("kassette listens on http://{}", listener.local_addr()?);
            serve(desk.clone(), listener, stop_asked()).await?;
            desk.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The faces that write letters.
pub(crate) fn letters() -> Vec<Arc<dyn Letters>> {
    vec![Arc::new(LettersV1)]
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

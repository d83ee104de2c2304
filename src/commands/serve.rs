use std::{path::PathBuf, process::ExitCode};

use axum::Router;
use clap::Args;
use desk::Desk;
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
            let desk = Desk::open(config.setup()?)?;
            let faces = faces(&desk, &config)?;
            let listener = TcpListener::bind(config.http.listen).await?;
            println!("kassette listens on http://{}", listener.local_addr()?);
            axum::serve(listener, faces)
                .with_graceful_shutdown(stop_asked())
                .await?;
            desk.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// All faces of the desk that the configuration enables.
fn faces(desk: &Desk, config: &Config) -> Result<Router, desk::DeskError> {
    let mut faces = api::router(desk.clone());
    if let Some(setup) = config.atol_online.setup(&config.journal.folder)? {
        faces = faces.merge(atol::online::router(desk.clone(), setup));
    }
    Ok(faces)
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

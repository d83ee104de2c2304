use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use axum::Router;
use clap::Args;
use desk::Desk;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
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
            let local = config.atol_local.setup()?;
            let desk = Desk::open(config.setup()?)?;
            let mut faces = vec![(config.http.listen, api::router(desk.clone()))];
            if let Some(setup) = local {
                match config.atol_local.listen {
                    Some(own) => faces.push((own, atol::local::own_router(desk.clone(), setup))),
                    None => {
                        let face = atol::local::router(desk.clone(), setup);
                        faces[0].1 = std::mem::take(&mut faces[0].1).merge(face);
                    }
                }
            }
            listen(faces).await?;
            desk.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Answers on all addresses until the program is asked to stop, then ends the requests under way.
async fn listen(faces: Vec<(SocketAddr, Router)>) -> std::io::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    for (address, router) in faces {
        let listener = TcpListener::bind(address).await?;
        println!("kassette listens on http://{}", listener.local_addr()?);
        let mut stopped = stopped.clone();
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        servers.spawn(
            axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // The sender is gone only when the program ends.
                    let _ = stopped.wait_for(|is_asked| *is_asked).await;
                })
                .into_future(),
        );
    }
    tokio::select! {
        () = stop_asked() => {}
        Some(ended) = servers.join_next() => ended.map_err(std::io::Error::other)??,
    }
    let _ = stop.send(true);
    while let Some(ended) = servers.join_next().await {
        ended.map_err(std::io::Error::other)??;
    }
    Ok(())
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

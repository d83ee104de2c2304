use std::{
    error::Error,
    net::SocketAddr,
    path::{self, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use api::LettersV1;
use atol::online::{OnlineLetters, Protocol};
use axum::Extension;
use clap::Args;
use desk::{Desk, DeskError, Letters};
use panel::{Hosted, Places, Stage};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{Outcome, runtime};
use crate::{
    config::{Config, log_format},
    daily,
    first_run::FirstRun,
    front::{Faces, Front, read_anew_on_hangup},
    host::{Host, journal_before_trial, take_people_along},
    inbox,
    log::LogFormat,
    reconciling, systemd,
    trial::Trial,
    upkeep::Upkeep,
};

/// Where the configuration is looked for.
const DEFAULT_CONFIG: &str = "/etc/kassette/kassette.toml";
/// Where the journal of a server is that was set up by its first run.
const DEFAULT_JOURNAL: &str = "/var/lib/kassette";

/// Run the server until it is told to stop (SIGTERM or Ctrl-C; a second one stops at once). SIGHUP
/// lets it read the certificate of its HTTP interface anew. Without the usual configuration file it
/// serves the panel alone, where it is set up; then it goes on as a server. A file of another name
/// has to be there, unless --setup says that it is to be made.
#[derive(Args)]
pub(crate) struct Serve {
    /// The configuration file.
    #[arg(long, default_value = DEFAULT_CONFIG)]
    config: PathBuf,
    /// If there is no configuration file of this name, serve the panel alone until it is made. Where
    /// the usual name is meant, that needs not be said.
    #[arg(long)]
    setup: bool,
    /// Where the panel is found while there is no configuration, and what the first one says; port 0
    /// takes a free one.
    #[arg(long, default_value = "127.0.0.1:8510")]
    setup_listen: SocketAddr,
    /// The folder of the journal that the first configuration says; left out: /var/lib/kassette, or
    /// `journal` beside a configuration file of another name.
    #[arg(long)]
    setup_journal: Option<PathBuf>,
}

/// Why a server has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ended {
    /// It was told to.
    Stopped,
    /// Its configuration is another one now; people have reached it here.
    Anew(SocketAddr),
}

impl Serve {
    pub(crate) fn log_format(&self) -> LogFormat {
        log_format(&self.config)
    }

    pub(crate) fn run(mut self) -> Outcome {
        self.expect_config()?;
        loop {
            // A runtime of its own for each: nothing of the one before goes on.
            let runtime = runtime()?;
            let ended = match self.config.try_exists()? {
                true => runtime.block_on(self.serve())?,
                false => runtime.block_on(self.set_up())?,
            };
            match ended {
                Ended::Stopped => return Ok(ExitCode::SUCCESS),
                Ended::Anew(address) => self.setup_listen = address,
            }
        }
    }

    /// Refuses a name that leads nowhere: one that is misspelt would start a server without drives.
    fn expect_config(&self) -> Result<(), Box<dyn Error>> {
        let may_be_made = self.setup || self.config.as_os_str() == DEFAULT_CONFIG;
        if may_be_made || self.config.try_exists()? {
            return Ok(());
        }
        let config = self.config.display();
        Err(format!(
            "there is no configuration {config}: is it spelt as it should be? To make it at the panel \
             say --setup"
        )
        .into())
    }

    async fn set_up(&self) -> Result<Ended, Box<dyn Error>> {
        let beside = || match self.config.as_os_str() == DEFAULT_CONFIG {
            true => Ok(PathBuf::from(DEFAULT_JOURNAL)),
            // The configuration names it for whatever folder a later server is started in.
            false => path::absolute(self.config.with_file_name("journal")),
        };
        let journal = match &self.setup_journal {
            Some(folder) => path::absolute(folder),
            None => beside(),
        };
        let first = FirstRun {
            config: &self.config,
            listen: self.setup_listen,
            journal: journal?,
        };
        let address = first.run(stop_asked()).await?;
        Ok(address.map_or(Ended::Stopped, Ended::Anew))
    }

    async fn serve(&self) -> Result<Ended, Box<dyn Error>> {
        let config = Config::read(&self.config)?;
        let trial = Trial::start(&config)?;
        let ended = self.serve_with(&config).await;
        if let Some(trial) = trial {
            trial.stop();
        }
        ended
    }

    async fn serve_with(&self, config: &Config) -> Result<Ended, Box<dyn Error>> {
        let faces = Faces::of(config)?;
        let front = Front::open(config.http.settings()?).await?;
        let own = match faces.own_address() {
            Some(address) => {
                let settings = config.http.settings_at(address)?;
                Some(Front::open(settings).await?.counting(front.requests()))
            }
            None => None,
        };
        let comparing = config.reconcile.read()?;
        read_anew_on_hangup(front.tls().cloned())?;
        let desk = open_desk(config).await?;
        let inbox = config.statements.inbox();
        if let Some(plan) = &inbox {
            inbox::prepare(plan).map_err(|error| {
                let folder = plan.folder.display();
                format!("the inbox {folder} cannot be used: {error}")
            })?;
        }
        let daily = config.export.plan()?;
        if let Some(plan) = &daily {
            daily::prepare(plan).map_err(|error| {
                let folder = plan.folder.display();
                format!("the folder of [export], {folder}, cannot be used: {error}")
            })?;
        }
        for door in front.doors().chain(own.iter().flat_map(Front::doors)) {
            println!("kassette listens on {}", door.url());
        }
        if config.panel.enabled {
            tell_setup_code(&desk, &front)?;
        }
        let watching = inbox.map(|plan| tokio::spawn(inbox::watch(desk.clone(), plan)));
        let attending = systemd::attend(&desk);
        let folder = config.journal.folder.clone();
        let upkeep = Arc::new(Upkeep::new(folder, config.backup()?, config.retention()?));
        let keeping = tokio::spawn({
            let (upkeep, desk) = (upkeep.clone(), desk.clone());
            async move { upkeep.run(desk).await }
        });
        let host = self.host(config, &front, &upkeep);
        let writing = daily.map(|plan| tokio::spawn(daily::write(desk.clone(), plan)));
        let comparing = comparing.map(|plan| tokio::spawn(reconciling::watch(desk.clone(), plan)));
        let (stop, stopped) = watch::channel(false);
        let until_stopped = || {
            let mut stopped = stopped.clone();
            async move {
                // The sender is gone only when the program ends.
                let _ = stopped.wait_for(|is_asked| *is_asked).await;
            }
        };
        let router = faces.router(&desk, &stopped, front.requests())?;
        let router = router.layer(Extension(Hosted(host.clone())));
        let all = front.serve(router, until_stopped());
        let own = own.map(|own| own.serve(faces.own_router(&desk), until_stopped()));
        let (ended, ..) = tokio::join!(
            async {
                let ended = tokio::select! {
                    () = stop_asked() => Ended::Stopped,
                    () = host.again() => Ended::Anew(host.listen()),
                };
                match ended {
                    Ended::Stopped => systemd::stopping(),
                    Ended::Anew(_) => systemd::reloading(),
                }
                let _ = stop.send(true);
                ended
            },
            all,
            async {
                if let Some(own) = own {
                    own.await;
                }
            },
            async { systemd::ready() },
        );
        if let Some(watching) = watching {
            // A load under way ends; what it has stored is durable, and the file is known again.
            watching.abort();
        }
        upkeep.stop();
        keeping.abort();
        if let Some(writing) = writing {
            // A file is there whole or not at all, and is written at the next start.
            writing.abort();
        }
        if let Some(comparing) = comparing {
            comparing.abort();
        }
        desk.close().await;
        if let Some(attending) = attending {
            attending.abort();
        }
        Ok(ended)
    }

    /// The program as the panel knows it.
    fn host(&self, config: &Config, front: &Front, upkeep: &Arc<Upkeep>) -> Arc<Host> {
        let stage = match config.trial {
            Some(_) => Stage::Trial,
            None => Stage::Serving,
        };
        let places = Places {
            config: self.config.clone(),
            journal: config.journal.folder.clone(),
        };
        let door = front.doors().next();
        let listen = door.map_or(self.setup_listen, |door| door.address);
        Arc::new(Host::new(stage, places, listen).with_upkeep(upkeep.clone()))
    }
}

/// The desk of a configuration, with its letters.
async fn open_desk(config: &Config) -> Result<Desk, Box<dyn Error>> {
    let journal = &config.journal.folder;
    if config.trial.is_some()
        && let Some(before) = journal_before_trial(journal)
    {
        take_people_along(&before, journal)?;
    }
    let (outbox, telling) = (config.outbox()?, config.telling()?);
    let targets = config.service_level.read()?;
    let desk = Desk::open(config.setup()?)?;
    desk.promise(targets);
    desk.open_outbox(outbox, letters()).await?;
    desk.open_telling(telling).await?;
    Ok(desk)
}

/// Says how the first administrator comes in, if there is none yet.
fn tell_setup_code(desk: &Desk, front: &Front) -> Result<(), DeskError> {
    if let (Some(code), Some(door)) = (desk.new_setup_code()?, front.doors().next()) {
        let url = door.url();
        tracing::info!("nobody can log in yet: open {url}/setup, the code is {code}");
    }
    Ok(())
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

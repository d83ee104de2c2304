use std::{error::Error, net::SocketAddr};

use api::ReadyNeedsSlot;
use atol::{local::LocalSetup, online::OnlineSetup};
use axum::{Extension, Router};
use checkpay::{Bank, BankError};
use desk::Desk;
use metrics::Requests;
use tokio::sync::watch;

use crate::config::{Config, MetricsTable};

/// Everything that can be asked for, at its path.
///
/// Each face is merged here. Its own paths, rights and forms of errors are its own; only `api` has a
/// fallback for paths that nobody knows (two routers with a fallback cannot be merged).
#[derive(Clone, Default)]
pub(crate) struct Faces {
    banks: Vec<Bank>,
    local: Option<Local>,
    online: Option<OnlineSetup>,
    /// Who may read figures; none: they are not there.
    figures: Option<metrics::Access>,
    /// Whether `/ready` also asks for a slot that forms documents.
    ready_needs_slot: bool,
    /// Whether there is a panel for people.
    panel: bool,
}

/// The local web requests of ATOL.
#[derive(Clone)]
struct Local {
    setup: LocalSetup,
    /// Where they are found alone; none: beside all others.
    own: Option<SocketAddr>,
}

impl Faces {
    /// The faces that a configuration wants beside that for billing.
    ///
    /// # Errors
    /// When a table of it cannot be used.
    pub(crate) fn of(config: &Config) -> Result<Self, Box<dyn Error>> {
        let own = config.atol_local.listen;
        let local = config.atol_local.setup()?;
        Ok(Self {
            banks: config.banks()?,
            local: local.map(|setup| Local { setup, own }),
            online: config.atol_online.setup(&config.journal.folder)?,
            figures: config.metrics.access()?,
            ready_needs_slot: config.http.ready_needs_slot,
            panel: config.panel.enabled,
        })
    }

    /// The panel and the figures beside that for billing, for trying things out.
    pub(crate) fn for_trial() -> Self {
        Self {
            panel: true,
            // As they are without a configuration.
            figures: MetricsTable::default().access().ok().flatten(),
            ..Self::default()
        }
    }

    /// Where the local web requests have a listener of their own.
    pub(crate) fn own_address(&self) -> Option<SocketAddr> {
        self.local.as_ref()?.own
    }

    /// All that is found where billing connects; `stopped` lets streams of events end, and figures show
    /// the `requests` of the front.
    ///
    /// # Errors
    /// When banks cannot be served together.
    pub(crate) fn router(
        &self,
        desk: &Desk,
        stopped: &watch::Receiver<bool>,
        requests: Requests,
    ) -> Result<Router, BankError> {
        let mut router = api::router(desk.clone(), api::Ending(stopped.clone()));
        router = router.merge(checkpay::router(desk, self.banks.clone())?);
        if let Some(Local { setup, own: None }) = &self.local {
            router = router.merge(atol::local::router(desk.clone(), setup.clone()));
        }
        if let Some(setup) = &self.online {
            router = router.merge(atol::online::router(desk.clone(), setup.clone()));
        }
        if let Some(access) = &self.figures {
            router = router.merge(metrics::router(desk, requests, access.clone()));
        }
        if self.panel {
            router = {
                let ending = Extension(panel::Ending(stopped.clone()));
                panel::dress_problems(desk, router.merge(panel::router(desk).layer(ending)))
            };
        }
        Ok(router.layer(Extension(ReadyNeedsSlot(self.ready_needs_slot))))
    }

    /// What is found at [`Self::own_address`].
    pub(crate) fn own_router(&self, desk: &Desk) -> Router {
        match &self.local {
            Some(local) => atol::local::own_router(desk.clone(), local.setup.clone()),
            None => Router::new(),
        }
    }
}

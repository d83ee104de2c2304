//! The first run: there is no configuration yet. The panel alone is served, for people to log in and
//! set everything up; what they say becomes the configuration, and the server starts anew with it.

use std::{
    error::Error,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::Extension;
use desk::{Desk, Setup};
use panel::{Hosted, Places, Stage};

use crate::{
    config::{Config, Http},
    front::{Front, read_anew_on_hangup},
    host::Host,
    systemd,
};

/// Nothing of this is ever shown or stored: without a slot there are no documents.
const NOBODY: &str = r#"
organisation = { inn = "7707329152", name = "—", sno = [1], address = "—", place = "—", sender_email = "—", cashier = "—", utc_offset = "+03:00" }
ofd = [{ inn = "7707329152", name = "—", address = "localhost:9" }]
slot = [{}]
"#;

/// What the first run goes by.
pub(crate) struct FirstRun<'a> {
    /// Where the configuration will be.
    pub(crate) config: &'a Path,
    /// Where people find it.
    pub(crate) listen: SocketAddr,
    /// The folder of the journal.
    pub(crate) journal: PathBuf,
}

impl FirstRun<'_> {
    /// Serves until the configuration is written, and says at which address it was; none: the program
    /// was asked to stop.
    ///
    /// # Errors
    /// When the journal cannot be opened, or the address is taken.
    pub(crate) async fn run(
        &self,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<SocketAddr>, Box<dyn Error>> {
        let front = Front::open(Http::for_trial(self.listen).settings()?).await?;
        read_anew_on_hangup(None)?;
        let desk = Desk::open(nobodys(&self.journal)?)?;
        let address = front
            .doors()
            .next()
            .map_or(self.listen, |door| door.address);
        println!("kassette listens on http://{address}");
        let config = self.config.display();
        tracing::info!("there is no configuration at {config}: it is to be made at the panel");
        match desk.new_setup_code()? {
            Some(code) => {
                tracing::info!("open http://{address}/setup to set up; the code is {code}");
            }
            None => tracing::info!("open http://{address}/ and log in to set up"),
        }
        let places = Places {
            config: self.config.to_owned(),
            journal: self.journal.clone(),
        };
        let host = Arc::new(Host::new(Stage::FirstRun, places, address));
        let router = panel::dress_problems(&desk, panel::router(&desk));
        let router = router.layer(Extension(Hosted(host.clone())));
        let attending = systemd::attend_alone();
        systemd::ready();
        let mut is_asked = false;
        let until = async {
            tokio::select! {
                () = stop => is_asked = true,
                () = host.again() => {}
            }
        };
        front.serve(router, until).await;
        match is_asked {
            true => systemd::stopping(),
            false => systemd::reloading(),
        }
        desk.close().await;
        if let Some(attending) = attending {
            attending.abort();
        }
        Ok((!is_asked).then_some(address))
    }
}

/// A desk without drives, for people only.
fn nobodys(journal: &Path) -> Result<Setup, Box<dyn Error>> {
    let folder = toml::Value::String(journal.display().to_string());
    let text = format!("journal = {{ folder = {folder} }}\n{NOBODY}");
    let mut setup = Config::parse(&text)?.setup()?;
    setup.slots.clear();
    Ok(setup)
}

//! The program, as the panel knows it: its stage, its files, and how it starts anew.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::FixedOffset;
use desk::{BackupState, Ofd, Organisation};
use panel::{Beginning, Places, Program, ProgramError, Stage};
use terms::{FfdVersion, TaxSystem, TaxSystems};
use tokio::sync::watch;

use crate::{
    config::{Config, First, beside, sync_folder, write_whole},
    trial::OFD_INN,
    upkeep::Upkeep,
};

/// How many drives are emulated.
const TRIAL_DRIVES: u8 = 2;
/// The database of a journal and what may lie beside it.
const DATABASE: [&str; 2] = ["kassette.db", "kassette.db-wal"];

/// The program.
pub(crate) struct Host {
    stage: Stage,
    places: Places,
    /// Where it listens.
    listen: SocketAddr,
    /// Told when it has to start anew.
    again: watch::Sender<bool>,
    /// What it does for itself; none: nothing.
    upkeep: Option<Arc<Upkeep>>,
}

impl Host {
    pub(crate) fn new(stage: Stage, places: Places, listen: SocketAddr) -> Self {
        let (again, _) = watch::channel(false);
        Self {
            stage,
            places,
            listen,
            again,
            upkeep: None,
        }
    }

    /// The same, with what it does for itself.
    pub(crate) fn with_upkeep(mut self, upkeep: Arc<Upkeep>) -> Self {
        self.upkeep = Some(upkeep);
        self
    }

    /// Where it listens.
    pub(crate) const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Ends when the server has to start anew.
    pub(crate) async fn again(&self) {
        let mut again = self.again.subscribe();
        // The sender is here.
        let _ = again.wait_for(|is_asked| *is_asked).await;
    }

    fn store(&self, first: &First<'_>) -> Result<(), ProgramError> {
        let path = &self.places.config;
        let unwritable = |source| ProgramError::Unwritable {
            path: path.clone(),
            source,
        };
        if path.try_exists().map_err(unwritable)? {
            return Err(ProgramError::Past);
        }
        let text = first.text();
        let read = Config::parse(&text).map_err(ProgramError::Unusable)?;
        let unusable = |error: desk::DeskError| ProgramError::Unusable(error.to_string());
        read.setup().map_err(unusable)?;
        write_whole(path, &text).map_err(unwritable)?;
        self.again.send_replace(true);
        Ok(())
    }

    fn is_at(&self, stage: Stage) -> Result<(), ProgramError> {
        match self.stage == stage && !*self.again.borrow() {
            true => Ok(()),
            false => Err(ProgramError::Past),
        }
    }
}

impl Program for Host {
    fn stage(&self) -> Stage {
        self.stage
    }

    fn places(&self) -> &Places {
        &self.places
    }

    fn backups(&self) -> Option<BackupState> {
        self.upkeep.as_ref()?.backups()
    }

    fn begin(&self, beginning: &Beginning) -> Result<(), ProgramError> {
        self.is_at(Stage::FirstRun)?;
        self.store(&First {
            beginning,
            listen: self.listen,
            journal: &self.places.journal,
            trial: None,
        })
    }

    fn begin_trial(&self) -> Result<(), ProgramError> {
        self.is_at(Stage::FirstRun)?;
        let folder = self.places.journal.join("trial");
        let journal = folder.join("journal");
        let unwritable = |source| ProgramError::Unwritable {
            path: folder.clone(),
            source,
        };
        fs::create_dir_all(&journal).map_err(unwritable)?;
        let beginning = sample().map_err(ProgramError::Unusable)?;
        self.store(&First {
            beginning: &beginning,
            listen: self.listen,
            journal: &journal,
            trial: Some(&folder),
        })
    }

    fn end_trial(&self) -> Result<(), ProgramError> {
        self.is_at(Stage::Trial)?;
        let path = &self.places.config;
        let unwritable = |source| ProgramError::Unwritable {
            path: path.clone(),
            source,
        };
        fs::rename(path, beside(path, "trial")).map_err(unwritable)?;
        sync_folder(path).map_err(unwritable)?;
        self.again.send_replace(true);
        Ok(())
    }
}

/// Brings the people of the first run along into the journal of a trial, which has none yet. To be
/// called while neither journal is open.
pub(crate) fn take_people_along(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.join(DATABASE[0]).try_exists()? || !from.join(DATABASE[0]).try_exists()? {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    // The database comes last: without it nothing was copied.
    for name in DATABASE.iter().rev() {
        if from.join(name).try_exists()? {
            fs::copy(from.join(name), to.join(name))?;
        }
    }
    Ok(())
}

/// The journal that a trial's people come from: that of the first run, two folders up.
pub(crate) fn journal_before_trial(journal: &Path) -> Option<PathBuf> {
    Some(journal.parent()?.parent()?.to_owned())
}

/// Whose cassette a trial is, with an address for its ОФД that nobody has.
fn sample() -> Result<Beginning, String> {
    let said = |error: std::io::Error| format!("no free port for the emulated ОФД: {error}");
    let free = TcpListener::bind("127.0.0.1:0").map_err(said)?;
    let port = free.local_addr().map_err(said)?;
    let term = |error: terms::TermError| error.to_string();
    let address = port.to_string().parse();
    let address = address.map_err(|_| format!("{port} is no address of an ОФД"))?;
    let organisation = Organisation {
        inn: "7802781104".parse().map_err(term)?,
        name: "ООО «Образцовый провайдер»".to_owned(),
        tax_systems: TaxSystems::of([TaxSystem::Common]).map_err(term)?,
        address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
        place: "Центр обслуживания абонентов".to_owned(),
        site: Some("example.ru".to_owned()),
        sender_email: "chek@example.ru".to_owned(),
        cashier: "Система".to_owned(),
        fns_site: "www.nalog.gov.ru".to_owned(),
        utc_offset: FixedOffset::east_opt(3 * 60 * 60).ok_or("+03:00 is no offset")?,
        ofd: Ofd {
            inn: OFD_INN.parse().map_err(term)?,
            name: "ЭМУЛЯТОР ОФД".to_owned(),
            address,
            site: None,
        },
    };
    Ok(Beginning {
        organisation,
        ffd: FfdVersion::V1_2,
        slots: TRIAL_DRIVES,
    })
}

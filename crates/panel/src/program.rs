//! What the program does for the panel outside of the desk: its configuration file, and its start.

use std::{path::PathBuf, sync::Arc};

use desk::{BackupState, Organisation};
use terms::FfdVersion;
use thiserror::Error;

/// How far the program is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// There is no configuration yet: people can log in and set up, nothing else.
    FirstRun,
    /// It serves emulated drives and an emulated ОФД of its own, to be tried.
    Trial,
    /// It serves what its configuration says.
    Serving,
}

/// Where its files are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Places {
    /// The configuration file.
    pub config: PathBuf,
    /// The folder of the journal.
    pub journal: PathBuf,
}

/// What the first configuration says.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Whose cassette it is, with its ОФД.
    pub organisation: Organisation,
    /// The version of the format that drives are registered by.
    pub ffd: FfdVersion,
    /// How many drives there are to be; each is looked for on the allowed ports. 1 to 64.
    pub slots: u8,
}

/// Why it was not done; nothing has changed.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It is another stage's work: somebody else has done it meanwhile.
    #[error("the server is past this step")]
    Past,
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was to be written is no configuration that could be used.
    #[error("the server could not use this configuration: {0}")]
    Unusable(String),
}

/// The program round the panel. Whatever it is asked for happens as a whole or not at all; after it
/// the server starts anew by itself, which takes about a second.
pub trait Program: Send + Sync {
    /// How far it is.
    fn stage(&self) -> Stage;

    /// Where its files are.
    fn places(&self) -> &Places;

    /// How the copies of the journal stand; none: none are made by themselves.
    fn backups(&self) -> Option<BackupState>;

    /// Writes the first configuration and starts anew with it.
    ///
    /// # Errors
    /// When there is one already, or the file cannot be written.
    fn begin(&self, beginning: &Beginning) -> Result<(), ProgramError>;

    /// Starts anew with emulated drives and an emulated ОФД, in a journal of their own.
    ///
    /// # Errors
    /// As [`Program::begin`].
    fn begin_trial(&self) -> Result<(), ProgramError>;

    /// Leaves the emulated drives and goes back to the first run. The trial's journal stays.
    ///
    /// # Errors
    /// When it is no trial, or the file cannot be moved.
    fn end_trial(&self) -> Result<(), ProgramError>;
}

/// The program, as an extension of requests. Without it the panel knows nothing of files, and takes
/// the server for one that serves.
#[derive(Clone)]
pub struct Hosted(pub Arc<dyn Program>);

use std::{num::NonZeroU32, path::PathBuf};

use restoration::{MaxShare, PauseOn};

/// What the organisation has said about restoring.
#[derive(Clone, Debug)]
pub struct RestoreRules {
    /// The organisation has one user: nobody else can approve.
    pub one_person: bool,
    /// The greatest share of corrections and of returns of a register over 30 days.
    pub max_share: MaxShare,
    /// The most rows of one transaction, and the most receipts that wait for the drives at a time.
    pub packet: NonZeroU32,
    /// When a restoration pauses by itself, unless it is ordered otherwise.
    pub pause_on: PauseOn,
    /// The template of the covering letter; none: the one that comes with the program.
    pub letter: Option<PathBuf>,
    /// That of the act; none: the one that comes with the program.
    pub act: Option<PathBuf>,
    /// The tax office that the letter goes to.
    pub tax_office: Option<String>,
    /// Who signs letter and act: office and name.
    pub signer: Option<String>,
    /// What is done so that it does not happen again.
    pub measures: Vec<String>,
}

/// As receipt rules §4.5 have it.
impl Default for RestoreRules {
    fn default() -> Self {
        const PACKET: NonZeroU32 = NonZeroU32::new(500).unwrap();
        Self {
            one_person: false,
            max_share: MaxShare::default(),
            packet: PACKET,
            pause_on: PauseOn::default(),
            letter: None,
            act: None,
            tax_office: None,
            signer: None,
            measures: Vec::new(),
        }
    }
}

use fn_proto::Generation;
use sha2::{Digest, Sha256};
use terms::DriveNumber;

use super::DriveError;

/// What an emulated drive is made with, once and for all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passport {
    number: DriveNumber,
    /// The key of all fiscal signs. They are HMACs and prove nothing to anybody: see
    /// [`crate::drive`].
    pub key: [u8; 32],
    /// How many documents fit in the archive.
    pub document_limit: u32,
    /// Days from registration to the end of its life.
    pub life_days: u16,
    /// Size of the store of documents without ticket, kilobytes.
    pub store_kilobytes: u32,
    /// FN-1 or FN-1.2.
    pub generation: Generation,
    /// Lines that a receipt may have in FFD 1.1 and 1.2, else 0Eh. What a real drive has is not
    /// published, so a new passport allows as many as fit in the data of a receipt.
    pub item_limit: u16,
}

impl Passport {
    /// An FN-1.2 of 250 000 documents (ФН protocol §6.2) and 1100 days, with a key made of its
    /// number.
    ///
    /// # Errors
    /// When the number is not one of a debug drive (9999…).
    pub fn new(number: DriveNumber) -> Result<Self, DriveError> {
        if !number.is_debug() {
            return Err(DriveError::NotADebugNumber(number));
        }
        let seed = [b"kassette emulated drive ", &number.as_bytes()[..]].concat();
        Ok(Self {
            number,
            key: Sha256::digest(seed).into(),
            document_limit: 250_000,
            life_days: 1100,
            store_kilobytes: 64 * 1024,
            generation: Generation::Fn12,
            item_limit: u16::MAX,
        })
    }

    /// The drive's number, 9999….
    pub const fn number(&self) -> DriveNumber {
        self.number
    }
}

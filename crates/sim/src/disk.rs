//! Stand-in.
use journal::Store;
use tempfile::TempDir;

/// The disk.
#[derive(Debug)]
pub struct Disk { folder: TempDir }
impl Disk {
    /// New.
    pub fn new(_seed: u64) -> Self { Self { folder: tempfile::Builder::new().tempdir_in("/dev/shm").unwrap() } }
    /// Store.
    pub fn store(&self) -> Store { Store::in_folder(self.folder.path()) }
    /// Steps.
    pub fn steps(&self) -> u64 { 0 }
    /// Cut.
    pub fn cut_power_at(&self, _step: u64) {}
    /// Cut?
    pub fn is_cut(&self) -> bool { false }
    /// Restart.
    pub fn restart(&self) {}
}

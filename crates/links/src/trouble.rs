use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use rustix::io::Errno;
use thiserror::Error;

/// Why there is no drive behind a port, and what to do.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PortTrouble {
    /// The name leads nowhere.
    #[error("there is no such device; is the drive plugged in?")]
    Missing,
    /// The system does not let this user open it.
    #[error(
        "no permission to open it: it belongs to the group {group}; add the user to that group, or \
         install the udev rules systemd/60-kassette.rules"
    )]
    NoPermission {
        /// The group that owns the device, by name where it has one.
        group: String,
    },
    /// Somebody else has it open.
    #[error("it is busy: another program holds the port, perhaps a running server")]
    Busy,
    /// A file, a folder or another kind of device.
    #[error("it is no serial port")]
    NoPort,
    /// The system said something else.
    #[error("it cannot be opened: {0}")]
    Refused(String),
    /// It was open, and went away.
    #[error("it was lost while the drive was asked: {0}")]
    Lost(String),
    /// It is open, and nobody answers as a drive does.
    #[error("no drive answers: it is not a drive, or it has no power")]
    Silent,
}

impl PortTrouble {
    /// The stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NoPermission { .. } => "no_permission",
            Self::Busy => "busy",
            Self::NoPort => "no_port",
            Self::Refused(_) => "refused",
            Self::Lost(_) => "lost",
            Self::Silent => "silent",
        }
    }

    pub(crate) fn no_permission(path: &Path) -> Self {
        let group = match fs::metadata(path) {
            Ok(metadata) => group_name(metadata.gid()),
            Err(_) => "that owns the device (usually dialout)".to_owned(),
        };
        Self::NoPermission { group }
    }

    pub(crate) fn of_serialport(path: &Path, error: &serialport::Error) -> Self {
        match error.kind() {
            serialport::ErrorKind::Io(io::ErrorKind::NotFound) => Self::Missing,
            serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => Self::no_permission(path),
            // What the library answers when the port is locked by another process.
            serialport::ErrorKind::NoDevice => Self::Busy,
            _ => Self::Refused(error.to_string()),
        }
    }

    pub(crate) fn of_errno(path: &Path, errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::Missing,
            Errno::ACCESS | Errno::PERM => Self::no_permission(path),
            Errno::BUSY | Errno::WOULDBLOCK => Self::Busy,
            Errno::ISDIR | Errno::NOTTY => Self::NoPort,
            _ => Self::Refused(io::Error::from(errno).to_string()),
        }
    }
}

/// A group as people know it.
fn group_name(gid: u32) -> String {
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let named = groups.lines().find_map(|line| {
        // name:password:gid:members
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(gid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| gid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_open_a_port_is_told_the_group_and_the_rule() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let said = PortTrouble::of_errno(file.path(), Errno::ACCESS).to_string();
        let gid = fs::metadata(file.path()).unwrap().gid();
        let group = format!("the group {};", group_name(gid));
        assert!(said.contains(&group), "{said}");
        assert!(said.contains("systemd/60-kassette.rules"), "{said}");
        assert_eq!(group_name(0), "root");
    }
}

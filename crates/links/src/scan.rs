//! The ports of this machine, as files.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use rustix::fs::{major, minor};

use crate::{DriveAddress, PortRules};

/// More ports than this are not looked at.
const PORTS_MAX: usize = 256;

/// The devices of pseudo-terminals (Linux, Documentation/admin-guide/devices.txt).
const PTY_MAJORS: std::ops::RangeInclusive<u32> = 136..=143;

/// Something that an allowed name leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Port {
    /// The device itself, whatever name led to it.
    pub(crate) device: PathBuf,
    /// By the first pattern that fits.
    pub(crate) address: DriveAddress,
}

/// What the patterns allow and what is there now: each device once, in the order of the patterns.
pub(crate) fn allowed(rules: &PortRules) -> Vec<Port> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for pattern in &rules.allow {
        for path in pattern.names() {
            if found.len() == PORTS_MAX {
                return found;
            }
            // A link that leads nowhere is left behind by a device that has gone.
            let Ok(device) = fs::canonicalize(&path) else {
                continue;
            };
            if seen.insert(device.clone()) {
                let address = pattern.address(path, rules.baud);
                found.push(Port { device, address });
            }
        }
    }
    found
}

/// Whether it is a serial port or a pseudo-terminal. Other devices are not even opened: with some,
/// such as a watchdog, that alone has consequences.
pub(crate) fn is_terminal(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else {
        return false;
    };
    if !metadata.file_type().is_char_device() {
        return false;
    }
    let (major, minor) = (major(metadata.rdev()), minor(metadata.rdev()));
    if PTY_MAJORS.contains(&major) {
        return true;
    }
    fs::read_link(format!("/sys/dev/char/{major}:{minor}/subsystem"))
        .is_ok_and(|subsystem| subsystem.ends_with("tty"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_of_one_device_count_once_and_other_files_are_no_terminals() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (_master, slave) = serialport::TTYPort::pair().unwrap();
        let device = serialport::SerialPort::name(&slave).unwrap();
        symlink(&device, at("by-id-b")).unwrap();
        symlink(&device, at("by-id-a")).unwrap();
        symlink("/dev/null", at("by-id-null")).unwrap();
        symlink(at("gone"), at("by-id-gone")).unwrap();
        fs::write(at("by-id-file"), "").unwrap();
        let pattern = |name: &str| {
            let text = format!("pty:{}/{name}", folder.path().display());
            text.parse().unwrap()
        };
        let rules = PortRules {
            allow: vec![pattern("by-id-*"), pattern("*")],
            ..PortRules::default()
        };
        let found = allowed(&rules);
        let named = |name: &str| DriveAddress::Pty { path: at(name) };
        let addresses: Vec<_> = found.iter().map(|port| port.address.clone()).collect();
        let expected = ["by-id-a", "by-id-file", "by-id-null"].map(named);
        assert_eq!(addresses, expected);
        let terminals = found.iter().map(|port| is_terminal(&port.device));
        assert_eq!(terminals.collect::<Vec<_>>(), [true, false, false]);
    }
}

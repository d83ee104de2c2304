//! The configuration that the first run writes.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use desk::Ofd;
use panel::Beginning;
use toml::Value;

use super::Http;

/// What a first configuration is made of.
pub(crate) struct First<'a> {
    /// What was typed.
    pub(crate) beginning: &'a Beginning,
    /// Where people have reached the first run.
    pub(crate) listen: SocketAddr,
    /// The folder of the journal.
    pub(crate) journal: &'a Path,
    /// The folder of emulated drives; none: real ones are looked for.
    pub(crate) trial: Option<&'a Path>,
}

impl First<'_> {
    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let slots = (1..=self.beginning.slots).map(|slot| self.slot(slot));
        let trial = self.trial.map(|folder| {
            let folder = quoted_path(folder);
            format!(
                "\n# The server runs the emulated drives and the emulated ОФД itself: nothing here \
                 has legal\n# force. Their memory is in this folder.\n[trial]\nfolder = {folder}\n"
            )
        });
        [
            self.head(),
            organisation(self.beginning),
            operator(&self.beginning.organisation.ofd),
            slots.collect(),
            trial.unwrap_or_default(),
        ]
        .concat()
    }

    fn head(&self) -> String {
        let http = Http::for_trial(self.listen);
        let (listen, journal) = (self.listen, quoted_path(self.journal));
        let plain = quoted(&http.plain_http.to_string());
        format!(
            "# The configuration of Kassette, written by its first run. Every key is explained in\n\
             # config/kassette.toml of the distribution; what is left out has its default. The server \
             reads this\n# file at its start.\n\n\
             [http]\n# Where people and billing connect.\nlisten = \"{listen}\"\n\
             # Who may call without TLS.\nplain_http = {plain}\n\n\
             [journal]\n# The folder of the journal: a local disk, never a network share.\n\
             folder = {journal}\n"
        )
    }

    fn slot(&self, slot: u8) -> String {
        let address = match self.trial {
            Some(folder) => format!("pty:{}", folder.join(format!("drive-{slot}")).display()),
            None => "auto".to_owned(),
        };
        let about = match self.trial {
            Some(_) => "an emulated drive",
            None => "auto looks for its drive on the ports",
        };
        let address = quoted(&address);
        format!("\n# Slot {slot}: {about}.\n[[slot]]\naddress = {address}\n")
    }
}

fn organisation(beginning: &Beginning) -> String {
    let it = &beginning.organisation;
    let systems: Vec<String> = it
        .tax_systems
        .iter()
        .map(|system| system.bit().to_string())
        .collect();
    let site = it.site.as_deref().map(|site| {
        let site = quoted(site);
        format!("# The place of settlements in the Internet.\nsite = {site}\n")
    });
    format!(
        "\n# Whose cassette it is: what documents show and what drives are registered with.\n\
         [organisation]\ninn = {}\nname = {}\n\
         # Tax systems by their bits: 1 ОСН, 2 УСН доход, 4 УСН доход − расход, 16 ЕСХН, 32 патент.\n\
         sno = [{}]\n# The address and the place of settlements.\naddress = {}\nplace = {}\n{}\
         # The e-mail address that receipts come from.\nsender_email = {}\n# Who settles.\n\
         cashier = {}\n# The version of the documents' format that drives are registered by.\n\
         ffd = {}\n# How far the clock at the place of settlement is ahead of UTC.\n\
         utc_offset = {}\n",
        quoted(it.inn.as_str()),
        quoted(&it.name),
        systems.join(", "),
        quoted(&it.address),
        quoted(&it.place),
        site.unwrap_or_default(),
        quoted(&it.sender_email),
        quoted(&it.cashier),
        quoted(&beginning.ffd.to_string()),
        quoted(&it.utc_offset.to_string()),
    )
}

fn operator(ofd: &Ofd) -> String {
    let site = ofd
        .site
        .as_deref()
        .map(|site| format!("site = {}\n", quoted(site)));
    format!(
        "\n# The operator of fiscal data, as its contract says.\n[[ofd]]\ninn = {}\nname = {}\n\
         address = {}\n{}",
        quoted(ofd.inn.as_str()),
        quoted(&ofd.name),
        quoted(&ofd.address.to_string()),
        site.unwrap_or_default(),
    )
}

/// A string as TOML writes it, whatever is in it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn quoted_path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// Writes a file whole or not at all, however the program ends: beside it, to the disk, and then into
/// its place. A file that is there already is kept as `NAME.old`.
///
/// # Errors
/// When the system refuses something; then the file is as it was.
pub(crate) fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    let fresh = beside(path, "new");
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o640);
    let mut file = options.open(&fresh)?;
    io::Write::write_all(&mut file, content.as_bytes())?;
    file.sync_all()?;
    if path.try_exists()? {
        file.set_permissions(fs::Permissions::from_mode(
            fs::metadata(path)?.permissions().mode(),
        ))?;
        fs::copy(path, beside(path, "old"))?;
    }
    fs::rename(&fresh, path)?;
    sync_folder(path)
}

/// Makes a change of names in the folder of a file durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The file of this name with something added to it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Config;

    /// What can be typed: also what TOML gives a meaning.
    fn typed() -> impl Strategy<Value = String> {
        "[ -~«»а-яёА-ЯЁ\"'\\\\#\n\t]{1,40}"
    }

    proptest! {
        #[test]
        fn what_was_typed_is_what_the_server_reads(
            name in typed(), address in typed(), place in typed(), cashier in typed(),
            site in proptest::option::of(typed()), slots in 1_u8..=64, minutes in -720_i32..=840,
        ) {
            let shipped = Config::parse(include_str!("../../config/kassette.toml")).unwrap();
            let mut beginning = Beginning {
                organisation: shipped.setup().unwrap().organisation,
                ffd: terms::FfdVersion::V1_2,
                slots,
            };
            let it = &mut beginning.organisation;
            (it.name, it.address, it.place) = (name, address, place);
            (it.cashier, it.site) = (cashier, site);
            it.utc_offset = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
            let first = First {
                beginning: &beginning,
                listen: "127.0.0.1:8510".parse().unwrap(),
                journal: Path::new("/var/lib/kassette"),
                trial: None,
            };
            let read = Config::parse(&first.text()).unwrap().setup().unwrap();
            let (is, was) = (read.organisation, beginning.organisation);
            prop_assert_eq!(format!("{is:?}"), format!("{was:?}"));
            prop_assert_eq!(read.slots.len(), usize::from(slots));
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_the_former_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kassette.toml");
        write_whole(&path, "first").unwrap();
        // The rest of a program that was killed amid writing is no hindrance.
        fs::write(beside(&path, "new"), "hal").unwrap();
        write_whole(&path, "second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::read_to_string(beside(&path, "old")).unwrap(), "first");
        assert!(!beside(&path, "new").exists());
    }
}

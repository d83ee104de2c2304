//! The configuration's files: whether they are there, and who may read them.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

use desk::Diagnosis;

use super::{look, stop};
use crate::config::{Config, Named};

/// Permissions of everybody.
const OTHERS: u32 = 0o007;
/// The administrator's own key, in the journal's folder.
const KEY_FILE: &str = "administrator.key";

/// What is the matter with them.
pub(super) fn findings(config: &Config, path: &Path) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    found.extend(values(config).into_iter().map(|what| {
        let what = format!("the server would not start: {what}");
        stop(what, "change the configuration")
    }));
    for named in config.paths() {
        found.extend(of_file(&named));
    }
    let secret = |key: &str, path: &Path| Named {
        key: key.to_owned(),
        path: path.to_owned(),
        is_secret: true,
    };
    found.extend(exposed(&secret("the configuration", path)));
    let journal = &config.journal.folder;
    found.extend(exposed(&secret("journal.folder", journal)));
    let key = journal.join(KEY_FILE);
    found.extend(exposed(&secret("the administrator's key", &key)));
    if let Some(backup) = config.backup().ok().flatten() {
        found.extend(exposed(&secret("backup.folder", &backup.folder)));
    }
    if let Some(inbox) = config.statements.inbox()
        && !inbox.folder.is_dir()
        && inbox.folder.exists()
    {
        let what = format!("statements.inbox {} is no folder", inbox.folder.display());
        found.push(stop(what, "name a folder"));
    }
    found
}

/// Values that are read when the server starts.
fn values(config: &Config) -> Vec<String> {
    let all = [
        config.setup().err(),
        config.outbox().err(),
        config.banks().err(),
        config.backup().err(),
        config.retention().err(),
    ];
    all.into_iter()
        .flatten()
        .map(|error| error.to_string())
        .collect()
}

/// Whether it is there, can be read, and only by those who should.
fn of_file(named: &Named) -> Option<Diagnosis> {
    let shown = named.path.display();
    match fs::File::open(&named.path) {
        Ok(_) => named.is_secret.then(|| exposed(named)).flatten(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(stop(
            format!("{}: there is no file {shown}", named.key),
            "correct the name in the configuration, or put the file there",
        )),
        Err(error) => Some(stop(
            format!("{}: {shown} cannot be read: {error}", named.key),
            "let the server's user read it, such as by chown kassette",
        )),
    }
}

/// A secret that everybody can reach; what is not there is no secret.
fn exposed(named: &Named) -> Option<Diagnosis> {
    let metadata = fs::metadata(&named.path).ok()?;
    let mode = metadata.permissions().mode() & 0o777;
    let shown = named.path.display();
    (mode & OTHERS != 0).then(|| {
        let private = match metadata.is_dir() {
            true => "0750",
            false => "0640",
        };
        look(
            format!(
                "{}: everybody on this machine may open {shown} ({mode:04o})",
                named.key
            ),
            format!("chmod {private} {shown}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_stops_and_an_open_secret_is_told_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let named = Named {
            key: "http.tls.key".to_owned(),
            path: path.clone(),
            is_secret: true,
        };
        let missing = of_file(&named).unwrap();
        assert_eq!(missing.grade, desk::Grade::Stop);
        assert!(
            missing.what.contains("http.tls.key: there is no file"),
            "{missing:?}"
        );
        fs::write(&path, "secret").unwrap();
        for (mode, is_open) in [(0o600, false), (0o640, false), (0o644, true), (0o602, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let found = of_file(&named);
            assert_eq!(found.is_some(), is_open, "{mode:o} {found:?}");
            if let Some(found) = found {
                assert!(found.remedy.starts_with("chmod 0640"), "{found:?}");
            }
        }
    }
}

//! The files and folders that a configuration names.

use std::path::{Path, PathBuf};

use super::Config;

/// A file or folder of the configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    /// The key that names it.
    pub(crate) key: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Whether nobody but the server's user should read it.
    pub(crate) is_secret: bool,
}

impl Config {
    /// Every file and folder that has to be there, but for the journal's.
    pub(crate) fn paths(&self) -> Vec<Named> {
        let mut all = Vec::new();
        let mut name = |key: String, path: Option<&Path>, is_secret: bool| {
            let path = path.map(Path::to_owned);
            all.extend(path.map(|path| Named {
                key,
                path,
                is_secret,
            }));
        };
        let tls = self.http.tls.as_ref();
        let certificate = tls.map(|it| it.certificate.as_path());
        name("http.tls.certificate".into(), certificate, false);
        name("http.tls.key".into(), tls.map(|it| it.key.as_path()), true);
        for webhook in &self.webhooks {
            let (key, file) = webhook.secret_file();
            name(format!("webhook «{key}», secret_file"), file, true);
        }
        let file = self.callbacks.secret_file.as_deref();
        name("callbacks.secret_file".into(), file, true);
        for bank in &self.banks {
            let (key, file) = bank.password_file();
            name(format!("bank «{key}», password_file"), file, true);
        }
        name(
            "restore.letter".into(),
            self.restore.letter.as_deref(),
            false,
        );
        name("restore.act".into(), self.restore.act.as_deref(), false);
        all
    }
}

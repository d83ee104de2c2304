//! Files that somebody looks at before they are loaded: kept in memory for a while.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use desk::StatementFile;

/// How many are kept at once, for all people.
const KEPT_MAX: usize = 4;
/// How long.
const KEPT_FOR: Duration = Duration::from_secs(30 * 60);

/// The files; clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Uploads(Arc<Mutex<VecDeque<Upload>>>);

struct Upload {
    token: String,
    /// The session that has sent it: nobody else gets it.
    session: i64,
    file: StatementFile,
    at: Instant,
}

impl Uploads {
    /// Keeps a file under a token; the oldest one makes room.
    pub(crate) fn keep(&self, token: String, session: i64, file: StatementFile) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|upload| upload.at.elapsed() < KEPT_FOR);
        while kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Upload {
            token,
            session,
            file,
            at: Instant::now(),
        });
    }

    /// The file of a token, if this session has sent it.
    pub(crate) fn get(&self, token: &str, session: i64) -> Option<StatementFile> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept
            .iter()
            .find(|it| it.token == token && it.session == session);
        let fresh = found.filter(|upload| upload.at.elapsed() < KEPT_FOR);
        fresh.map(|upload| upload.file.clone())
    }

    /// Forgets a file.
    pub(crate) fn forget(&self, token: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|upload| upload.token != token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_for_the_session_that_has_sent_it() {
        let uploads = Uploads::default();
        let file = |name: &str| StatementFile {
            name: name.to_owned(),
            bytes: vec![1],
        };
        uploads.keep("a".to_owned(), 1, file("first"));
        assert!(uploads.get("a", 2).is_none());
        assert_eq!(uploads.get("a", 1).unwrap().name, "first");
        for token in ["b", "c", "d", "e"] {
            uploads.keep(token.to_owned(), 1, file(token));
        }
        assert!(uploads.get("a", 1).is_none(), "the oldest one makes room");
        uploads.forget("e");
        assert!(uploads.get("e", 1).is_none() && uploads.get("b", 1).is_some());
    }
}

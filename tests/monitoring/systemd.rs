//! What systemd is told, over a socket such as systemd listens on.

use std::{os::unix::net::UnixDatagram, time::Duration};

use rusqlite::Connection;

use crate::rig::Rig;

const SILENT: &str = "STATUS=the journal does not answer";

/// Systemd, as the program sees it.
struct Manager(UnixDatagram);

impl Manager {
    /// The next message, line by line.
    fn hear(&self) -> Vec<String> {
        let mut message = [0; 4_096];
        let length = self
            .0
            .recv(&mut message)
            .expect("the program says something");
        let text = std::str::from_utf8(&message[..length]).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Everything up to a message with a line that begins so.
    fn hear_until(&self, beginning: &str) -> Vec<Vec<String>> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.hear());
            let last = heard.last().unwrap();
            if last.iter().any(|line| line.starts_with(beginning)) {
                return heard;
            }
        }
    }
}

fn has(messages: &[Vec<String>], line: &str) -> bool {
    messages.iter().flatten().any(|it| it == line)
}

#[test]
fn it_is_alive_only_while_the_journal_answers() {
    let mut rig = Rig::unregistered(1);
    let path = rig.folder().join("notify");
    let manager = Manager(UnixDatagram::bind(&path).unwrap());
    let patience = Some(Duration::from_secs(60));
    manager.0.set_read_timeout(patience).unwrap();
    rig.start_daemon_in(&[
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        // 1.5 s: it is asked how it stands each half second.
        ("WATCHDOG_USEC", "1500000"),
    ]);
    // In any order.
    let mut awaited = vec!["READY=1", "WATCHDOG=1", "STATUS=0 of 1 slots at work"];
    while !awaited.is_empty() {
        let heard = manager.hear();
        awaited.retain(|it| !heard.iter().any(|line| line.starts_with(it)));
    }

    rig.signal_daemon("-HUP");
    let heard = manager.hear_until("RELOADING=1");
    let reloading = heard.last().unwrap();
    assert!(
        reloading
            .iter()
            .any(|line| line.starts_with("MONOTONIC_USEC=")),
        "{reloading:?}"
    );
    manager.hear_until("READY=1");

    // Somebody else has the journal: its writer waits, and with it everybody.
    let other = Connection::open(rig.folder().join("journal/kassette.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    manager.hear_until(SILENT);
    other.execute_batch("rollback").unwrap();
    // Until it answers it is not called alive: the message that says how it stands says so first.
    let heard = manager.hear_until("STATUS=");
    let (last, before) = heard.split_last().unwrap();
    assert!(!has(before, "WATCHDOG=1"), "{heard:?}");
    assert!(last.iter().any(|line| line == "WATCHDOG=1"), "{heard:?}");
    manager.hear_until("WATCHDOG=1");

    rig.signal_daemon("-TERM");
    manager.hear_until("STOPPING=1");
}

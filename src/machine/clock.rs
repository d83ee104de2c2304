//! The computer's clock: documents carry its time, and a drive refuses one that differs from its own
//! by more than five minutes.

use std::{
    io,
    net::{ToSocketAddrs as _, UdpSocket},
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use desk::Diagnosis;

use super::{look, note, stop};

/// The port of NTP.
const PORT: u16 = 123;
/// How long a server may take.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// From 1900, where NTP begins, to 1970, seconds.
const EPOCH: i64 = 2_208_988_800;
/// An answer without extensions, bytes.
const LENGTH: usize = 48;
/// A difference that somebody should look at, milliseconds.
const LOOK_MS: i64 = 10_000;
/// A difference at which documents are wrong, and drives refuse them (code 17h), milliseconds.
const STOP_MS: i64 = 5 * 60 * 1_000;

const REMEDY: &str = "let the clock be kept: timedatectl set-ntp true, or chrony";

/// What is the matter with it: compared with the servers of the configuration, or else as the
/// machine's own keeper of time says.
pub(super) fn findings(servers: &[String]) -> Vec<Diagnosis> {
    if servers.is_empty() {
        return vec![kept()];
    }
    let asked: Vec<_> = servers.iter().map(|server| (server, ask(server))).collect();
    let mut found: Vec<Diagnosis> = asked
        .iter()
        .map(|(server, asked)| match asked {
            Ok(offset) => judge_offset(server, *offset),
            Err(error) => look(
                format!("{server} does not tell the time: {error}"),
                "correct clock.ntp_servers, or let UDP port 123 out",
            ),
        })
        .collect();
    if asked.iter().all(|(_, asked)| asked.is_err()) {
        found.push(kept());
    }
    found
}

fn judge_offset(server: &str, offset_ms: i64) -> Diagnosis {
    let side = if offset_ms < 0 { "ahead of" } else { "behind" };
    let (seconds, thousandths) = (offset_ms.abs() / 1_000, offset_ms.abs() % 1_000);
    let what = format!("the clock is {seconds}.{thousandths:03} s {side} {server}");
    match offset_ms.abs() {
        off if off > STOP_MS => stop(format!("{what}: drives refuse such documents"), REMEDY),
        off if off > LOOK_MS => look(what, REMEDY),
        _ => note(what),
    }
}

/// What the machine's own keeper of time says.
fn kept() -> Diagnosis {
    let chrony = output("chronyc", &["-c", "tracking"]).and_then(|text| of_chrony(&text));
    let timedate = || {
        let arguments = ["show", "--property=NTPSynchronized", "--value"];
        output("timedatectl", &arguments).and_then(|text| of_timedate(&text))
    };
    chrony.or_else(timedate).unwrap_or_else(|| {
        note(
            "nobody could say whether the clock is kept: neither chrony nor systemd answers, and \
             clock.ntp_servers names nobody",
        )
    })
}

/// `chronyc -c tracking`: the fifth field is the clock's difference in seconds, the last one whether
/// it is kept.
fn of_chrony(text: &str) -> Option<Diagnosis> {
    let fields: Vec<&str> = text.trim().split(',').collect();
    let (offset, leap) = (fields.get(4)?, fields.get(13)?);
    if *leap == "Not synchronised" {
        return Some(look(
            "chrony runs, but knows no time yet",
            "look at chronyc sources",
        ));
    }
    Some(note(format!(
        "chrony keeps the clock; it is off by {offset} s"
    )))
}

fn of_timedate(text: &str) -> Option<Diagnosis> {
    match text.trim() {
        "yes" => Some(note("the clock is kept (NTPSynchronized)")),
        "no" => Some(look(
            "nobody keeps the clock (NTPSynchronized is no)",
            REMEDY,
        )),
        _ => None,
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// How far the server's clock is ahead of ours, milliseconds, by SNTP (RFC 4330).
fn ask(server: &str) -> io::Result<i64> {
    let address = match server.rsplit_once(':') {
        Some((_, port)) if port.parse::<u16>().is_ok() => server.to_socket_addrs()?.next(),
        _ => (server, PORT).to_socket_addrs()?.next(),
    };
    let unknown = || io::Error::new(io::ErrorKind::NotFound, "the name leads nowhere");
    let address = address.ok_or_else(unknown)?;
    let any = if address.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(ANSWER_MAX))?;
    let sent = now()?;
    socket.send(&question(sent))?;
    // One byte more than fits: what is longer has extensions, which are not looked at.
    let mut answer = [0; 1_024];
    let length = socket.recv(&mut answer)?;
    let received = now()?;
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    read(&answer[..length], sent, received).map_err(wrong)
}

/// Now, milliseconds since 1970.
fn now() -> io::Result<i64> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(io::Error::other)?;
    i64::try_from(since.as_millis()).map_err(io::Error::other)
}

/// Version 4, a client's question, with the time at which it is sent.
fn question(sent_ms: i64) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[0] = 0x23;
    bytes[40..].copy_from_slice(&stamp(sent_ms));
    bytes
}

/// Milliseconds since 1970 as NTP writes them: seconds since 1900 and their fraction, 32 bits each.
fn stamp(ms: i64) -> [u8; 8] {
    let seconds = ms.div_euclid(1_000) + EPOCH;
    let fraction = (ms.rem_euclid(1_000) << 32) / 1_000;
    // The era of 32 bits is that of the reader.
    let both = ((seconds as u64) << 32) | (fraction as u64 & 0xffff_ffff);
    both.to_be_bytes()
}

/// Reads [`stamp`], near `near_ms`: it tells which era of 136 years is meant.
fn unstamp(bytes: [u8; 8], near_ms: i64) -> i64 {
    let both = u64::from_be_bytes(bytes);
    let (seconds, fraction) = ((both >> 32) as i64, (both & 0xffff_ffff) as i64);
    let near = near_ms.div_euclid(1_000) + EPOCH;
    let era = (near - seconds + (1 << 31)).div_euclid(1 << 32);
    let seconds = seconds + (era << 32) - EPOCH;
    // Rounded up: a stamp of ours is read as it was written.
    seconds * 1_000 + ((fraction * 1_000 + 0xffff_ffff) >> 32)
}

/// How far the server's clock is ahead, milliseconds, or what is wrong with its answer.
fn read(answer: &[u8], sent_ms: i64, received_ms: i64) -> Result<i64, &'static str> {
    if answer.len() < LENGTH {
        return Err("its answer is too short");
    }
    let part = |at: usize| -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&answer[at..at + 8]);
        bytes
    };
    if answer[0] & 7 != 4 {
        return Err("it answers, but not as a time server");
    }
    if answer[0] >> 6 == 3 || !(1..=15).contains(&answer[1]) {
        return Err("it does not know the time itself");
    }
    if part(24) != stamp(sent_ms) {
        return Err("it answers another question");
    }
    let (came, left) = (unstamp(part(32), sent_ms), unstamp(part(40), sent_ms));
    Ok(((came - sent_ms) + (left - received_ms)) / 2)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use desk::Grade;
    use proptest::prelude::*;

    use super::*;

    /// A server whose clock is ahead by so much.
    fn server(ahead_ms: i64, spoil: impl Fn(&mut [u8; LENGTH]) + Send + 'static) -> String {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let mut asked = [0; LENGTH];
            while let Ok((LENGTH, from)) = socket.recv_from(&mut asked) {
                let mut answer = [0; LENGTH];
                (answer[0], answer[1]) = (0x24, 2);
                answer[24..32].copy_from_slice(&asked[40..]);
                let now = stamp(now().unwrap() + ahead_ms);
                answer[32..40].copy_from_slice(&now);
                answer[40..].copy_from_slice(&now);
                spoil(&mut answer);
                let _ = socket.send_to(&answer, from);
            }
        });
        address
    }

    #[test]
    fn the_difference_from_a_time_server_is_told_and_judged() {
        for (ahead, grade, side) in [
            (0, Grade::Note, "s "),
            (60_000, Grade::Look, "behind"),
            (-60_000, Grade::Look, "ahead of"),
            (3_600_000, Grade::Stop, "behind"),
        ] {
            let found = findings(&[server(ahead, |_| {})]);
            assert_eq!(found[0].grade, grade, "{found:?}");
            assert!(found[0].what.contains(side), "{found:?}");
        }
    }

    #[test]
    fn an_answer_that_is_none_is_not_believed() {
        type Spoil = fn(&mut [u8; LENGTH]);
        let spoil: [(Spoil, &str); 4] = [
            (|it| it[0] = 0x23, "not as a time server"),
            (|it| it[1] = 0, "does not know the time"),
            (|it| it[0] = 0xe4, "does not know the time"),
            (|it| it[30] ^= 1, "another question"),
        ];
        for (spoil, why) in spoil {
            let found = findings(&[server(0, spoil)]);
            assert_eq!(found[0].grade, Grade::Look);
            assert!(found[0].what.contains(why), "{found:?}");
        }
    }

    #[test]
    fn keepers_of_time_are_understood() {
        let chrony = |leap: &str| {
            of_chrony(&format!(
                "D4A6,ntp.example,3,1.0,0.000012,0,0,0,0,0,0,0,64.2,{leap}\n"
            ))
        };
        assert_eq!(chrony("Normal").unwrap().grade, Grade::Note);
        assert_eq!(chrony("Not synchronised").unwrap().grade, Grade::Look);
        assert_eq!(of_chrony("506 Cannot talk to daemon"), None);
        assert_eq!(of_timedate("yes\n").unwrap().grade, Grade::Note);
        assert_eq!(of_timedate("no\n").unwrap().grade, Grade::Look);
        assert_eq!(of_timedate(""), None);
    }

    proptest! {
        #[test]
        fn stamps_come_back_also_after_the_end_of_an_era(
            ms in 0_i64..8_000_000_000_000, off in -1_000_000_i64..1_000_000,
        ) {
            prop_assert_eq!(unstamp(stamp(ms), ms + off), ms);
        }

        #[test]
        fn no_answer_breaks_it(answer in prop::collection::vec(any::<u8>(), 0..80), ms in 0_i64..1 << 42) {
            let _ = read(&answer, ms, ms + 5);
        }
    }
}

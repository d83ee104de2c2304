//! The disk under the journal: what kind of file system it is, how much is free and for how long, and
//! whether fsync takes as long as it must.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use desk::{Desk, Diagnosis};
use rustix::fs::{major, minor, statfs, statvfs};

use super::{look, note, stop};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;
/// With less than this a rush of intake ends on a full disk: the write-ahead log and some more.
const FREE_MIN: u64 = 128 * MIB;
/// With less than this somebody should look.
const FREE_LOOK: u64 = GIB;
/// When the disk is full in fewer days than this, somebody should look.
const DAYS_LOOK: u64 = 90;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often a page is written and synced.
const SYNCS: usize = 32;
/// GENERAL KNOWLEDGE: a rotating disk of 7 200 revolutions a minute needs about 8 ms to come to a
/// sector again; 15 000 revolutions need 4 ms.
const ROTATING_MIN: Duration = Duration::from_millis(2);
/// GENERAL KNOWLEDGE: flash without a capacitor needs several hundred microseconds to program a page;
/// with one, some tens.
const FLASH_MIN: Duration = Duration::from_micros(50);
/// Slower than this, and each document and each batch of billing waits for it to be noticed.
const SLOW: Duration = Duration::from_millis(100);

/// File systems by the number that statfs(2) tells.
const KINDS: [(u64, &str, Kind); 13] = [
    (0x0102_1994, "tmpfs", Kind::Memory),
    (0x8584_58f6, "ramfs", Kind::Memory),
    (0x6969, "NFS", Kind::Network),
    (0x517b, "SMB", Kind::Network),
    (0xff53_4d42, "CIFS", Kind::Network),
    (0xfe53_4d42, "SMB2", Kind::Network),
    (0x0102_1997, "9P", Kind::Network),
    (0x00c3_6400, "Ceph", Kind::Network),
    (0x5346_414f, "AFS", Kind::Network),
    (0x0bd0_0bd0, "Lustre", Kind::Network),
    (0x4750_4653, "GPFS", Kind::Network),
    (0x6573_5546, "FUSE", Kind::Program),
    (0x794c_7630, "overlay", Kind::Layer),
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// Gone when the power is.
    Memory,
    /// On another machine.
    Network,
    /// A program answers.
    Program,
    /// Of a container, gone with it.
    Layer,
}

/// What is the matter with the disk of a folder.
pub(super) fn findings(folder: &Path) -> Vec<Diagnosis> {
    if !folder.is_dir() {
        let what = format!("there is no journal yet: {} is not there", folder.display());
        return vec![note(what)];
    }
    let mut found = Vec::new();
    match statfs(folder) {
        Ok(stat) => found.extend(judge_kind(stat.f_type as u64)),
        Err(error) => found.push(look(
            format!("its kind is not known: {error}"),
            "look at it",
        )),
    }
    match statvfs(folder) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let (size, per_day) = growth(folder);
            found.push(judge_space(free, size, per_day));
        }
        Err(error) => found.push(look(
            format!("its size is not known: {error}"),
            "look at it",
        )),
    }
    match measure(folder) {
        Ok(time) => found.push(judge_sync(time, is_rotating(folder))),
        Err(error) => found.push(stop(
            format!("{} cannot be written: {error}", folder.display()),
            "run the doctor as the server's user: sudo -u kassette kassette doctor; if it says the \
             same, let that user write the folder: chown kassette",
        )),
    }
    found
}

fn judge_kind(number: u64) -> Option<Diagnosis> {
    // Some systems tell the number as a signed one.
    let number = number & 0xffff_ffff;
    let (_, name, kind) = KINDS.into_iter().find(|(it, ..)| *it == number)?;
    Some(match kind {
        Kind::Memory => stop(
            format!("the journal lies in memory ({name}): it is gone with the power"),
            "move journal.folder to a disk of this machine",
        ),
        Kind::Network => stop(
            format!(
                "the journal lies on another machine ({name}): SQLite cannot lock it safely, and \
                     nobody knows what a sync means"
            ),
            "move journal.folder to a disk of this machine",
        ),
        Kind::Program => look(
            format!(
                "the journal lies in a file system that a program makes ({name}): whether a sync \
                     reaches a disk is its affair"
            ),
            "move journal.folder to a disk of this machine",
        ),
        Kind::Layer => look(
            format!(
                "the journal lies in a layer of a container ({name}): it is gone with the container"
            ),
            "give the container a volume for journal.folder",
        ),
    })
}

/// How large the journal is, and how many bytes it has grown a day since its first operation.
fn growth(folder: &Path) -> (u64, Option<u64>) {
    let Ok((size, first)) = Desk::growth_of(folder) else {
        return (0, None);
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let days = first.map(|first| (now - first) / DAY_MS);
    let days = days
        .and_then(|days| u64::try_from(days).ok())
        .filter(|days| *days >= 1);
    (size, days.map(|days| size / days))
}

fn judge_space(free: u64, size: u64, per_day: Option<u64>) -> Diagnosis {
    let (free_mib, size_mib) = (free / MIB, size.div_ceil(MIB));
    let mut what = format!("{free_mib} MiB are free, the journal has {size_mib} MiB");
    let days = per_day.filter(|bytes| *bytes > 0).map(|bytes| free / bytes);
    if let (Some(bytes), Some(days)) = (per_day, days) {
        let kib = bytes.div_ceil(1024);
        what = format!("{what} and grows by {kib} KiB a day: that lasts {days} days");
    }
    let remedy =
        "make room on this disk, or move the journal to a larger one while the server is stopped";
    if free < FREE_MIN {
        stop(what, remedy)
    } else if free < FREE_LOOK || days.is_some_and(|days| days < DAYS_LOOK) {
        look(what, remedy)
    } else {
        note(what)
    }
}

/// How long it takes to bring a page to the disk: the middle of several.
fn measure(folder: &Path) -> io::Result<Duration> {
    let path = folder.join(format!(".kassette-doctor-{}", std::process::id()));
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let file = options.open(&path)?;
    let measured = (0..SYNCS)
        .map(|round| {
            let page = [u8::try_from(round).unwrap_or_default(); 4_096];
            let began = Instant::now();
            file.write_all_at(&page, 0)?;
            file.sync_data()?;
            Ok(began.elapsed())
        })
        .collect::<io::Result<Vec<_>>>();
    fs::remove_file(&path)?;
    let mut times = measured?;
    times.sort_unstable();
    Ok(times.get(SYNCS / 2).copied().unwrap_or_default())
}

/// Whether the disk under a folder has turning plates; none: it is not known.
fn is_rotating(folder: &Path) -> Option<bool> {
    let device = fs::metadata(folder).ok()?.dev();
    let place = format!("/sys/dev/block/{}:{}", major(device), minor(device));
    // A partition tells nothing of itself; its disk stands above it.
    ["queue/rotational", "../queue/rotational"]
        .iter()
        .find_map(|name| fs::read_to_string(Path::new(&place).join(name)).ok())
        .map(|text| text.trim() == "1")
}

fn judge_sync(time: Duration, is_rotating: Option<bool>) -> Diagnosis {
    let micros = time.as_micros();
    let (least, disk) = match is_rotating {
        Some(true) => (ROTATING_MIN, "a rotating disk"),
        Some(false) => (FLASH_MIN, "flash"),
        None => (FLASH_MIN, "a disk"),
    };
    if time < least {
        let least = least.as_micros();
        return look(
            format!(
                "an fsync takes {micros} µs: too short for {disk} (at the least about {least} µs), \
                 unless a cache with a battery or capacitors stands before it"
            ),
            "find out whether disk, controller and virtual machine obey a flush; a lost commit is a \
             second fiscal document",
        );
    }
    if time > SLOW {
        return look(
            format!(
                "an fsync takes {} ms: each document waits for several",
                time.as_millis()
            ),
            "look what else writes to this disk, or give the journal a disk of its own",
        );
    }
    note(format!("an fsync takes {micros} µs"))
}

#[cfg(test)]
mod tests {
    use desk::Grade;

    use super::*;

    #[test]
    fn a_journal_in_memory_or_on_another_machine_is_refused() {
        let grade = |number| judge_kind(number).map(|found| found.grade);
        assert_eq!(grade(0x0102_1994), Some(Grade::Stop));
        assert_eq!(grade(0x6969), Some(Grade::Stop));
        // CIFS, as a system tells it that reads the number as a signed one.
        assert_eq!(grade(0xffff_ffff_ff53_4d42), Some(Grade::Stop));
        assert_eq!(grade(0x6573_5546), Some(Grade::Look));
        for local in [0xef53, 0x5846_5342, 0x9123_683e] {
            assert_eq!(grade(local), None, "ext4, XFS, btrfs");
        }
    }

    #[test]
    fn room_is_told_with_the_days_that_it_lasts() {
        let judge = |free: u64, per_day| judge_space(free, 5 * GIB, per_day);
        let enough = judge(100 * GIB, Some(100 * MIB));
        assert_eq!(enough.grade, Grade::Note);
        assert!(enough.what.contains("lasts 1024 days"), "{enough:?}");
        assert_eq!(judge(100 * GIB, None).grade, Grade::Note);
        assert_eq!(
            judge(5 * GIB, Some(100 * MIB)).grade,
            Grade::Look,
            "51 days"
        );
        assert_eq!(judge(GIB - 1, Some(1)).grade, Grade::Look);
        assert_eq!(judge(100 * MIB, None).grade, Grade::Stop);
    }

    #[test]
    fn a_sync_that_is_too_fast_is_a_doubt_with_its_figures() {
        let judge = |micros, rotating| judge_sync(Duration::from_micros(micros), rotating);
        let doubt = judge(120, Some(true));
        assert_eq!(doubt.grade, Grade::Look);
        assert!(
            doubt.what.contains("120 µs") && doubt.what.contains("2000 µs"),
            "{doubt:?}"
        );
        assert_eq!(judge(120, Some(false)).grade, Grade::Note);
        assert_eq!(judge(12, Some(false)).grade, Grade::Look);
        assert_eq!(judge(12, None).grade, Grade::Look);
        assert_eq!(judge(8_000, Some(true)).grade, Grade::Note);
        assert_eq!(judge(400_000, Some(true)).grade, Grade::Look);
    }
}

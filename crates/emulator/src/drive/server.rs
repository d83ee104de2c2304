//! A drive on a wire: a thread that serves a pseudo-terminal or a TCP port.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::symlink,
    },
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fn_proto::BYTE_GAP;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};

use super::{DriveError, Port};

/// How often an idle thread looks round.
const IDLE: Duration = Duration::from_secs(1);
/// A sleep shorter than that is not worth being interruptible.
const SHORT_SLEEP: Duration = Duration::from_millis(5);
/// How long a host may leave its receive buffer full before the rest of an answer is dropped.
const WRITE_PATIENCE: Duration = Duration::from_millis(200);

/// A running drive. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    place: Place,
    /// Closing it wakes the thread up to end.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<Port>>,
}

/// Where a drive is reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// The device to open, such as `/dev/pts/7`, and the symbolic link to it, if one was wanted.
    Pty {
        /// The device.
        device: PathBuf,
        /// The link.
        link: Option<PathBuf>,
    },
    /// The TCP address that is listened on.
    Tcp(SocketAddr),
}

impl Server {
    /// Serves the drive on a new pseudo-terminal, which programs open like a serial port. With
    /// `link` a symbolic link to it is made there; an old link is replaced.
    ///
    /// The terminal stays while hosts come and go.
    ///
    /// # Errors
    /// When the system gives no terminal, or something that is no link stands at `link`.
    pub fn on_pty(port: Port, link: Option<&Path>) -> Result<Self, DriveError> {
        let (master, slave, device) =
            open_pty().map_err(DriveError::io("/dev/ptmx", "open a pseudo-terminal"))?;
        if let Some(link) = link {
            make_link(&device, link).map_err(DriveError::io(link, "make the link"))?;
        }
        let place = Place::Pty {
            device,
            link: link.map(Path::to_owned),
        };
        Self::start(port, place, Wire::Pty { master, slave })
    }

    /// Serves the drive on a TCP address; port 0 takes a free one. One host at a time: a new
    /// connection replaces the old one, as a reconnecting host needs.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn on_tcp(port: Port, address: SocketAddr) -> Result<Self, DriveError> {
        let fail = || DriveError::io(address.to_string(), "listen");
        let listener = TcpListener::bind(address).map_err(fail())?;
        listener.set_nonblocking(true).map_err(fail())?;
        let address = listener.local_addr().map_err(fail())?;
        let peer = None;
        Self::start(port, Place::Tcp(address), Wire::Tcp { listener, peer })
    }

    fn start(mut port: Port, place: Place, wire: Wire) -> Result<Self, DriveError> {
        let number = port.drive().number();
        let fail = || DriveError::io(number.to_string(), "start the drive's thread");
        let (stopped, stop) = io::pipe().map_err(fail())?;
        let service = Service {
            port,
            wire,
            stopped,
        };
        let thread = thread::Builder::new()
            .name(format!("drive {number}"))
            .spawn(move || service.run())
            .map_err(fail())?;
        Ok(Self {
            place,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where hosts find it.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Ends the service and returns the drive; none when its thread has panicked.
    pub fn stop(mut self) -> Option<Port> {
        self.end()
    }

    fn end(&mut self) -> Option<Port> {
        drop(self.stop.take());
        let port = self.thread.take()?.join().ok();
        if let Place::Pty {
            device,
            link: Some(link),
        } = &self.place
            && fs::read_link(link).is_ok_and(|target| target == *device)
        {
            // The link is a courtesy; that it stays behind harms nobody.
            let _ = fs::remove_file(link);
        }
        port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

struct Service {
    port: Port,
    wire: Wire,
    stopped: PipeReader,
}

enum Wire {
    /// The slave is held open, so that its settings stay and the master sees no hang-ups.
    Pty { master: File, slave: OwnedFd },
    Tcp {
        listener: TcpListener,
        peer: Option<TcpStream>,
    },
}

/// What a wait ended with.
enum Woken {
    Stop,
    Quiet,
    Peer,
    Bytes,
}

impl Service {
    fn run(mut self) -> Port {
        let mut buffer = [0; 4096];
        loop {
            let patience = if self.port.is_inside_frame() {
                BYTE_GAP
            } else {
                IDLE
            };
            match self.wait(patience) {
                Woken::Stop => return self.port,
                Woken::Quiet => {
                    self.port.silence();
                    self.wire.release();
                }
                Woken::Peer => {
                    self.wire.accept();
                    self.port.silence();
                }
                Woken::Bytes => {
                    let arrived = Instant::now();
                    let count = self.wire.read(&mut buffer);
                    if !self.serve(&buffer[..count], arrived) {
                        return self.port;
                    }
                }
            }
        }
    }

    /// Answers; false when it is time to end.
    fn serve(&mut self, bytes: &[u8], arrived: Instant) -> bool {
        for answer in self.port.feed(bytes) {
            let deadline = self.port.pacer().deadline(arrived, answer.after);
            if !self.sleep_until(deadline) {
                return false;
            }
            if !answer.after.is_zero() {
                // A drive that executes does not listen (ФН protocol §1.6, INFERRED for UART).
                self.wire.discard();
            }
            self.wire.write(&answer.bytes);
            self.port.pacer().answered(deadline);
        }
        true
    }

    /// Sleeps until the absolute moment; false when told to end.
    fn sleep_until(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        if left > SHORT_SLEEP {
            let mut fds = [PollFd::new(&self.stopped, PollFlags::IN)];
            if wait_for(&mut fds, left.saturating_sub(SHORT_SLEEP)) {
                return false;
            }
        }
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
        true
    }

    fn wait(&self, patience: Duration) -> Woken {
        let mut fds = vec![PollFd::new(&self.stopped, PollFlags::IN)];
        fds.extend(
            self.wire
                .sources()
                .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)),
        );
        if !wait_for(&mut fds, patience) {
            return Woken::Quiet;
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        match (&self.wire, &ready[..]) {
            (_, [true, ..]) => Woken::Stop,
            (Wire::Tcp { .. }, [_, true, ..]) => Woken::Peer,
            _ => Woken::Bytes,
        }
    }
}

/// Whether one of them became ready in time.
fn wait_for(fds: &mut [PollFd<'_>], patience: Duration) -> bool {
    let timeout = Timespec {
        tv_sec: patience.as_secs() as i64,
        tv_nsec: i64::from(patience.subsec_nanos()),
    };
    poll(fds, Some(&timeout)).is_ok_and(|count| count > 0)
}

impl Wire {
    /// What to wait for: the master, or the listener and the connection.
    fn sources(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let (first, second) = match self {
            Self::Pty { master, .. } => (master.as_fd(), None),
            Self::Tcp { listener, peer } => (listener.as_fd(), peer.as_ref().map(AsFd::as_fd)),
        };
        [Some(first), second].into_iter().flatten()
    }

    fn accept(&mut self) {
        let Self::Tcp { listener, peer } = self else {
            return;
        };
        if let Ok((stream, _)) = listener.accept()
            && stream.set_nonblocking(true).is_ok()
        {
            // Answers are written whole; without it a small one could wait for an ACK.
            let _ = stream.set_nodelay(true);
            *peer = Some(stream);
        }
    }

    /// Reads what is there; 0 when nothing is, or the host has gone.
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        match self {
            Self::Pty { master, .. } => master.read(buffer).unwrap_or(0),
            Self::Tcp { peer, .. } => {
                let Some(stream) = peer else { return 0 };
                match stream.read(buffer) {
                    Ok(count) if count > 0 => count,
                    Err(error) if is_passing(&error) => 0,
                    _ => {
                        *peer = None;
                        0
                    }
                }
            }
        }
    }

    fn discard(&mut self) {
        let mut buffer = [0; 4096];
        while self.read(&mut buffer) > 0 {}
    }

    /// Writes to a host that may be gone or asleep: then the bytes are lost, as on a real wire.
    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let written = match self {
                Self::Pty { master, .. } => master.write(bytes),
                Self::Tcp { peer, .. } => match peer {
                    Some(stream) => stream.write(bytes),
                    None => return,
                },
            };
            match written {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.can_write() => {}
                Err(_) => return,
            }
        }
    }

    fn can_write(&self) -> bool {
        let fd = match self {
            Self::Pty { master, .. } => master.as_fd(),
            Self::Tcp { peer, .. } => match peer {
                Some(stream) => stream.as_fd(),
                None => return false,
            },
        };
        let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
        wait_for(&mut fds, WRITE_PATIENCE)
    }

    /// A host that was killed leaves the terminal locked for itself (TIOCEXCL), and because the
    /// slave is held open here, the lock would stay: an idle terminal is unlocked.
    fn release(&self) {
        if let Self::Pty { slave, .. } = self {
            let _ = rustix::termios::ioctl_tiocnxcl(slave);
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// A pseudo-terminal in raw mode: master, slave, and the slave's path.
fn open_pty() -> io::Result<(File, OwnedFd, PathBuf)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = open(&*name, flags, Mode::empty())?;
    let mut settings = tcgetattr(&slave)?;
    settings.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &settings)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    let device = PathBuf::from(name.to_string_lossy().into_owned());
    Ok((File::from(master), slave, device))
}

/// Makes the link in one step, so that it never points nowhere.
fn make_link(device: &Path, link: &Path) -> io::Result<()> {
    match fs::symlink_metadata(link) {
        Ok(metadata) if !metadata.is_symlink() => {
            return Err(io::Error::new(
                ErrorKind::AlreadyExists,
                "something that is no link stands there",
            ));
        }
        _ => {}
    }
    let fresh = link.with_extension("new");
    let _ = fs::remove_file(&fresh);
    symlink(device, &fresh)?;
    fs::rename(&fresh, link)
}

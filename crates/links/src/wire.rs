use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::Path,
    time::Duration,
};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use serialport::{ClearBuffer, DataBits, FlowControl, Parity, SerialPort, StopBits, TTYPort};

use crate::{DEFAULT_BAUD, DriveAddress, Endpoint, PortTrouble, scan::is_terminal};

/// How long the system may take to accept a frame.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// The most bytes that are thrown away at once. More than this is not what a drive left behind.
const MAX_STALE: usize = 64 * 1024;

/// An open wire to a drive.
#[derive(Debug)]
pub(crate) enum Wire {
    Tty(TTYPort),
    Tcp(TcpStream),
}

impl Wire {
    /// Opens it; says in words for people why it could not.
    pub(crate) fn open(address: &DriveAddress, connect: Duration) -> Result<Self, String> {
        match address {
            DriveAddress::Serial { path, baud } => open_tty(path, *baud, true)
                .map(Self::Tty)
                .map_err(|trouble| format!("{}: {trouble}", path.display())),
            DriveAddress::Pty { path } => open_tty(path, DEFAULT_BAUD, false)
                .map(Self::Tty)
                .map_err(|trouble| format!("{}: {trouble}", path.display())),
            DriveAddress::Tcp(endpoint) => connect_tcp(endpoint, connect).map(Self::Tcp),
        }
    }

    /// Opens a port that nobody else uses; one that somebody uses is not disturbed. Ports only:
    /// connecting to a TCP address may throw out whoever is connected.
    pub(crate) fn open_unused(address: &DriveAddress) -> Result<Self, PortTrouble> {
        match address {
            DriveAddress::Serial { path, baud } => open_unused_tty(path, *baud, true),
            DriveAddress::Pty { path } => open_unused_tty(path, DEFAULT_BAUD, false),
            DriveAddress::Tcp(_) => Err(PortTrouble::NoPort),
        }
        .map(Self::Tty)
    }

    /// Waits for bytes; 0 when none came in time.
    ///
    /// # Errors
    /// When the wire is gone, also when the peer closed it.
    pub(crate) fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        // The systems' timers take no zero, and it would mean «for ever» to a socket.
        let timeout = timeout.max(Duration::from_millis(1));
        let read = match self {
            Self::Tty(port) => {
                port.set_timeout(timeout)?;
                port.read(buffer)
            }
            Self::Tcp(stream) => {
                stream.set_read_timeout(Some(timeout))?;
                stream.read(buffer)
            }
        };
        match read {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(count),
            Err(error) if is_nothing_yet(&error) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// When the wire is gone or does not take them in time.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tty(port) => {
                port.set_timeout(WRITE_TIMEOUT)?;
                port.write_all(bytes)
            }
            Self::Tcp(stream) => stream.write_all(bytes),
        }
    }

    /// Throws away what has come and was not read.
    ///
    /// # Errors
    /// When the wire is gone.
    pub(crate) fn discard(&mut self) -> io::Result<()> {
        match self {
            Self::Tty(port) => Ok(port.clear(ClearBuffer::Input)?),
            Self::Tcp(stream) => {
                stream.set_nonblocking(true)?;
                let drained = drain(stream);
                stream.set_nonblocking(false)?;
                drained
            }
        }
    }
}

fn open_tty(path: &Path, baud: u32, exclusive: bool) -> Result<TTYPort, PortTrouble> {
    // Not exclusive for a pty: the mark would outlive a killed process as long as the pty stays,
    // and keep the next one out.
    serialport::new(path.to_string_lossy(), baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .exclusive(exclusive)
        .open_native()
        .map_err(|error| PortTrouble::of_serialport(path, &error))
}

/// Asks for the lock that every open port of this program holds before the port is touched: an
/// attempt to open it exclusively would, failing, take the exclusive mark from its holder.
fn open_unused_tty(path: &Path, baud: u32, exclusive: bool) -> Result<TTYPort, PortTrouble> {
    if path.exists() && !is_terminal(path) {
        return Err(PortTrouble::NoPort);
    }
    let trouble = |errno| PortTrouble::of_errno(path, errno);
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let guard = open(path, flags, Mode::empty()).map_err(trouble)?;
    flock(&guard, FlockOperation::NonBlockingLockExclusive).map_err(trouble)?;
    // Whoever wins the lock now has the port; the other one finds it busy.
    let make_room = if exclusive {
        FlockOperation::Unlock
    } else {
        FlockOperation::NonBlockingLockShared
    };
    flock(&guard, make_room).map_err(trouble)?;
    open_tty(path, baud, exclusive)
}

fn connect_tcp(endpoint: &Endpoint, timeout: Duration) -> Result<TcpStream, String> {
    let failure = |error: &io::Error| match error.kind() {
        ErrorKind::ConnectionRefused => format!("{endpoint}: nobody listens there"),
        ErrorKind::TimedOut => format!("{endpoint}: no connection within {timeout:?}"),
        _ => format!("{endpoint}: {error}"),
    };
    let addresses = (endpoint.host(), endpoint.port())
        .to_socket_addrs()
        .map_err(|error| format!("{endpoint}: the host's name is not known: {error}"))?;
    let mut reason = format!("{endpoint}: the host's name stands for no address");
    for address in addresses {
        let connected = TcpStream::connect_timeout(&address, timeout).and_then(|stream| {
            stream.set_nodelay(true)?;
            stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
            Ok(stream)
        });
        match connected {
            Ok(stream) => return Ok(stream),
            Err(error) => reason = failure(&error),
        }
    }
    Err(reason)
}

fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    let mut drained = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => drained += count,
            Err(error) if is_nothing_yet(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
        if drained > MAX_STALE {
            return Err(io::Error::other("the peer sends without being asked"));
        }
    }
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

//! Connections: a thread for each, one operator behind them.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ffd::UnixTime;
use ofd_proto::{Decoder, Message};
use terms::Inn;
use thiserror::Error;

use super::{
    faults::OfdFaults,
    log::LogError,
    operator::{Clock, Operator, other_drive},
};

/// The most connections at a time; more are closed at once.
const MAX_CONNECTIONS: usize = 256;

/// How long a peer may take to accept an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// How an emulated ОФД is set up.
#[derive(Clone, Debug)]
pub struct OfdSettings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Its log and memory; made when absent.
    pub log: PathBuf,
    /// Its ИНН, tag 1017 of confirmations.
    pub inn: Inn,
    /// What it does wrong at first.
    pub faults: OfdFaults,
}

/// An emulated ОФД cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be used.
    #[error("the emulated ОФД cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A running emulated ОФД; dropping it stops it and closes its connections.
#[derive(Debug)]
pub struct OfdEmulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl OfdEmulator {
    /// Starts with the clock of the system: confirmations bear UTC, as seen from a real ОФД
    /// (ККТ–ОФД protocol §7).
    ///
    /// # Errors
    /// When the address or the log cannot be used.
    pub fn start(settings: OfdSettings) -> Result<Self, StartError> {
        Self::start_at(settings, || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            UnixTime(now.map_or(0, |now| u32::try_from(now.as_secs()).unwrap_or(u32::MAX)))
        })
    }

    /// Starts with another clock.
    ///
    /// # Errors
    /// As [`OfdEmulator::start`].
    pub fn start_at(
        settings: OfdSettings,
        clock: impl Fn() -> UnixTime + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let clock: Clock = Arc::new(clock);
        let operator = Operator::resume(settings.inn, clock, &settings.log)?;
        let failed = |source| StartError::Listen {
            address: settings.listen,
            source,
        };
        let listener = TcpListener::bind(settings.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                faults: settings.faults,
                stopping: false,
                connections: HashMap::new(),
            }),
            changed: Condvar::new(),
            operator: Mutex::new(operator),
        });
        let server = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("emulated ОФД".to_owned())
            .spawn(move || accept(&listener, &server))
            .map_err(failed)?;
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it does wrong now.
    pub fn faults(&self) -> OfdFaults {
        self.shared.state().faults.clone()
    }

    /// Changes what it does wrong, for all that follows; delays that run are ended.
    pub fn set_faults(&self, faults: OfdFaults) {
        self.shared.state().faults = faults;
        self.shared.changed.notify_all();
    }

    /// Stops it and waits for its threads.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for OfdEmulator {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stopping = true;
        for stream in state.connections.values() {
            stream.shutdown(Shutdown::Both).ok();
        }
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that waits for connections.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    operator: Mutex<Operator>,
}

struct State {
    faults: OfdFaults,
    stopping: bool,
    connections: HashMap<u64, TcpStream>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the delay of `faults`; false when the emulator stops.
    fn delay(&self, faults: &OfdFaults) -> bool {
        let waits = |state: &mut State| !state.stopping && state.faults == *faults;
        let waited = self
            .changed
            .wait_timeout_while(self.state(), faults.delay, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.stopping
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    thread::scope(|threads| {
        for (id, stream) in (0..).zip(listener.incoming()) {
            let mut state = shared.state();
            if state.stopping {
                return;
            }
            let Ok(stream) = stream else { continue };
            if state.faults.refuse_connections || state.connections.len() >= MAX_CONNECTIONS {
                continue;
            }
            let Ok(twin) = stream.try_clone() else {
                continue;
            };
            state.connections.insert(id, twin);
            drop(state);
            threads.spawn(move || {
                // An error is the end of one connection and nothing else.
                serve(stream, shared).ok();
                shared.state().connections.remove(&id);
            });
        }
    });
}

/// Takes messages until the peer closes, sends something else than messages, or a fault ends it.
fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        decoder.push(&buffer[..count]);
        while let Some(message) = decoder.next_message().map_err(io::Error::other)? {
            let faults = shared.state().faults.clone();
            if faults.refuse_connections {
                return Ok(());
            }
            let container = shared
                .operator
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .receive(&message, &faults)
                .map_err(io::Error::other)?;
            if !message.header.flags.expects_answer() || faults.silent {
                continue;
            }
            if !shared.delay(&faults) {
                return Ok(());
            }
            let mut answer =
                Message::answer(&message.header, container).map_err(io::Error::other)?;
            if let (true, Ok(drive)) = (faults.other_drive, answer.header.drive.drive()) {
                answer.header.drive = other_drive(drive).into();
            }
            let bytes = answer.encode();
            if faults.close_mid_message {
                return stream.write_all(&bytes[..bytes.len() / 2]);
            }
            let times = if faults.duplicate { 2 } else { 1 };
            let bytes = bytes.repeat(times);
            for piece in bytes.chunks(faults.pieces.unwrap_or(bytes.len()).max(1)) {
                stream.write_all(piece)?;
                stream.flush()?;
            }
            if faults.close_after_answer {
                return Ok(());
            }
        }
    }
}

//! A tap in the wire to a drive behind TCP: passes everything on and notes it, exchange by
//! exchange.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use fn_proto::{Decoder, Request};

/// A command and what came back.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    /// The length of the answer's frame, bytes.
    pub(crate) answer_len: usize,
}

/// A tap; it lives as long as the process.
pub(crate) struct Tap {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Turn>>>,
}

/// What one side said before the other one spoke.
#[derive(Default)]
struct Turn {
    command: Vec<u8>,
    answer: Vec<u8>,
}

impl Tap {
    /// Listens for hosts, one after another, on behalf of the drive at `drive`.
    pub(crate) fn start(drive: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        thread::spawn(move || {
            for host in listener.incoming() {
                // An error is the end of the connection: the host sees it too.
                let _ = host.and_then(|host| pass(host, drive, &notes));
            }
        });
        Ok(Self { address, heard })
    }

    /// All exchanges so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter_map(Turn::exchange).collect()
    }
}

impl Turn {
    fn exchange(&self) -> Option<Exchange> {
        let mut decoder = Decoder::new();
        decoder.push(&self.command);
        let frame = decoder.next_frame().ok()??;
        Some(Exchange {
            request: Request::decode(frame.code, &frame.data).ok()?,
            answer_len: self.answer.len(),
        })
    }
}

fn pass(mut host: TcpStream, drive: SocketAddr, heard: &Arc<Mutex<Vec<Turn>>>) -> io::Result<()> {
    let mut drive = TcpStream::connect(drive)?;
    host.set_nodelay(true)?;
    drive.set_nodelay(true)?;
    let (mut from_drive, mut to_host) = (drive.try_clone()?, host.try_clone()?);
    let notes = Arc::clone(heard);
    let back = thread::spawn(move || {
        copy(&mut from_drive, &mut to_host, |bytes| {
            let mut heard = notes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(turn) = heard.last_mut() {
                turn.answer.extend_from_slice(bytes);
            }
        })
    });
    let end = copy(&mut host, &mut drive, |bytes| {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.last().is_none_or(|turn| !turn.answer.is_empty()) {
            heard.push(Turn::default());
        }
        if let Some(turn) = heard.last_mut() {
            turn.command.extend_from_slice(bytes);
        }
    });
    drive.shutdown(Shutdown::Both)?;
    // It has ended by the shutdown; what it ended with is of no use.
    let _ = back.join();
    end
}

/// Passes bytes on until the end; they are noted before they go.
fn copy(from: &mut TcpStream, to: &mut TcpStream, note: impl Fn(&[u8])) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        note(&buffer[..count]);
        to.write_all(&buffer[..count])?;
    }
}

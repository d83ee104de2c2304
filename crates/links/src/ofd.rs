use std::{io, time::Duration};

use ofd_proto::{Event, Exchange, ExchangeError, ExchangeTimeouts, Step};
use terms::{DriveNumber, FfdVersion};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::Endpoint;

/// An exchange with the ОФД failed; the document stays in its drive's queue.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{address}: {failure}")]
pub struct OfdError {
    /// Where the ОФД was looked for.
    pub address: Endpoint,
    /// What happened.
    pub failure: ExchangeError,
}

/// The client of an ОФД: one document at a time, in the order of the calls.
///
/// The connection stays open after an exchange and serves the next one to the same address, until
/// [`OfdLink::hang_up`]; the ОФД may close it in between.
#[derive(Debug)]
pub struct OfdLink {
    timeouts: ExchangeTimeouts,
    clock: Instant,
    kept: Option<(Endpoint, TcpStream)>,
}

impl OfdLink {
    /// A link without a connection.
    pub fn new(timeouts: ExchangeTimeouts) -> Self {
        Self {
            timeouts,
            clock: Instant::now(),
            kept: None,
        }
    }

    /// Sends `container`, as the drive gave it, and returns the container of the ОФД's answer, for
    /// the drive's 26h.
    ///
    /// It may be dropped at any time: then the connection is closed and nothing is left behind but
    /// a document that the ОФД may have got; sending it again is harmless.
    ///
    /// # Errors
    /// When no confirmation of this very document came in time.
    pub async fn exchange(
        &mut self,
        address: &Endpoint,
        drive: DriveNumber,
        version: FfdVersion,
        container: Vec<u8>,
    ) -> Result<Vec<u8>, OfdError> {
        self.converse(address, drive, version, Some(container))
            .await
    }

    /// Opens a connection, which the next exchange with the same address uses; sends nothing.
    ///
    /// # Errors
    /// When the ОФД does not take it in time.
    pub async fn connect(&mut self, address: &Endpoint) -> Result<(), OfdError> {
        let limit = self.timeouts.connect;
        let failure = match dial(address, Instant::now() + limit).await {
            Ok(Some(stream)) => {
                self.kept = Some((address.clone(), stream));
                return Ok(());
            }
            Ok(None) => ExchangeError::ConnectTimeout(limit),
            Err(error) => ExchangeError::Unreachable(error.to_string()),
        };
        Err(OfdError {
            address: address.clone(),
            failure,
        })
    }

    /// Asks whether the ОФД is there, with the number of `drive` and without any document.
    ///
    /// # Errors
    /// When no answer came in time, or one that is not meant for this drive.
    pub async fn probe(
        &mut self,
        address: &Endpoint,
        drive: DriveNumber,
        version: FfdVersion,
    ) -> Result<(), OfdError> {
        self.converse(address, drive, version, None).await?;
        Ok(())
    }

    /// Closes the connection, if one is kept.
    pub fn hang_up(&mut self) {
        self.kept = None;
    }

    /// One exchange, over the kept connection if it is still good; keeps it afterwards.
    async fn converse(
        &mut self,
        address: &Endpoint,
        drive: DriveNumber,
        version: FfdVersion,
        container: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, OfdError> {
        // Taken out, so that an exchange that is dropped half-way takes its connection with it.
        let mut stream = self
            .kept
            .take()
            .filter(|(kept, stream)| kept == address && is_quiet(stream))
            .map(|(_, stream)| stream);
        let (connected, timeouts) = (stream.is_some(), self.timeouts);
        let begun = match container {
            Some(container) => {
                Exchange::begin(version, drive, container, connected, timeouts, self.now())
            }
            None => Exchange::probe(version, drive, connected, timeouts, self.now()),
        };
        let run = async {
            let (exchange, step) = begun?;
            self.run(address, exchange, step, &mut stream).await
        };
        match run.await {
            Ok((container, reusable)) => {
                self.kept = stream
                    .filter(|_| reusable)
                    .map(|stream| (address.clone(), stream));
                Ok(container)
            }
            Err(failure) => Err(OfdError {
                address: address.clone(),
                failure,
            }),
        }
    }

    async fn run(
        &self,
        address: &Endpoint,
        mut exchange: Exchange,
        mut step: Step,
        stream: &mut Option<TcpStream>,
    ) -> Result<(Vec<u8>, bool), ExchangeError> {
        let mut buffer = [0; 4096];
        loop {
            let deadline = exchange
                .deadline()
                .map_or_else(Instant::now, |deadline| self.clock + deadline);
            let event = match step {
                Step::Connect => {
                    *stream = None;
                    match dial(address, deadline).await {
                        Ok(None) => Happened::Tick,
                        Ok(connected) => {
                            *stream = connected;
                            Happened::Connected
                        }
                        Err(error) => Happened::Broken(error.to_string()),
                    }
                }
                Step::Send(bytes) => match stream {
                    None => Happened::Closed,
                    Some(stream) => match timeout_at(deadline, stream.write_all(&bytes)).await {
                        Err(_) => Happened::Tick,
                        // Also after a failure: a peer that refuses early may have said why.
                        Ok(_) => read(stream, &mut buffer, deadline).await,
                    },
                },
                Step::Wait => match stream {
                    None => Happened::Closed,
                    Some(stream) => read(stream, &mut buffer, deadline).await,
                },
                Step::Answered {
                    container,
                    reusable,
                } => return Ok((container, reusable)),
                Step::Present { reusable } => return Ok((Vec::new(), reusable)),
                Step::Failed(error) => return Err(error),
            };
            step = exchange.handle(event.as_event(&buffer), self.now());
        }
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

impl Default for OfdLink {
    fn default() -> Self {
        Self::new(ExchangeTimeouts::default())
    }
}

/// [`Event`] without its borrows.
enum Happened {
    Connected,
    Bytes(usize),
    Broken(String),
    Closed,
    Tick,
}

impl Happened {
    fn as_event<'a>(&'a self, buffer: &'a [u8]) -> Event<'a> {
        match self {
            Self::Connected => Event::Connected,
            Self::Bytes(count) => Event::Bytes(&buffer[..*count]),
            Self::Broken(reason) => Event::Broken(reason),
            Self::Closed => Event::Closed,
            Self::Tick => Event::Tick,
        }
    }
}

/// A connection; none when it does not stand in time.
async fn dial(address: &Endpoint, deadline: Instant) -> io::Result<Option<TcpStream>> {
    let target = (address.host(), address.port());
    let Ok(connected) = timeout_at(deadline, TcpStream::connect(target)).await else {
        return Ok(None);
    };
    let stream = connected?;
    stream.set_nodelay(true).ok();
    Ok(Some(stream))
}

async fn read(stream: &mut TcpStream, buffer: &mut [u8], deadline: Instant) -> Happened {
    match timeout_at(deadline, stream.read(buffer)).await {
        Err(_) => Happened::Tick,
        Ok(Ok(0)) => Happened::Closed,
        Ok(Ok(count)) => Happened::Bytes(count),
        Ok(Err(error)) => Happened::Broken(error.to_string()),
    }
}

/// Whether a kept connection is open and has nothing to say: bytes that nobody asked for would be
/// taken for the next answer.
fn is_quiet(stream: &TcpStream) -> bool {
    let nothing = stream.try_read(&mut [0]);
    matches!(nothing, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

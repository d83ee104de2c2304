//! A client that costs little: closed loop or paced, keep-alive, HTTP/1.1 by hand, all connections
//! on one thread.

#![allow(dead_code, reason = "every bench uses its own part")]

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::provider::{self, Outcome};

/// What is asked of a server.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// The most requests.
    pub(crate) count: u64,
    /// Operations in one request; more than one are sent as an array.
    pub(crate) batch: usize,
    /// The longest time.
    pub(crate) secs: f64,
    /// Payments go to random ones of so many accounts.
    pub(crate) accounts: usize,
    /// The bearer key.
    pub(crate) key: String,
    /// Requests per second; none: as many as are answered.
    pub(crate) rate: Option<f64>,
}

/// What a server has shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    /// Operations that were answered.
    pub(crate) operations: f64,
    /// The same per second.
    pub(crate) rate: f64,
    /// Of requests.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Loads a server on a thread of its own.
pub(crate) async fn run(server: SocketAddr, load: Load) -> Outcome<Point> {
    let point = tokio::task::spawn_blocking(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(push(server, load))
    });
    Ok(point.await??)
}

async fn push(server: SocketAddr, load: Load) -> io::Result<Point> {
    let left = Arc::new(AtomicU64::new(load.count));
    let mut streams = Vec::new();
    for _ in 0..load.connections {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let started = Instant::now();
    let until = started + Duration::from_secs_f64(load.secs);
    let mut tasks = JoinSet::new();
    for (place, stream) in streams.into_iter().enumerate() {
        let pause = load.rate.map(|rate| pause_of_one(load.connections, rate));
        let connection = Connection {
            stream,
            // They take turns.
            next: started + pause.unwrap_or_default() * place as u32 / load.connections as u32,
            pause,
            dice: Dice::new()?,
            load: load.clone(),
            buffer: Vec::new(),
        };
        tasks.spawn(connection.push(Arc::clone(&left), until));
    }
    let mut times = Vec::new();
    for connection in tasks.join_all().await {
        times.extend(connection?);
    }
    let operations = (times.len() * load.batch) as f64;
    let rate = operations / started.elapsed().as_secs_f64();
    times.sort_unstable();
    let percentile = |share: f64| {
        let index = (times.len() as f64 * share) as usize;
        let time = times.get(index.min(times.len().saturating_sub(1)));
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    Ok(Point {
        operations,
        rate,
        p50_ms: percentile(0.50),
        p99_ms: percentile(0.99),
    })
}

/// How long one of the connections waits from request to request.
fn pause_of_one(connections: usize, rate: f64) -> Duration {
    Duration::from_secs_f64(connections as f64 / rate)
}

struct Connection {
    stream: TcpStream,
    /// When the next request is due, if they are paced.
    next: Instant,
    pause: Option<Duration>,
    dice: Dice,
    load: Load,
    buffer: Vec<u8>,
}

impl Connection {
    async fn push(mut self, left: Arc<AtomicU64>, until: Instant) -> io::Result<Vec<Duration>> {
        let mut times = Vec::new();
        while Instant::now() < until && take_one(&left) {
            let request = self.request();
            let mut sent = Instant::now();
            if let Some(pause) = self.pause {
                tokio::time::sleep_until(self.next.into()).await;
                // Who is late because of the last answer has waited since the request was due; that
                // the timer is late is nobody's fault.
                sent = if self.next < sent {
                    self.next
                } else {
                    Instant::now()
                };
                self.next += pause;
            }
            self.stream.write_all(request.as_bytes()).await?;
            self.answer().await?;
            times.push(sent.elapsed());
        }
        Ok(times)
    }

    /// One payment or an array of them.
    fn request(&mut self) -> String {
        let mut body = self.payment();
        if self.load.batch > 1 {
            body.insert(0, '[');
            for _ in 1..self.load.batch {
                body.push(',');
                body.push_str(&self.payment());
            }
            body.push(']');
        }
        format!(
            "POST /v1/operations HTTP/1.1\r\nhost: kassette\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.load.key,
            body.len()
        )
    }

    /// Of one part, with a random key.
    fn payment(&mut self) -> String {
        let account = provider::account(self.dice.below(self.load.accounts as u64) as usize);
        let (high, low) = (self.dice.roll(), self.dice.roll());
        let (roubles, kopecks) = (1 + self.dice.below(999), self.dice.below(100));
        format!(
            r#"{{"type":"payment","key":"{high:016x}{low:016x}","account":"{account}","parts":[{{"kind":"cashless","amount":"{roubles}.{kopecks:02}"}}]}}"#
        )
    }

    /// Reads one answer; anything but «accepted», for each operation, is an error.
    async fn answer(&mut self) -> io::Result<()> {
        self.buffer.clear();
        let mut whole = None;
        while whole.is_none_or(|whole| self.buffer.len() < whole) {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            whole = whole.or_else(|| answer_length(&self.buffer));
        }
        let text = String::from_utf8_lossy(&self.buffer);
        let is_accepted = if self.load.batch > 1 {
            text.starts_with("HTTP/1.1 200 ")
                && text.matches(r#""receipts":"#).count() == self.load.batch
        } else {
            text.starts_with("HTTP/1.1 202 ")
        };
        if whole == Some(self.buffer.len()) && is_accepted {
            return Ok(());
        }
        Err(io::Error::other(text.into_owned()))
    }
}

/// The length of the answer that begins here, once its head is whole.
fn answer_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.parse::<usize>().ok());
    Some(end + length.unwrap_or(0))
}

fn take_one(left: &AtomicU64) -> bool {
    left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
        .is_ok()
}

/// Cheap random numbers (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new() -> io::Result<Self> {
        let seed = getrandom::u64().map_err(io::Error::other)?;
        Ok(Self(seed | 1))
    }

    const fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    const fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

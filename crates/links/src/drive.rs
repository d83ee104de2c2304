mod seek;

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fn_proto::{Answer, Failure, Outcome, Request, Session, Timeouts};
use terms::DriveNumber;

use crate::{
    DriveAddress, Ports, Tap,
    exchange::{Interrupted, exchange},
    wire::Wire,
};

/// How often an idle wire is checked for being there.
const IDLE_CHECK: Duration = Duration::from_millis(500);

/// How long a wire waits for what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinkTimeouts {
    /// For answers.
    pub answers: Timeouts,
    /// For a TCP connection, each address of the host; 3 s.
    pub connect: Duration,
    /// The first pause between attempts to open; doubled from attempt to attempt; 0.1 s.
    pub reopen_first: Duration,
    /// The longest pause between attempts to open; 2 s.
    pub reopen_last: Duration,
}

impl Default for LinkTimeouts {
    fn default() -> Self {
        Self {
            answers: Timeouts::default(),
            connect: Duration::from_secs(3),
            reopen_first: Duration::from_millis(100),
            reopen_last: Duration::from_secs(2),
        }
    }
}

/// What a link tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LinkEvent {
    /// The wire is open. Nothing is known yet about what is behind it.
    Opened,
    /// How a command ended: exactly one for each [`DriveLink::send`], in their order; none once
    /// the link is being dropped.
    Reply(Outcome),
    /// The wire is gone, or could not be opened; told once, then attempts to open go on silently
    /// until [`LinkEvent::Opened`]. While a drive is looked for it is told again when the reason
    /// changes.
    Lost {
        /// Why, in words for people.
        reason: String,
    },
}

/// The wire to one drive: opens it, runs commands one at a time, and opens it again when it is
/// lost.
///
/// ```no_run
/// use fn_proto::Request;
/// use links::{DriveLink, LinkTimeouts};
/// let (events, inbox) = std::sync::mpsc::channel();
/// let address = "serial:/dev/ttyUSB0".parse()?;
/// let link = DriveLink::start(address, LinkTimeouts::default(), move |event| {
///     events.send(event).ok();
/// })?;
/// link.send(Request::Status);
/// for event in inbox {
///     println!("{event:?}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Dropping it ends the thread: a running command is given up within a few hundredths of a second,
/// an attempt to connect or to resolve a name within its own time-out.
#[derive(Debug)]
pub struct DriveLink {
    orders: Sender<Order>,
    tap: Arc<Tap>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Send(Request),
    Reopen,
    Stop,
}

impl DriveLink {
    /// Starts the thread with a wire of its own. `on_event` is called on it and must return soon:
    /// the wire stands still meanwhile.
    ///
    /// # Errors
    /// When the system has no room for another thread.
    pub fn start(
        address: DriveAddress,
        timeouts: LinkTimeouts,
        on_event: impl Fn(LinkEvent) + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_on(Way::Fixed(address), timeouts, on_event)
    }

    /// Starts the thread for a slot that finds its drive among the ports. When the wire is lost, or
    /// another drive answers, the drive is looked for anew; see [`DriveLink::start`].
    ///
    /// # Errors
    /// When the system has no room for another thread.
    pub fn start_automatic(
        ports: Arc<Ports>,
        slot: u8,
        timeouts: LinkTimeouts,
        on_event: impl Fn(LinkEvent) + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_on(Way::Found { ports, slot }, timeouts, on_event)
    }

    fn start_on(
        way: Way,
        timeouts: LinkTimeouts,
        on_event: impl Fn(LinkEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel();
        let tap = Arc::new(Tap::default());
        let heard = tap.clone();
        let run = move || {
            let mut line = Line {
                way,
                name: String::new(),
                drive: None,
                timeouts,
                tap: heard,
                inbox,
                waiting: VecDeque::new(),
                on_event,
                clock: Instant::now(),
            };
            line.run();
        };
        let thread = thread::Builder::new()
            .name("drive link".to_owned())
            .spawn(run)?;
        Ok(Self {
            orders,
            tap,
            thread: Some(thread),
        })
    }

    /// Runs a command; the end comes as [`LinkEvent::Reply`]. While the wire is closed it fails at
    /// once with [`Failure::LinkDown`].
    pub fn send(&self, request: Request) {
        self.order(Order::Send(request));
    }

    /// Closes the wire, if it is open, and opens it at once. A running command ends with
    /// [`Failure::LinkDown`]; then [`LinkEvent::Opened`] or [`LinkEvent::Lost`] follows.
    pub fn reopen(&self) {
        self.order(Order::Reopen);
    }

    /// What goes over the wire, for somebody who looks at it.
    pub fn tap(&self) -> Arc<Tap> {
        self.tap.clone()
    }

    fn order(&self, order: Order) {
        // The thread takes orders until it is told to stop, which only `drop` does.
        self.orders.send(order).ok();
    }
}

impl Drop for DriveLink {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            thread.join().ok();
        }
    }
}

/// How a wire comes to be.
#[derive(Clone)]
enum Way {
    Fixed(DriveAddress),
    Found { ports: Arc<Ports>, slot: u8 },
}

/// The thread's side.
struct Line<F> {
    way: Way,
    /// What the open wire is called.
    name: String,
    /// The drive that was found behind it; none where the wire is fixed.
    drive: Option<DriveNumber>,
    timeouts: LinkTimeouts,
    tap: Arc<Tap>,
    inbox: Receiver<Order>,
    /// Commands that came while another one ran.
    waiting: VecDeque<Request>,
    on_event: F,
    clock: Instant,
}

/// Why there is no wire, or an open one is not used any longer.
enum End {
    Broken(String),
    Reopen,
    Stop,
}

/// Why the wait between attempts to open is over.
enum Woken {
    Time,
    Reopen,
    Stop,
}

impl<F: Fn(LinkEvent)> Line<F> {
    fn run(&mut self) {
        let mut told: Option<String> = None;
        let mut pause = self.timeouts.reopen_first;
        loop {
            let end = match self.open() {
                Ok(wire) => {
                    (self.on_event)(LinkEvent::Opened);
                    told = None;
                    pause = self.timeouts.reopen_first;
                    let end = self.serve(wire);
                    self.let_go();
                    end
                }
                Err(end) => end,
            };
            let reason = match end {
                End::Broken(reason) => reason,
                End::Reopen => {
                    told = None;
                    pause = self.timeouts.reopen_first;
                    continue;
                }
                End::Stop => return,
            };
            let is_news = match (&told, &self.way) {
                (None, _) => true,
                (Some(_), Way::Fixed(_)) => false,
                (Some(told), Way::Found { .. }) => *told != reason,
            };
            if is_news {
                told = Some(reason.clone());
                let reason = reason.clone();
                (self.on_event)(LinkEvent::Lost { reason });
            }
            match self.wait_closed(pause, &reason) {
                Woken::Time => pause = (2 * pause).min(self.timeouts.reopen_last),
                Woken::Reopen => {
                    told = None;
                    pause = self.timeouts.reopen_first;
                }
                Woken::Stop => return,
            }
        }
    }

    fn open(&mut self) -> Result<Wire, End> {
        match self.way.clone() {
            Way::Fixed(address) => {
                self.name = address.to_string();
                Wire::open(&address, self.timeouts.connect).map_err(End::Broken)
            }
            Way::Found { ports, slot } => self.seek(&ports, slot),
        }
    }

    fn let_go(&mut self) {
        if let Way::Found { ports, slot } = &self.way {
            ports.lost(*slot);
        }
        self.drive = None;
    }

    /// Runs commands until the wire ends; then answers those that are left.
    fn serve(&mut self, mut wire: Wire) -> End {
        let mut running = false;
        let end = match self.serve_until(&mut wire, &mut running) {
            Err(end) => end,
            Ok(never) => match never {},
        };
        let reason = match &end {
            End::Broken(reason) => reason,
            End::Reopen => "the wire was closed to be opened anew",
            End::Stop => return end,
        };
        let left = usize::from(running) + self.waiting.len();
        self.waiting.clear();
        for _ in 0..left {
            self.refuse(reason);
        }
        end
    }

    fn serve_until(&mut self, wire: &mut Wire, running: &mut bool) -> Result<Infallible, End> {
        let mut session = Session::new(self.timeouts.answers);
        loop {
            self.look(Duration::ZERO)?;
            let Some(request) = self.waiting.pop_front() else {
                if !self.look(IDLE_CHECK)? {
                    let mut stale = [0; 256];
                    wire.read(&mut stale, Duration::ZERO)
                        .map_err(|error| self.broken(&error))?;
                }
                continue;
            };
            *running = true;
            let outcome = self.execute(wire, &mut session, request)?;
            self.check_drive(&outcome)?;
            *running = false;
            (self.on_event)(LinkEvent::Reply(outcome));
        }
    }

    /// Runs one command to its end, or to the end of the wire.
    fn execute(
        &mut self,
        wire: &mut Wire,
        session: &mut Session,
        request: Request,
    ) -> Result<Outcome, End> {
        let (clock, tap) = (self.clock, self.tap.clone());
        let look = || self.look(Duration::ZERO).map(|_| ());
        exchange((wire, &tap), session, clock, request, look).map_err(|why| match why {
            Interrupted::Wire(error) => self.broken(&error),
            Interrupted::Asked(end) => end,
        })
    }

    /// Lets go of a wire that was found with one drive and now has another: cables were exchanged
    /// behind adapters that stayed plugged.
    fn check_drive(&self, outcome: &Outcome) -> Result<(), End> {
        match (self.drive, outcome) {
            (Some(drive), Ok(Answer::Status(status))) if status.drive != drive => {
                let (name, other) = (&self.name, status.drive);
                let reason = format!("{name}: drive {other} answers in place of drive {drive}");
                Err(End::Broken(reason))
            }
            _ => Ok(()),
        }
    }

    /// Takes the next order, waiting for it up to `wait`. Returns whether a command came.
    fn look(&mut self, wait: Duration) -> Result<bool, End> {
        match self.inbox.recv_timeout(wait) {
            Ok(Order::Send(request)) => {
                self.waiting.push_back(request);
                Ok(true)
            }
            Ok(Order::Reopen) => Err(End::Reopen),
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => Err(End::Stop),
            Err(RecvTimeoutError::Timeout) => Ok(false),
        }
    }

    /// Waits before the next attempt to open; refuses commands meanwhile.
    fn wait_closed(&mut self, pause: Duration, reason: &str) -> Woken {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(left) {
                Ok(Order::Send(_)) => self.refuse(reason),
                Ok(Order::Reopen) => return Woken::Reopen,
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return Woken::Stop,
                Err(RecvTimeoutError::Timeout) => return Woken::Time,
            }
        }
    }

    fn refuse(&self, reason: &str) {
        let reason = reason.to_owned();
        (self.on_event)(LinkEvent::Reply(Err(Failure::LinkDown { reason })));
    }

    fn broken(&self, error: &io::Error) -> End {
        let address = &self.name;
        End::Broken(match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => {
                format!("{address}: the other side is gone")
            }
            io::ErrorKind::TimedOut => format!("{address}: it does not take bytes any more"),
            _ => format!("{address}: {error}"),
        })
    }
}

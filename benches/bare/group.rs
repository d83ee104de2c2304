//! The bare loop: one thread writes, and all that waits shares one transaction.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Operation, Rows, Sizes, Store};

/// As in the journal.
const QUEUE_MAX: usize = 4_096;
const BATCH_MAX: usize = 512;

/// The queue of the writing thread.
#[derive(Clone)]
pub(crate) struct Group(Arc<SyncSender<Command>>);

struct Command {
    operations: Vec<Operation>,
    reply: oneshot::Sender<(Vec<Operation>, i64)>,
}

impl Group {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection, sizes: Sizes) -> io::Result<Self> {
        let (queue, commands) = mpsc::sync_channel(QUEUE_MAX);
        let write = move || {
            if let Err(error) = write_on(&connection, &commands, sizes) {
                eprintln!("the bare loop has failed: {error}");
            }
        };
        let thread = std::thread::Builder::new().name("bare".to_owned());
        thread.spawn(write)?;
        Ok(Self(Arc::new(queue)))
    }
}

impl Store for Group {
    async fn store(&self, operations: Vec<Operation>) -> io::Result<(Vec<Operation>, i64)> {
        let (reply, answer) = oneshot::channel();
        let command = Command { operations, reply };
        let sent = self.0.send(command);
        sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        answer.await.map_err(io::Error::other)
    }
}

fn write_on(
    connection: &Connection,
    commands: &Receiver<Command>,
    sizes: Sizes,
) -> rusqlite::Result<()> {
    let mut rows = Rows::of(connection, sizes)?;
    let mut next_id = 1_i64 << 50;
    while let Ok(first) = commands.recv() {
        let (mut size, mut next) = (0, Some(first));
        let mut done = Vec::new();
        connection.execute_batch("begin immediate")?;
        while let Some(Command { operations, reply }) = next {
            let id = next_id;
            rows.write(&operations, &mut next_id)?;
            size += operations.len();
            done.push((reply, operations, id));
            next = (size < BATCH_MAX)
                .then(|| commands.try_recv().ok())
                .flatten();
        }
        connection.execute_batch("commit")?;
        for (reply, operations, id) in done {
            // Whoever asked may have gone.
            let _ = reply.send((operations, id));
        }
    }
    Ok(())
}

//! The server that one writes first: a connection behind a lock, and a transaction for each request.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;

use crate::bare::{Operation, Rows, Sizes, Store};

/// The connection, and the number of the next operation.
#[derive(Clone)]
pub(crate) struct Naive(Arc<Mutex<(Connection, i64)>>, Sizes);

impl Naive {
    pub(crate) fn of(connection: Connection, sizes: Sizes) -> Self {
        Self(Arc::new(Mutex::new((connection, 1 << 50))), sizes)
    }

    fn store_now(&self, operations: &[Operation]) -> rusqlite::Result<i64> {
        let mut locked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, next_id) = &mut *locked;
        let first = *next_id;
        connection.execute_batch("begin immediate")?;
        Rows::of(connection, self.1)?.write(operations, next_id)?;
        connection.execute_batch("commit")?;
        Ok(first)
    }
}

impl Store for Naive {
    async fn store(&self, operations: Vec<Operation>) -> io::Result<(Vec<Operation>, i64)> {
        let naive = self.clone();
        let store = move || {
            let first = naive.store_now(&operations).map_err(io::Error::other)?;
            Ok((operations, first))
        };
        tokio::task::spawn_blocking(store).await?
    }
}

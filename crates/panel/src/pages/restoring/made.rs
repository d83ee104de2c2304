use std::{collections::VecDeque, future::Future, sync::Arc};

use desk::{DeskError, RestorationView};
use tokio::sync::Mutex;

/// How many are remembered.
const KEPT_MAX: usize = 100;

/// Which plan came of which form, so that a form that is sent twice makes one plan; clones are the
/// same. Plans are made one after another anyway.
#[derive(Clone, Default)]
pub(super) struct Made(Arc<Mutex<VecDeque<(String, i64)>>>);

impl Made {
    /// Makes the plan of a form with this key, or says which one was made. It is made to its end even
    /// if whoever has asked for it is gone.
    pub(super) async fn once(
        &self,
        key: String,
        make: impl Future<Output = Result<RestorationView, DeskError>> + Send + 'static,
    ) -> Result<(i64, bool), DeskError> {
        let made = self.clone();
        let made = tokio::spawn(async move {
            let mut kept = made.0.lock().await;
            if let Some((_, plan)) = kept.iter().find(|(known, _)| *known == key) {
                return Ok((*plan, false));
            }
            let plan = make.await?.head.id;
            if kept.len() >= KEPT_MAX {
                kept.pop_front();
            }
            kept.push_back((key, plan));
            Ok((plan, true))
        });
        made.await.map_err(|_| DeskError::Stopping)?
    }
}

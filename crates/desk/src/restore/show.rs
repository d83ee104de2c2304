//! What the desk tells of restorations.

use journal::{Listed, RestorationCount, RestorationHead, RestorationRow, RestorationRowsOf};
use restoration::{Class, Pace, RowState, State};
use terms::{Kopecks, LocalDateTime};

use super::{
    RestorationFileView, RestorationForecast, RestorationListed, RestorationProgress,
    RestorationRowView, RestorationView, RowsOf, RunView,
    change::Parameters,
    draft::Summary,
    facts::{Left, RegisterShares, at_work, forecast, per_second, shares_view},
    report,
};
use crate::{Desk, DeskError};

impl Desk {
    /// The restorations, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn restorations(&self, limit: u32) -> Result<Vec<RestorationListed>, DeskError> {
        let heads = self.reader().restorations(limit)?;
        heads
            .into_iter()
            .map(|head| {
                let counts = self.reader().restoration_counts(head.id)?;
                listed(&head, &counts)
            })
            .collect()
    }

    /// One restoration.
    ///
    /// # Errors
    /// When there is none, or the journal cannot be read.
    pub async fn restoration(&self, id: i64) -> Result<RestorationView, DeskError> {
        let head = self.restoration_head(id)?;
        let counts = self.reader().restoration_counts(id)?;
        let (forecast, shares) = self.restoration_forecast(&head, None, None).await?;
        let summary = Summary::read(id, head.summary.as_deref())?;
        let files = self.reader().restoration_files(id)?;
        let files = files.into_iter().map(|file| RestorationFileView {
            name: file.name,
            sha256: restoration::Hash(file.sha256).to_string(),
            kind: file.kind,
            profile: file.profile,
            rows: file.rows,
            amount: file.amount,
        });
        let left = left(&head, &counts, &summary, None);
        Ok(RestorationView {
            basis: head.basis.clone(),
            files: files.collect(),
            run: head.run.as_ref().map(|run| RunView {
                by: run.by.clone(),
                at: run.at,
                limit: run.left,
                pace: run.pace,
                pause_on: run.pause_on,
            }),
            classes: classes(&counts)?,
            progress: self.progress(&head, &counts, forecast.finish_at)?,
            totals: summary.totals()?,
            shares: shares_view(&shares, left, self.restore_rules()),
            forecast,
            head: listed(&head, &counts)?,
        })
    }

    /// A page of its rows.
    ///
    /// # Errors
    /// When there is no such restoration, or the journal cannot be read.
    pub fn restoration_rows(
        &self,
        id: i64,
        of: RowsOf,
    ) -> Result<Listed<RestorationRowView, u64>, DeskError> {
        self.restoration_head(id)?;
        let of = RestorationRowsOf {
            state: of.state,
            class: of.class,
            after: of.after.unwrap_or(0),
            limit: of.limit.max(1),
        };
        Ok(self.reader().restoration_rows(id, &of)?.map(row_view))
    }

    /// The papers for accountant and tax office, as one ZIP (receipt rules §4.6).
    ///
    /// # Errors
    /// When there is no such restoration, it is not approved or nothing of it is carried out, the
    /// journal cannot be read, or the template of the letter is wrong.
    pub async fn restoration_report(&self, id: i64) -> Result<Vec<u8>, DeskError> {
        let desk = self.clone();
        let made = tokio::task::spawn_blocking(move || report::zip(&desk, id));
        made.await.map_err(|_| DeskError::Stopping)?
    }

    /// What is left, whether the drives suffice for it, and the registers. A pace and a limit are those
    /// of a run that is about to be ordered.
    pub(super) async fn restoration_forecast(
        &self,
        head: &RestorationHead,
        pace: Option<Pace>,
        limit: Option<u64>,
    ) -> Result<(RestorationForecast, Vec<RegisterShares>), DeskError> {
        let counts = self.reader().restoration_counts(head.id)?;
        let summary = Summary::read(head.id, head.summary.as_deref())?;
        let mut left = left(head, &counts, &summary, limit);
        if let Some(pace) = pace {
            left.pace = pace;
        }
        let cassette = self.cassette().await?;
        let registers = at_work(&cassette, self.registers()?);
        if head.state.is_over() {
            return Ok((RestorationForecast::default(), registers));
        }
        let forecast = forecast(self, &cassette, &registers, left)?;
        Ok((forecast, registers))
    }

    fn progress(
        &self,
        head: &RestorationHead,
        counts: &[RestorationCount],
        finish_at: Option<LocalDateTime>,
    ) -> Result<RestorationProgress, DeskError> {
        let pending = self.reader().restoration_pending(head.id)?;
        let in_state = |state| {
            let carried = counts.iter().filter(|it| it.class.is_carried_out());
            let rows = carried.filter(|it| it.state == state);
            rows.fold((0, 0), |(rows, documents), it| {
                (rows + it.rows, documents + it.documents)
            })
        };
        let (accepted, documents) = in_state(RowState::Accepted);
        let open = pending.queued + pending.held + pending.fiscalized + pending.cancelled;
        let is_running = head.state == State::Running;
        let per_second = per_second(self)?.filter(|_| is_running);
        Ok(RestorationProgress {
            planned: in_state(RowState::Planned).0,
            accepted,
            changed: in_state(RowState::Changed).0,
            refused: in_state(RowState::Refused).0,
            queued: pending.queued,
            held: pending.held,
            fiscalized: pending.fiscalized,
            acknowledged: documents.saturating_sub(open),
            per_second,
            finish_at: finish_at.filter(|_| is_running),
        })
    }
}

/// What is left to be formed, at most `limit` rows of it.
fn left(
    head: &RestorationHead,
    counts: &[RestorationCount],
    summary: &Summary,
    limit: Option<u64>,
) -> Left {
    let planned = counts.iter().filter(|it| it.state == RowState::Planned);
    let (rows, documents) = planned.fold((0_u64, 0_u64), |(rows, documents), it| {
        (rows + it.rows, documents + it.documents)
    });
    let row = summary.row();
    let (rows, documents) = match limit {
        Some(limit) if limit < rows => {
            (limit, limit.saturating_mul(row.documents()).min(documents))
        }
        _ => (rows, documents),
    };
    Left {
        rows,
        documents,
        row,
        pace: head.run.as_ref().map_or(Pace::Spread, |run| run.pace),
    }
}

fn classes(counts: &[RestorationCount]) -> Result<Vec<(Class, u64, Kopecks)>, DeskError> {
    let mut classes: Vec<(Class, u64, Kopecks)> = Vec::new();
    for class in Class::ALL {
        let of_class = counts.iter().filter(|it| it.class == *class);
        let rows = of_class.clone().map(|it| it.rows).sum();
        let amount = Kopecks::sum(of_class.map(|it| it.amount))?;
        if rows > 0 {
            classes.push((*class, rows, amount));
        }
    }
    Ok(classes)
}

fn listed(
    head: &RestorationHead,
    counts: &[RestorationCount],
) -> Result<RestorationListed, DeskError> {
    let parameters = Parameters::read(head.id, &head.parameters)?;
    let to_do = counts.iter().filter(|it| it.class.is_carried_out());
    Ok(RestorationListed {
        id: head.id,
        kind: head.kind,
        state: head.state,
        why: head.why.clone(),
        author: head.author.clone(),
        created_at: head.created_at,
        approved_by: head.approved_by.clone(),
        approved_at: head.approved_at,
        days: parameters.days(),
        change: parameters.change_in_words(),
        query: parameters.query.clone(),
        hash: head.hash.map(|hash| hash.to_string()),
        rows: counts.iter().map(|it| it.rows).sum(),
        to_do: to_do.clone().map(|it| it.rows).sum(),
        amount: Kopecks::sum(to_do.map(|it| it.amount))?,
    })
}

fn row_view(row: RestorationRow) -> RestorationRowView {
    RestorationRowView {
        place: row.place,
        class: row.class,
        state: row.state,
        reason: row.reason,
        key: row.key,
        date: row.date,
        amount: row.amount,
        account: row.account,
        source: row.source,
        wrong: row.wrong,
        documents: row.documents,
        fingerprint: row.fingerprint.map(|hash| hash.to_string()),
        operation: row.operation,
    }
}

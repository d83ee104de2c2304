//! What people ask and order about incidents.

use journal::{
    Actor, IncidentAct, IncidentCount, IncidentOrder, IncidentRefusal, IncidentsOf, Listed, Page,
};
use thiserror::Error;

use super::{
    ChannelTried, ChannelView, IncidentHistory, IncidentView,
    message::{Sender, trial},
};
use crate::{Desk, DeskError, Signed};

/// The longest name of a person, in characters.
const BY_MAX: usize = 100;
/// The longest reason, in characters.
const WHY_MAX: usize = 500;
/// The longest time for which nobody is told of an incident, milliseconds: a year.
const MUTE_MAX: i64 = 366 * 24 * 3_600_000;

/// Why nothing is done about an incident.
#[derive(Debug, Error)]
pub enum IncidentActError {
    /// There is none, or it is over.
    #[error(transparent)]
    Refused(#[from] IncidentRefusal),
    /// Who orders it is not known.
    #[error("say who orders it, in 1 to {BY_MAX} characters")]
    NoName,
    /// A reason is wanted.
    #[error("say why, in 1 to {WHY_MAX} characters")]
    NoReason,
    /// A time that cannot be.
    #[error("an incident is muted until a moment to come, within a year")]
    BadUntil,
    /// There is no such channel.
    #[error("the configuration names no channel «{0}»: write a table [[watch.channel]]")]
    UnknownChannel(String),
    /// The journal.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Desk {
    /// A page of incidents, the newest first unless it says otherwise.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions here.
    pub fn incidents(
        &self,
        of: &IncidentsOf,
        page: &Page<i64>,
    ) -> Result<Listed<IncidentView, i64>, DeskError> {
        Ok(self.reader().incidents(of, page)?.map(IncidentView::of))
    }

    /// An incident with all that has happened to it; none when there is none.
    ///
    /// # Errors
    /// See [`Desk::incidents`].
    pub fn incident(&self, id: i64) -> Result<Option<IncidentHistory>, DeskError> {
        let reader = self.reader();
        let Some(row) = reader.incident(id)? else {
            return Ok(None);
        };
        Ok(Some(IncidentHistory {
            incident: IncidentView::of(row),
            events: reader.incident_events(id)?,
            notices: reader.notices_about(id)?,
        }))
    }

    /// How many incidents last.
    ///
    /// # Errors
    /// See [`Desk::incidents`].
    pub fn incident_count(&self) -> Result<IncidentCount, DeskError> {
        Ok(self.reader().incident_count()?)
    }

    /// Somebody takes an incident on; people are told of it no more, unless it grows worse.
    ///
    /// # Errors
    /// When there is no such incident or it is over, the name is missing, or the journal cannot store;
    /// so for all acts here.
    pub async fn acknowledge_incident(
        &self,
        incident: i64,
        signed: Signed,
        actor: Option<Actor>,
    ) -> Result<(), IncidentActError> {
        self.act(incident, IncidentAct::Acknowledge, (signed, actor))
            .await
    }

    /// Nobody shall be told of an incident before `until_ms` (milliseconds since 1970), unless it
    /// grows worse. A reason is wanted.
    ///
    /// # Errors
    /// See [`Desk::acknowledge_incident`].
    pub async fn mute_incident(
        &self,
        incident: i64,
        until_ms: i64,
        signed: Signed,
        actor: Option<Actor>,
    ) -> Result<(), IncidentActError> {
        let now = self.clock().unix_ms();
        if !(now + 1..=now + MUTE_MAX).contains(&until_ms) {
            return Err(IncidentActError::BadUntil);
        }
        self.act(incident, IncidentAct::Mute(until_ms), (signed, actor))
            .await
    }

    /// People shall be told of an incident again.
    ///
    /// # Errors
    /// See [`Desk::acknowledge_incident`]; also when it is not muted.
    pub async fn unmute_incident(
        &self,
        incident: i64,
        signed: Signed,
        actor: Option<Actor>,
    ) -> Result<(), IncidentActError> {
        self.act(incident, IncidentAct::Unmute, (signed, actor))
            .await
    }

    /// An incident is over because somebody says so; found again, it is a new one. A reason is wanted.
    ///
    /// # Errors
    /// See [`Desk::acknowledge_incident`].
    pub async fn resolve_incident(
        &self,
        incident: i64,
        signed: Signed,
        actor: Option<Actor>,
    ) -> Result<(), IncidentActError> {
        self.act(incident, IncidentAct::Resolve, (signed, actor))
            .await
    }

    async fn act(
        &self,
        incident: i64,
        act: IncidentAct,
        (signed, actor): (Signed, Option<Actor>),
    ) -> Result<(), IncidentActError> {
        let is_fine = |text: &str, max: usize| {
            text.chars().count() <= max && !text.chars().any(char::is_control)
        };
        let (by, why) = (signed.by.trim(), signed.reason.trim());
        if by.is_empty() || !is_fine(by, BY_MAX) {
            return Err(IncidentActError::NoName);
        }
        let needs_reason = matches!(act, IncidentAct::Mute(_) | IncidentAct::Resolve);
        if (needs_reason && why.is_empty()) || !is_fine(why, WHY_MAX) {
            return Err(IncidentActError::NoReason);
        }
        let order = IncidentOrder {
            incident,
            act,
            by: by.to_owned(),
            why: why.to_owned(),
            api_key: signed.key,
            actor,
        };
        let told = self.inner.who_is_told();
        self.ask(|writer, reply| writer.order_about_incident(order, told, reply))
            .await??;
        self.inner.ring();
        self.inner.incidents.wake();
        Ok(())
    }

    /// The channels of the configuration, and former ones to which notices are owed.
    ///
    /// # Errors
    /// See [`Desk::incidents`].
    pub fn notice_channels(&self) -> Result<Vec<ChannelView>, DeskError> {
        let telling = self.inner.incidents.telling.get();
        let known = telling.map_or(&[][..], |telling| &telling.setup.channels);
        let mut views: Vec<_> = known
            .iter()
            .map(|channel| ChannelView {
                name: channel.name.clone(),
                kind: Some(channel.channel.kind()),
                to: channel.channel.shown(),
                waiting: 0,
                dead: 0,
            })
            .collect();
        for (name, waiting, dead) in self.reader().notice_counts()? {
            match views.iter_mut().find(|view| view.name == name) {
                Some(view) => (view.waiting, view.dead) = (waiting, dead),
                None => views.push(ChannelView {
                    name,
                    kind: None,
                    to: String::new(),
                    waiting,
                    dead,
                }),
            }
        }
        Ok(views)
    }

    /// Sends a notice that tells of nothing, and says what came of it.
    ///
    /// # Errors
    /// When the configuration names no such channel.
    pub async fn try_channel(&self, name: &str) -> Result<ChannelTried, IncidentActError> {
        let telling = self.inner.incidents.telling.get();
        let found = telling.and_then(|telling| {
            let channels = &telling.setup.channels;
            let channel = channels.iter().find(|channel| channel.name == name)?;
            Some((telling, channel))
        });
        let Some((telling, channel)) = found else {
            return Err(IncidentActError::UnknownChannel(name.to_owned()));
        };
        let now = self.clock().unix_ms();
        let sender = Sender {
            organisation: &self.setup().organisation.name,
            panel: telling.setup.panel.as_deref(),
        };
        let message = trial(name, now, &sender, channel.language);
        let sent = channel
            .channel
            .send(&telling.post, &message, now / 1_000)
            .await;
        Ok(ChannelTried {
            is_taken: sent.is_taken,
            answer: sent.answer,
        })
    }

    /// Sends the notices of one channel at once that wait or were given up; says how many.
    ///
    /// # Errors
    /// When the journal cannot store.
    pub async fn replay_notices(&self, channel: &str) -> Result<u64, DeskError> {
        let channel = Some(channel.to_owned());
        let count = self
            .ask(|writer, reply| writer.replay_notices(channel, reply))
            .await?;
        self.inner.incidents.wake();
        Ok(count)
    }
}

//! Webhooks: how they stand, a letter to try one, those that were given up once more.

use askama::Template;
use desk::{DeskError, Right, WebhookState, WebhookView};

use crate::{
    answer::{Answer, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    pages::start::note,
    text::Text,
    texts::SettingsTexts,
    visit::Member,
};

#[derive(Template)]
#[template(path = "settings_webhooks.html")]
struct Page {
    frame: Frame,
    t: &'static SettingsTexts,
    form: Form,
    /// What came of a trial.
    outcome: Option<String>,
    webhooks: Vec<Webhook>,
}

/// A webhook as a card.
struct Webhook {
    name: String,
    url: String,
    state: Text,
    mood: &'static str,
    waiting: String,
    dead: u64,
    success: Option<String>,
    is_known: bool,
}

pub(super) async fn list(member: Member) -> Answer {
    member.needs(Right::Integrate)?;
    render(&page(&member, Form::default(), None)?)
}

pub(super) async fn send_trial(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Integrate)?;
    let t = SettingsTexts::of(member.language);
    let name = form.text("name").to_owned();
    match member.desk.try_webhook(&name).await {
        Ok(tried) => {
            note(&member, "webhook_tried", &name).await?;
            let outcome = match tried.status {
                Some(status) => t.webhook_tried.with("status", status),
                None => t.webhook_silent.with("why", tried.answer),
            };
            let outcome = outcome.with("name", &name);
            render(&page(&member, form, Some(outcome.into()))?)
        }
        Err(error) => refused(&member, &mut form, error),
    }
}

pub(super) async fn replay(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Integrate)?;
    let t = SettingsTexts::of(member.language);
    let name = form.text("name").to_owned();
    match member.desk.replay_webhook(&name, None).await {
        Ok(count) => {
            note(&member, "webhook_replayed", &name).await?;
            let outcome = t.webhook_replayed.count(count).into();
            render(&page(&member, form, Some(outcome))?)
        }
        Err(error) => refused(&member, &mut form, error),
    }
}

/// The page again, as the webhook is not there any more.
fn refused(member: &Member, form: &mut Form, error: DeskError) -> Answer {
    match error {
        DeskError::UnknownWebhook(_) => {
            let t = SettingsTexts::of(member.language);
            form.refuse("", t.webhook_refused.with("why", error));
            render_wrong(&page(member, form.clone(), None)?)
        }
        error => Err(error.into()),
    }
}

fn page(member: &Member, form: Form, outcome: Option<String>) -> Result<Page, Failure> {
    let t = SettingsTexts::of(member.language);
    let webhooks = member.desk.webhooks()?;
    Ok(Page {
        frame: member.frame(Place::Settings, t.webhooks),
        t,
        form,
        outcome,
        webhooks: webhooks
            .into_iter()
            .map(|view| Webhook::of(view, member, t))
            .collect(),
    })
}

impl Webhook {
    fn of(view: WebhookView, member: &Member, t: &SettingsTexts) -> Self {
        let speech = member.speech();
        let (state, mood) = match view.state {
            WebhookState::Active => (t.webhook_active, "good"),
            WebhookState::Paused => (t.webhook_paused, "idle"),
            WebhookState::Stopped => (t.webhook_stopped, "bad"),
            WebhookState::Removed => (t.webhook_removed, "idle"),
        };
        Self {
            is_known: view.url.is_some(),
            name: view.name,
            url: view.url.unwrap_or_default(),
            state,
            mood,
            waiting: speech.number(view.waiting),
            dead: view.dead,
            success: view.last_success_at.map(|at| speech.moment(&at)),
        }
    }
}

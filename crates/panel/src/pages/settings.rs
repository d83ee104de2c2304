//! Settings: what stands, and what can be changed without the configuration file.

mod keys;
mod services;
mod webhooks;

use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use desk::Right;

use super::start::{Fact, facts};
use crate::{
    answer::{Answer, render},
    frame::Frame,
    nav::Place,
    texts::{OrganisationTexts, SettingsTexts},
    visit::Member,
};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/services", get(services::list))
        .route(
            "/settings/services/new",
            get(services::show_new).post(services::add),
        )
        .route(
            "/settings/services/{code}",
            get(services::show).post(services::save),
        )
        .route("/settings/keys", get(keys::list).post(keys::make))
        .route("/settings/keys/revoke", post(keys::revoke))
        .route("/settings/webhooks", get(webhooks::list))
        .route("/settings/webhooks/try", post(webhooks::send_trial))
        .route("/settings/webhooks/replay", post(webhooks::replay))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    t: &'static SettingsTexts,
    may_configure: bool,
    may_integrate: bool,
    facts: Vec<Fact>,
    slots: Vec<Fact>,
    /// How the copies of the journal stand.
    backups: Vec<Fact>,
    /// Where it is changed.
    stands: String,
}

async fn show(member: Member) -> Answer {
    let (may_configure, may_integrate) = (
        member.session().may(Right::Configure),
        member.session().may(Right::Integrate),
    );
    if !may_integrate {
        member.needs(Right::Configure)?;
    }
    let (t, o) = (
        SettingsTexts::of(member.language),
        OrganisationTexts::of(member.language),
    );
    let setup = member.desk.setup();
    let slots = (1..).zip(&setup.slots).map(|(number, plan): (usize, _)| {
        let mut address = plan.address.to_string();
        if address == "auto" {
            address = o.slot_auto.into();
        }
        if plan.spare {
            address = format!("{address}, {}", o.spare);
        }
        (o.slot.with("n", number).into(), address)
    });
    let config = member.program.as_ref().map(|it| it.places().config.clone());
    let stands = config.map(|path| o.stands.with("path", path.display()).into());
    render(&Page {
        frame: member.frame(Place::Settings, t.title),
        t,
        may_configure,
        may_integrate,
        facts: facts(setup, o),
        slots: slots.collect(),
        backups: backups(&member, t),
        stands: stands.unwrap_or_else(|| o.stands_unknown.into()),
    })
}

/// How the copies of the journal stand.
fn backups(member: &Member, t: &SettingsTexts) -> Vec<Fact> {
    let speech = member.speech();
    let Some(state) = member.program.as_ref().and_then(|it| it.backups()) else {
        return vec![(t.backup_newest.into(), t.backup_off.into())];
    };
    let newest = match state.newest {
        Some(newest) => speech.time(newest),
        None => t.backup_none.into(),
    };
    let mebibytes = state.bytes.div_ceil(1024 * 1024);
    let size = t.backup_mebibytes.with("n", speech.number(mebibytes));
    let mut facts = vec![
        (t.backup_newest.into(), newest),
        (t.backup_size.into(), size.into()),
    ];
    facts.extend(state.failure.map(|why| (t.backup_failure.into(), why)));
    facts
}

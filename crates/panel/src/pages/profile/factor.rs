//! The second factor.

use askama::Template;
use desk::{FactorOffer, PeopleError};

use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    refusal,
    texts::ProfileTexts,
    visit::Member,
};

/// A secret, and a code that proves that the device has it.
#[derive(Template)]
#[template(path = "profile_factor.html")]
struct OfferPage {
    frame: Frame,
    t: &'static ProfileTexts,
    form: Form,
    /// The QR code, made by us; empty: none.
    svg: String,
    /// The secret in groups that can be typed.
    typed: String,
    secret: String,
}

#[derive(Template)]
#[template(path = "profile_codes.html")]
struct CodesPage {
    frame: Frame,
    t: &'static ProfileTexts,
    codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "profile_factor_remove.html")]
struct RemovePage {
    frame: Frame,
    t: &'static ProfileTexts,
    form: Form,
}

impl OfferPage {
    fn of(member: &Member, offer: &FactorOffer, form: Form) -> Self {
        let t = ProfileTexts::of(member.language);
        let typed = offer.typed();
        let groups = typed.as_bytes().chunks(4);
        let groups: Vec<String> = groups
            .map(|group| group.iter().map(|byte| char::from(*byte)).collect())
            .collect();
        Self {
            frame: member.frame(Place::Profile, t.factor_title),
            t,
            form,
            svg: offer.qr(t.factor_qr.0).unwrap_or_default(),
            typed: groups.join(" "),
            secret: offer.secret.iter().map(|it| format!("{it:02x}")).collect(),
        }
    }
}

impl RemovePage {
    fn of(member: &Member, form: Form) -> Self {
        let t = ProfileTexts::of(member.language);
        Self {
            frame: member.frame(Place::Profile, t.factor_remove),
            t,
            form,
        }
    }
}

pub(super) async fn show(member: Member) -> Answer {
    let offer = member.desk.offer_factor(&member.session().person)?;
    render(&OfferPage::of(&member, &offer, Form::default()))
}

pub(super) async fn take(member: Member, mut form: Form) -> Answer {
    let session = member.session();
    let secret = secret(form.value("secret")).ok_or(Failure::BadForm)?;
    let offer = member.desk.offered_factor(secret, &session.person);
    let (code, old) = (form.value("code"), form.value("old"));
    match member.desk.take_factor(session, &offer, code, old).await {
        Ok(codes) => {
            let t = ProfileTexts::of(member.language);
            render(&CodesPage {
                frame: member.frame(Place::Profile, t.codes_title),
                t,
                codes,
            })
        }
        Err(error) => {
            refusal::tell(&mut form, member.language, error)?;
            render_wrong(&OfferPage::of(&member, &offer, form))
        }
    }
}

pub(super) async fn ask(member: Member) -> Answer {
    render(&RemovePage::of(&member, Form::default()))
}

pub(super) async fn remove(member: Member, mut form: Form) -> Answer {
    let dropped: Result<(), PeopleError> = member
        .desk
        .drop_factor(member.session(), form.value("old"))
        .await;
    match dropped {
        Ok(()) => Ok(done("/profile", Notice::Saved)),
        Err(error) => {
            refusal::tell(&mut form, member.language, error)?;
            render_wrong(&RemovePage::of(&member, form))
        }
    }
}

/// The secret as the form carries it, hexadecimal.
fn secret(text: &str) -> Option<[u8; 20]> {
    if text.len() != 40 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut secret = [0; 20];
    for (place, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(secret)
}

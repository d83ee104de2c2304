//! The test receipt: looked at before it is made, and made only by drives that mean nothing.

use askama::Template;
use axum::http::{HeaderValue, header};
use desk::{
    Asked, NewOperation, OperationView, ReadyReceipt, ReceiptState, Right, Service, Submitted,
    random_password, ready,
};
use terms::{Id, Kopecks, OperationSign, PaymentMethod, ServiceCode, SettlementSubject};

use super::{Fact, drives::minute, is_registered, note};
use crate::{
    answer::{Answer, render, render_wrong, see_other},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    text::Text,
    texts::{StartTexts, TrialReceiptTexts},
    visit::Member,
};

/// What the test receipt is about: 1 rouble.
const KOPECKS: i64 = 100;
/// The longest key of ours, bytes.
const KEY_MAX: usize = 40;
const PATH: &str = "/start/receipt";

#[derive(Template)]
#[template(path = "start_receipt.html")]
struct Page {
    frame: Frame,
    t: &'static TrialReceiptTexts,
    s: &'static StartTexts,
    form: Form,
    services: Vec<(String, String)>,
    /// What it would be; or why it would not.
    preview: Result<Vec<Fact>, String>,
    is_emulated: bool,
    has_drive: bool,
}

#[derive(Template)]
#[template(path = "start_receipt_made.html")]
struct MadePage {
    frame: Frame,
    t: &'static TrialReceiptTexts,
    s: &'static StartTexts,
    state: Text,
    mood: &'static str,
    facts: Vec<Fact>,
    is_formed: bool,
}

pub(super) async fn show(member: Member) -> Answer {
    member.needs(Right::Configure)?;
    if let Ok(id) = member.query.text("operation").parse::<Id>() {
        let operation = member.desk.operation(id)?.ok_or(Failure::NotFound)?;
        return made(&member, &operation);
    }
    let form = Form::of([
        ("service", member.query.text("service").to_owned()),
        ("key", random_password()?),
    ]);
    render(&page(&member, form).await?)
}

pub(super) async fn make(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Configure)?;
    let t = TrialReceiptTexts::of(member.language);
    let is_ours = |key: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(is_plain)
    };
    let (Some((_, service)), true) = (chosen(&member, &form).await?, is_ours(form.text("key")))
    else {
        return Ok(see_other(PATH));
    };
    // Checked here and not only on the page: a real receipt means real money.
    let slots = member.desk.cassette().await?.slots;
    if !slots.iter().any(is_registered) || slots.iter().any(|it| it.drive.is_some() && !it.emulated)
    {
        return Ok(see_other(PATH));
    }
    let operation = operation(&member, &service, form.text("key"))?;
    note(&member, "test_receipt", &operation.key).await?;
    let submitted = member.desk.submit(vec![operation], None).await?;
    match submitted.into_iter().next() {
        Some(
            Submitted::Accepted { id, .. }
            | Submitted::Repeated { id }
            | Submitted::Conflict { id }
            | Submitted::Held { id },
        ) => Ok(see_other(&format!("{PATH}?operation={id}"))),
        Some(Submitted::Refused(why)) => {
            form.refuse("", t.refused.with("why", why.message));
            render_wrong(&page(&member, form).await?)
        }
        None => Err(Failure::Internal),
    }
}

/// The service that was chosen, or the first one.
async fn chosen(member: &Member, form: &Form) -> Result<Option<(ServiceCode, Service)>, Failure> {
    let services = member.desk.services().await?;
    let named = services
        .iter()
        .find(|(code, _)| code.as_str() == form.text("service"));
    let found = named.or_else(|| services.iter().next());
    Ok(found.map(|(code, service)| (code.clone(), service.clone())))
}

/// The operation that makes the receipt. Equal keys make one receipt.
fn operation(member: &Member, service: &Service, key: &str) -> Result<NewOperation, Failure> {
    let setup = member.desk.setup();
    let today = member.desk.clock().local().date();
    let amount = Kopecks::new(KOPECKS).map_err(|_| Failure::Internal)?;
    let line = ready::Line::new(
        service.name.clone(),
        amount,
        PaymentMethod::FullSettlement,
        SettlementSubject::Service,
        service.vat.rate_on(today).direct(),
    );
    let mut receipt = ready::Receipt::new(
        setup.ffd(),
        OperationSign::Income,
        service.tax_system,
        vec![line],
        ready::Payments::cashless(amount),
    );
    receipt.buyer_contact = Some(setup.organisation.sender_email.clone());
    let key = format!("test-receipt-{key}");
    Ok(NewOperation {
        body: format!("{{\"test_receipt\":\"{key}\"}}"),
        key,
        asked: Asked::Receipt(Box::new(ReadyReceipt {
            date: today,
            account: None,
            receipt,
        })),
        callback: None,
        basis: None,
    })
}

async fn page(member: &Member, form: Form) -> Result<Page, Failure> {
    let t = TrialReceiptTexts::of(member.language);
    let slots = member.desk.cassette().await?.slots;
    let services = member.desk.services().await?.into_iter();
    let services = services.map(|(code, service)| (code.as_str().to_owned(), service.name));
    let preview = match chosen(member, &form).await? {
        Some((_, service)) => preview(member, &service, t).await?,
        None => Ok(Vec::new()),
    };
    Ok(Page {
        frame: member.frame(Place::Start, t.title),
        t,
        s: StartTexts::of(member.language),
        form,
        services: services.collect(),
        preview,
        is_emulated: slots
            .iter()
            .all(|slot| slot.drive.is_none() || slot.emulated),
        has_drive: slots.iter().any(is_registered),
    })
}

/// What the receipt would be, by the code that would make it.
async fn preview(
    member: &Member,
    service: &Service,
    t: &TrialReceiptTexts,
) -> Result<Result<Vec<Fact>, String>, Failure> {
    let operation = operation(member, service, "")?;
    let preview = match member.desk.preview(&operation).await? {
        Ok(preview) => preview,
        Err(why) => return Ok(Err(t.refused.with("why", why.message).into())),
    };
    let speech = member.speech();
    let today = member.desk.clock().local().date();
    let lines = preview.receipts.iter().flat_map(|it| it.all_lines());
    let facts = lines.flat_map(|line| {
        let vat: String = match service.vat.rate_on(today).percent() {
            Some(percent) => format!("{percent}%: {}", speech.money(line.vat)),
            None => t.vat_none.into(),
        };
        [
            (t.service.into(), line.name.clone()),
            (t.sum.into(), speech.money(line.amount)),
            (t.vat.into(), vat),
            (t.kind.into(), t.kind_paid.into()),
        ]
    });
    Ok(Ok(facts.collect()))
}

/// The receipt that was made, as far as it is.
fn made(member: &Member, operation: &OperationView) -> Answer {
    let t = TrialReceiptTexts::of(member.language);
    let receipt = operation.receipts.first().ok_or(Failure::NotFound)?;
    let (state, mood) = match receipt.state {
        ReceiptState::Queued | ReceiptState::OnDrive => (t.waits, "busy"),
        ReceiptState::Fiscalized => (t.formed, "good"),
        ReceiptState::Acknowledged => (t.confirmed, "good"),
        ReceiptState::Held | ReceiptState::InDoubt | ReceiptState::Refused => (t.stuck, "bad"),
    };
    let document = receipt.document.as_ref();
    let facts = document.map(|it| -> Vec<Fact> {
        vec![
            (t.number.into(), it.number.to_string()),
            (t.sign.into(), format!("{:010}", it.fiscal_sign)),
            (t.drive.into(), it.drive.clone()),
            (t.time.into(), minute(member.speech(), &it.time)),
            (t.qr.into(), it.qr.clone()),
        ]
    });
    let mut response = render(&MadePage {
        frame: member.frame(Place::Start, t.title),
        t,
        s: StartTexts::of(member.language),
        state,
        mood,
        facts: facts.unwrap_or_default(),
        is_formed: document.is_some(),
    })?;
    if matches!(receipt.state, ReceiptState::Queued | ReceiptState::OnDrive) {
        let refresh = HeaderValue::from_static("2");
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(response)
}

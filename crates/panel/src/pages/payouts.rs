//! What is paid on to suppliers: what stands for each, payouts, and one of them.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use desk::{
    DeskError, PayoutError, PayoutRow, PayoutState, PayoutView, Right, SupplierStanding, TableForm,
};
use terms::{LocalDate, Period};

use super::{cassette::signed, contracts::file};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::PayoutsTexts,
    visit::Member,
};

const PATH: &str = "/payouts";
/// Payouts that the page shows.
const SHOWN: u32 = 100;

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show).post(make))
        .route("/payouts/{id}", get(show_one))
        .route("/payouts/{id}/agree", post(agree))
        .route("/payouts/{id}/drop", post(drop_one))
        .route("/payouts/{id}/{table}", get(table))
}

#[derive(Template)]
#[template(path = "payouts.html")]
struct Page {
    frame: Frame,
    t: &'static PayoutsTexts,
    form: Form,
    suppliers: Vec<Supplier>,
    rows: Vec<Row>,
}

struct Supplier {
    inn: String,
    name: String,
    ready: String,
    pending: String,
    drafted: String,
    agreed: String,
}

struct Row {
    id: i64,
    month: String,
    name: String,
    amount: String,
    state: Text,
    mood: &'static str,
    made: String,
}

#[derive(Template)]
#[template(path = "payout.html")]
struct OnePage {
    frame: Frame,
    t: &'static PayoutsTexts,
    form: Form,
    row: Row,
    inn: String,
    ended: Option<String>,
    services: Vec<ServiceRow>,
    is_draft: bool,
    may_agree: bool,
}

struct ServiceRow {
    name: String,
    receipts: String,
    income: String,
    refunds: String,
    sum: String,
}

impl Supplier {
    fn of(standing: SupplierStanding, speech: Speech) -> Self {
        Self {
            inn: standing.supplier.to_string(),
            name: standing.name,
            ready: speech.money(standing.ready),
            pending: speech.money(standing.pending),
            drafted: speech.money(standing.drafted),
            agreed: speech.money(standing.agreed),
        }
    }
}

impl Row {
    fn of(row: &PayoutRow, t: &PayoutsTexts, speech: Speech) -> Self {
        let (state, mood) = match row.state {
            PayoutState::Draft => (t.draft, "warn"),
            PayoutState::Agreed => (t.agreed_state, "good"),
            PayoutState::Dropped => (t.dropped, "idle"),
        };
        Self {
            id: row.id,
            month: row.period.on_receipt(),
            name: row.name.clone(),
            amount: speech.money(row.amount),
            state,
            mood,
            made: format!("{}, {}", row.made_by, speech.moment(&row.made_at)),
        }
    }
}

async fn page(member: &Member, form: Form) -> Result<Page, Failure> {
    let (t, speech) = (PayoutsTexts::of(member.language), member.speech());
    let suppliers = member.desk.supplier_standings().await?;
    let payouts = member.desk.payouts(None, SHOWN).await?;
    Ok(Page {
        frame: member.frame(Place::Payouts, t.title),
        t,
        form,
        suppliers: suppliers
            .into_iter()
            .map(|it| Supplier::of(it, speech))
            .collect(),
        rows: payouts.iter().map(|it| Row::of(it, t, speech)).collect(),
    })
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Report)?;
    let today = member.desk.clock().local().date();
    let first = LocalDate::new(today.year(), today.month(), 1).map_err(DeskError::from)?;
    let last_month = first.plus_days(-1).map_err(DeskError::from)?.period();
    let form = Form::of([("month", last_month.to_string())]);
    render(&page(&member, form).await?)
}

async fn make(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Report)?;
    let t = PayoutsTexts::of(member.language);
    let Ok(month) = form.text("month").parse::<Period>() else {
        form.refuse("month", t.bad_month);
        return render_wrong(&page(&member, form).await?);
    };
    let made = member
        .desk
        .make_payouts(month, None, signed(&member, ""))
        .await;
    let made = match made {
        Err(DeskError::Payout(PayoutError::NotBegun(_))) => {
            form.refuse("month", t.bad_month);
            return render_wrong(&page(&member, form).await?);
        }
        made => made?,
    };
    if made.is_empty() {
        form.refuse("", t.nothing);
        return render_wrong(&page(&member, form).await?);
    }
    let by = member.session().actor();
    for payout in &made {
        let detail = format!("{} {}", payout.supplier, payout.amount);
        let noted = member.desk.note_act(&by, "payout_made", payout.id, detail);
        noted.await?;
    }
    Ok(done(PATH, Notice::Saved))
}

impl OnePage {
    async fn of(member: &Member, view: PayoutView, form: Form) -> Result<Self, Failure> {
        let (t, speech) = (PayoutsTexts::of(member.language), member.speech());
        let known = member.desk.services().await?;
        let row = Row::of(&view.row, t, speech);
        let mut services = Vec::with_capacity(view.services.len());
        for service in view.services {
            let named = known
                .iter()
                .find(|(code, _)| code.as_str() == service.service);
            let sum = service
                .income
                .sub(service.refunds)
                .map_err(DeskError::from)?;
            services.push(ServiceRow {
                name: named.map_or(service.service, |(_, it)| it.name.clone()),
                receipts: speech.number(service.receipts),
                income: speech.money(service.income),
                refunds: speech.money(service.refunds),
                sum: speech.money(sum),
            });
        }
        let title = t.one.with("id", view.row.id).with("name", &view.row.name);
        Ok(Self {
            frame: member.frame(Place::Payouts, title),
            t,
            form,
            ended: view.row.ended.map(|(by, why, _)| {
                let said = t.ended.with("state", row.state);
                said.with("by", by).with("why", why).into()
            }),
            inn: view.row.supplier.to_string(),
            is_draft: view.row.state == PayoutState::Draft,
            row,
            services,
            may_agree: member.session().may(Right::Approve),
        })
    }
}

async fn found(member: &Member, id: i64) -> Result<PayoutView, Failure> {
    match member.desk.payout(id).await {
        Err(DeskError::Payout(PayoutError::Unknown(_))) => Err(Failure::NotFound),
        found => Ok(found?),
    }
}

async fn show_one(member: Member, Path(id): Path<i64>) -> Answer {
    member.needs(Right::Report)?;
    let view = found(&member, id).await?;
    render(&OnePage::of(&member, view, Form::default()).await?)
}

async fn agree(member: Member, Path(id): Path<i64>, form: Form) -> Answer {
    member.needs(Right::Approve)?;
    let signed = signed(&member, form.text("reason"));
    let ended = member.desk.agree_payout(id, signed).await;
    settled(&member, (id, "payout_agreed"), form, ended).await
}

async fn drop_one(member: Member, Path(id): Path<i64>, form: Form) -> Answer {
    member.needs(Right::Approve)?;
    let signed = signed(&member, form.text("reason"));
    let ended = member.desk.drop_payout(id, signed).await;
    settled(&member, (id, "payout_dropped"), form, ended).await
}

async fn settled(
    member: &Member,
    (id, act): (i64, &str),
    mut form: Form,
    ended: Result<PayoutRow, DeskError>,
) -> Answer {
    let t = PayoutsTexts::of(member.language);
    match ended {
        Ok(row) => {
            let by = member.session().actor();
            let detail = format!("{} {}: {}", row.supplier, row.amount, form.text("reason"));
            member.desk.note_act(&by, act, id, detail).await?;
            return Ok(done(&format!("{PATH}/{id}"), Notice::Saved));
        }
        Err(DeskError::NotSigned(_)) => form.refuse("reason", t.reason_bad),
        Err(DeskError::Payout(PayoutError::NoDraft { .. })) => form.refuse("", t.ended_already),
        Err(DeskError::Payout(PayoutError::Unknown(_))) => return Err(Failure::NotFound),
        Err(error) => return Err(error.into()),
    }
    let view = found(member, id).await?;
    render_wrong(&OnePage::of(member, view, form).await?)
}

async fn table(member: Member, Path((id, table)): Path<(i64, String)>) -> Answer {
    member.needs(Right::Report)?;
    let (what, form) = table.split_once('.').ok_or(Failure::NotFound)?;
    let form: TableForm = form.parse().map_err(|_| Failure::NotFound)?;
    found(&member, id).await?;
    let content = match what {
        "register" => member.desk.payout_register(id, form).await?,
        "documents" => member.desk.payout_documents(id, form).await?,
        _ => return Err(Failure::NotFound),
    };
    Ok(file(content, form, &format!("payout-{id}-{what}")))
}

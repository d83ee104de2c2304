//! Contracts: what they have come to in a month, which end soon, and those of one account.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use desk::{
    Contract, ContractEnding, ContractError, ContractMonth, ContractRow, ContractSetter,
    ContractsError, DeskError, NewContracts, OutsideContract, Right, TableForm,
};
use terms::{AccountNumber, Kopecks, LocalDate, Period, ServiceCode};

use crate::{
    address::{self, Asked},
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    texts::ContractsTexts,
    typed,
    visit::Member,
};

const PATH: &str = "/contracts";
/// Contracts of a page.
const ROWS: u32 = 50;
/// The most that are told to end.
const ENDING: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show))
        .route("/contracts.csv", get(csv))
        .route("/contracts.xlsx", get(xlsx))
        .route("/accounts/{number}/contracts", get(show_account).post(save))
        .route("/accounts/{number}/contracts/remove", post(remove))
}

#[derive(Template)]
#[template(path = "contracts.html")]
struct Page {
    frame: Frame,
    t: &'static ContractsTexts,
    form: Form,
    ending: Vec<Ending>,
    rows: Vec<Month>,
    next: Option<String>,
    csv: String,
    xlsx: String,
}

/// A contract that ends soon.
struct Ending {
    account: String,
    path: String,
    number: String,
    to: String,
    left: String,
    is_soon: bool,
}

/// A contract over the month.
struct Month {
    account: String,
    path: String,
    number: String,
    term: String,
    debt_start: String,
    charged: String,
    offset: String,
    paid: String,
    other: String,
    debt_end: String,
    receipts: String,
}

/// A contract as people read it.
pub(super) struct Shown {
    pub(super) number: String,
    pub(super) term: String,
    pub(super) services: String,
    pub(super) price_list: Option<String>,
    comment: Option<String>,
    set_by: Option<String>,
    edit: String,
    remove_confirm: String,
    /// Whether today lies in its term.
    pub(super) holds: bool,
}

#[derive(Template)]
#[template(path = "account_contracts.html")]
struct AccountPage {
    frame: Frame,
    t: &'static ContractsTexts,
    form: Form,
    account: String,
    path: String,
    lead: String,
    rows: Vec<Shown>,
    /// Which one is changed; none: a new one.
    old: Option<String>,
    services: Vec<(String, String)>,
    may_edit: bool,
}

async fn show(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (ContractsTexts::of(member.language), member.speech());
    let this_month = member.desk.clock().local().date().period();
    let month = asked.read("month", |it| it.parse().ok(), t.bad_month);
    let month: Period = month.unwrap_or(this_month);
    let after = asked.read("after", |it| it.parse::<i64>().ok(), t.bad_month);
    let months = member.desk.contract_months(month, after, ROWS).await?;
    let ending = member.desk.contracts_ending(None, ENDING).await?;
    let mut form = Form::of([("month", month.to_string())]);
    if !asked.is_fine() {
        form.refuse("month", t.bad_month);
    }
    let query = |path: &str| address::query(path, [("month", month.to_string().as_str())]);
    let page = Page {
        frame: member.frame(Place::Contracts, t.title),
        t,
        ending: ending
            .into_iter()
            .map(|it| Ending::of(it, t, speech))
            .collect(),
        rows: months
            .rows
            .into_iter()
            .map(|it| Month::of(it, t, speech))
            .collect(),
        next: months.next.map(|next| asked.after(Some(&next.to_string()))),
        csv: query("/contracts.csv"),
        xlsx: query("/contracts.xlsx"),
        form,
    };
    match page.form.is_fine() {
        true => render(&page),
        false => render_wrong(&page),
    }
}

async fn csv(member: Member, asked: Asked) -> Answer {
    table(&member, &asked, TableForm::Csv).await
}

async fn xlsx(member: Member, asked: Asked) -> Answer {
    table(&member, &asked, TableForm::Xlsx).await
}

async fn table(member: &Member, asked: &Asked, form: TableForm) -> Answer {
    member.needs(Right::Look)?;
    let month: Period = asked.text("month").parse().map_err(|_| Failure::NotFound)?;
    let table = member.desk.contract_table(month, form).await?;
    Ok(file(table, form, &format!("contracts-{month}")))
}

/// A table as a file of this name.
pub(super) fn file(table: Vec<u8>, form: TableForm, name: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media()));
    let name = format!("attachment; filename=\"{name}.{form}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    (headers, table).into_response()
}

impl Ending {
    fn of(ending: ContractEnding, t: &ContractsTexts, speech: Speech) -> Self {
        let account = ending.row.account;
        Self {
            path: contracts_path(&account),
            account: account.to_string(),
            number: ending.row.contract.number,
            to: speech.date(ending.to),
            left: match u64::try_from(ending.days) {
                Ok(days) if days > 0 => t.left.count(days).into(),
                _ => t.last_day.into(),
            },
            is_soon: ending.days <= 7,
        }
    }
}

impl Month {
    fn of(month: ContractMonth, t: &ContractsTexts, speech: Speech) -> Self {
        let money = |sum: Kopecks| match sum.is_zero() {
            true => "—".to_owned(),
            false => speech.money(sum),
        };
        Self {
            path: contracts_path(&month.account),
            account: month.account.to_string(),
            term: term(&month.contract, t, speech),
            number: month.contract.number,
            debt_start: money(month.debt_start),
            charged: money(month.charged),
            offset: money(month.offset),
            paid: money(month.paid),
            other: money(month.other),
            debt_end: money(month.debt_end),
            receipts: speech.number(month.receipts),
        }
    }
}

fn contracts_path(account: &AccountNumber) -> String {
    format!("{}/contracts", address::account(account.as_str()))
}

fn term(contract: &Contract, t: &ContractsTexts, speech: Speech) -> String {
    let from = speech.date(contract.from);
    match contract.to {
        None => t.since.with("from", from).into(),
        Some(to) => t
            .until
            .with("from", from)
            .with("to", speech.date(to))
            .into(),
    }
}

/// The contracts of an account; none when there is no such account.
pub(super) async fn shown(
    member: &Member,
    account: &AccountNumber,
) -> Result<Option<Vec<Shown>>, Failure> {
    let (t, speech) = (ContractsTexts::of(member.language), member.speech());
    let Some(rows) = member.desk.contracts(account)? else {
        return Ok(None);
    };
    let services = member.desk.services().await?;
    let today = member.desk.clock().local().date();
    let path = contracts_path(account);
    let show = |row: ContractRow| {
        let contract = row.contract;
        let names = contract.services.iter().map(|code| {
            let service = services.get(code);
            service.map_or_else(|| code.to_string(), |it| it.name.clone())
        });
        let names: Vec<String> = names.collect();
        Shown {
            term: term(&contract, t, speech),
            services: match names.is_empty() {
                true => t.all_services.into(),
                false => names.join(", "),
            },
            set_by: row
                .set_by
                .or(row.key)
                .map(|by| t.set_by.with("by", by).into()),
            edit: address::query(&path, [("edit", contract.number.as_str())]),
            remove_confirm: t.remove_confirm.with("number", &contract.number).into(),
            holds: contract.holds_on(today),
            price_list: contract.price_list,
            comment: contract.comment,
            number: contract.number,
        }
    };
    Ok(Some(rows.into_iter().map(show).collect()))
}

impl AccountPage {
    async fn of(member: &Member, account: &AccountNumber, form: Form) -> Result<Self, Failure> {
        let t = ContractsTexts::of(member.language);
        let rows = shown(member, account).await?.ok_or(Failure::NotFound)?;
        let services = member.desk.services().await?;
        let outside = match member.desk.setup().contracts.outside {
            OutsideContract::Accept => t.outside_accept,
            OutsideContract::Hold => t.outside_hold,
            OutsideContract::Refused => t.outside_refused,
        };
        let old = form.text("old").to_owned();
        Ok(Self {
            frame: member.frame(Place::Accounts, t.of_account.with("number", account)),
            t,
            account: address::account(account.as_str()),
            path: contracts_path(account),
            lead: t.of_account_lead.with("what", outside).into(),
            rows,
            old: Some(old).filter(|old| !old.is_empty()),
            services: services
                .into_iter()
                .map(|(code, service)| (code.to_string(), service.name))
                .collect(),
            may_edit: member.session().may(Right::Submit),
            form,
        })
    }
}

async fn show_account(member: Member, Path(number): Path<String>, asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let account = read_number(&number)?;
    let rows = member.desk.contracts(&account)?.ok_or(Failure::NotFound)?;
    let edited = rows
        .into_iter()
        .find(|row| row.contract.number == asked.text("edit"));
    let form = match edited {
        Some(row) => written(&row.contract),
        None => Form::default(),
    };
    render(&AccountPage::of(&member, &account, form).await?)
}

/// A contract as it stands in the form.
fn written(contract: &Contract) -> Form {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut fields = vec![
        ("old", contract.number.clone()),
        ("number", contract.number.clone()),
        ("from", contract.from.to_string()),
        (
            "to",
            contract.to.map_or_else(String::new, |to| to.to_string()),
        ),
        ("price_list", text(&contract.price_list)),
        ("comment", text(&contract.comment)),
    ];
    let services = contract.services.iter();
    fields.extend(services.map(|code| ("service", code.to_string())));
    Form::of(fields)
}

async fn save(member: Member, Path(number): Path<String>, mut form: Form) -> Answer {
    member.needs(Right::Submit)?;
    let account = read_number(&number)?;
    let known = member.desk.contracts(&account)?.ok_or(Failure::NotFound)?;
    let Some(contract) = read(&member, &mut form) else {
        return render_wrong(&AccountPage::of(&member, &account, form).await?);
    };
    let old = form.text("old").to_owned();
    let mut contracts: Vec<Contract> = known.into_iter().map(|row| row.contract).collect();
    contracts.retain(|it| it.number != old);
    contracts.push(contract);
    put(&member, account, contracts, form).await
}

async fn remove(member: Member, Path(number): Path<String>, form: Form) -> Answer {
    member.needs(Right::Submit)?;
    let account = read_number(&number)?;
    let known = member.desk.contracts(&account)?.ok_or(Failure::NotFound)?;
    let mut contracts: Vec<Contract> = known.into_iter().map(|row| row.contract).collect();
    contracts.retain(|it| it.number != form.text("number"));
    put(&member, account, contracts, form).await
}

async fn put(
    member: &Member,
    account: AccountNumber,
    contracts: Vec<Contract>,
    mut form: Form,
) -> Answer {
    let new = NewContracts {
        account: account.clone(),
        contracts,
    };
    let setter = ContractSetter {
        by: Some(member.session().person.name.clone()),
        key: None,
    };
    if let Err(error) = member.desk.put_contracts(vec![new], setter).await {
        let DeskError::Contracts(error) = error else {
            return Err(error.into());
        };
        refuse(&mut form, &error, member);
        return render_wrong(&AccountPage::of(member, &account, form).await?);
    }
    let by = member.session().actor();
    let noted = member
        .desk
        .note_act(&by, "contracts_set", &account, form.text("number"));
    noted.await?;
    Ok(done(&contracts_path(&account), Notice::Saved))
}

fn refuse(form: &mut Form, error: &ContractsError, member: &Member) {
    let (t, speech) = (ContractsTexts::of(member.language), member.speech());
    let ContractsError::Wrong { why, .. } = error else {
        form.refuse("", t.refused.with("why", error));
        return;
    };
    match why {
        ContractError::BadNumber(_) => form.refuse("number", t.number_bad),
        ContractError::BadText { .. } => form.refuse("comment", t.too_long),
        ContractError::Twice(_) => form.refuse("number", t.twice),
        ContractError::EndsFirst { .. } => form.refuse("to", t.ends_first),
        ContractError::Overlap {
            first,
            second,
            service,
            day,
        } => {
            let said = t.overlap.with("day", speech.date(day));
            let said = said.with("service", service).with("first", first);
            form.refuse("from", said.with("second", second));
        }
    }
}

/// What was typed; none when something is wrong, which is said in the form then.
fn read(member: &Member, form: &mut Form) -> Option<Contract> {
    let t = ContractsTexts::of(member.language);
    let number = form.text("number").to_owned();
    if number.is_empty() || number.chars().count() > Contract::NUMBER_MAX {
        form.refuse("number", t.number_bad);
    }
    let from = typed::day(form.text("from"));
    if from.is_none() {
        form.refuse("from", t.bad_day);
    }
    let to: Option<Option<LocalDate>> = match form.text("to") {
        "" => Some(None),
        text => typed::day(text).map(Some),
    };
    if to.is_none() {
        form.refuse("to", t.bad_day);
    }
    let services: Result<BTreeSet<ServiceCode>, _> = form.all("service").map(str::parse).collect();
    let text = |name: &str| {
        let text = form.text(name).to_owned();
        (!text.is_empty()).then_some(text)
    };
    let (price_list, comment) = (text("price_list"), text("comment"));
    for (name, text) in [("price_list", &price_list), ("comment", &comment)] {
        let is_long = |text: &String| text.chars().count() > Contract::TEXT_MAX;
        if text.as_ref().is_some_and(is_long) {
            form.refuse(name, t.too_long);
        }
    }
    form.is_fine().then_some(())?;
    Some(Contract {
        number,
        from: from?,
        to: to?,
        services: services.ok()?,
        price_list,
        comment,
    })
}

fn read_number(number: &str) -> Result<AccountNumber, Failure> {
    number.parse().map_err(|_| Failure::NotFound)
}

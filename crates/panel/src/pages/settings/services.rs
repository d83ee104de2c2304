//! Services: what is sold, at which VAT rate, from which day.

mod agent;

use askama::Template;
use axum::extract::Path;
use desk::{Right, Service, VatSchedule};
use terms::{Kopecks, LocalDate, ServiceCode, TaxSystem, VatRate};

use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    pages::{login::encoded, start::note},
    speech::Speech,
    texts::SettingsTexts,
    visit::Member,
};

const PATH: &str = "/settings/services";
/// Tag 1030.
const NAME_MAX: usize = 128;

#[derive(Template)]
#[template(path = "settings_services.html")]
struct ListPage {
    frame: Frame,
    t: &'static SettingsTexts,
    services: Vec<Row>,
}

/// A service as a row.
struct Row {
    code: String,
    path: String,
    name: String,
    vat: String,
    changes: Vec<String>,
    system: &'static str,
}

#[derive(Template)]
#[template(path = "settings_service.html")]
struct Page {
    frame: Frame,
    t: &'static SettingsTexts,
    form: Form,
    /// None: a new one.
    code: Option<String>,
    agents: Vec<(String, String)>,
    changes: Vec<String>,
    rates: Vec<(String, String)>,
    next_rates: Vec<(String, String)>,
    systems: Vec<(String, String)>,
}

impl Page {
    fn of(member: &Member, form: Form, known: Option<(&ServiceCode, &Service)>) -> Self {
        let t = SettingsTexts::of(member.language);
        let title: String = match known {
            Some((_, service)) => service.name.clone(),
            None => t.service_add.into(),
        };
        let rates: Vec<_> = VatRate::ALL
            .iter()
            .map(|it| (it.name().to_owned(), rate(*it, t)))
            .collect();
        let keep = (String::new(), t.vat_keep.into());
        let systems = member.desk.setup().organisation.tax_systems.iter();
        Self {
            frame: member.frame(Place::Settings, title),
            t,
            form,
            code: known.map(|(code, _)| code.as_str().to_owned()),
            agents: agent::kinds(t, known.and_then(|(_, service)| service.agent.as_ref())),
            changes: known.map_or_else(Vec::new, |(_, it)| changes(it, t, member.speech())),
            next_rates: [keep].into_iter().chain(rates.clone()).collect(),
            rates,
            systems: systems
                .map(|it| (it.bit().to_string(), it.title().to_owned()))
                .collect(),
        }
    }
}

pub(super) async fn list(member: Member) -> Answer {
    member.needs(Right::Configure)?;
    let t = SettingsTexts::of(member.language);
    let (speech, today) = (member.speech(), member.desk.clock().local().date());
    let services = member.desk.services().await?;
    let rows = services.iter().map(|(code, service)| Row {
        code: code.as_str().to_owned(),
        path: format!("{PATH}/{}", encoded(code.as_str()).replace('/', "%2F")),
        name: service.name.clone(),
        vat: rate(service.vat.rate_on(today), t),
        changes: changes(service, t, speech),
        system: service.tax_system.title(),
    });
    render(&ListPage {
        frame: member.frame(Place::Settings, t.services),
        t,
        services: rows.collect(),
    })
}

pub(super) async fn show_new(member: Member) -> Answer {
    member.needs(Right::Configure)?;
    let form = Form::of([
        ("rate", VatRate::V22.name().to_owned()),
        ("priority", "1".to_owned()),
        ("weight", "0".to_owned()),
        ("p21", "yes".to_owned()),
    ]);
    render(&Page::of(&member, form, None))
}

pub(super) async fn add(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Configure)?;
    let t = SettingsTexts::of(member.language);
    let code = form.text("code").parse::<ServiceCode>();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let code = code.ok().filter(|code| code.as_str().bytes().all(plain));
    match &code {
        None => form.refuse("code", t.service_code_bad),
        Some(code) if member.desk.services().await?.contains_key(code) => {
            form.refuse("code", t.service_code_taken);
        }
        Some(_) => {}
    }
    let service = read(&member, &mut form, None);
    let (Some(code), Some(service), true) = (code, service, form.is_fine()) else {
        return render_wrong(&Page::of(&member, form, None));
    };
    store(&member, code, service).await
}

pub(super) async fn show(member: Member, Path(code): Path<String>) -> Answer {
    let (code, service) = found(&member, &code).await?;
    let (first, _) = service.vat.steps();
    let mut fields = vec![
        ("name", service.name.clone()),
        ("rate", first.name().to_owned()),
        ("system", service.tax_system.bit().to_string()),
        ("priority", service.priority.to_string()),
        ("weight", service.weight.to_string()),
    ];
    if service.p21 {
        fields.push(("p21", "yes".to_owned()));
    }
    fields.extend(agent::fields(service.agent.as_ref()));
    render(&Page::of(
        &member,
        Form::of(fields),
        Some((&code, &service)),
    ))
}

pub(super) async fn save(member: Member, Path(code): Path<String>, mut form: Form) -> Answer {
    let (code, known) = found(&member, &code).await?;
    match read(&member, &mut form, Some(&known)) {
        Some(service) => store(&member, code, service).await,
        None => render_wrong(&Page::of(&member, form, Some((&code, &known)))),
    }
}

async fn store(member: &Member, code: ServiceCode, service: Service) -> Answer {
    note(member, "service_changed", code.as_str()).await?;
    let services = [(code, service)].into_iter().collect();
    member.desk.put_services(services, None).await?;
    Ok(done(PATH, Notice::Saved))
}

async fn found(member: &Member, code: &str) -> Result<(ServiceCode, Service), Failure> {
    member.needs(Right::Configure)?;
    let services = member.desk.services().await?;
    let found = services
        .into_iter()
        .find(|(known, _)| known.as_str() == code);
    found.ok_or(Failure::NotFound)
}

/// What was typed; none when something is wrong, which is said in the form then.
fn read(member: &Member, form: &mut Form, known: Option<&Service>) -> Option<Service> {
    let t = SettingsTexts::of(member.language);
    let name = form.text("name").to_owned();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        form.refuse("name", t.service_name_bad);
    }
    let system = form.text("system").parse().ok();
    let system = system.and_then(|bit| TaxSystem::from_bit(bit).ok());
    let systems = member.desk.setup().organisation.tax_systems;
    let tax_system = system.filter(|system| systems.contains(*system));
    if tax_system.is_none() {
        form.refuse("system", t.service_system_bad);
    }
    let priority = form.text("priority").parse().ok().filter(|it| *it > 0);
    if priority.is_none() {
        form.refuse("priority", t.priority_bad);
    }
    let weight = form
        .text("weight")
        .replace(',', ".")
        .replace(['\u{a0}', ' '], "");
    let weight = read_roubles(&weight).filter(|weight| *weight >= Kopecks::ZERO);
    if weight.is_none() {
        form.refuse("weight", t.weight_bad);
    }
    let vat = read_vat(form, known, t);
    let agent = agent::read(form, known.and_then(|service| service.agent.as_ref()), t);
    form.is_fine().then_some(())?;
    Some(Service {
        name,
        vat: vat?,
        tax_system: tax_system?,
        priority: priority?,
        weight: weight?,
        p21: form.has("p21", "yes"),
        agent,
    })
}

/// `650`, `650.5` and `650.50` are sums, too.
fn read_roubles(text: &str) -> Option<Kopecks> {
    let padded = match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, kopecks)) if kopecks.len() == 1 => format!("{text}0"),
        Some(_) => text.to_owned(),
    };
    padded.parse().ok()
}

/// The first rate as chosen, the changes that were known, and perhaps a new one.
fn read_vat(form: &mut Form, known: Option<&Service>, t: &SettingsTexts) -> Option<VatSchedule> {
    let first: VatRate = match form.text("rate").parse() {
        Ok(first) => first,
        Err(_) => {
            form.refuse("rate", t.vat_from_bad);
            return None;
        }
    };
    let known = known.map_or(&[][..], |service| service.vat.steps().1);
    let mut steps = known.to_vec();
    if let Some((_, rate)) = steps.first_mut() {
        *rate = first;
    }
    if form.text("next_rate").is_empty() {
        return match steps.is_empty() {
            true => Some(VatSchedule::fixed(first)),
            false => VatSchedule::new(steps).ok(),
        };
    }
    let next = form.text("next_rate").parse::<VatRate>().ok();
    let day = form.text("next_from").parse::<LocalDate>().ok();
    let day = day.filter(|day| steps.last().is_none_or(|(last, _)| last < day));
    let Some(step) = day.zip(next) else {
        form.refuse("next_from", t.vat_from_bad);
        return None;
    };
    if steps.is_empty() {
        // The first rate holds before its day, too: any day before the change will do.
        steps.push((step.0.plus_days(-1).ok()?, first));
    }
    steps.push(step);
    VatSchedule::new(steps).ok()
}

/// A rate as people write it.
fn rate(rate: VatRate, t: &SettingsTexts) -> String {
    match rate.percent() {
        Some(percent) => format!("{percent}%"),
        None => t.vat_none.into(),
    }
}

/// The changes of a service's rate, but for the day that its first rate is said to begin.
fn changes(service: &Service, t: &SettingsTexts, speech: Speech) -> Vec<String> {
    let (_, steps) = service.vat.steps();
    let told = steps.iter().skip(1).map(|(day, it)| {
        let since = t.vat_since.with("rate", rate(*it, t));
        since.with("day", speech.date(day)).into()
    });
    told.collect()
}

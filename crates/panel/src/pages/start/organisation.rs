//! The organisation: typed in the first run, read later.

use askama::Template;
use desk::{Ofd, Organisation, Right, Setup, contact};
use terms::{FfdVersion, Inn, TaxSystem, TaxSystems};

use super::{PATH, again, note, words};
use crate::{
    answer::{Answer, render, render_wrong, see_other},
    form::Form,
    frame::Frame,
    nav::Place,
    program::{Beginning, Stage},
    text::Text,
    texts::{OrganisationTexts, StartTexts},
    visit::Member,
};

/// Addresses of well-known operators, as several independent programs for registers agree on them:
/// ИНН, name, address. GENERAL KNOWLEDGE: people are told to compare them with their contract.
const OPERATORS: [(&str, &str, &str); 5] = [
    ("7704211201", "Такском", "f1.taxcom.ru:7777"),
    ("7709364346", "Первый ОФД", "k-server.1-ofd.ru:7777"),
    ("9715260691", "Платформа ОФД", "ofdp.platformaofd.ru:21101"),
    ("7704358518", "Яндекс ОФД", "kkt.ofd.yandex.net:12345"),
    ("7728699517", "ОФД-Я", "connect.ofd-ya.ru:7779"),
];
const OTHER: &str = "other";
/// What Russian clocks are ahead of UTC.
const OFFSETS: [&str; 11] = [
    "+02:00", "+03:00", "+04:00", "+05:00", "+06:00", "+07:00", "+08:00", "+09:00", "+10:00",
    "+11:00", "+12:00",
];
const VERSIONS: [FfdVersion; 3] = [FfdVersion::V1_2, FfdVersion::V1_1, FfdVersion::V1_05];
/// Tags 1048, 1009 and 1187 (characters), and 1021, 1117.
const LONG: usize = 256;
const SHORT: usize = 64;

#[derive(Template)]
#[template(path = "start_organisation.html")]
struct Page {
    frame: Frame,
    t: &'static OrganisationTexts,
    s: &'static StartTexts,
    form: Form,
    systems: Vec<(u8, Text)>,
    operators: Vec<(String, String)>,
    offsets: Vec<(String, String)>,
    versions: Vec<(String, String)>,
}

/// What stands, with where it is changed.
#[derive(Template)]
#[template(path = "start_organisation_stands.html")]
struct StandsPage {
    frame: Frame,
    t: &'static OrganisationTexts,
    s: &'static StartTexts,
    stands: String,
    facts: Vec<Fact>,
}

/// Something that is so: what it is called, and what it is.
pub(crate) type Fact = (String, String);

impl Page {
    fn of(member: &Member, form: Form) -> Self {
        let t = OrganisationTexts::of(member.language);
        let same = |text: &str| (text.to_owned(), text.to_owned());
        let known = OPERATORS.iter().map(|(inn, name, address)| {
            let label = format!("{name} ({address})");
            ((*inn).to_owned(), label)
        });
        let other = (OTHER.to_owned(), t.ofd_other.into());
        Self {
            frame: member.frame(Place::Start, t.title),
            t,
            s: StartTexts::of(member.language),
            form,
            systems: systems(t),
            operators: known.chain([other]).collect(),
            offsets: OFFSETS.iter().map(|offset| same(offset)).collect(),
            versions: VERSIONS.iter().map(|it| same(&it.to_string())).collect(),
        }
    }
}

/// The tax systems that a drive can still be registered with.
fn systems(t: &OrganisationTexts) -> Vec<(u8, Text)> {
    let named = [
        (TaxSystem::Common, t.common),
        (TaxSystem::SimplifiedIncome, t.simplified_income),
        (TaxSystem::SimplifiedIncomeExpense, t.simplified_both),
        (TaxSystem::Agricultural, t.agricultural),
        (TaxSystem::Patent, t.patent),
    ];
    named.map(|(system, text)| (system.bit(), text)).into()
}

pub(super) async fn show(member: Member) -> Answer {
    member.needs(Right::Configure)?;
    let t = OrganisationTexts::of(member.language);
    if member.stage() == Stage::FirstRun {
        let form = Form::of([
            ("cashier", t.cashier_default.into()),
            ("offset", "+03:00".to_owned()),
            ("slots", "1".to_owned()),
            ("ffd", FfdVersion::V1_2.to_string()),
        ]);
        return render(&Page::of(&member, form));
    }
    let config = member.program.as_ref().map(|it| it.places().config.clone());
    let stands = config.map(|path| t.stands.with("path", path.display()).into());
    render(&StandsPage {
        frame: member.frame(Place::Start, t.title),
        t,
        s: StartTexts::of(member.language),
        stands: stands.unwrap_or_else(|| t.stands_unknown.into()),
        facts: facts(member.desk.setup(), t),
    })
}

pub(super) async fn save(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Configure)?;
    let (Stage::FirstRun, Some(program)) = (member.stage(), member.program.clone()) else {
        return Ok(see_other(PATH));
    };
    let t = OrganisationTexts::of(member.language);
    let Some(beginning) = read(&mut form, member.desk.setup(), t) else {
        return render_wrong(&Page::of(&member, form));
    };
    note(&member, "configured", beginning.organisation.inn.as_str()).await?;
    match program.begin(&beginning) {
        Ok(()) => again(&member),
        Err(error) => {
            form.refuse("", words(StartTexts::of(member.language), error)?);
            render_wrong(&Page::of(&member, form))
        }
    }
}

/// What was typed; none when something is wrong, which is said in the form then.
fn read(form: &mut Form, present: &Setup, t: &OrganisationTexts) -> Option<Beginning> {
    let inn = read_inn(form, "inn", t);
    let systems: Vec<TaxSystem> = form
        .all("system")
        .filter_map(|bit| TaxSystem::from_bit(bit.parse().ok()?).ok())
        .collect();
    let systems = TaxSystems::of(systems).ok();
    if systems.is_none() {
        form.refuse("system", t.systems_none);
    }
    let mut line = |name, most| read_line(form, name, most, t);
    let (name, address) = (line("name", LONG), line("address", LONG));
    let (place, cashier) = (line("place", LONG), line("cashier", SHORT));
    let sender_email = read_email(form, t);
    let site = match form.text("site") {
        "" => Some(None),
        _ => read_line(form, "site", LONG, t).map(Some),
    };
    let utc_offset = form.text("offset").parse().ok();
    if utc_offset.is_none() {
        form.refuse("offset", t.needed);
    }
    let slots = form.text("slots").parse::<u8>().ok();
    let slots = slots.filter(|slots| (1..=64).contains(slots));
    if slots.is_none() {
        form.refuse("slots", t.slots_bad);
    }
    let ffd = VERSIONS
        .into_iter()
        .find(|it| it.to_string() == form.text("ffd"));
    if ffd.is_none() {
        form.refuse("ffd", t.needed);
    }
    let ofd = read_operator(form, t);
    let organisation = Organisation {
        inn: inn?,
        name: name?,
        tax_systems: systems?,
        address: address?,
        place: place?,
        site: site?,
        sender_email: sender_email?,
        cashier: cashier?,
        fns_site: present.organisation.fns_site.clone(),
        utc_offset: utc_offset?,
        ofd: ofd?,
    };
    let (ffd, slots) = (ffd?, slots?);
    // The format has the last word on texts.
    let mut as_set_up = present.clone();
    as_set_up.organisation = organisation.clone();
    if let Err(error) = as_set_up.report_tlvs() {
        form.refuse("", error.to_string());
        return None;
    }
    Some(Beginning {
        organisation,
        ffd,
        slots,
    })
}

fn read_inn(form: &mut Form, name: &'static str, t: &OrganisationTexts) -> Option<Inn> {
    let text = form.text(name);
    let is_whole = [10, 12].contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    let inn = text.parse().ok();
    if inn.is_none() {
        form.refuse(name, if is_whole { t.inn_check } else { t.inn_digits });
    }
    inn
}

fn read_line(
    form: &mut Form,
    name: &'static str,
    most: usize,
    t: &OrganisationTexts,
) -> Option<String> {
    let text = form.text(name).to_owned();
    if text.is_empty() || text.chars().any(char::is_control) {
        form.refuse(name, t.needed);
        return None;
    }
    if text.chars().count() > most {
        form.refuse(name, t.too_long.with("n", most));
        return None;
    }
    Some(text)
}

fn read_email(form: &mut Form, t: &OrganisationTexts) -> Option<String> {
    let email = form.text("email").to_owned();
    let is_email = email.contains('@') && contact(&email).is_ok();
    if !is_email {
        form.refuse("email", t.email_bad);
    }
    is_email.then_some(email)
}

/// The operator that was chosen, with what was typed in place of what the list says.
fn read_operator(form: &mut Form, t: &OrganisationTexts) -> Option<Ofd> {
    let known = OPERATORS.iter().find(|(inn, ..)| *inn == form.text("ofd"));
    let typed = |name: &str, known: Option<&str>| match form.text(name) {
        "" => known.unwrap_or_default().to_owned(),
        text => text.to_owned(),
    };
    let inn = typed("ofd_inn", known.map(|it| it.0));
    let name = typed("ofd_name", known.map(|it| it.1));
    let address = typed("ofd_address", known.map(|it| it.2)).parse().ok();
    let inn = match inn.parse() {
        Ok(inn) => Some(inn),
        Err(_) => read_inn(form, "ofd_inn", t),
    };
    let is_named = !name.is_empty() && name.chars().count() <= LONG;
    if !is_named {
        form.refuse("ofd_name", t.needed);
    }
    if address.is_none() {
        form.refuse("ofd_address", t.ofd_address_bad);
    }
    Some(Ofd {
        inn: inn?,
        name: is_named.then_some(name)?,
        address: address?,
        site: None,
    })
}

/// The organisation as it stands.
pub(crate) fn facts(setup: &Setup, t: &OrganisationTexts) -> Vec<Fact> {
    let it = &setup.organisation;
    let systems: Vec<&str> = it.tax_systems.iter().map(TaxSystem::title).collect();
    let operator = |ofd: &Ofd| format!("{}, ИНН {}, {}", ofd.name, ofd.inn, ofd.address);
    let mut facts: Vec<(Text, String)> = vec![
        (t.inn, it.inn.to_string()),
        (t.name, it.name.clone()),
        (t.systems, systems.join(", ")),
        (t.address, it.address.clone()),
        (t.place, it.place.clone()),
    ];
    facts.extend(it.site.clone().map(|site| (t.site, site)));
    facts.extend([
        (t.email, it.sender_email.clone()),
        (t.cashier, it.cashier.clone()),
        (t.offset, format!("UTC{}", it.utc_offset)),
        (t.ffd, setup.ffd().to_string()),
        (t.ofd, operator(&it.ofd)),
    ]);
    let others = setup.other_operators.iter();
    facts.extend(others.map(|ofd| (t.operator_also, operator(ofd))));
    let named = facts.into_iter().map(|(name, fact)| (name.into(), fact));
    named.collect()
}

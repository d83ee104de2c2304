use journal::{ContactCount, KeyRow, Role, Scope};
use terms::{Inn, TaxSystems};

use super::*;
use crate::golive::{
    TestDocument, TestKind, TestReceipt,
    check::Verdict,
    facts::{
        Afterwards, Backups, BalanceDifference, DiskFacts, LinkFacts, LinkState, Outside,
        PersonFacts, RegisteredFacts, SlotFacts, Volume, WebhookFacts,
    },
};
use engine::VatSchedule;

const NOW_MS: i64 = 1_795_000_000_000;
const DAY_MS: i64 = 86_400_000;

fn inn() -> Inn {
    "7802781104".parse().unwrap()
}

fn service(name: &str) -> Service {
    Service {
        name: name.to_owned(),
        vat: VatSchedule::fixed(VatRate::V22),
        tax_system: TaxSystem::Common,
        priority: 1,
        weight: Kopecks::new(65_000).unwrap(),
        p21: true,
        agent: None,
    }
}

fn slot(number: u8) -> SlotFacts {
    SlotFacts {
        slot: number,
        drive: Some(format!("728000010000000{number}")),
        reason: None,
        can_work: true,
        emulated: false,
        registration: Some(RegisteredFacts {
            inn: inn(),
            tax_systems: 1,
        }),
        formed: 1,
        documents_left: Some(249_999),
        until: Some("2029-11-01".parse().unwrap()),
        last_time: Some("2026-11-23T11:55".parse().unwrap()),
        unconfirmed_days: None,
    }
}

fn key(name: &str, scopes: &[Scope]) -> KeyRow {
    KeyRow {
        id: 1,
        name: name.to_owned(),
        scopes: scopes.iter().copied().collect(),
        organisation: inn(),
        ranges: vec!["10.0.0.0/8".parse().unwrap()],
        rate: None,
        comment: String::new(),
        created_at: 0,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        secrets: Vec::new(),
    }
}

/// Everything is as it should be.
fn good() -> Facts {
    let document = TestDocument {
        number: terms::DocumentNumber(3),
        total: Kopecks::new(100).unwrap(),
        lines: Vec::new(),
    };
    Facts {
        now: "2026-11-23T12:00".parse().unwrap(),
        now_ms: NOW_MS,
        switch_on: Some("2026-12-01".parse().unwrap()),
        inn: inn(),
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        services: [("INET".parse().unwrap(), service("Доступ в интернет"))].into(),
        contacts: ContactCount {
            accounts: 1_000,
            ..ContactCount::default()
        },
        volume: Volume {
            receipts: 2_000,
            is_told: true,
        },
        slots: vec![slot(1), slot(2)],
        is_clock_synchronised: Some(true),
        keys: vec![key("billing", &[Scope::Push]), key("rack", &[Scope::Admin])],
        webhooks: vec![WebhookFacts {
            name: "crm".to_owned(),
            is_active: true,
        }],
        people: [Role::Admin, Role::ChiefAccountant]
            .map(|role| PersonFacts {
                roles: [role].into_iter().collect(),
                has_factor: true,
            })
            .into(),
        backups: Backups::Made {
            place: "/var/backups".to_owned(),
            newest: Some("2026-11-23T03:30".parse().unwrap()),
            failure: None,
        },
        disk: Some(DiskFacts {
            free: 100 << 30,
            total: 200 << 30,
        }),
        receipts: vec![TestReceipt {
            kind: TestKind::Advance,
            service: "INET".parse().unwrap(),
            supplier: None,
            outcome: TestOutcome::Formed(vec![document]),
        }],
        outside: Some(Outside {
            at: NOW_MS,
            links: vec![LinkFacts {
                slot: 1,
                operator: "ОФД".to_owned(),
                state: LinkState::Fine,
                detail: String::new(),
            }],
            letters: vec![("crm".to_owned(), None)],
        }),
        balances: Some(BalancesCompared {
            in_file: 1_000,
            in_journal: 1_000,
            equal: 1_000,
            ..BalancesCompared::default()
        }),
        afterwards: Afterwards {
            has_confirmed: true,
            undecided: 0,
        },
    }
}

/// The checks that are not fine.
fn named_by(facts: &Facts) -> Vec<(CheckId, Verdict)> {
    judge(facts)
        .into_iter()
        .filter(|check| check.verdict != Verdict::Ok)
        .map(|check| {
            assert!(!check.found.is_empty(), "{}", check.id);
            assert!(!check.remedy.is_empty(), "{} says what to do", check.id);
            (check.id, check.verdict)
        })
        .collect()
}

#[test]
fn a_well_prepared_cassette_passes_every_check() {
    assert_eq!(named_by(&good()), []);
    let ids: Vec<CheckId> = judge(&good()).iter().map(|check| check.id).collect();
    for id in CheckId::ALL {
        let times = ids.iter().filter(|it| *it == id).count();
        assert_eq!(times, 1, "{id} is judged once");
    }
}

type Fault = (&'static str, fn(&mut Facts), CheckId, Verdict);

#[test]
fn each_planted_fault_is_named_and_nothing_else_is() {
    use Verdict::{Stop, Unknown, Warn};
    let faults: [Fault; 34] = [
        (
            "20 %",
            |it| the_service(it).vat = VatSchedule::fixed(VatRate::V20),
            CheckId::ServiceVat,
            Stop,
        ),
        (
            "another system",
            |it| the_service(it).tax_system = TaxSystem::Patent,
            CheckId::ServiceTaxSystem,
            Stop,
        ),
        (
            "the register has not the system",
            |it| registration(it).tax_systems = 2,
            CheckId::ServiceTaxSystem,
            Stop,
        ),
        (
            "emoji",
            |it| the_service(it).name = "Интернет 🚀".to_owned(),
            CheckId::ServiceName,
            Stop,
        ),
        (
            "blank",
            |it| the_service(it).name = " ".to_owned(),
            CheckId::ServiceName,
            Stop,
        ),
        (
            "118 characters",
            |it| the_service(it).name = "я".repeat(118),
            CheckId::ServiceName,
            Warn,
        ),
        (
            "no accounts",
            |it| it.contacts.accounts = 0,
            CheckId::Contacts,
            Stop,
        ),
        (
            "no contact",
            |it| it.contacts.without = 1,
            CheckId::Contacts,
            Warn,
        ),
        (
            "no file",
            |it| it.balances = None,
            CheckId::Balances,
            Unknown,
        ),
        (
            "unreadable",
            |it| {
                it.balances
                    .as_mut()
                    .unwrap()
                    .errors
                    .push("line 2".to_owned())
            },
            CheckId::Balances,
            Stop,
        ),
        ("another balance", differ, CheckId::Balances, Stop),
        (
            "an unregistered drive",
            |it| it.slots[1].registration = None,
            CheckId::DrivesRegistered,
            Stop,
        ),
        (
            "an empty slot",
            |it| {
                it.slots[1].can_work = false;
                it.slots[1].drive = None;
                it.slots[1].registration = None;
            },
            CheckId::DrivesRegistered,
            Warn,
        ),
        (
            "another ИНН",
            |it| registration(it).inn = "7707329152".parse().unwrap(),
            CheckId::DrivesOwner,
            Stop,
        ),
        (
            "an emulated drive",
            |it| it.slots[0].emulated = true,
            CheckId::DrivesEmulated,
            Stop,
        ),
        (
            "too many receipts",
            |it| it.volume.receipts = 200_000,
            CheckId::DrivesVolume,
            Warn,
        ),
        (
            "a month ends",
            |it| it.slots[0].until = Some("2026-12-10".parse().unwrap()),
            CheckId::DrivesLife,
            Warn,
        ),
        (
            "a week ends",
            |it| it.slots[0].until = Some("2026-11-25".parse().unwrap()),
            CheckId::DrivesLife,
            Stop,
        ),
        (
            "an hour behind",
            |it| it.slots[0].last_time = Some("2026-11-23T13:00".parse().unwrap()),
            CheckId::Clock,
            Stop,
        ),
        (
            "no time service",
            |it| it.is_clock_synchronised = Some(false),
            CheckId::Clock,
            Stop,
        ),
        (
            "nobody tells",
            |it| it.is_clock_synchronised = None,
            CheckId::Clock,
            Unknown,
        ),
        (
            "the ОФД is away",
            |it| link(it).state = LinkState::Gone,
            CheckId::OfdLinks,
            Stop,
        ),
        (
            "a proxy answers",
            |it| link(it).state = LinkState::Strange,
            CheckId::OfdLinks,
            Warn,
        ),
        (
            "billing’s key is revoked",
            |it| it.keys[0].revoked_at = Some(1),
            CheckId::PushKey,
            Stop,
        ),
        (
            "billing’s key is over",
            |it| it.keys[0].expires_at = Some(NOW_MS),
            CheckId::PushKey,
            Stop,
        ),
        (
            "an open admin key",
            |it| it.keys[1].ranges.clear(),
            CheckId::AdminKey,
            Warn,
        ),
        (
            "a key ends",
            |it| it.keys[0].expires_at = Some(NOW_MS + 5 * DAY_MS),
            CheckId::KeyExpiry,
            Warn,
        ),
        (
            "a webhook refuses",
            |it| it.outside.as_mut().unwrap().letters[0].1 = Some("500".to_owned()),
            CheckId::Webhooks,
            Stop,
        ),
        (
            "no factor",
            |it| it.people[0].has_factor = false,
            CheckId::Administrator,
            Warn,
        ),
        (
            "no chief accountant",
            |it| {
                it.people.truncate(1);
            },
            CheckId::ChiefAccountant,
            Stop,
        ),
        (
            "no backup",
            |it| it.backups = Backups::None,
            CheckId::Backup,
            Stop,
        ),
        (
            "a full disk",
            |it| it.disk.as_mut().unwrap().free = 1 << 20,
            CheckId::Disk,
            Stop,
        ),
        (
            "a refused receipt",
            |it| it.receipts[0].outcome = TestOutcome::Failed("1008".to_owned()),
            CheckId::TestReceipts,
            Stop,
        ),
        (
            "receipts wait",
            |it| it.afterwards.undecided = 2,
            CheckId::Undecided,
            Warn,
        ),
    ];
    for (what, plant, id, verdict) in faults {
        let mut facts = good();
        plant(&mut facts);
        assert_eq!(named_by(&facts), [(id, verdict)], "{what}");
    }
}

#[test]
fn before_anything_is_set_up_nothing_is_said_to_be_fine_that_is_not() {
    let mut facts = good();
    facts.services.clear();
    facts.slots.clear();
    facts.receipts.clear();
    facts.people.clear();
    facts.outside = None;
    facts.volume.receipts = 0;
    let open: Vec<CheckId> = named_by(&facts).into_iter().map(|(id, _)| id).collect();
    let wanted = [
        CheckId::Services,
        CheckId::DrivesRegistered,
        CheckId::DrivesVolume,
        CheckId::DrivesLife,
        CheckId::OfdLinks,
        CheckId::Webhooks,
        CheckId::Administrator,
        CheckId::ChiefAccountant,
        CheckId::TestReceipts,
    ];
    assert_eq!(open, wanted);
}

#[test]
fn the_rate_of_20_percent_is_right_until_the_day_it_ends() {
    let mut facts = good();
    the_service(&mut facts).vat = VatSchedule::fixed(VatRate::V20);
    facts.switch_on = Some("2025-12-31".parse().unwrap());
    assert_eq!(named_by(&facts), []);
}

fn the_service(facts: &mut Facts) -> &mut Service {
    facts.services.values_mut().next().unwrap()
}

fn registration(facts: &mut Facts) -> &mut RegisteredFacts {
    facts.slots[0].registration.as_mut().unwrap()
}

fn link(facts: &mut Facts) -> &mut LinkFacts {
    &mut facts.outside.as_mut().unwrap().links[0]
}

fn differ(facts: &mut Facts) {
    let balances = facts.balances.as_mut().unwrap();
    balances.different = 1;
    balances.differences.push(BalanceDifference {
        account: "100001".parse().unwrap(),
        file: None,
        journal: None,
    });
}

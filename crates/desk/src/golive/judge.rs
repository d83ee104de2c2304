//! What the facts come to: each check with its verdict. Pure.

mod machine;
mod people;

use std::collections::BTreeMap;

use engine::Service;
use ffd::cp866;
use journal::Language;
use terms::{Kopecks, LocalDate, ServiceCode, TaxSystem, VatRate};

use super::{
    check::{Check, CheckId, Words},
    exercise::TestOutcome,
    facts::{BalancesCompared, Facts},
};

/// The longest name of a line, characters (tag 1030).
const NAME_MAX: usize = 128;
/// What the engine adds to the name of a service: « за 11.2026», characters (receipt rules §1.5).
const MONTH_LEN: usize = 11;
/// How many examples a check names.
const EXAMPLES: usize = 10;
/// Up to which day 20 % was the main rate (НК ст. 164 п. 3).
const V20_UNTIL: (u16, u8, u8) = (2025, 12, 31);

/// All checks, in the order in which people read them.
pub(crate) fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![
        services(facts),
        service_vat(facts),
        service_tax_system(facts),
        service_name(facts),
        contacts(facts),
        balances(facts.balances.as_ref()),
    ];
    checks.extend(machine::judge(facts));
    checks.extend(people::judge(facts));
    checks.push(test_receipts(facts));
    checks.extend(machine::judge_after(facts));
    checks
}

fn services(facts: &Facts) -> Check {
    let (id, count) = (CheckId::Services, facts.services.len());
    if count == 0 {
        return Check::stop(
            id,
            ("Услуг нет", "There are no services"),
            (
                "Опишите услуги: «Настройки → Услуги» или PUT /v1/services",
                "Declare the services: «Settings → Services» or PUT /v1/services",
            ),
        );
    }
    let agents = facts.services.values().filter(|it| it.agent.is_some());
    let agents = agents.count();
    Check::ok(
        id,
        Words::new(
            format!("Услуг: {count}, из них агентских: {agents}"),
            format!("Services: {count}, {agents} of them as an agent"),
        ),
    )
    .figure("services", count)
    .figure("agent_services", agents)
}

fn service_vat(facts: &Facts) -> Check {
    let id = CheckId::ServiceVat;
    let day = facts.switch_on.unwrap_or(facts.now.date());
    let is_old = is_after_v20(day);
    let wrong = named(&facts.services, |service| {
        is_old && service.vat.rate_on(day) == VatRate::V20
    });
    if wrong.is_empty() {
        return Check::ok(
            id,
            Words::new(
                format!("Все ставки действуют на {}", written(day, Language::Ru)),
                format!("All rates are in force on {}", written(day, Language::En)),
            ),
        );
    }
    let list = wrong.join(", ");
    Check::stop(
        id,
        Words::new(
            format!("Ставка 20% с 01.01.2026 не действует, а стоит у услуг: {list}"),
            format!("20 % is not in force since 01.01.2026, but stands at: {list}"),
        ),
        (
            "Укажите 22% с 01.01.2026 (история ставок сохранится) или льготную ставку",
            "Set 22 % from 01.01.2026 (the former rate is kept), or the reduced one",
        ),
    )
    .figure("services", wrong.len())
    .examples(wrong)
}

fn is_after_v20(day: LocalDate) -> bool {
    let (year, month, number) = V20_UNTIL;
    (day.year(), day.month(), day.day()) > (year, month, number)
}

fn service_tax_system(facts: &Facts) -> Check {
    let id = CheckId::ServiceTaxSystem;
    let registered = facts.slots.iter().filter_map(|slot| slot.registration);
    let in_all = |system: TaxSystem| {
        facts.tax_systems.contains(system)
            && registered
                .clone()
                .all(|it| it.tax_systems & system.bit() != 0)
    };
    let wrong = named(&facts.services, |service| !in_all(service.tax_system));
    if wrong.is_empty() {
        return Check::ok(
            id,
            (
                "Системы налогообложения услуг есть у каждой кассы",
                "Every register has the tax systems of the services",
            ),
        );
    }
    let list = wrong.join(", ");
    Check::stop(
        id,
        Words::new(
            format!("Системы налогообложения этих услуг в кассе нет: {list}"),
            format!("The register has not the tax system of: {list}"),
        ),
        (
            "Исправьте систему у услуги или organisation.sno и перерегистрируйте кассы",
            "Correct the system of the service, or organisation.sno, and register anew",
        ),
    )
    .figure("services", wrong.len())
    .examples(wrong)
}

fn service_name(facts: &Facts) -> Check {
    let id = CheckId::ServiceName;
    let unprintable = named(&facts.services, |service| {
        service.name.trim().is_empty() || cp866::encode(&service.name).is_err()
    });
    if !unprintable.is_empty() {
        let list = unprintable.join(", ");
        return Check::stop(
            id,
            Words::new(
                format!("В названии есть знаки, которых нет в чеке, или оно пусто: {list}"),
                format!("The name is blank or has characters that receipts lack: {list}"),
            ),
            (
                "Замените эти знаки буквами: эмодзи, «№»-подобные и иностранные знаки не печатаются",
                "Write letters in their place: emoji and foreign characters cannot be written",
            ),
        )
        .figure("services", unprintable.len())
        .examples(unprintable);
    }
    let long = named(&facts.services, |service| {
        service.name.chars().count() + MONTH_LEN > NAME_MAX
    });
    if !long.is_empty() {
        let list = long.join(", ");
        return Check::warn(
            id,
            Words::new(
                format!("Название с месяцем длиннее {NAME_MAX} знаков и будет обрезано: {list}"),
                format!(
                    "With its month the name has more than {NAME_MAX} characters and is cut: {list}"
                ),
            ),
            ("Сократите название", "Shorten the name"),
        )
        .figure("services", long.len())
        .examples(long);
    }
    Check::ok(id, ("Все названия помещаются", "All names fit"))
}

/// The codes of the services of which something holds, the first ones.
fn named(
    services: &BTreeMap<ServiceCode, Service>,
    holds: impl Fn(&Service) -> bool,
) -> Vec<String> {
    let found = services.iter().filter(|(_, service)| holds(service));
    found
        .take(EXAMPLES)
        .map(|(code, _)| code.to_string())
        .collect()
}

fn contacts(facts: &Facts) -> Check {
    let (id, count) = (CheckId::Contacts, &facts.contacts);
    let (accounts, without) = (count.accounts, count.without);
    let told = |check: Check| {
        check
            .figure("accounts", accounts)
            .figure("without_contact", without)
            .examples(count.first.iter().map(ToString::to_string))
    };
    if accounts == 0 {
        return told(Check::stop(
            id,
            ("Лицевых счетов нет", "There are no accounts"),
            (
                "Перенесите остатки: kassette import balances",
                "Bring in the balances: kassette import balances",
            ),
        ));
    }
    if without == 0 {
        return told(Check::ok(
            id,
            Words::new(
                format!("Счетов: {accounts}, у каждого есть телефон или почта"),
                format!("Accounts: {accounts}, each has a phone or an e-mail"),
            ),
        ));
    }
    told(Check::warn(
        id,
        Words::new(
            format!("Без телефона и почты {without} из {accounts} счетов"),
            format!("{without} of {accounts} accounts have neither phone nor e-mail"),
        ),
        (
            "Чек за расчёт в интернете без них не оформить, остальные некуда отправить: соберите \
             контакты и передайте их (PUT /v1/accounts)",
            "A settlement in the Internet is refused without one, other receipts cannot be sent: \
             collect the contacts and hand them over (PUT /v1/accounts)",
        ),
    ))
}

fn balances(compared: Option<&BalancesCompared>) -> Check {
    let id = CheckId::Balances;
    let Some(compared) = compared else {
        return Check::unknown(
            id,
            ("Файла биллинга не было", "There was no file of billing"),
            (
                "Выгрузите остатки из биллинга и проверьте: kassette golive --balances ФАЙЛ.csv",
                "Export the balances of billing and check: kassette golive --balances FILE.csv",
            ),
        );
    };
    if let Some(first) = compared.errors.first() {
        return Check::stop(
            id,
            Words::new(
                format!("Файл не прочитан: {first}"),
                format!("The file cannot be read: {first}"),
            ),
            (
                "Исправьте строки и проверьте ещё раз",
                "Mend the rows and check again",
            ),
        )
        .figure("errors", compared.errors.len())
        .examples(compared.errors.iter().take(EXAMPLES).cloned());
    }
    let told = |check: Check| {
        check
            .figure("accounts_in_file", compared.in_file)
            .figure("accounts_in_journal", compared.in_journal)
            .figure("different", compared.different)
            .figure("file_saldo", compared.file_saldo.get())
            .figure("journal_saldo", compared.journal_saldo.get())
    };
    let sums = |ru: bool| {
        let roubles = |sum: Kopecks| sum.to_string();
        let (file, journal) = (
            roubles(compared.file_saldo),
            roubles(compared.journal_saldo),
        );
        match ru {
            true => format!("сальдо файла {file}, журнала {journal}"),
            false => format!("the file’s saldo is {file}, the journal’s {journal}"),
        }
    };
    if compared.different == 0 {
        let equal = compared.equal;
        return told(Check::ok(
            id,
            Words::new(
                format!("Сошлись все счета: {equal}; {}", sums(true)),
                format!("All {equal} accounts agree; {}", sums(false)),
            ),
        ));
    }
    let (different, all) = (compared.different, compared.in_file);
    let first = compared.differences.iter().take(EXAMPLES);
    told(Check::stop(
        id,
        Words::new(
            format!(
                "Расходятся счета: {different} (в файле {all}); {}",
                sums(true)
            ),
            format!(
                "{different} accounts differ ({all} in the file); {}",
                sums(false)
            ),
        ),
        (
            "Разберите каждое расхождение: список счетов — в протоколе проверки",
            "Look into each difference: the accounts are listed in the protocol",
        ),
    ))
    .examples(first.map(|it| it.account.to_string()))
}

fn test_receipts(facts: &Facts) -> Check {
    let (id, tried) = (CheckId::TestReceipts, &facts.receipts);
    if tried.is_empty() {
        return Check::unknown(
            id,
            ("Пробовать нечего: услуг нет", "There is no service to try"),
            ("Опишите услуги", "Declare the services"),
        );
    }
    let failed: Vec<_> = tried
        .iter()
        .filter_map(|it| match &it.outcome {
            TestOutcome::Failed(why) => Some((it, why)),
            _ => None,
        })
        .collect();
    let formed = tried
        .iter()
        .filter(|it| matches!(it.outcome, TestOutcome::Formed(_)))
        .count();
    let told = |check: Check| {
        check
            .figure("formed", formed)
            .figure("failed", failed.len())
            .figure("not_needed", tried.len() - formed - failed.len())
    };
    let Some((first, why)) = failed.first() else {
        return told(Check::ok(
            id,
            Words::new(
                format!("Оформлено и проверено ФЛК: {formed}"),
                format!("Formed and checked: {formed}"),
            ),
        ));
    };
    let title = first.kind.title();
    let examples = failed
        .iter()
        .take(EXAMPLES)
        .map(|(it, why)| format!("{} {}: {why}", it.service, it.kind));
    told(Check::stop(
        id,
        Words::new(
            format!("Не оформляется: {}, {} — {why}", title.ru, first.service),
            format!("Not formed: {}, {} — {why}", title.en, first.service),
        ),
        (
            "Исправьте услугу или настройки: такой же настоящий чек был бы отклонён",
            "Mend the service or the settings: such a receipt would be refused in earnest",
        ),
    ))
    .examples(examples)
}

/// A day as people write it.
pub(super) fn written(day: LocalDate, language: Language) -> String {
    match language {
        Language::Ru => format!("{:02}.{:02}.{}", day.day(), day.month(), day.year()),
        Language::En => day.to_string(),
    }
}

#[cfg(test)]
mod tests;

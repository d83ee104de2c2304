//! Keys, webhooks, people and backups.

use journal::{KeyRow, Role, Scope};

use crate::golive::{
    check::{Check, CheckId, Words},
    facts::{Backups, Facts},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A key that ends sooner is changed before the switch.
const KEY_DAYS: i64 = 30;
/// A backup is older than that only if something fails: a day, and two hours for making it.
const BACKUP_HOURS: i64 = 26;
/// The key that the program's own commands have made for themselves: it lies in the journal's folder,
/// for its owner's eyes only.
const OWN_KEY: &str = "administrator-";

pub(super) fn judge(facts: &Facts) -> Vec<Check> {
    vec![
        push_key(facts),
        admin_key(facts),
        key_expiry(facts),
        webhooks(facts),
        administrator(facts),
        chief_accountant(facts),
        backup(facts),
    ]
}

/// The keys that open now.
fn valid(facts: &Facts) -> impl Iterator<Item = &KeyRow> {
    let is_over = |key: &KeyRow| key.expires_at.is_some_and(|at| at <= facts.now_ms);
    facts.keys.iter().filter(move |key| {
        key.revoked_at.is_none() && !is_over(key) && key.organisation == facts.inn
    })
}

fn names<'a>(keys: impl IntoIterator<Item = &'a KeyRow>) -> Vec<String> {
    keys.into_iter().map(|key| key.name.clone()).collect()
}

fn push_key(facts: &Facts) -> Check {
    let id = CheckId::PushKey;
    let ours =
        |key: &&KeyRow| key.scopes.contains_any(&[Scope::Push]) && !key.name.starts_with(OWN_KEY);
    let keys = names(valid(facts).filter(ours));
    if keys.is_empty() {
        return Check::stop(
            id,
            (
                "Ключа для передачи платежей нет",
                "There is no key that may push payments",
            ),
            (
                "Сделайте ключ: «Настройки → Ключи» или kassette key add billing",
                "Make a key: «Settings → Keys» or kassette key add billing",
            ),
        );
    }
    let list = keys.join(", ");
    Check::ok(
        id,
        Words::new(format!("Передаёт: {list}"), format!("Pushes: {list}")),
    )
    .figure("keys", keys.len())
    .examples(keys)
}

fn admin_key(facts: &Facts) -> Check {
    let id = CheckId::AdminKey;
    let open = |key: &&KeyRow| {
        key.scopes.contains_any(&[Scope::Admin])
            && key.ranges.is_empty()
            && !key.name.starts_with(OWN_KEY)
    };
    let keys = names(valid(facts).filter(open));
    if keys.is_empty() {
        return Check::ok(
            id,
            (
                "Ключей администратора, открытых отовсюду, нет",
                "No key of an administrator is good from everywhere",
            ),
        );
    }
    let list = keys.join(", ");
    Check::warn(
        id,
        Words::new(
            format!("Действуют с любого адреса: {list}"),
            format!("Good from every address: {list}"),
        ),
        (
            "Сделайте ключи с --from СЕТЬ и отзовите эти",
            "Make keys with --from NETWORK and revoke these",
        ),
    )
    .figure("keys", keys.len())
    .examples(keys)
}

fn key_expiry(facts: &Facts) -> Check {
    let id = CheckId::KeyExpiry;
    let until = facts.now_ms + KEY_DAYS * DAY_MS;
    let ends = |key: &&KeyRow| {
        key.scopes.contains_any(&[Scope::Push]) && key.expires_at.is_some_and(|at| at <= until)
    };
    let keys = names(valid(facts).filter(ends));
    if keys.is_empty() {
        return Check::ok(
            id,
            (
                "Ближайшие 30 дней ни один ключ биллинга не кончается",
                "No key of billing ends within 30 days",
            ),
        );
    }
    let list = keys.join(", ");
    Check::warn(
        id,
        Words::new(
            format!("За 30 дней кончатся ключи: {list}"),
            format!("These keys end within 30 days: {list}"),
        ),
        (
            "Смените их заранее: kassette key roll",
            "Change them beforehand: kassette key roll",
        ),
    )
    .figure("keys", keys.len())
    .examples(keys)
}

fn webhooks(facts: &Facts) -> Check {
    let id = CheckId::Webhooks;
    if facts.webhooks.is_empty() {
        return Check::ok(
            id,
            (
                "Вебхуков нет: биллинг сам спрашивает, что стало с чеками",
                "There are none: billing asks itself what became of receipts",
            ),
        );
    }
    let idle: Vec<String> = facts
        .webhooks
        .iter()
        .filter(|it| !it.is_active)
        .map(|it| it.name.clone())
        .collect();
    if !idle.is_empty() {
        let list = idle.join(", ");
        return Check::stop(
            id,
            Words::new(
                format!("Остановлены: {list}"),
                format!("These are stopped: {list}"),
            ),
            (
                "Почините приёмник и включите: kassette webhook replay",
                "Mend the receiver, then let it go on: kassette webhook replay",
            ),
        )
        .examples(idle);
    }
    let Some(outside) = &facts.outside else {
        return Check::unknown(
            id,
            ("Пробных писем не было", "No test letter was sent"),
            ("Нажмите «Проверить сейчас»", "Press «Check now»"),
        );
    };
    let bad: Vec<(&str, &str)> = outside
        .letters
        .iter()
        .filter_map(|(name, wrong)| Some((name.as_str(), wrong.as_deref()?)))
        .collect();
    let Some((name, wrong)) = bad.first() else {
        let count = outside.letters.len();
        return Check::ok(
            id,
            Words::new(
                format!("Приняли пробное письмо: {count}"),
                format!("Have taken the test letter: {count}"),
            ),
        );
    };
    Check::stop(
        id,
        Words::new(
            format!("«{name}» не принял пробное письмо: {wrong}"),
            format!("«{name}» has not taken the test letter: {wrong}"),
        ),
        (
            "Приёмник должен ответить 2xx на письмо webhook.test: docs/webhooks.md",
            "The receiver has to answer 2xx to the letter webhook.test: docs/webhooks.md",
        ),
    )
    .examples(bad.iter().map(|(name, _)| (*name).to_owned()))
}

fn administrator(facts: &Facts) -> Check {
    let id = CheckId::Administrator;
    let mut admins = facts.people.iter().filter(|it| it.is(Role::Admin));
    let count = admins.clone().count();
    let check = if count == 0 {
        Check::stop(
            id,
            ("Администратора нет", "There is no administrator"),
            (
                "Заведите его: kassette user add",
                "Add one: kassette user add",
            ),
        )
    } else if admins.any(|it| it.has_factor) {
        Check::ok(
            id,
            (
                "Администратор со вторым фактором есть",
                "There is one with a second factor",
            ),
        )
    } else {
        Check::warn(
            id,
            (
                "Ни у одного администратора нет второго фактора",
                "No administrator has a second factor",
            ),
            (
                "Включите его: «Профиль → Второй фактор»",
                "Turn it on: «Profile → Second factor»",
            ),
        )
    };
    check.figure("administrators", count)
}

fn chief_accountant(facts: &Facts) -> Check {
    let id = CheckId::ChiefAccountant;
    let is_chief = |it: &&_| crate::golive::facts::PersonFacts::is(it, Role::ChiefAccountant);
    let count = facts.people.iter().filter(is_chief).count();
    let check = match count {
        0 => Check::stop(
            id,
            (
                "Главного бухгалтера нет: некому решать о чеках и подтверждать восстановление",
                "There is no chief accountant: nobody decides about receipts and approves plans",
            ),
            ("Заведите его: «Люди»", "Add one: «People»"),
        ),
        _ => Check::ok(id, ("Главный бухгалтер есть", "There is one")),
    };
    check.figure("chief_accountants", count)
}

fn backup(facts: &Facts) -> Check {
    let id = CheckId::Backup;
    let remedy = Words::from((
        "Настройте [backup] и проверьте восстановление: docs/backup.md",
        "Set [backup] up and try a restore: docs/backup.md",
    ));
    match &facts.backups {
        Backups::Unknown => Check::unknown(
            id,
            (
                "О копиях программе не сказано",
                "The program was not told of backups",
            ),
            remedy,
        ),
        Backups::None => Check::stop(
            id,
            (
                "Копии журнала не делаются",
                "No backups of the journal are made",
            ),
            remedy,
        ),
        Backups::Made {
            failure: Some(why), ..
        } => Check::stop(
            id,
            Words::new(
                format!("Последняя копия не удалась: {why}"),
                format!("The last backup has failed: {why}"),
            ),
            remedy,
        ),
        Backups::Made {
            place,
            newest: None,
            ..
        } => Check::warn(
            id,
            Words::new(
                format!("Копии настроены ({place}), но ни одной ещё нет"),
                format!("Backups are set up ({place}), but there is none yet"),
            ),
            ("Сделайте первую копию сейчас", "Make the first one now"),
        ),
        Backups::Made {
            place,
            newest: Some(newest),
            ..
        } => {
            let hours = facts.now.minutes_since(*newest) / 60;
            let found = Words::new(
                format!("Последняя копия: часов назад {hours}, {place}"),
                format!("The last backup is {hours} hours old, {place}"),
            );
            let check = match hours < BACKUP_HOURS {
                true => Check::ok(id, found),
                false => Check::warn(id, found, remedy),
            };
            check.figure("hours", hours)
        }
    }
}

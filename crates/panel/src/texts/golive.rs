use desk::golive::{StepState, Verdict};

use crate::text::{Text, texts};

texts! {
    /// Before the switch.
    GoliveTexts {
        title: "Запуск" / "Going live",
        lead: "Всё ли готово к переключению на Kassette, и что осталось сделать." / "Whether everything is ready for the switch to Kassette, and what is left to do.",
        all_ok: "Можно переключаться" / "Ready for the switch",
        not_all: "Можно переключаться, но посмотрите замечания" / "The switch is possible, but look at the rest",
        not_known: "Проверено не всё" / "Not everything was checked",
        stops: "Переключаться рано" / "Too early for the switch",
        counted: "порядок: {ok}, внимание: {warn}, стоп: {stop}, неизвестно: {unknown}" / "fine: {ok}, look: {warn}, stop: {stop}, unknown: {unknown}",
        looked: "ОФД и вебхуки спрошены {when}" / "ОФД and webhooks were asked {when}",
        not_looked: "ОФД и вебхуки ещё не спрошены" / "ОФД and webhooks were not asked yet",
        check_now: "Проверить сейчас" / "Check now",
        check_lead: "Kassette спросит ОФД от имени каждого накопителя, пошлёт пробное письмо каждому вебхуку и сверит остатки с файлом биллинга, если вы его приложите." / "Kassette asks the ОФД for each drive, writes a test letter to each webhook, and compares balances with billing’s file if you add one.",
        file: "Остатки из биллинга, CSV (необязательно)" / "Balances of billing, CSV (may be left out)",
        file_hint: "Те же столбцы, что у переноса остатков. Файл только сравнивается." / "The columns of opening balances. The file is only compared.",
        bad_file: "Файл не в UTF-8: сохраните таблицу как CSV UTF-8" / "The file is not UTF-8: save the table as CSV UTF-8",
        plan: "День переключения" / "The day of the switch",
        switch_on: "Чеки оформляет Kassette с" / "Kassette makes receipts from",
        volume: "Чеков в месяц" / "Receipts a month",
        volume_hint: "Оставьте пустым, и число оценится по лицевым счетам" / "Leave it out, and it is estimated by the accounts",
        bad_day: "Напишите день, например 01.12.2026" / "Write a day, such as 2026-12-01",
        bad_volume: "Целое число от 1 до 100 000 000" / "A whole number from 1 to 100,000,000",
        save: "Сохранить" / "Save",
        planned_by: "{day}, назначил {by}" / "{day}, planned by {by}",
        not_planned: "День ещё не назначен" / "No day is planned yet",
        checks: "Проверки" / "Checks",
        check: "Проверка" / "Check",
        verdict: "Итог" / "Verdict",
        found: "Что видно" / "Found",
        to_do: "Что делать" / "What to do",
        responsible: "Отвечает" / "Responsible",
        ok: "порядок" / "fine",
        warn: "внимание" / "look",
        stop: "стоп" / "stop",
        unknown: "неизвестно" / "unknown",
        programme: "Программа" / "Programme",
        due: "до {day}" / "by {day}",
        done: "сделано" / "done",
        open: "предстоит" / "to do",
        overdue: "просрочено" / "overdue",
        waits: "Не готово: {what}" / "Not ready: {what}",
        by_program: "Отметит Kassette, когда проверки это покажут" / "Kassette ticks it when the checks show it",
        said: "Отметил {by}, {when}" / "Ticked by {by}, {when}",
        note: "Номер, место или примечание" / "Number, place or note",
        tick: "Отметить" / "Tick",
        reopen: "Снять отметку" / "Untick",
        bad_note: "Не длиннее 500 знаков" / "At most 500 characters",
        receipts: "Пробные чеки" / "Test receipts",
        receipts_lead: "Оформлены по вашим услугам и настройкам на эмуляторе в памяти и проверены ФЛК. Настоящие накопители не тронуты, ничего не сохранено." / "Formed by your services and settings on an emulated drive in memory, and checked. No real drive was touched, nothing is stored.",
        no_receipts: "Пробовать нечего: опишите услуги" / "There is nothing to try: declare services",
        kind: "Что происходит" / "What happens",
        service: "Услуга" / "Service",
        outcome: "Итог" / "Outcome",
        lines: "Строки чека" / "Lines",
        formed: "оформлен" / "formed",
        not_needed: "чека нет" / "no receipt",
        failed: "стоп" / "stop",
        supplier: "поставщик: {name}" / "supplier: {name}",
        balances: "Расхождения с биллингом" / "Differences from billing",
        balances_lead: "Первые {n}; все — в протоколе." / "The first {n}; all are in the protocol.",
        account: "Лицевой счёт" / "Account",
        billing: "Биллинг" / "Billing",
        journal: "Журнал" / "Journal",
        balance: "долг {debts}, пени {penalties}, аванс {advances}" / "debts {debts}, penalties {penalties}, advances {advances}",
        no_account: "такого счёта нет" / "no such account",
        protocol: "Протокол XLSX" / "Protocol XLSX",
        print_hint: "Страницу можно напечатать: кнопки и формы на бумагу не попадут." / "The page can be printed: buttons and forms stay off the paper.",
    }
}

impl GoliveTexts {
    /// What a verdict is called, and its mood.
    pub(crate) const fn verdict(&self, verdict: Verdict) -> (Text, &'static str) {
        match verdict {
            Verdict::Ok => (self.ok, "good"),
            Verdict::Warn => (self.warn, "warn"),
            Verdict::Stop => (self.stop, "bad"),
            Verdict::Unknown => (self.unknown, "plain"),
        }
    }

    /// What everything has come to, and its mood.
    pub(crate) const fn headline(&self, verdict: Verdict) -> (Text, &'static str) {
        match verdict {
            Verdict::Ok => (self.all_ok, "good"),
            Verdict::Warn => (self.not_all, "warn"),
            Verdict::Stop => (self.stops, "bad"),
            Verdict::Unknown => (self.not_known, "warn"),
        }
    }

    /// How far a step is, and its mood.
    pub(crate) const fn state(&self, state: StepState) -> (Text, &'static str) {
        match state {
            StepState::Done => (self.done, "good"),
            StepState::Open => (self.open, "plain"),
            StepState::Overdue => (self.overdue, "bad"),
        }
    }
}

use crate::text::texts;

texts! {
    /// What was done, said once on the next page.
    NoticeTexts {
        saved: "Сохранено" / "Saved",
        added: "Добавлено" / "Added",
        accepted: "Принято. Чеки оформляются сами: состояние — ниже" / "Accepted. The receipts are formed by themselves: their states are below",
        cancelled: "Операция отменена: её чеков не будет" / "The operation is cancelled: it will have no receipts",
        loaded: "Файл загружен" / "The file is loaded",
        replayed: "Уведомление будет отправлено ещё раз" / "The letter will be sent again",
        password_changed: "Пароль изменён" / "The password is changed",
        sessions_ended: "Сеансы завершены" / "The sessions are ended",
        ordered: "Принято" / "It is ordered",
        logged_out: "Вы вышли" / "You have logged out",
        start_again: "Прошло слишком много времени: войдите ещё раз" / "It has taken too long: log in again",
    }
}

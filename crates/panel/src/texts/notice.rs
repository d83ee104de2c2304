use crate::text::texts;

texts! {
    /// What was done, said once on the next page.
    NoticeTexts {
        saved: "Сохранено" / "Saved",
        added: "Добавлено" / "Added",
        password_changed: "Пароль изменён" / "The password is changed",
        sessions_ended: "Сеансы завершены" / "The sessions are ended",
        ordered: "Принято" / "It is ordered",
        logged_out: "Вы вышли" / "You have logged out",
        start_again: "Прошло слишком много времени: войдите ещё раз" / "It has taken too long: log in again",
    }
}

use crate::text::{Text, texts};

texts! {
    /// What people have done.
    TrailTexts {
        title: "Журнал действий" / "Audit trail",
        lead: "Кто, когда и откуда что сделал. Записи нельзя изменить или удалить." / "Who has done what, when, and from where. Entries cannot be changed or deleted.",
        when: "Когда" / "When",
        who: "Кто" / "Who",
        from_where: "Откуда" / "From",
        what: "Что" / "What",
        to_what: "С чем" / "To what",
        detail: "Подробности" / "Details",
        anybody: "Все" / "Anybody",
        anything: "Все действия" / "Everything",
        first_day: "С дня" / "From the day",
        last_day: "По день" / "To the day",
        bad_day: "Нет такого дня" / "There is no such day",
        find: "Показать" / "Show",
        nothing: "Записей нет" / "There are no entries",
        next: "Дальше" / "Next",
        command: "командная строка" / "command line",
        stranger: "неизвестно кто ({login})" / "somebody unknown ({login})",
        login: "вход" / "logged in",
        login_failed: "вход не удался" / "login failed",
        locked_out: "вход приостановлен" / "locked out for a while",
        session_ended: "сеанс завершён" / "session ended",
        sessions_ended: "сеансы завершены" / "sessions ended",
        person_added: "человек добавлен" / "person added",
        name_changed: "имя изменено" / "name changed",
        roles_changed: "роли изменены" / "roles changed",
        password_changed: "пароль изменён" / "password changed",
        second_factor_set: "второй фактор включён" / "second factor turned on",
        second_factor_removed: "второй фактор отключён" / "second factor turned off",
        person_disabled: "вход закрыт" / "may not log in any more",
        person_enabled: "вход открыт" / "may log in again",
        swap_ordered: "замена накопителя заказана" / "replacement of a drive ordered",
        swap_confirmed: "новый накопитель подтверждён" / "new drive confirmed",
        swap_abandoned: "замена накопителя прервана" / "replacement of a drive abandoned",
        drive_adopted: "накопитель принят в работу" / "drive taken in",
        drive_exported: "документы накопителя сохранены в файлы" / "documents of a drive kept in files",
        slot_reprobed: "накопитель прочитан заново" / "drive read anew",
        clock_trusted: "время сервера подтверждено" / "server’s time confirmed",
        formed_anew: "чек оформлен заново" / "receipt formed anew",
        released: "отложенный чек отправлен снова" / "held receipt tried again",
        operation_cancelled: "операция отменена" / "operation cancelled",
        restoration_made: "план восстановления составлен" / "plan of restoring made",
        restoration_approved: "план восстановления утверждён" / "plan of restoring approved",
        restoration_run: "восстановление запущено" / "restoring begun",
        restoration_paused: "восстановление приостановлено" / "restoring paused",
        restoration_resumed: "восстановление продолжено" / "restoring resumed",
        restoration_abandoned: "восстановление отменено" / "restoring abandoned",
        restoration_report: "отчёт о восстановлении выгружен" / "report of restoring downloaded",
        receipt_fixed: "чек исправлен" / "receipt corrected",
    }
}

impl TrailTexts {
    /// Every act with its words: whoever notes a new one adds it here.
    pub(crate) const fn acts(&self) -> [(&'static str, Text); 31] {
        [
            ("login", self.login),
            ("login_failed", self.login_failed),
            ("locked_out", self.locked_out),
            ("session_ended", self.session_ended),
            ("sessions_ended", self.sessions_ended),
            ("person_added", self.person_added),
            ("name_changed", self.name_changed),
            ("roles_changed", self.roles_changed),
            ("password_changed", self.password_changed),
            ("second_factor_set", self.second_factor_set),
            ("second_factor_removed", self.second_factor_removed),
            ("person_disabled", self.person_disabled),
            ("person_enabled", self.person_enabled),
            ("swap_ordered", self.swap_ordered),
            ("swap_confirmed", self.swap_confirmed),
            ("swap_abandoned", self.swap_abandoned),
            ("drive_adopted", self.drive_adopted),
            ("drive_exported", self.drive_exported),
            ("slot_reprobed", self.slot_reprobed),
            ("clock_trusted", self.clock_trusted),
            ("formed_anew", self.formed_anew),
            ("released", self.released),
            ("operation_cancelled", self.operation_cancelled),
            ("restoration_made", self.restoration_made),
            ("restoration_approved", self.restoration_approved),
            ("restoration_run", self.restoration_run),
            ("restoration_paused", self.restoration_paused),
            ("restoration_resumed", self.restoration_resumed),
            ("restoration_abandoned", self.restoration_abandoned),
            ("restoration_report", self.restoration_report),
            ("receipt_fixed", self.receipt_fixed),
        ]
    }

    /// The words of an act; none for one that nobody has added.
    pub(crate) fn act(&self, act: &str) -> Option<Text> {
        let found = self.acts().into_iter().find(|(known, _)| *known == act);
        found.map(|(_, text)| text)
    }
}

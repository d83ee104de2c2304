use desk::Role;

use crate::text::{Text, texts};

texts! {
    /// Who may log in.
    PeopleTexts {
        title: "Люди" / "People",
        lead: "Кто входит в панель и что может делать" / "Who comes into the panel, and what each may do",
        add: "Добавить человека" / "Add a person",
        name: "Имя и фамилия" / "Full name",
        login: "Логин" / "Login",
        login_hint: "2–32 знака: латинские строчные буквы, цифры, точка, дефис. Потом не меняется" / "2–32 characters: small Latin letters, digits, dot, hyphen. It is not changed later",
        roles: "Роли" / "Roles",
        roles_hint: "Можно несколько: права складываются" / "Several are possible: what they may do adds up",
        about_operator: "Ищет платежи и чеки, принимает оплату, загружает файлы банков" / "Looks for payments and receipts, takes money, loads files of banks",
        about_accountant: "Отчёты, сверки, файлы банков, бумаги для налоговой" / "Reports, reconciliation, files of banks, papers for the tax office",
        about_chief_accountant: "То же и: чеки коррекции, решения по чекам, журнал действий" / "The same, and corrections, decisions about receipts, the audit trail",
        about_technician: "Накопители, чеки под вопросом, ключи и уведомления для биллинга" / "Drives, receipts in doubt, keys and notifications for billing",
        about_admin: "Всё, включая людей и настройки" / "Everything, also people and settings",
        seen: "Был в панели" / "Seen last",
        never: "ещё не входил" / "never yet",
        state: "Вход" / "May log in",
        enabled: "открыт" / "yes",
        disabled: "закрыт" / "no",
        factor: "Второй фактор" / "Second factor",
        factor_on: "включён" / "on",
        factor_off: "нет" / "off",
        language: "Язык панели" / "Language of the panel",
        russian: "Русский" / "Русский",
        english: "English" / "English",
        create: "Добавить" / "Add",
        save: "Сохранить" / "Save",
        back: "К списку" / "Back to the list",
        password_title: "Временный пароль" / "Temporary password",
        password_lead: "Передайте его лично: {name} (логин {login}). Показан один раз; при первом входе его нужно сменить." / "Hand it over in person: {name} (login {login}). It is shown this once, and has to be changed at the first login.",
        copy: "Скопировать" / "Copy",
        done: "Готово" / "Done",
        access: "Доступ" / "Access",
        reset: "Задать временный пароль" / "Set a temporary password",
        reset_confirm: "Нынешний пароль перестанет действовать, все сеансы завершатся." / "The present password will not hold any more, and all sessions will end.",
        factor_remove: "Отключить второй фактор" / "Turn the second factor off",
        factor_remove_confirm: "Войти можно будет только по паролю. Делайте это, лишь если устройство утрачено и вы знаете, кто просит." / "The password alone will do. Do this only if the device is lost and you know who is asking.",
        disable: "Закрыть вход" / "Let not log in",
        disable_confirm: "Все сеансы завершатся. Записи о сделанном останутся, вход можно открыть снова." / "All sessions will end. What was done stays on record, and you can let them in again.",
        enable: "Открыть вход" / "Let log in again",
        sessions: "Сеансы" / "Sessions",
        no_sessions: "Сейчас нигде не вошёл" / "Not logged in anywhere",
        this_session: "этот сеанс" / "this session",
        end: "Завершить" / "End",
        end_all: "Завершить все" / "End all",
        trail: "Что делал: журнал действий" / "What they have done: audit trail",
    }
}

impl PeopleTexts {
    /// What a role is for.
    pub(crate) const fn about(&self, role: &Role) -> Text {
        match role {
            Role::Operator => self.about_operator,
            Role::Accountant => self.about_accountant,
            Role::ChiefAccountant => self.about_chief_accountant,
            Role::Technician => self.about_technician,
            Role::Admin => self.about_admin,
        }
    }
}

use desk::Role;

use crate::text::{Text, texts};

texts! {
    /// What surrounds every page.
    LayoutTexts {
        product: "Кассета" / "Kassette",
        skip: "К содержанию" / "Skip to content",
        navigation: "Разделы" / "Sections",
        emulated: "Эмулятор: документы этого сервера не имеют юридической силы" / "Emulator: the documents of this server have no legal force",
        language: "Язык" / "Language",
        theme: "Оформление" / "Theme",
        theme_auto: "Как в системе" / "As the system",
        theme_light: "Светлое" / "Light",
        theme_dark: "Тёмное" / "Dark",
        account: "Ваша учётная запись" / "Your account",
        profile: "Профиль" / "Profile",
        log_out: "Выйти" / "Log out",
        group_work: "Работа" / "Work",
        group_books: "Учёт" / "Books",
        group_machine: "Техника" / "Machine",
        group_administration: "Управление" / "Administration",
        home: "Обзор" / "Overview",
        decisions: "Решения" / "Decisions",
        cassette: "Кассета" / "The cassette",
        incidents: "Инциденты" / "Incidents",
        remarks: "Сообщения ОФД" / "Messages of the ОФД",
        shifts: "Смены" / "Shifts",
        service_level: "Уровень обслуживания" / "Service level",
        contracts: "Договоры" / "Contracts",
        payouts: "Перечисления" / "Payouts",
        reconciling: "Сверка" / "Reconciliation",
        restoring: "Восстановление" / "Restoring",
        accounts: "Лицевые счета" / "Accounts",
        receipts: "Чеки" / "Receipts",
        operations: "Операции" / "Operations",
        imports: "Файлы банков" / "Bank files",
        calculator: "Какой нужен чек?" / "Which receipt?",
        people: "Люди" / "People",
        trail: "Журнал действий" / "Audit trail",
        start: "Шаги запуска" / "First steps",
        golive: "Запуск" / "Going live",
        settings: "Настройки" / "Settings",
        help: "Справка" / "Help",
        role_operator: "оператор" / "operator",
        role_accountant: "бухгалтер" / "accountant",
        role_chief_accountant: "главный бухгалтер" / "chief accountant",
        role_technician: "техник" / "technician",
        role_admin: "администратор" / "administrator",
        confirm: "Подтвердите" / "Please confirm",
        cancel: "Отмена" / "Cancel",
        copied: "Скопировано" / "Copied",
        show_password: "Показать пароль" / "Show the password",
    }
}

impl LayoutTexts {
    /// What a role is called.
    pub(crate) const fn role(&self, role: &Role) -> Text {
        match role {
            Role::Operator => self.role_operator,
            Role::Accountant => self.role_accountant,
            Role::ChiefAccountant => self.role_chief_accountant,
            Role::Technician => self.role_technician,
            Role::Admin => self.role_admin,
        }
    }
}

use crate::text::texts;

texts! {
    /// The first start.
    SetupTexts {
        title: "Первый запуск" / "First start",
        lead: "Создайте учётную запись администратора. Остальных людей он добавит сам." / "Create the account of the administrator, who adds the other people.",
        code: "Код первого запуска" / "Code of the first start",
        code_hint: "Сервер напечатал его при запуске: посмотрите в терминале или в журнале (journalctl -u kassette). Другой способ: «kassette user add» на сервере." / "The server has printed it at its start: look at the terminal or the log (journalctl -u kassette). The other way: “kassette user add” on the server.",
        code_wrong: "Код неверен. Он меняется при каждом запуске сервера" / "The code is wrong. It changes with each start of the server",
        name: "Имя и фамилия" / "Full name",
        login: "Логин" / "Login",
        login_hint: "2–32 знака: латинские строчные буквы, цифры, точка, дефис" / "2–32 characters: small Latin letters, digits, dot, hyphen",
        password: "Пароль" / "Password",
        password_hint: "Не короче 10 знаков. Хорош пароль из трёх-четырёх несвязанных слов" / "At least 10 characters. Three or four unrelated words make a good one",
        again: "Пароль ещё раз" / "The password again",
        create: "Создать и войти" / "Create and log in",
        differ: "Пароли не совпадают" / "The passwords differ",
    }
}

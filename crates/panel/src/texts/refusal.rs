use crate::text::texts;

texts! {
    /// Why nothing changes about people.
    RefusalTexts {
        bad_login: "Логин: 2–32 латинские строчные буквы, цифры, точка, дефис; первой — буква" / "A login has 2–32 small Latin letters, digits, dots, hyphens, and a letter first",
        login_taken: "Этот логин занят или был занят раньше: выберите другой" / "This login is or was somebody’s: choose another one",
        bad_name: "Имя: от 1 до 100 знаков" / "A name has 1 to 100 characters",
        no_roles: "Выберите хотя бы одну роль" / "Choose at least one role",
        short: "Пароль короче 10 знаков" / "The password has fewer than 10 characters",
        long: "Пароль длиннее 200 знаков" / "The password has more than 200 characters",
        holds_login: "В пароле не должно быть логина" / "The password must not hold the login",
        monotonous: "В пароле слишком мало разных знаков" / "The password has too few different characters",
        wrong_password: "Пароль неверен" / "The password is wrong",
        wrong_code: "Код неверен: проверьте время на устройстве" / "The code is wrong: check the time of the device",
        locked: "Слишком много попыток. Следующая — через {wait} с" / "Too many tries. Wait {wait} s for the next one",
        last_admin: "Это последний администратор: сначала назначьте другого" / "This is the last administrator: make somebody else one first",
        not_first: "Люди уже есть: добавить других может администратор" / "There are people already: an administrator adds others",
        unknown: "Этого человека или сеанса уже нет" / "This person or session is not there any more",
        disabled: "Этому человеку вход закрыт" / "This person may not log in",
        code_used: "Код уже использован: дождитесь следующего" / "This code was used already: wait for the next one",
    }
}

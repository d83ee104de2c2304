use crate::text::texts;

texts! {
    /// The door.
    LoginTexts {
        title: "Вход" / "Log in",
        lead: "Панель фискального сервера" / "The panel of the fiscal server",
        login: "Логин" / "Login",
        password: "Пароль" / "Password",
        enter: "Войти" / "Log in",
        wrong: "Логин или пароль неверны" / "Login or password are wrong",
        locked: "Слишком много попыток. Следующая — через {wait} с" / "Too many tries. Wait {wait} s for the next one",
        forgotten: "Забыли пароль? Администратор задаст новый; если войти не может никто, выполните на сервере «kassette user password»." / "Forgotten the password? An administrator sets a new one; if nobody can log in, run “kassette user password” on the server.",
        code_title: "Код подтверждения" / "Confirmation code",
        code_lead: "Введите код из приложения на вашем устройстве или один из резервных кодов." / "Enter the code of the app on your device, or one of the recovery codes.",
        code: "Код" / "Code",
        code_wrong: "Код неверен или уже использован" / "The code is wrong, or was used before",
        code_enter: "Подтвердить" / "Confirm",
        another: "Войти под другим именем" / "Log in as somebody else",
    }
}

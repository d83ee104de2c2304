use crate::text::texts;

texts! {
    /// What goes wrong, and what to do.
    FailureTexts {
        not_found: "Такой страницы нет" / "There is no such page",
        not_found_remedy: "Возможно, ссылка устарела. Начните с главной страницы." / "The link may be old. Start from the home page.",
        bad_form: "Форма не прочитана" / "The form cannot be read",
        bad_form_remedy: "Ничего не изменено. Вернитесь, обновите страницу и отправьте форму ещё раз." / "Nothing was changed. Go back, reload the page and send the form again.",
        forbidden: "Нет прав" / "Not allowed",
        forbidden_remedy: "Вашей роли это недоступно. Если это нужно для работы, обратитесь к администратору." / "Your role does not allow this. If you need it for your work, ask an administrator.",
        not_ours: "Страница устарела" / "The page is too old",
        not_ours_remedy: "Ничего не изменено: форма открыта до входа или на другом сайте. Вернитесь, обновите страницу и повторите." / "Nothing was changed: the form was opened before you logged in, or on another site. Go back, reload the page and try again.",
        too_large: "Слишком много данных" / "Too much data",
        too_large_remedy: "Ничего не изменено. Отправьте меньше за один раз." / "Nothing was changed. Send less at once.",
        internal: "Сбой на сервере" / "The server has failed",
        internal_remedy: "Подробности в журнале сервера. Повторите позже; принятые операции не потеряны." / "Its log says how. Try again later; accepted operations are not lost.",
        home: "На главную" / "Home page",
    }
}

//! Sentences that the program keeps for people, in two languages.

use std::fmt::Display;

/// Declares the sentences: English, as it is stored, and Russian. `{0}`, `{1}` stand for what each
/// case says.
macro_rules! sayings {
    ($($(#[$doc:meta])* $variant:ident = $english:literal / $russian:literal;)*) => {
        /// A sentence about a row, a file or a plan that is stored, or told to programs, in English,
        /// and shown to people in their language.
        ///
        /// It is stored as it reads: the journal, the API and the log say the same words, and
        /// [`Saying::in_russian`] finds the sentence again by this very table. So neither language
        /// can be changed without the other.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Saying {
            $($(#[$doc])* $variant,)*
        }

        impl Saying {
            /// Every sentence.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            const fn templates(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$variant => ($english, $russian),)*
                }
            }
        }
    };
}

sayings! {
    /// A payment of nothing.
    NotPositive = "the sum is {0}: it must be more than nothing"
        / "сумма — {0}, а должна быть больше нуля";
    /// A payment of a day to come.
    OfTheFuture = "it was paid on {0}, and today is {1}" / "дата оплаты — {0}, а сегодня {1}";
    /// It is known already.
    IsOperation = "it is operation {0}" / "это операция {0}";
    /// What it is was taken back.
    SameNumberCancelled = "operation {0} has the same number, and was cancelled"
        / "операция {0} с тем же номером была отменена";
    /// One number, two sums.
    SameNumberOtherSum = "operation {0} has the same number and another sum, {1}"
        / "у операции {0} тот же номер, но другая сумма: {1}";
    /// One number, two kinds of operation.
    SameNumberNoPayment = "operation {0} has the same number and is no payment"
        / "у операции {0} тот же номер, но это не оплата";
    /// One number, two rows.
    NumberOfLine = "it has the number of line {0}" / "номер тот же, что в строке {0}";
    /// The bank has passed on what is loaded row by row.
    TransferOfRegistry = "number and sum are those of the transfer of the registry «{0}» \
        (import {1}): its payments are loaded already"
        / "номер и сумма — как у перечисления по реестру «{0}» (загрузка {1}): его оплаты уже \
        загружены";
    /// No receipt is needed.
    BusinessAccount = "the payer's account {0} is that of a business: such transfers need no receipt"
        / "счёт плательщика {0} принадлежит организации: чек на такой перевод не нужен";
    /// No receipt is needed.
    Business = "the payer is a business: such transfers need no receipt"
        / "плательщик — организация: чек на такой перевод не нужен";
    /// Which one is meant?
    TwoAccounts = "the purpose names two open accounts, {0} and {1}"
        / "в назначении платежа два открытых счёта: {0} и {1}";
    /// Whose is it?
    NoAccountNamed = "no open account is named" / "не назван ни один открытый счёт";
    /// Whose is it?
    NoSuchAccount = "there is no account {0}" / "лицевого счёта {0} нет";
    /// Perhaps the same money.
    SameMoney = "operation {0} has the same account, day and sum, and came by another way"
        / "у операции {0} тот же счёт, день и сумма, но пришла она другим путём";
    /// Not of the days that were asked for.
    PaidOn = "it was paid on {0}" / "дата оплаты — {0}";
    /// The same row in another file.
    StandsToo = "it stands in {0}, too" / "есть и в {0}";
    /// Another row of the same number.
    NumberOf = "it has the number of {0}" / "номер тот же, что у {0}";
    /// Another plan has it.
    InRestoration = "it waits in restoration {0}: carry that one out or abandon it first"
        / "ждёт в восстановлении {0}: сначала проведите или бросьте его";
    /// Nothing to correct.
    CancelInstead = "it is no fiscal document: cancel its operation instead"
        / "чек не оформлен: вместо исправления отмените операцию";
    /// Nothing to correct.
    NoDocument = "it is no fiscal document" / "чек не оформлен";
    /// Its correction is what may be wrong.
    CorrectedBy = "it was corrected by operation {0}: correct what that one has formed"
        / "исправлен операцией {0}: исправляйте то, что оформила она";
    /// It was done.
    CorrectedSo = "operation {0} has corrected it so before"
        / "так его уже исправила операция {0}";
    /// The reverse of a wrong receipt.
    TakesBack = "it takes another document back" / "он сам отменяет другой документ";
    /// Somebody was faster.
    CameMeanwhile = "operation {0} has come with its key meanwhile"
        / "тем временем пришла операция {0} с тем же ключом";
    /// Not what was approved.
    SaysOther = "its receipts would say something else than was approved: the account has changed \
        meanwhile"
        / "чеки вышли бы не такими, как утверждены: счёт тем временем изменился";
    /// A plan that was not finished.
    PlanCutOff = "the program stopped while the plan was being made: make it anew"
        / "программа остановилась, пока составлялся план: составьте его заново";
    /// A plan that could not be stored.
    RowsNotStored = "its rows could not be stored" / "строки не удалось записать";
    /// The same file.
    LoadedBefore = "these bytes were loaded before as «{0}», import {1}, by {2}"
        / "этот файл уже загружен как «{0}», загрузка {1}, кем: {2}";
    /// Is it ours?
    OtherInn = "the file's name has the ИНН {0}, the organisation has {1}"
        / "в имени файла ИНН {0}, а у организации {1}";
    /// Is it whole?
    DeclaredOther = "the statement says that {0} have come in, its documents come to {1}: it may \
        hold only documents of some kinds"
        / "по выписке поступило {0}, а её документов на {1}: возможно, в ней не все виды документов";
    /// The money of a registry, twice.
    TransferWaits = "the transfer of this registry, payment order {0} of {1}, is line {2} of \
        import {3}, which waits: skip it"
        / "перечисление по этому реестру, поручение {0} на {1}, — строка {2} загрузки {3}; она ждёт: \
        пропустите её";
    /// The money of a registry, twice.
    TransferLoaded = "the transfer of this registry, payment order {0} of {1}, is line {2} of \
        import {3}, which was loaded as operation {4}: look at it"
        / "перечисление по этому реестру, поручение {0} на {1}, — строка {2} загрузки {3}; она \
        загружена как операция {4}: посмотрите на неё";
    /// The money of a registry, once.
    TransferSkipped = "the transfer of this registry, payment order {0} of {1}, is line {2} of \
        import {3}, which was skipped"
        / "перечисление по этому реестру, поручение {0} на {1}, — строка {2} загрузки {3}; она \
        пропущена";
    /// Why a job waits, and how long.
    Until = "{0} (until {1})" / "{0} (до {1})";
    /// No drive.
    NoDrive = "no drive works: register one, then run"
        / "ни один накопитель не работает: зарегистрируйте его, потом запускайте";
    /// No time.
    NoTime = "the drives form {0} documents a day, and ordinary work needs {1}: no time is left; \
        add a drive"
        / "накопители оформляют {0} документов в день, и {1} из них нужно обычной работе: времени \
        не остаётся; добавьте накопитель";
    /// Never.
    NoEnd = "it would not be over within ten years: run a smaller part, add registers, or run with \
        --pace at-once"
        / "это заняло бы больше десяти лет: запустите часть, добавьте кассы или запустите «сразу»";
    /// No room.
    NoRoom = "{0} documents are needed, and {1} fit with {2} % of each drive kept in reserve: put \
        in another drive, or restore fewer days"
        / "нужно документов: {0}, помещается {1} с запасом {2} % на каждом накопителе: вставьте ещё \
        один или восстановите меньше дней";
    /// No life.
    DriveEnds = "drive {0} ends on {1}, before the job would be over: replace it first"
        / "срок накопителя {0} кончается {1}, раньше этой работы: сначала замените его";
    /// What is on its way.
    OnTheirWay = "{0} receipts of it wait for the drives: the next ones follow when these are formed"
        / "чеков ждёт накопителей: {0}; следующие пойдут, когда оформят эти";
    /// The share of a register.
    ShareReached = "register {0} has {1} of the last 30 days and would exceed {2} %: wait, give \
        receipts to other registers, or run with --pace at-once and the covering letter"
        / "у кассы {0} за 30 дней {1}, и стало бы больше {2} %: подождите, отдайте чеки другим \
        кассам или запустите «сразу» с сопроводительным письмом";
    /// The shares of a register.
    Shares = "corrections {0} %, returns {1} %" / "коррекций {0} %, возвратов {1} %";
    /// No register.
    NoRegister = "no register can be given a receipt now: see the state of the cassette"
        / "сейчас чек не может принять ни одна касса: посмотрите, что с кассетой";
    /// As ordered.
    LimitReached = "as many rows as the run was limited to are carried out: resume it for the next \
        ones"
        / "проведено столько строк, сколько было разрешено: продолжите для следующих";
    /// Errors of drives.
    DriveErrors = "{0} errors of drives: see the state of the cassette, then resume"
        / "ошибок накопителей: {0}; посмотрите, что с кассетой, потом продолжите";
    /// Refusals of the ОФД.
    OfdRejected = "the ОФД has rejected {0} documents: see why, then resume"
        / "ОФД не принял документов: {0}; посмотрите почему, потом продолжите";
    /// Documents do not leave.
    Unsent = "{0} documents wait for the ОФД: see why they are not sent, then resume"
        / "документов ждёт ОФД: {0}; посмотрите, почему они не уходят, потом продолжите";
    /// Rows have changed.
    Changed = "{0} rows have changed since the approval: they come into the next plan; resume for \
        the others"
        / "строк, изменившихся после утверждения: {0}; они войдут в следующий план; продолжите для \
        остальных";
}

impl Saying {
    /// The sentence in English, as it is stored, about `values`.
    pub fn about(self, values: &[&dyn Display]) -> String {
        let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
        filled(self.templates().0, &values)
    }

    /// A stored sentence in Russian, with sentences that it says inside; none when it is none of
    /// these.
    pub fn in_russian(stored: &str) -> Option<String> {
        let found = Self::ALL.iter().find_map(|saying| {
            let (english, russian) = saying.templates();
            Some((values_of(english, stored)?, russian))
        });
        let (values, russian) = found?;
        let values: Vec<String> = values
            .into_iter()
            .map(|value| Self::in_russian(value).unwrap_or_else(|| value.to_owned()))
            .collect();
        Some(filled(russian, &values))
    }
}

/// A template's text before each place of a value, and that value's number; then what ends it.
fn pieces(template: &str) -> (Vec<(&str, usize)>, &str) {
    let (mut pieces, mut rest) = (Vec::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        // Numbers are single digits: a test reads every template.
        let number = after.as_bytes().first().map_or(0, |digit| digit - b'0');
        pieces.push((before, usize::from(number)));
        rest = after.get(2..).unwrap_or_default();
    }
    (pieces, rest)
}

fn filled(template: &str, values: &[String]) -> String {
    let (pieces, end) = pieces(template);
    let mut text = String::new();
    for (before, number) in pieces {
        text.push_str(before);
        text.push_str(values.get(number).map_or("", String::as_str));
    }
    text + end
}

/// What `text` says in the places of `template`, if it is made of it.
fn values_of<'t>(template: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let (pieces, end) = pieces(template);
    let Some(((first, _), others)) = pieces.split_first() else {
        return (text == end).then(Vec::new);
    };
    let mut rest = text.strip_prefix(first)?.strip_suffix(end)?;
    let mut values = Vec::with_capacity(pieces.len());
    for (between, _) in others {
        // A value may hold such words itself: the last of them ends it.
        let (value, after) = rest
            .rsplit_once(between)
            .filter(|_| others.len() == 1)
            .or_else(|| rest.split_once(between))?;
        values.push(value);
        rest = after;
    }
    values.push(rest);
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_found_again_with_its_values_in_both_languages() {
        for saying in Saying::ALL {
            let (english, russian) = saying.templates();
            let numbers = |template| {
                let mut numbers: Vec<_> = pieces(template).0.iter().map(|it| it.1).collect();
                numbers.sort_unstable();
                numbers
            };
            let count = numbers(english).len();
            assert_eq!(
                numbers(english),
                (0..count).collect::<Vec<_>>(),
                "{english}"
            );
            assert_eq!(numbers(russian), numbers(english), "{english}");
            // In English the values stand in order, so that they are found again by their places.
            assert!(pieces(english).0.is_sorted_by_key(|it| it.1), "{english}");
            let values: Vec<String> = (0..count).map(|it| format!("значение {it}")).collect();
            let told: Vec<&dyn Display> = values.iter().map(|it| it as &dyn Display).collect();
            let stored = saying.about(&told);
            let expected = filled(russian, &values);
            assert_eq!(Saying::in_russian(&stored), Some(expected), "{stored}");
        }
    }

    #[test]
    fn what_a_sentence_says_inside_is_translated_too_and_what_is_none_is_left() {
        let share = Saying::Shares.about(&[&"4.10", &"0.00"]);
        let why = Saying::ShareReached.about(&[&"0000000001021345", &share, &5]);
        let stored = Saying::Until.about(&[&why, &"2026-12-01"]);
        let russian = Saying::in_russian(&stored).unwrap();
        assert!(
            russian.contains("коррекций 4.10 %, возвратов 0.00 %"),
            "{russian}"
        );
        assert!(russian.ends_with("(до 2026-12-01)"), "{russian}");
        for other in ["", "the drive says no", "{0}", " (until "] {
            assert_eq!(Saying::in_russian(other), None, "{other}");
        }
    }
}

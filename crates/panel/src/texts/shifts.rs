use desk::ShiftSum;
use terms::OperationSign;

use crate::text::texts;

texts! {
    /// Shifts and their reports.
    ShiftsTexts {
        title: "Смены" / "Shifts",
        lead: "Смена накопителя открывается и закрывается сама, не реже раза в сутки." / "A drive’s shift is opened and closed by itself, at least once a day.",
        none: "Смен за эти дни нет" / "There are no shifts of these days",
        from: "С дня" / "From the day",
        to: "По день" / "To the day",
        slot: "Гнездо" / "Slot",
        any_slot: "все" / "all",
        show: "Показать" / "Show",
        bad_day: "Нет такого дня" / "There is no such day",
        number: "Смена" / "Shift",
        drive: "Накопитель" / "Drive",
        opened: "Открыта" / "Opened",
        closed: "Закрыта" / "Closed",
        still_open: "ещё открыта" / "still open",
        receipts: "Чеков" / "Receipts",
        came: "Поступило и начислено" / "Come in and charged",
        back: "Возвращено" / "Given back",
        next: "Более ранние" / "Earlier ones",
        report_title: "Смена № {n}" / "Shift № {n}",
        all_shifts: "Ко всем сменам" / "To all shifts",
        print: "Для печати нажмите Ctrl+P" / "To print it press Ctrl+P",
        opened_by: "Открыта документом" / "Opened by the document",
        closed_by: "Закрыта документом" / "Closed by the document",
        what: "Что" / "What",
        sum: "Сумма" / "Sum",
        no_receipts: "Чеков в смене нет" / "There are no receipts in the shift",
        income: "Оплаты и начисления" / "Payments and charges",
        income_return: "Возвраты оплат и начислений" / "Payments and charges given back",
        expense: "Выплаты" / "Money paid out",
        expense_return: "Возвраты выплат" / "Money paid out and returned",
        correction: "Исправления: {what}" / "Corrections: {what}",
        emulated: "Накопитель эмулируется: смена не имеет юридической силы" / "The drive is emulated: the shift has no legal force",
        correction_column: "Исправление" / "Correction",
        kind_column: "Признак расчёта" / "Kind of settlement",
    }
}

impl ShiftsTexts {
    /// What receipts of one kind are.
    pub(crate) fn kind(&self, sum: &ShiftSum) -> String {
        let kind = match sum.sign {
            OperationSign::Income => self.income,
            OperationSign::IncomeReturn => self.income_return,
            OperationSign::Expense => self.expense,
            OperationSign::ExpenseReturn => self.expense_return,
        };
        match sum.is_correction {
            true => self.correction.with("what", kind).into(),
            false => kind.into(),
        }
    }
}

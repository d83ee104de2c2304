use crate::text::{Text, texts};

texts! {
    /// Why the rules of receipts refuse an operation, in plain words.
    RefusedTexts {
        unknown_account: "такого лицевого счёта нет" / "there is no such account",
        unknown_service: "такой услуги нет в настройках" / "there is no such service",
        unknown_debt: "такого долга на счёте нет" / "there is no such debt on the account",
        unknown_payment: "этот платёж уже опознан, или его нет" / "this payment is identified already, or there is none",
        unknown_receipt: "этого чека ещё нет: он не оформлен" / "there is no such receipt: it is not formed",
        bad_amount: "с такой суммой нельзя" / "this sum cannot be",
        bad_kind: "это действие сюда не подходит" / "this does not fit here",
        bad_date: "с такой датой нельзя" / "this date cannot be",
        too_many_items: "слишком много строк за один раз" / "too many lines at once",
        conflict: "такая запись уже есть" / "such an entry exists already",
        contact_required: "для оплаты через интернет нужна почта или телефон клиента" / "a payment on the internet needs the customer’s e-mail or telephone",
        exceeds_debt: "сумма больше долга" / "the sum exceeds the debt",
        exceeds_payment: "разбивка больше самого платежа" / "the split exceeds the payment",
        counter_only_for_debt: "встречным предоставлением закрывают только долг" / "counter-provision pays only debts",
        insufficient_advance: "столько аванса на счёте нет" / "there is not so much advance on the account",
        exceeds_settled: "за эту услугу столько не оплачено" / "not so much was paid for this service",
        exceeds_charge: "столько за этот месяц не начислено" / "not so much was charged for this month",
        supplier_mismatch: "услуги разных поставщиков: нужно письменное распоряжение клиента" / "the suppliers differ: the customer’s written order is needed",
        deadline: "срок сводного чека прошёл: нужен чек коррекции" / "the receipt of the month is too late: a correction is needed",
        already_cancelled: "этот чек уже отменён или исправлен" / "this receipt is undone or corrected already",
        advance_spent: "аванс этой оплаты уже израсходован: оформите возврат вручную" / "the advance of this payment is spent: refund by hand",
        used_since: "этим уже воспользовалась более поздняя операция: отмените сначала её" / "a later operation has used this: take that one back first",
        format_control: "чек не пройдёт форматно-логический контроль" / "the receipt would not pass the control of its format",
        other: "правила этого не допускают" / "the rules do not allow this",
    }
}

impl RefusedTexts {
    /// The plain words for a stable code of the rules.
    pub(crate) fn of_code(&self, code: &str) -> Text {
        match code {
            "unknown_account" => self.unknown_account,
            "unknown_service" => self.unknown_service,
            "unknown_debt" => self.unknown_debt,
            "unknown_payment" => self.unknown_payment,
            "unknown_receipt" => self.unknown_receipt,
            "bad_amount" => self.bad_amount,
            "bad_kind" => self.bad_kind,
            "bad_date" => self.bad_date,
            "too_many_items" => self.too_many_items,
            "conflict" => self.conflict,
            "contact_required" => self.contact_required,
            "explicit_exceeds_debt" | "writeoff_exceeds_debt" => self.exceeds_debt,
            "explicit_exceeds_payment" => self.exceeds_payment,
            "counter_only_for_debt" => self.counter_only_for_debt,
            "insufficient_advance" => self.insufficient_advance,
            "exceeds_settled" => self.exceeds_settled,
            "recalc_exceeds_charge" => self.exceeds_charge,
            "supplier_mismatch" => self.supplier_mismatch,
            "consolidated_deadline_passed" => self.deadline,
            "already_cancelled" => self.already_cancelled,
            "advance_already_spent" => self.advance_spent,
            "used_since" => self.used_since,
            "format_control" => self.format_control,
            _ => self.other,
        }
    }
}

//! How a receipt is settled (ATOL web requests §10.1).

use desk::ready::Payments;
use terms::Kopecks;

use super::{
    error::{TaskError, code},
    node::Node,
};

/// What was given, before change.
pub(super) fn given(task: &Node<'_>) -> Result<Payments, TaskError> {
    let mut given = Payments::default();
    for payment in task.elements("payments")? {
        let payment = payment.object()?;
        let kind = payment.required("type")?;
        let sum_field = payment.required("sum")?;
        let sum = sum_field.money()?;
        let word = kind.word()?;
        let place = match word.as_str() {
            "cash" | "0" => &mut given.cash,
            "electronically" | "1" => &mut given.cashless,
            "prepaid" | "2" => &mut given.prepaid,
            "credit" | "3" => &mut given.credit,
            "other" | "4" => &mut given.counter,
            // Kinds 5 to 9 are mapped in a device's settings, which a cassette does not have.
            _ => return Err(kind.wrong(code::BAD_PAYMENT, format!("вид оплаты «{word}»"))),
        };
        *place = place
            .add(sum)
            .map_err(|error| sum_field.wrong(code::BAD_PRICE, error))?;
    }
    Ok(given)
}

/// What of it settles `total`: all that is not cash first, so that change is given from cash alone.
pub(super) fn settle(total: Kopecks, given: Payments) -> Result<Payments, TaskError> {
    let without_cash = Payments {
        cash: Kopecks::ZERO,
        ..given
    };
    let sum = |payments: &Payments| {
        let wide = |error: terms::TermError| TaskError::new(code::BAD_PRICE, error.to_string());
        payments.total().map_err(wide)
    };
    let (cashless, all) = (sum(&without_cash)?, sum(&given)?);
    if cashless > total {
        let why = format!("Безналичная оплата {cashless} больше суммы чека {total}");
        return Err(TaskError::new(code::CASHLESS_EXCEEDS, why));
    }
    if all < total {
        let why = format!("Чек оплачен не полностью: оплаты {all}, сумма чека {total}");
        return Err(TaskError::new(code::NOT_PAID, why));
    }
    let cash = total
        .sub(cashless)
        .map_err(|error| TaskError::new(code::BAD_PRICE, error.to_string()))?;
    Ok(Payments {
        cash,
        ..without_cash
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kopecks(value: i64) -> Kopecks {
        Kopecks::new(value).unwrap()
    }

    #[test]
    fn change_comes_from_cash_alone() {
        let given = |cash, cashless| Payments {
            cash: kopecks(cash),
            cashless: kopecks(cashless),
            ..Payments::default()
        };
        let settled = |total, payments| settle(kopecks(total), payments);
        assert_eq!(settled(1000, given(5000, 300)), Ok(given(700, 300)));
        assert_eq!(settled(1000, given(9, 1000)), Ok(given(0, 1000)));
        let code = |total, payments| settled(total, payments).unwrap_err().code;
        assert_eq!(code(1000, given(699, 300)), 66);
        assert_eq!(code(1000, given(0, 1001)), 52);
    }

    proptest! {
        #[test]
        fn what_settles_is_the_total_and_never_more_than_was_given(
            total in 1..2_000_i64,
            sums in prop::array::uniform5(0..1_000_i64),
        ) {
            let [cash, cashless, prepaid, credit, counter] = sums.map(kopecks);
            let given = Payments { cash, cashless, prepaid, credit, counter };
            match settle(kopecks(total), given) {
                Ok(settled) => {
                    prop_assert_eq!(settled.total().unwrap(), kopecks(total));
                    prop_assert!(settled.cash <= cash);
                    prop_assert_eq!(Payments { cash, ..settled }, given);
                }
                Err(error) => {
                    let rest: i64 = sums[1..].iter().sum();
                    let expected = if rest > total { 52 } else { 66 };
                    prop_assert_eq!(error.code, expected);
                    prop_assert!(rest > total || rest + sums[0] < total);
                }
            }
        }
    }
}

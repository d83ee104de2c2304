//! Which part of a receipt's lines is money that came or went back.

use terms::{Inn, Kopecks, OperationSign};

use crate::{Receipt, share::in_proportion};

/// Money that an agent's line has brought for its supplier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SupplierMoney {
    /// The place of the line in the receipt, from 0.
    pub line: usize,
    /// Tag 1226.
    pub supplier: Inn,
    /// Tag 1225.
    pub name: String,
    /// The service's code; none: the line names no service.
    pub service: Option<terms::ServiceCode>,
    /// How much: below zero when it went back to the customer.
    pub amount: Kopecks,
}

/// For each line of a receipt the money in it (tags 1031 and 1081), below zero where the money went
/// back. Offsets, credit and counter-provision are none. What is paid in both ways is shared in
/// proportion to the lines (receipt rules §1.7), so that no kopeck is lost.
///
/// # Errors
/// When a sum leaves the range of money; not for a receipt that the engine has made.
pub fn money_by_line(receipt: &Receipt) -> terms::Result<Vec<Kopecks>> {
    let money = receipt.payments.cash.add(receipt.payments.cashless)?;
    let lines = receipt.all_lines();
    let weights: Vec<Kopecks> = lines.iter().map(|line| line.amount).collect();
    let mut shares = match money == Kopecks::sum(weights.iter().copied())? {
        true => weights,
        false => in_proportion(money, &weights)?,
    };
    // A lost refund is an expense in corrections of FFD 1.05 (receipt rules §4.2).
    if matches!(
        receipt.operation,
        OperationSign::IncomeReturn | OperationSign::Expense
    ) {
        for share in &mut shares {
            *share = share.negated();
        }
    }
    Ok(shares)
}

/// What a receipt has brought for suppliers, or taken back from them: one entry for each of its
/// agent's lines (tag 1222) in which there is money.
///
/// # Errors
/// See [`money_by_line`].
pub fn supplier_money(receipt: &Receipt) -> terms::Result<Vec<SupplierMoney>> {
    let lines = receipt.all_lines();
    if lines.iter().all(|line| line.agent.is_none()) {
        return Ok(Vec::new());
    }
    let shares = money_by_line(receipt)?;
    let found = lines.iter().zip(shares).enumerate();
    let found = found.filter_map(|(place, (line, amount))| {
        let agent = line.agent.as_ref().filter(|_| !amount.is_zero())?;
        Some(SupplierMoney {
            line: place,
            supplier: agent.supplier_inn,
            name: agent.supplier_name.clone(),
            service: line.service.clone(),
            amount,
        })
    });
    Ok(found.collect())
}

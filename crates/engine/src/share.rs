use terms::Kopecks;

/// Shares `amount` in proportion to `weights` by the largest remainder: every share is rounded
/// down, then the kopecks left over go one by one to the largest remainders, ties in the given
/// order (receipt rules §1.7). Weights below zero count as zero; when all are, nothing is shared.
pub(crate) fn in_proportion(amount: Kopecks, weights: &[Kopecks]) -> terms::Result<Vec<Kopecks>> {
    let wide = |weight: &Kopecks| i128::from(weight.get().max(0));
    let whole: i128 = weights.iter().map(wide).sum();
    if whole == 0 {
        return Ok(vec![Kopecks::ZERO; weights.len()]);
    }
    let amount = i128::from(amount.get());
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = amount;
    for (place, weight) in weights.iter().enumerate() {
        let exact = amount * wide(weight);
        left -= exact / whole;
        shares.push(exact / whole);
        remainders.push((exact % whole, place));
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, place) in remainders
        .into_iter()
        .take(usize::try_from(left).unwrap_or(0))
    {
        shares[place] += 1;
    }
    shares
        .into_iter()
        .map(|share| Kopecks::new(i64::try_from(share).unwrap_or(i64::MAX)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_share_is_a_kopeck_off(
            amount in 0_i64..1 << 53,
            weights in prop::collection::vec(-5_i64..1 << 53, 1..20),
        ) {
            let weights: Vec<_> = weights.into_iter().map(|w| Kopecks::new(w).unwrap()).collect();
            let shares = in_proportion(Kopecks::new(amount).unwrap(), &weights).unwrap();
            let whole: i128 = weights.iter().map(|w| i128::from(w.get().max(0))).sum();
            let sum: i64 = shares.iter().map(|share| share.get()).sum();
            prop_assert_eq!(sum, if whole == 0 { 0 } else { amount });
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(amount) * i128::from(weight.get().max(0));
                prop_assert!((i128::from(share.get()) * whole - exact).abs() < whole.max(1));
            }
        }
    }
}

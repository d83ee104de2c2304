//! What a receipt was paid in: tags 1031, 1081, 1215, 1216, 1217.

use desk::Payments;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::Kopecks;

use crate::money::Money;

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentsRequest {
    #[serde(default = "nothing")]
    cash: Money,
    #[serde(default = "nothing")]
    cashless: Money,
    #[serde(default = "nothing")]
    prepaid: Money,
    #[serde(default = "nothing")]
    credit: Money,
    #[serde(default = "nothing")]
    counter: Money,
}

impl PaymentsRequest {
    pub(super) const fn sums(&self) -> Payments {
        Payments {
            cash: self.cash.0,
            cashless: self.cashless.0,
            prepaid: self.prepaid.0,
            credit: self.credit.0,
            counter: self.counter.0,
        }
    }
}

const fn nothing() -> Money {
    Money(Kopecks::ZERO)
}

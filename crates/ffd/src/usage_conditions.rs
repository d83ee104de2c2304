use crate::{Tag, Value, fields::Fields};

/// Признаки условий применения ККТ: bits of tag 1290 (FFD documents §3).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct UsageConditions(pub u32);

impl UsageConditions {
    /// A printer in an automatic device.
    pub const PRINTER_IN_AUTOMAT: u32 = 1 << 1;
    /// АС БСО.
    pub const STRICT_FORMS: u32 = 1 << 2;
    /// Settlements in the Internet only.
    pub const INTERNET_ONLY: u32 = 1 << 5;
    /// Excise goods.
    pub const EXCISE: u32 = 1 << 6;
    /// Goods subject to marking.
    pub const MARKED: u32 = 1 << 8;
    /// Services.
    pub const SERVICES: u32 = 1 << 9;
    /// Gambling.
    pub const GAMBLING: u32 = 1 << 10;
    /// Lotteries.
    pub const LOTTERY: u32 = 1 << 11;
    /// A pawnshop.
    pub const PAWNSHOP: u32 = 1 << 12;
    /// Insurance.
    pub const INSURANCE: u32 = 1 << 13;
    /// A vending machine.
    pub const VENDING: u32 = 1 << 14;
    /// Public catering.
    pub const CATERING: u32 = 1 << 15;
    /// Wholesale.
    pub const WHOLESALE: u32 = 1 << 16;

    /// Whether all of `bits` are set.
    pub const fn has(self, bits: u32) -> bool {
        self.0 & bits == bits
    }

    /// Takes tag 1290, or before FFD 1.2 the single tags that it replaced.
    pub(crate) fn read(fields: &mut Fields) -> Self {
        let bits = |value: &Value| match value {
            Value::Uint32(bits) => Some(*bits),
            _ => None,
        };
        if let Some(bits) = fields.optional(Tag::USAGE_CONDITIONS, bits) {
            return Self(bits);
        }
        let single = [
            (Tag::PRINTER_IN_AUTOMAT, Self::PRINTER_IN_AUTOMAT),
            (Tag::STRICT_FORMS, Self::STRICT_FORMS),
            (Tag::INTERNET_ONLY, Self::INTERNET_ONLY),
            (Tag::EXCISE, Self::EXCISE),
            (Tag::SERVICES_ONLY, Self::SERVICES),
            (Tag::GAMBLING, Self::GAMBLING),
            (Tag::LOTTERY, Self::LOTTERY),
        ];
        let set = single.into_iter().filter(|(tag, _)| fields.flag(*tag));
        Self(set.fold(0, |all, (_, bit)| all | bit))
    }
}

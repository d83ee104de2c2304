//! Counters of a drive, 36h…39h, FFD 1.1 and 1.2 (ФН protocol §2.9).

use terms::Kopecks;

use crate::bytes::{Read, Reader, money};

/// What counters count.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum CounterScope {
    /// The current shift.
    Shift = 0,
    /// The drive's life.
    Drive = 1,
}

impl CounterScope {
    /// Every scope, by code.
    pub const ALL: [Self; 2] = [Self::Shift, Self::Drive];

    /// The parameter of the command.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The scope with this code; none when there is no such scope.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }
}

/// The answer to 36h, 354 bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// The shift's number, or how many shifts there were.
    pub shift: u16,
    /// Receipts of all signs.
    pub receipts: u32,
    /// Receipts by sign, in the order of [`terms::OperationSign::ALL`].
    pub by_sign: [SettlementCounters; 4],
    /// Correction receipts.
    pub corrections: SignTotals,
}

/// Counters of the receipts of one sign, 76 bytes («block A»).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SettlementCounters {
    /// How many receipts.
    pub count: u32,
    /// Their totals, tag 1020.
    pub total: Kopecks,
    /// Their payments.
    pub payments: PaymentSums,
    /// Their taxes.
    pub vat: VatSums,
}

/// Sums by means of payment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PaymentSums {
    /// Tag 1031.
    pub cash: Kopecks,
    /// Tag 1081.
    pub electronic: Kopecks,
    /// Tag 1215.
    pub prepaid: Kopecks,
    /// Tag 1216.
    pub credit: Kopecks,
    /// Tag 1217.
    pub exchange: Kopecks,
}

/// Sums by VAT rate. «Main» is the rate that the specification prints as 18 %, later 20 and 22 %
/// (GENERAL KNOWLEDGE).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct VatSums {
    /// Tag 1102, VAT at the main rate.
    pub main: Kopecks,
    /// Tag 1103, VAT at 10 %.
    pub ten: Kopecks,
    /// Tag 1104, settlements at 0 %.
    pub zero_base: Kopecks,
    /// Tag 1105, settlements without VAT.
    pub exempt_base: Kopecks,
    /// Tag 1106, VAT at the calculated main rate (18/118).
    pub main_calculated: Kopecks,
    /// Tag 1107, VAT at 10/110.
    pub ten_calculated: Kopecks,
}

/// How many documents, and their sum.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CountedSum {
    /// How many.
    pub count: u32,
    /// Their totals, tag 1020.
    pub sum: Kopecks,
}

/// Documents and sums by sign, 44 bytes: corrections in 36h («block B»), and the answer to 39h.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SignTotals {
    /// Documents of all signs.
    pub count: u32,
    /// By sign, in the order of [`terms::OperationSign::ALL`].
    pub by_sign: [CountedSum; 4],
}

/// The answer to 37h, 42 bytes by the specification. One emulator sends 46; what goes beyond the
/// specified fields is passed over (ФН protocol §9 Q7).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OperationCounts {
    /// The shift's number, or how many shifts there were.
    pub shift: u16,
    /// Receipts.
    pub receipts: SignCounts,
    /// Correction receipts.
    pub corrections: SignCounts,
}

/// How many documents, by sign.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SignCounts {
    /// Documents of all signs.
    pub count: u32,
    /// By sign, in the order of [`terms::OperationSign::ALL`].
    pub by_sign: [u32; 4],
}

/// The answer to 38h, 86 bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SignCounters {
    /// Receipts of the sign.
    pub receipts: SettlementCounters,
    /// Correction receipts of the sign.
    pub corrections: CountedSum,
}

/// Sums in counters have 48 bits.
const SUM: usize = 6;

/// Bytes that one emulator adds to 37h.
const EXTRA_COUNT: usize = 4;

impl Counters {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.shift.to_le_bytes().to_vec();
        bytes.extend(self.receipts.to_le_bytes());
        bytes.extend(self.by_sign.iter().flat_map(SettlementCounters::encode));
        bytes.extend(self.corrections.encode());
        bytes
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            shift: reader.u16()?,
            receipts: reader.u32()?,
            by_sign: four(reader, SettlementCounters::read)?,
            corrections: SignTotals::read(reader)?,
        })
    }
}

impl SettlementCounters {
    fn encode(&self) -> Vec<u8> {
        [
            self.count.to_le_bytes().to_vec(),
            money::<SUM>(self.total),
            self.payments.encode::<SUM>(),
            self.vat.encode::<SUM>(),
        ]
        .concat()
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            count: reader.u32()?,
            total: reader.money::<SUM>()?,
            payments: PaymentSums::read::<SUM>(reader)?,
            vat: VatSums::read::<SUM>(reader)?,
        })
    }
}

impl PaymentSums {
    /// Every sum, in the order of the fields.
    pub(crate) const fn all(&self) -> [Kopecks; 5] {
        [
            self.cash,
            self.electronic,
            self.prepaid,
            self.credit,
            self.exchange,
        ]
    }

    /// Sums of `N` bytes each.
    pub(crate) fn encode<const N: usize>(&self) -> Vec<u8> {
        self.all().into_iter().flat_map(money::<N>).collect()
    }

    pub(crate) fn read<const N: usize>(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            cash: reader.money::<N>()?,
            electronic: reader.money::<N>()?,
            prepaid: reader.money::<N>()?,
            credit: reader.money::<N>()?,
            exchange: reader.money::<N>()?,
        })
    }
}

impl VatSums {
    /// Every sum, in the order of the fields.
    pub(crate) const fn all(&self) -> [Kopecks; 6] {
        [
            self.main,
            self.ten,
            self.zero_base,
            self.exempt_base,
            self.main_calculated,
            self.ten_calculated,
        ]
    }

    /// Sums of `N` bytes each.
    pub(crate) fn encode<const N: usize>(&self) -> Vec<u8> {
        self.all().into_iter().flat_map(money::<N>).collect()
    }

    pub(crate) fn read<const N: usize>(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            main: reader.money::<N>()?,
            ten: reader.money::<N>()?,
            zero_base: reader.money::<N>()?,
            exempt_base: reader.money::<N>()?,
            main_calculated: reader.money::<N>()?,
            ten_calculated: reader.money::<N>()?,
        })
    }
}

impl CountedSum {
    fn encode(&self) -> Vec<u8> {
        [self.count.to_le_bytes().to_vec(), money::<SUM>(self.sum)].concat()
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            count: reader.u32()?,
            sum: reader.money::<SUM>()?,
        })
    }
}

impl SignTotals {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.count.to_le_bytes().to_vec();
        bytes.extend(self.by_sign.iter().flat_map(CountedSum::encode));
        bytes
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            count: reader.u32()?,
            by_sign: four(reader, CountedSum::read)?,
        })
    }
}

impl OperationCounts {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.shift.to_le_bytes().to_vec();
        for counts in [&self.receipts, &self.corrections] {
            bytes.extend(counts.count.to_le_bytes());
            bytes.extend(counts.by_sign.iter().flat_map(|count| count.to_le_bytes()));
        }
        bytes
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let counts = Self {
            shift: reader.u16()?,
            receipts: SignCounts::read(reader)?,
            corrections: SignCounts::read(reader)?,
        };
        reader.skip_optional(EXTRA_COUNT);
        Ok(counts)
    }
}

impl SignCounts {
    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            count: reader.u32()?,
            by_sign: four(reader, Reader::u32)?,
        })
    }
}

impl SignCounters {
    pub(crate) fn encode(&self) -> Vec<u8> {
        [self.receipts.encode(), self.corrections.encode()].concat()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            receipts: SettlementCounters::read(reader)?,
            corrections: CountedSum::read(reader)?,
        })
    }
}

fn four<'a, T>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Read<T>,
) -> Read<[T; 4]> {
    Ok([read(reader)?, read(reader)?, read(reader)?, read(reader)?])
}

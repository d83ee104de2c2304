//! 50h: the record of a document with the archive sign, for the export of five years of an
//! autonomous ККТ (ФН protocol §2.7). FFD 1.1 and 1.2 only.

use ffd::{Field, Tag, Writer};
use fn_proto::{
    Answer, AnswerCode, ArchiveRecord, ArchivedDetails, PaymentSums, SignedRecord, VatSums,
};
use terms::{DocumentNumber, FfdVersion, Kopecks};

use super::{
    machine::{Drive, Reply},
    memory::content,
    record::StoredDocument,
    sign,
};

/// Lines in a record.
const MOST_LINES: usize = 10;
/// Codes of a line that 1163 holds and a record keeps, in FFD 1.2.
const KEPT_CODES: [Tag; 6] = [
    Tag(1305),
    Tag(1306),
    Tag(1307),
    Tag(1323),
    Tag(1324),
    Tag(1325),
];
const MOST_CODES: usize = 2;
/// Tag 1162, the code of a line in FFD 1.1.
const CODE_1_1: Tag = Tag(1162);
/// The buyer's identity document: its kind and its data.
const IDENTITY: [Tag; 2] = [Tag(1245), Tag(1246)];

impl Drive {
    pub(crate) fn find_signed_record(&self, number: DocumentNumber) -> Reply {
        self.must_count()?;
        let stored = self.stored(number)?;
        let record = match &stored.archived.details {
            ArchivedDetails::Receipt { .. } if stored.tlv.is_empty() => {
                return Err(AnswerCode::NO_DATA.into());
            }
            ArchivedDetails::Receipt { .. } if stored.ffd != FfdVersion::V1_05 => {
                let record = signed(&self.memory.passport.key, &stored);
                ArchiveRecord::Signed(Box::new(record.ok_or(AnswerCode::DRIVE_FAILURE)?))
            }
            _ => {
                let Answer::Found(found) = self.find_document(number)? else {
                    return Err(AnswerCode::DRIVE_FAILURE.into());
                };
                ArchiveRecord::Plain(found)
            }
        };
        Ok(Answer::ArchiveRecord(record))
    }
}

/// None when the document is none that this drive forms.
fn signed(key: &[u8; 32], stored: &StoredDocument) -> Option<SignedRecord> {
    let ArchivedDetails::Receipt { operation, total } = stored.archived.details else {
        return None;
    };
    let fields = content(&stored.tlv)?
        .list()
        .collect::<Result<Vec<_>, _>>()
        .ok()?;
    let find = |tag: Tag| fields.iter().find(|field| field.tag() == tag);
    let sum = |tag: Tag| match find(tag) {
        Some(field) => field.money().ok(),
        None => Some(Kopecks::ZERO),
    };
    Some(SignedRecord {
        ffd: stored.ffd,
        kind: stored.archived.kind,
        time: stored.archived.time,
        document: stored.archived.document,
        operation,
        total,
        archive_sign: sign::archive_sign(key, &stored.tlv),
        payments: PaymentSums {
            cash: sum(Tag::CASH)?,
            electronic: sum(Tag::CASHLESS)?,
            prepaid: sum(Tag::PREPAID)?,
            credit: sum(Tag::CREDIT)?,
            exchange: sum(Tag::COUNTER)?,
        },
        vat: VatSums {
            main: sum(Tag::VAT_20_SUM)?,
            ten: sum(Tag::VAT_10_SUM)?,
            zero_base: sum(Tag::TURNOVER_VAT_0)?,
            exempt_base: sum(Tag::TURNOVER_NO_VAT)?,
            main_calculated: sum(Tag::VAT_20_120_SUM)?,
            ten_calculated: sum(Tag::VAT_10_110_SUM)?,
        },
        additional: find(Tag::RECEIPT_PROPERTY).map(padded),
        tlv: rest(stored.ffd, &fields)?,
    })
}

/// Lines as far as a record keeps them, the tax system (FFD 1.2), and who the buyer is.
fn rest(ffd: FfdVersion, fields: &[Field<'_>]) -> Option<Vec<u8>> {
    let mut writer = Writer::new();
    let lines = fields.iter().filter(|field| field.tag() == Tag::ITEM);
    for line in lines.take(MOST_LINES) {
        writer.raw(Tag::ITEM, &reduced(ffd, line)?).ok()?;
    }
    let find = |tag: Tag| fields.iter().find(|field| field.tag() == tag);
    if let Some(system) = find(Tag::TAX_SYSTEM).filter(|_| ffd == FfdVersion::V1_2) {
        writer.raw(Tag::TAX_SYSTEM, system.bytes()).ok()?;
    }
    // In FFD 1.2 the buyer's data are inside 1256.
    let buyer = find(Tag::BUYER).map(|buyer| buyer.list());
    let inside: Vec<Field<'_>> = buyer.into_iter().flatten().flatten().collect();
    let said = |tag: Tag| {
        let inside = inside.iter().find(|field| field.tag() == tag);
        find(tag).or(inside).map(|field| field.bytes().to_vec())
    };
    if let Some(inn) = said(Tag::BUYER_INN) {
        writer.raw(Tag::BUYER_INN, &inn).ok()?;
    } else if let [Some(kind), Some(data)] = IDENTITY.map(said) {
        writer.raw(IDENTITY[0], &kind).ok()?;
        writer.raw(IDENTITY[1], &data).ok()?;
    }
    Some(writer.finish())
}

fn reduced(ffd: FfdVersion, line: &Field<'_>) -> Option<Vec<u8>> {
    let fields = line.list().collect::<Result<Vec<_>, _>>().ok()?;
    let mut writer = Writer::new();
    let copy = |writer: &mut Writer, tags: &[Tag], from: &[Field<'_>], most: usize| {
        let wanted = tags
            .iter()
            .flat_map(|tag| from.iter().filter(move |f| f.tag() == *tag));
        wanted
            .take(most)
            .try_for_each(|field| writer.raw(field.tag(), field.bytes()))
    };
    let all = usize::MAX;
    let what = [Tag::SETTLEMENT_SUBJECT, Tag::PAYMENT_METHOD];
    copy(&mut writer, &what, &fields, all).ok()?;
    if ffd == FfdVersion::V1_2 {
        let codes = fields
            .iter()
            .filter(|field| field.tag() == Tag::PRODUCT_CODE);
        let codes: Vec<Field<'_>> = codes.flat_map(|field| field.list().flatten()).collect();
        copy(&mut writer, &KEPT_CODES, &codes, MOST_CODES).ok()?;
    } else {
        copy(&mut writer, &[CODE_1_1], &fields, all).ok()?;
    }
    let how_much = [
        Tag::QUANTITY,
        Tag::AMOUNT,
        Tag::SUPPLIER_INN,
        Tag::ITEM_AGENT_KINDS,
    ];
    copy(&mut writer, &how_much, &fields, all).ok()?;
    Some(writer.finish())
}

/// The value of tag 1192, filled up with zeros.
fn padded(field: &Field<'_>) -> [u8; 16] {
    let mut value = [0; 16];
    for (place, byte) in value.iter_mut().zip(field.bytes().iter().copied()) {
        *place = byte;
    }
    value
}

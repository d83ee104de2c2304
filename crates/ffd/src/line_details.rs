use terms::{FfdVersion, Kopecks};

use crate::{
    AgentData, BinaryProductCode, CountryCode, Element, EncodeError, Fraction, IndustryProperty,
    ProductCode, Tag, Tree, Value, Writer,
    fields::{Fields, written},
};

/// What few lines say. A line keeps it in a box of its own, so that the many do not pay for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LineDetails {
    /// Данные агента (1223): what the agents of a line with [`crate::Line::agent`] say of
    /// themselves.
    pub agent_data: Option<AgentData>,
    /// Код товара (1163, FFD 1.2).
    pub code: Option<ProductCode>,
    /// Код товара before FFD 1.2 (1162).
    pub binary_code: Option<BinaryProductCode>,
    /// Дополнительный реквизит предмета расчета (1191), at most 64 characters.
    pub additional: Option<String>,
    /// Единица измерения (1197, before FFD 1.2), at most 16 characters.
    pub unit: Option<String>,
    /// Размер НДС за единицу (1198).
    pub unit_vat: Option<Kopecks>,
    /// Акциз inside the amount (1229).
    pub excise: Option<Kopecks>,
    /// Код страны происхождения (1230).
    pub origin: Option<CountryCode>,
    /// Номер декларации на товар (1231), at most 32 characters.
    pub customs_declaration: Option<String>,
    /// Отраслевые реквизиты (1260, FFD 1.2).
    pub industry: Vec<IndustryProperty>,
    /// Which part of a marked package it is (1291, FFD 1.2).
    pub fraction: Option<Fraction>,
    /// What it leaves out that a [`crate::Line`] must have.
    pub unsaid: Unsaid,
}

/// Requisites that a line leaves out, as the notes of the tables allow, although [`crate::Line`]
/// has a value for each of them. That value then stands for nothing and is not written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Unsaid {
    /// 1030 in FFD 1.2; [`crate::Line::name`] is empty.
    pub name: bool,
    /// 1214 in FFD 1.05; [`crate::Line::method`] is full settlement.
    pub method: bool,
    /// 1199, and 1200 with it; [`crate::Line::vat`] is «без НДС».
    pub vat: bool,
    /// 1226 in FFD 1.05, where 1222 may stand alone.
    pub supplier_inn: bool,
}

impl LineDetails {
    /// These details tag by tag, as a line carries them.
    pub fn elements(&self) -> Vec<Element> {
        Tree::written(|writer| self.write(writer)).map_or_else(Vec::new, |tree| tree.0)
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(data) = &self.agent_data {
            data.write(writer)?;
        }
        if let Some(code) = &self.binary_code {
            writer.bytes(Tag::PRODUCT_CODE_BYTES, code.as_bytes())?;
        }
        if let Some(code) = &self.code {
            code.write(writer)?;
        }
        let origin = self.origin.map(|country| country.to_string());
        for (tag, text) in [
            (Tag::ITEM_PROPERTY, &self.additional),
            (Tag::ITEM_UNIT, &self.unit),
            (Tag::ORIGIN_COUNTRY, &origin),
            (Tag::CUSTOMS_DECLARATION, &self.customs_declaration),
        ] {
            if let Some(text) = text {
                writer.text(tag, text)?;
            }
        }
        for (tag, sum) in [
            (Tag::UNIT_VAT_SUM, self.unit_vat),
            (Tag::EXCISE_SUM, self.excise),
        ] {
            if let Some(sum) = sum {
                writer.money(tag, sum)?;
            }
        }
        for property in &self.industry {
            property.write(Tag::ITEM_INDUSTRY_PROPERTY, writer)?;
        }
        match &self.fraction {
            Some(fraction) => fraction.write(writer),
            None => Ok(()),
        }
    }

    /// What of `fields` these details can hold.
    pub(crate) fn read(fields: &mut Fields, unsaid: Unsaid) -> Option<Box<Self>> {
        if fields.is_empty() && unsaid == Unsaid::default() {
            return None;
        }
        let binary = |value: &Value| BinaryProductCode::new(value.as_bytes()?).ok();
        let details = Self {
            agent_data: fields.optional(Tag::AGENT_DATA, AgentData::read),
            code: fields.optional(Tag::PRODUCT_CODE, ProductCode::read),
            binary_code: fields.optional(Tag::PRODUCT_CODE_BYTES, binary),
            additional: fields.text(Tag::ITEM_PROPERTY),
            unit: fields.text(Tag::ITEM_UNIT),
            unit_vat: fields.optional(Tag::UNIT_VAT_SUM, Value::as_money),
            excise: fields.optional(Tag::EXCISE_SUM, Value::as_money),
            origin: fields.optional(Tag::ORIGIN_COUNTRY, written),
            customs_declaration: fields.text(Tag::CUSTOMS_DECLARATION),
            industry: fields.each(Tag::ITEM_INDUSTRY_PROPERTY, IndustryProperty::read),
            fraction: fields.optional(Tag::FRACTION, Fraction::read),
            unsaid,
        };
        (details != Self::default()).then(|| Box::new(details))
    }
}

impl Unsaid {
    /// What the line `fields` leaves out and may leave out.
    pub(crate) fn of(ffd: FfdVersion, fields: &Fields) -> Self {
        let is_old = ffd == FfdVersion::V1_05;
        let has_agent = fields.has(Tag::ITEM_AGENT_KINDS);
        Self {
            name: ffd == FfdVersion::V1_2 && !fields.has(Tag::ITEM_NAME),
            method: is_old && !fields.has(Tag::PAYMENT_METHOD),
            vat: !fields.has(Tag::VAT_CODE),
            supplier_inn: is_old && has_agent && !fields.has(Tag::SUPPLIER_INN),
        }
    }
}

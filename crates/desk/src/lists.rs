//! Lists: what people look for.

use journal::{
    AccountsOf, DocumentsOf, DriveRow, Listed, ListedDocument, OperationsOf, Page, Reader,
    ReceiptsOf, ShiftPlace, ShiftRow, ShiftsOf, Span, UnidentifiedRow,
};
use terms::{AccountNumber, DocumentNumber, DriveNumber, Id, LocalDate};

use crate::{AccountView, Desk, DeskError, OperationView, Outlook, ReceiptView};

/// An account in a list.
#[derive(Clone, Debug)]
pub struct AccountListed {
    /// As it stands.
    pub view: AccountView,
    /// When it changed last, milliseconds since 1970.
    pub changed_at: i64,
}

/// A drive that was ever seen.
#[derive(Clone, Debug)]
pub struct DriveView {
    /// What the journal knows of it.
    pub row: DriveRow,
    /// The slot in which it is now, and what that is doing.
    pub slot: Option<(u8, &'static str)>,
    /// When it will end, while it is in a slot.
    pub outlook: Option<Outlook>,
}

impl Desk {
    /// The time of the days `from` to `to`, both included, at the place of settlement.
    ///
    /// # Errors
    /// When `to` is the last day there is.
    pub fn span(&self, from: Option<LocalDate>, to: Option<LocalDate>) -> terms::Result<Span> {
        let offset = i64::from(self.utc_offset());
        let begin = |day: LocalDate| -> terms::Result<i64> {
            Ok((day.at(0, 0)?.unix_local() - offset) * 1_000)
        };
        let before = to.map(|day| day.plus_days(1)).transpose()?;
        Ok(Span {
            from_ms: from.map(begin).transpose()?,
            before_ms: before.map(begin).transpose()?,
        })
    }

    /// A page of operations with their receipts, in the order of acceptance.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all lists.
    pub async fn operations(
        &self,
        of: OperationsOf,
        page: Page<Id>,
    ) -> Result<Listed<OperationView, Id>, DeskError> {
        let of = OperationsOf {
            utc_offset: self.utc_offset(),
            ..of
        };
        let listed = self.read_aside(move |reader| reader.operations(&of, &page));
        Ok(listed.await?.map(OperationView::of))
    }

    /// A page of receipts, in the order in which they came to be.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn receipts(
        &self,
        of: ReceiptsOf,
        page: Page<Id>,
    ) -> Result<Listed<ReceiptView, Id>, DeskError> {
        let listed = self.read_aside(move |reader| reader.receipts(&of, &page));
        Ok(listed.await?.map(ReceiptView::of))
    }

    /// A page of accounts, in the order of their numbers.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn accounts(
        &self,
        of: AccountsOf,
        page: Page<AccountNumber>,
    ) -> Result<Listed<AccountListed, AccountNumber>, DeskError> {
        let listed = self.read_aside(move |reader| reader.accounts(&of, &page));
        let Listed { rows, next } = listed.await?;
        let view = |listed: journal::ListedAccount| {
            Ok(AccountListed {
                view: AccountView::of(listed.row)?,
                changed_at: listed.changed_at,
            })
        };
        let rows = rows.into_iter().map(view).collect::<terms::Result<_>>()?;
        Ok(Listed { rows, next })
    }

    /// The accounts whose contacts begin so, at most `limit` of them.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn accounts_by_contact(
        &self,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<AccountListed>, DeskError> {
        let prefix = prefix.to_owned();
        let found = self.read_aside(move |reader| reader.accounts_by_contact(&prefix, limit));
        let view = |listed: journal::ListedAccount| {
            Ok(AccountListed {
                view: AccountView::of(listed.row)?,
                changed_at: listed.changed_at,
            })
        };
        Ok(found
            .await?
            .into_iter()
            .map(view)
            .collect::<terms::Result<_>>()?)
    }

    /// A page of the payments whose payer is unknown, in the order in which they came.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn unidentified(
        &self,
        page: Page<Id>,
    ) -> Result<Listed<UnidentifiedRow, Id>, DeskError> {
        self.read_aside(move |reader| reader.unidentified(&page))
            .await
    }

    /// A page of shifts, in the order in which they were opened.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn shifts(
        &self,
        of: ShiftsOf,
        page: Page<ShiftPlace>,
    ) -> Result<Listed<ShiftRow, ShiftPlace>, DeskError> {
        self.read_aside(move |reader| reader.shifts(&of, &page))
            .await
    }

    /// A page of a drive's documents, in the order of their numbers.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn documents(
        &self,
        of: DocumentsOf,
        page: Page<DocumentNumber>,
    ) -> Result<Listed<ListedDocument, DocumentNumber>, DeskError> {
        self.read_aside(move |reader| reader.documents_of(&of, &page))
            .await
    }

    /// All drives that were ever seen, or one of them, in the order in which they came.
    ///
    /// # Errors
    /// When the journal cannot be read, or the desk is closing.
    pub async fn drives(&self, one: Option<DriveNumber>) -> Result<Vec<DriveView>, DeskError> {
        let slots = self.cassette().await?.slots;
        let rows = self.read_aside(move |reader| reader.drives(one)).await?;
        let view = |row: DriveRow| {
            let here = |slot: &&crate::SlotView| slot.drive.as_ref() == Some(&row.number);
            let slot = slots.iter().find(here);
            DriveView {
                slot: slot.map(|slot| (slot.slot, slot.state.name())),
                outlook: slot.and_then(|slot| slot.outlook.clone()),
                row,
            }
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Reads what takes longer than a look-up, on a thread where nobody waits behind it.
    pub(crate) async fn read_aside<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> journal::Result<T> + Send + 'static,
    ) -> Result<T, DeskError> {
        let desk = self.clone();
        let done = tokio::task::spawn_blocking(move || read(desk.reader())).await;
        Ok(done.map_err(|_| DeskError::Stopping)??)
    }

    /// How far the place of settlement is ahead of UTC, seconds.
    pub(crate) fn utc_offset(&self) -> i32 {
        self.setup().organisation.utc_offset.local_minus_utc()
    }
}

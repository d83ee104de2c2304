use desk::{DeskError, NotObeyed, Reason, SlotState};

use crate::{
    speech::Speech,
    text::{Text, texts},
};

texts! {
    /// Drives, slots and what they say: words that several pages share.
    MachineTexts {
        slot: "Гнездо {slot}" / "Slot {slot}",
        state_empty: "пусто" / "empty",
        state_probing: "читается" / "being read",
        state_foreign: "чужой накопитель" / "foreign drive",
        state_unregistered: "не зарегистрирован" / "not registered",
        state_ready: "готов" / "ready",
        state_working: "пишет документ" / "forming a document",
        state_resting: "в резерве" / "resting",
        state_blocked: "не принимает документы" / "takes no documents",
        state_draining: "завершает работу" / "ends its work",
        state_exhausted: "ресурс исчерпан" / "exhausted",
        state_closing: "закрывает архив" / "closing the archive",
        state_closed: "архив закрыт" / "archive closed",
        state_faulty: "неисправен" / "faulty",
        state_lost: "накопитель вынут" / "drive pulled out",
        state_in_doubt: "вынут, чек под вопросом" / "pulled out, a receipt is in doubt",
        no_link: "Связи с накопителем нет. Проверьте, вставлен ли он и подключён ли кабель." / "There is no link to the drive. See whether it is in and its cable is connected.",
        not_readable: "Накопитель не отвечает. Выньте его и вставьте снова, проверьте кабель." / "The drive does not answer. Take it out and put it in again, check its cable.",
        other_organisation: "Накопитель зарегистрирован на другую организацию (ИНН {inn}). Вставьте свой." / "The drive is registered for another organisation (ИНН {inn}). Put in one of your own.",
        autonomous: "Накопитель зарегистрирован для работы без ОФД и здесь работать не может." / "The drive is registered to work without an ОФД and cannot work here.",
        other_format: "Формат документов этого накопителя здесь не поддерживается." / "The format of this drive’s documents is not offered here.",
        archive_closed: "Архив накопителя закрыт: его можно только читать. Вставьте новый." / "The drive’s archive is closed: it can only be read. Put in a new one.",
        unknown_documents: "В накопителе документы до № {drive}, в журнале — до № {journal}. Накопителем пользовались в другом месте, или журнал восстановлен из старой копии. Если накопитель должен работать здесь, примите его в работу." / "The drive has documents up to № {drive}, the journal up to № {journal}. It was used elsewhere, or the journal is an old copy. If the drive shall work here, take it in.",
        missing_documents: "В журнале документы до № {journal}, в накопителе — только до № {drive}. Не работайте с ним и обратитесь в поддержку." / "The journal has documents up to № {journal}, the drive only up to № {drive}. Do not use it and ask for support.",
        clock_jumped: "Часы сервера перевели на {minutes} мин, сейчас на них {now}. Исправьте время или подтвердите, что оно верное." / "The server’s clock was set by {minutes} min and says {now} now. Set it right, or confirm that it is right.",
        not_on_duty: "Работают другие накопители, этот их подменяет." / "Other drives are on duty; this one stands in for them.",
        replaced: "Накопитель заменяют." / "The drive is being replaced.",
        contradiction: "Накопитель и журнал противоречат друг другу. Не работайте с ним и обратитесь в поддержку." / "The drive and the journal contradict. Do not use it and ask for support.",
        clock_behind: "На часах сервера {now}, а последний документ накопителя — от {last}. Установите верное время." / "The server’s clock says {now}, but the drive’s last document is of {last}. Set the clock right.",
        refused: "Накопитель отказывается формировать документы." / "The drive refuses to form documents.",
        faulty: "Накопитель неисправен или молчит. Выньте его и вставьте снова; если не помогло — замените." / "The drive fails or keeps silent. Take it out and put it in again; if that does not help, replace it.",
        exhausted: "Ресурс накопителя исчерпан. Замените его." / "The drive is used up. Replace it.",
        awaits_ofd: "Слишком много документов ждёт ОФД. Проверьте интернет и ОФД: пока они не уйдут, накопитель не работает." / "Too many documents wait for the ОФД. Check the internet and the ОФД: until they are sent the drive does not work.",
        journal_refuses: "Журнал не записывается. Проверьте место на диске сервера." / "The journal cannot be written. Check the room on the server’s disk.",
        seen_twice: "Этот же накопитель виден в другом гнезде." / "Another slot holds the same drive.",
        happened_swap_ordered: "замена заказана" / "replacement ordered",
        happened_swap_exported: "документы сохранены в файлы" / "documents kept in files",
        happened_swap_confirmed: "новый накопитель подтверждён" / "new drive confirmed",
        happened_swap_done: "замена закончена" / "replacement done",
        happened_swap_abandoned: "замена прервана" / "replacement abandoned",
        happened_adopted: "накопитель принят в работу" / "drive taken in",
        happened_registration_ordered: "регистрация заказана" / "registration ordered",
        happened_drive_errors: "накопитель сообщил об ошибках" / "the drive has told of errors",
        happened_void: "документ не был оформлен" / "a document was not formed",
        happened_in_doubt: "чек под вопросом" / "a receipt in doubt",
        happened_formed_anew: "решено оформить заново" / "to be formed anew",
        happened_released: "решено попробовать ещё раз" / "to be tried again",
        happened_doubled: "найден второй экземпляр, оформляется возврат" / "a second one was found; its return is formed",
        happened_found: "найден документ, которого не было в журнале" / "a document was found that the journal lacked",
        happened_given_up: "оформлен другим накопителем" / "formed by another drive",
        happened_cancelled: "операция отменена" / "operation cancelled",
        happened_clock_trusted: "время сервера подтверждено" / "server’s time confirmed",
        order_no_slot: "Такого гнезда нет." / "There is no such slot.",
        order_not_in_doubt: "Чек уже не под вопросом." / "The receipt is not in doubt any more.",
        order_drive_is_asked: "Накопитель {drive} на месте и отвечает, что с чеком: подождите." / "Drive {drive} is here and is being asked about the receipt: wait.",
        order_being_formed: "Чек уже пишется накопителем." / "A drive is forming the receipt already.",
        order_in_doubt: "Неизвестно, оформлен ли чек: сначала решите, что с ним делать." / "Nobody knows whether the receipt is formed: decide about it first.",
        order_drives_are_asked: "Сначала отвечают накопители. Повторите через минуту." / "The drives are asked first. Try again in a minute.",
        order_no_drive: "В гнезде нет накопителя, который можно прочитать." / "No drive that can be read is in the slot.",
        order_not_ours: "Накопитель не зарегистрирован на эту организацию." / "The drive is not registered for this organisation.",
        order_swap_under_way: "Замена накопителя {drive} уже идёт." / "Drive {drive} is being replaced already.",
        order_no_swap: "Замена в этом гнезде не идёт." / "No replacement is under way in this slot.",
        order_too_late: "Архив накопителя {drive} уже закрывается или закрыт: отменить это нельзя. Вставьте новый накопитель." / "The archive of drive {drive} is being closed or is closed: that cannot be undone. Put in a new drive.",
        order_not_awaited: "Накопитель {drive} не ждёт подтверждения в этом гнезде." / "Drive {drive} does not wait to be confirmed in this slot.",
        order_clock_is_right: "С часами всё в порядке." / "Nothing is wrong with the clock.",
        order_nothing_to_adopt: "Неизвестных документов в накопителе нет: принимать нечего." / "The drive has no unknown documents: there is nothing to take in.",
        order_journal_refuses: "Не удалось записать в журнал: {why}" / "The journal does not store it: {why}",
        order_not_signed: "Напишите причину: от 1 до 500 знаков." / "Write the reason: 1 to 500 characters.",
        order_wrong_state: "Пока вы решали, чек перешёл в другое состояние. Посмотрите ещё раз." / "The receipt has changed its state meanwhile. Look again.",
        order_not_registrable: "Новый накопитель так не зарегистрировать: {why}" / "The new drive cannot be registered so: {why}",
        order_not_cancellable: "Отменить операцию уже нельзя: {why}" / "The operation cannot be cancelled any more: {why}",
    }
}

impl MachineTexts {
    /// What a slot is doing, and how that looks: `good`, `busy`, `idle`, `bad`.
    pub(crate) const fn state(&self, state: SlotState) -> (Text, &'static str) {
        match state {
            SlotState::Empty => (self.state_empty, "idle"),
            SlotState::Probing => (self.state_probing, "busy"),
            SlotState::Foreign => (self.state_foreign, "bad"),
            SlotState::Unregistered => (self.state_unregistered, "idle"),
            SlotState::Ready => (self.state_ready, "good"),
            SlotState::Working => (self.state_working, "busy"),
            SlotState::Resting => (self.state_resting, "idle"),
            SlotState::Blocked => (self.state_blocked, "bad"),
            SlotState::Draining => (self.state_draining, "busy"),
            SlotState::Exhausted => (self.state_exhausted, "bad"),
            SlotState::Closing => (self.state_closing, "busy"),
            SlotState::Closed => (self.state_closed, "idle"),
            SlotState::Faulty => (self.state_faulty, "bad"),
            SlotState::Lost => (self.state_lost, "bad"),
            SlotState::InDoubt => (self.state_in_doubt, "bad"),
        }
    }

    /// An entry of the history in words; one that has none as it is.
    pub(crate) fn happened(&self, what: &str) -> String {
        let words = match what {
            "swap_ordered" => self.happened_swap_ordered,
            "swap_exported" => self.happened_swap_exported,
            "swap_confirmed" => self.happened_swap_confirmed,
            "swap_done" => self.happened_swap_done,
            "swap_abandoned" => self.happened_swap_abandoned,
            "adopted" => self.happened_adopted,
            "registration_ordered" => self.happened_registration_ordered,
            "drive_errors" => self.happened_drive_errors,
            "void" => self.happened_void,
            "in_doubt" => self.happened_in_doubt,
            "formed_anew" => self.happened_formed_anew,
            "released" => self.happened_released,
            "doubled" => self.happened_doubled,
            "found" => self.happened_found,
            "given_up" => self.happened_given_up,
            "cancelled" => self.happened_cancelled,
            "clock_trusted" => self.happened_clock_trusted,
            other => {
                let mut states = SlotState::ALL.into_iter();
                let state = states.find(|state| state.name() == other);
                return state.map_or_else(|| other.to_owned(), |it| self.state(it).0.into());
            }
        };
        words.into()
    }

    /// Why a slot is not at work and what to do, and what the machine has said of it.
    pub(crate) fn reason(&self, reason: &Reason, speech: Speech) -> (String, String) {
        let (words, detail): (String, &str) = match reason {
            Reason::NoLink(why) => (self.no_link.into(), why),
            Reason::NotReadable(why) => (self.not_readable.into(), why),
            Reason::OtherOrganisation { found, .. } => {
                (self.other_organisation.with("inn", found).into(), "")
            }
            Reason::Autonomous => (self.autonomous.into(), ""),
            Reason::OtherFormat(why) => (self.other_format.into(), why),
            Reason::ArchiveClosed => (self.archive_closed.into(), ""),
            Reason::UnknownDocuments { drive, journal } => {
                let text = self.unknown_documents.with("drive", drive);
                (text.with("journal", journal).into(), "")
            }
            Reason::MissingDocuments { drive, journal } => {
                let text = self.missing_documents.with("drive", drive);
                (text.with("journal", journal).into(), "")
            }
            Reason::ClockJumped { minutes, now } => {
                let text = self.clock_jumped.with("minutes", minutes);
                (text.with("now", speech.time(now)).into(), "")
            }
            Reason::NotOnDuty => (self.not_on_duty.into(), ""),
            Reason::Replaced => (self.replaced.into(), ""),
            Reason::Contradiction(why) => (self.contradiction.into(), why),
            Reason::ClockBehind { last, now } => {
                let text = self.clock_behind.with("now", speech.time(now));
                (text.with("last", speech.time(last)).into(), "")
            }
            Reason::Refused(why) => (self.refused.into(), why),
            Reason::Faulty(why) => (self.faulty.into(), why),
            Reason::Exhausted(why) => (self.exhausted.into(), why),
            Reason::AwaitsOfd(why) => (self.awaits_ofd.into(), why),
            Reason::JournalRefuses(why) => (self.journal_refuses.into(), why),
            Reason::SeenTwice => (self.seen_twice.into(), ""),
        };
        (words, detail.to_owned())
    }

    /// Why an order is not obeyed, if that is for the person to see to; else the server has failed.
    pub(crate) fn refusal(&self, error: DeskError) -> Result<String, DeskError> {
        Ok(match error {
            DeskError::NotObeyed(why) => self.not_obeyed(&why),
            DeskError::NotSigned(_) => self.order_not_signed.into(),
            DeskError::WrongState { .. } | DeskError::UnknownReceipt(_) => {
                self.order_wrong_state.into()
            }
            DeskError::NotRegistrable { why, .. } => {
                self.order_not_registrable.with("why", why).into()
            }
            DeskError::NotCancellable(why) => self.order_not_cancellable.with("why", why).into(),
            DeskError::UnknownSlot(_) => self.order_no_slot.into(),
            other => return Err(other),
        })
    }

    fn not_obeyed(&self, why: &NotObeyed) -> String {
        match why {
            NotObeyed::NoSuchSlot => self.order_no_slot.into(),
            NotObeyed::NotInDoubt => self.order_not_in_doubt.into(),
            NotObeyed::DriveIsAsked(drive) => self.order_drive_is_asked.with("drive", drive).into(),
            NotObeyed::BeingFormed(_) => self.order_being_formed.into(),
            NotObeyed::InDoubt(_) => self.order_in_doubt.into(),
            NotObeyed::DrivesAreAsked => self.order_drives_are_asked.into(),
            NotObeyed::NoDrive => self.order_no_drive.into(),
            NotObeyed::NotOurs => self.order_not_ours.into(),
            NotObeyed::SwapUnderWay(drive) => self.order_swap_under_way.with("drive", drive).into(),
            NotObeyed::NoSwap => self.order_no_swap.into(),
            NotObeyed::TooLate(drive) => self.order_too_late.with("drive", drive).into(),
            NotObeyed::NotAwaited(drive) => self.order_not_awaited.with("drive", drive).into(),
            NotObeyed::ClockIsRight => self.order_clock_is_right.into(),
            NotObeyed::NothingToAdopt => self.order_nothing_to_adopt.into(),
            NotObeyed::JournalRefuses(why) => self.order_journal_refuses.with("why", why).into(),
        }
    }
}

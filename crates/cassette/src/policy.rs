/// How the drives of a cassette share the work.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Policy {
    /// All drives that can work share the load.
    #[default]
    Parallel,
    /// One drive works. When it is full, ends its life or fails, the next one takes over.
    Sequential,
    /// All drives share the load but the spare ones, which stand in for those that cannot work.
    ParallelSpare,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Parallel, Self::Sequential, Self::ParallelSpare];

    /// The word used by configuration and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parallel => "parallel",
            Self::Sequential => "sequential",
            Self::ParallelSpare => "parallel+spare",
        }
    }

    /// Reads [`Policy::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// What a slot's drive is given to do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Duty {
    /// Nothing: it stands in for others.
    #[default]
    Rests,
    /// Corrections, if it is nearly full: no other drive is left.
    Corrections,
    /// Everything.
    Works,
}

/// A slot as the policy sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Candidate {
    /// Its drive can take receipts.
    pub(crate) is_fit: bool,
    /// Its wire has not been tried to its end since the program's start.
    pub(crate) is_awaited: bool,
    /// The configuration says that it stands in for others.
    pub(crate) is_spare: bool,
    /// It is on duty now.
    pub(crate) is_on_duty: bool,
    /// Its drive has an open shift.
    pub(crate) shift_open: bool,
}

impl Policy {
    /// Which slots are on duty: only they are given receipts.
    ///
    /// Whoever stands in goes on while it can, even when the one before is back: to change drives
    /// costs the reports of two shifts.
    pub(crate) fn on_duty(self, slots: &[Candidate]) -> Vec<bool> {
        match self {
            Self::Parallel => slots.iter().map(|slot| slot.is_fit).collect(),
            // At the program's start the drive whose shift is open may be the last to be read.
            Self::Sequential if slots.iter().any(|slot| slot.is_awaited) => {
                let goes_on = |slot: &Candidate| slot.is_fit && slot.is_on_duty;
                slots.iter().map(goes_on).collect()
            }
            Self::Sequential => chosen(slots, |_| true, 1),
            Self::ParallelSpare => {
                let is_missing =
                    |slot: &&Candidate| !slot.is_spare && !slot.is_fit && !slot.is_awaited;
                let missing = slots.iter().filter(is_missing).count();
                let spares = chosen(slots, |slot| slot.is_spare, missing);
                let mains = slots.iter().map(|slot| slot.is_fit && !slot.is_spare);
                mains
                    .zip(spares)
                    .map(|(main, spare)| main || spare)
                    .collect()
            }
        }
    }
}

/// The `count` best of those that fit: who is on duty, then who has a shift open, then by place.
fn chosen(slots: &[Candidate], may: impl Fn(&Candidate) -> bool, count: usize) -> Vec<bool> {
    let mut places: Vec<usize> = (0..slots.len())
        .filter(|place| slots[*place].is_fit && may(&slots[*place]))
        .collect();
    places.sort_by_key(|place| {
        let slot = &slots[*place];
        (!slot.is_on_duty, !slot.shift_open, *place)
    });
    places.truncate(count);
    (0..slots.len())
        .map(|place| places.contains(&place))
        .collect()
}

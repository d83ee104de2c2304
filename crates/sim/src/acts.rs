//! What happens to the whole: kills, pulled drives, wrong clocks, a full disk.

use std::{collections::BTreeMap, time::Duration};

use cassette::{Event, SlotId};
use faulty_disk::{Faults, When};
use fn_proto::Request;

use crate::{Act, Breakage, World, world::What};

/// What is wrong for a while.
#[derive(Debug, Default)]
pub(crate) struct Ailments {
    pub(crate) slow_disk: bool,
    /// Writes or syncs fail, or have failed since the last check.
    failing_disk: bool,
    healings: BTreeMap<u64, Healing>,
    last: u64,
}

/// What ends an act.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Healing {
    /// The drive comes back, into this socket or a free one.
    PutBack {
        drive: usize,
        wire: usize,
    },
    /// The clock is set right.
    Clock,
    Disk,
    SlowDisk,
    /// A copy of the journal is put back.
    OldJournal,
}

impl Ailments {
    /// Whether the disk may refuse.
    pub(crate) const fn disk(&self) -> bool {
        self.failing_disk
    }
}

const HOUR_MS: i64 = 3_600_000;

impl World {
    /// One of the plan's acts happens, and another one later.
    pub(crate) fn act(&mut self) {
        if !self.faulty {
            return;
        }
        let acts = self.shape.plan.acts.clone();
        let act = self.chance.one_of(&acts);
        self.happen(act);
        let pause = self.shape.plan.pause;
        let after = self.chance.millis(50, 2_000 * pause);
        self.at(after, What::Act);
    }

    /// It happens now.
    pub fn happen(&mut self, act: Act) {
        self.note(|| format!("-- {}", act.name()));
        if !matches!(act, Act::Kill | Act::CutPower | Act::OldJournal) {
            self.counts.note(act.name());
        }
        let wire = self.chance.place(self.wires.len());
        match act {
            Act::Kill if self.life.is_some() => self.kill(),
            Act::CutPower if self.life.is_some() => self.cut_power(),
            Act::Kill | Act::CutPower => {}
            Act::Unplug => {
                self.unplug(wire);
                let after = self.chance.millis(50, 40_000);
                self.at(after, What::Plug(wire));
            }
            Act::Pull => {
                self.pull(wire);
            }
            Act::Exchange => self.exchange(wire),
            Act::Stranger => {
                let stranger = self.stranger();
                if !self.sockets().contains_key(&stranger) {
                    self.pull(wire);
                    self.put(wire, Some(stranger));
                }
            }
            Act::RestartDrive => {
                if let Some(drive) = self.wires[wire].drive {
                    self.drives[drive].lose_power();
                }
            }
            Act::UseElsewhere | Act::LeaveOpen => self.abuse(wire, act),
            Act::Die => {
                if let Some(drive) = self.wires[wire].drive.filter(|drive| *drive > 0) {
                    self.drives[drive].dead = true;
                }
            }
            Act::ClockBack => self.set_clock(-200, -10),
            Act::ClockFarBack => self.set_clock(-7_200, -600),
            Act::ClockAhead => self.set_clock(60, 10_000),
            Act::DayPasses => self.wall.pass((23 + self.chance.below(8) as i64) * HOUR_MS),
            // No drive lives for years.
            Act::MonthPasses if self.counts.of(act.name()) > 12 => {}
            Act::MonthPasses => self
                .wall
                .pass((28 + self.chance.below(8) as i64) * 24 * HOUR_MS),
            Act::OfdAway => {
                let time = self.chance.millis(5_000, 900_000);
                self.send_ofd_away(time);
            }
            Act::Reprobe => {
                self.tell_now(Event::Reprobe(SlotId(wire as u8 + 1)));
            }
            Act::DiskFull | Act::DiskFails | Act::SyncFails => self.ail_disk(act),
            Act::OldJournal => self.copy_journal(),
            Act::DiskSlow => {
                self.ailments.slow_disk = true;
                self.heal_later(Healing::SlowDisk, 30_000);
            }
        }
    }

    pub(crate) fn heal_later(&mut self, healing: Healing, most: u64) {
        self.ailments.last += 1;
        let number = self.ailments.last;
        self.ailments.healings.insert(number, healing);
        let after = self.chance.millis(500, most);
        self.at(after, What::Heal(number));
    }

    pub(crate) fn heal(&mut self, number: u64) {
        match self.ailments.healings.remove(&number) {
            Some(Healing::PutBack { drive, wire }) => self.put_back(drive, wire),
            Some(Healing::Clock) => self.wall.set_skew(0),
            Some(Healing::Disk) => self.heal_disk(),
            Some(Healing::SlowDisk) => self.ailments.slow_disk = false,
            Some(Healing::OldJournal) => self.put_copy_back(),
            None => {}
        }
    }

    /// Everything is as it should be, as far as people can make it so.
    pub(crate) fn heal_all(&mut self) {
        self.faulty = false;
        (self.forced, self.forced_ofd) = (None, None);
        self.ofd.away_until = Duration::ZERO;
        let healings = std::mem::take(&mut self.ailments.healings);
        self.wall.set_skew(0);
        self.ailments.slow_disk = false;
        self.heal_disk();
        self.ailments.failing_disk = false;
        let stranger = self.stranger();
        if let Some(wire) = self.sockets().get(&stranger).copied() {
            self.put(wire, None);
        }
        for healing in healings.into_values() {
            if let Healing::PutBack { drive, wire } = healing {
                self.put_back(drive, wire);
            }
        }
        for wire in 0..self.wires.len() {
            self.plug(wire);
        }
    }

    fn ail_disk(&mut self, act: Act) {
        let often = When::OneIn(2 + self.chance.below(6));
        let faults = match act {
            Act::DiskFull => Faults {
                full_after_bytes: Some(self.chance.below(200_000)),
                ..Faults::default()
            },
            Act::DiskFails => Faults {
                fail_write: often,
                short_write: often,
                ..Faults::default()
            },
            _ => Faults {
                fail_sync: often,
                ..Faults::default()
            },
        };
        self.ailments.failing_disk = true;
        self.disk.set_faults(faults);
        self.heal_later(Healing::Disk, 20_000);
    }

    fn heal_disk(&mut self) {
        self.disk.set_faults(Faults {
            ignore_syncs: self.shape.breakage == Some(Breakage::SyncsIgnored),
            ..Faults::default()
        });
    }

    fn set_clock(&mut self, from: i64, to: i64) {
        let skew = from + self.chance.below((to - from) as u64) as i64;
        self.wall.set_skew(skew);
        self.heal_later(Healing::Clock, 60_000);
    }

    /// Takes the drive out of a socket; it comes back later.
    fn pull(&mut self, wire: usize) -> Option<usize> {
        let stranger = self.stranger();
        let drive = self.wires[wire].drive.filter(|drive| *drive != stranger)?;
        self.put(wire, None);
        let wire = if self.chance.happens(500) {
            wire
        } else {
            self.chance.place(self.wires.len())
        };
        self.heal_later(Healing::PutBack { drive, wire }, 60_000);
        Some(drive)
    }

    fn put_back(&mut self, drive: usize, wire: usize) {
        if self.sockets().contains_key(&drive) {
            return;
        }
        let stranger = self.stranger();
        let mut places: Vec<usize> = vec![wire];
        places.extend(0..self.wires.len());
        let is_free = |place: &usize| self.wires[*place].drive.is_none_or(|it| it == stranger);
        if let Some(place) = places.into_iter().find(is_free) {
            self.put(place, Some(drive));
        }
    }

    fn exchange(&mut self, wire: usize) {
        let other = self.chance.place(self.wires.len());
        if wire != other {
            let (one, two) = (self.wires[wire].drive, self.wires[other].drive);
            self.put(wire, None);
            self.put(other, one);
            self.put(wire, two);
        }
    }

    /// A drive is taken away, used, and brought back.
    fn abuse(&mut self, wire: usize, act: Act) {
        let reports = self.setup.report_tlvs().expect("they fit");
        let time = self.wall.local();
        let drive = self.wires[wire].drive;
        let alive = drive.is_some_and(|drive| !self.drives[drive].dead);
        // The first drive stays sound.
        let first = drive == Some(0) && act == Act::UseElsewhere;
        if !alive || first {
            return;
        }
        if let Some(drive) = self.pull(wire) {
            let drive = &mut self.drives[drive];
            if act == Act::UseElsewhere {
                drive.use_elsewhere(time, &reports.open_shift, &reports.close_shift);
            } else {
                drive.execute(Request::BeginReceipt(time));
            }
        }
    }
}

//! A desk with two emulated drives and an emulated ОФД behind the panel.

use std::{net::SocketAddr, time::Duration};

use desk::{
    Account, Asked, Channel, Event, EventKind, Kind, Limits, LinkTimeouts, MoneyKind,
    NewOperation, Part, PartKind, Payment, Policy, RegistrationOrder, Role, Service, SlotId,
    SlotPlan, SlotState, Submitted,
};

//! Time as the rules see it: instants, clocks, working days, deadlines, campaign periods.
//!
//! Instants are UTC, cut to microseconds; plain dates belong to the installation's one zone, which is
//! always a parameter (`decisions.md` M-8). Nothing here reads a clock except
//! [`SystemClock`](clock::SystemClock).

mod calendar;
mod clock;
mod deadline;
mod instant;
mod period;

pub use calendar::{Calendar, DayKind};
pub use clock::{Clock, SettableClock, SystemClock};
pub use deadline::{Deadline, DeadlineRule};
pub use instant::{Instant, InstantFault};
pub use period::{CampaignPeriod, PeriodFault, intake};

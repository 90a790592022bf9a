//! Identifiers and instants of generated data: the same in every run and on both databases. Identifiers of
//! things that arise in the course of time are version 7 UUIDs in the order of their making, as the service
//! makes them, so that pages and indexes grow alike.

use thidua::domain::time::Instant;
use uuid::Uuid;

/// First instant of what happens in the campaigns (2025-07-05).
const BEGINNING_MICROS: i64 = 1_751_673_600_000_000;
/// Length of the time in which it happens: 165 days.
const SPAN_MICROS: i64 = 165 * 86_400 * 1_000_000;

/// Kinds of things that are there before anything happens.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Province, home affairs, Board.
    Above = 0x10,
    /// Departments.
    Department = 0x11,
    /// Their offices.
    Office = 0x12,
    /// Their divisions.
    Division = 0x13,
    /// Individuals.
    Individual = 0x21,
    /// Collectives.
    Collective = 0x22,
    /// Identities.
    Identity = 0x31,
    /// Role grants.
    Grant = 0x32,
    /// Councils.
    Council = 0x33,
    /// Council members.
    Member = 0x34,
    /// Campaigns.
    Campaign = 0x41,
    /// Versions of plans.
    Version = 0x42,
}

/// The n-th thing of a kind.
pub const fn fixed(kind: Kind, number: u64) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 | ((kind as u128) << 40) | number as u128)
}

/// Well mixed bits of a number (splitmix64).
pub const fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Time that passes evenly from one happening to the next.
pub struct Timeline {
    micros: i64,
    step: i64,
    made: u64,
    within: u128,
}

impl Timeline {
    /// A timeline on which about this many things happen.
    pub fn new(happenings: u64) -> Self {
        let happenings = i64::try_from(happenings.max(1)).unwrap_or(i64::MAX);
        Self {
            micros: BEGINNING_MICROS,
            step: (SPAN_MICROS / happenings).max(1_000),
            made: 0,
            within: 0,
        }
    }

    /// The next instant.
    pub fn next(&mut self) -> Instant {
        self.micros += self.step;
        self.within = 0;
        self.now()
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.micros).unwrap_or(Instant::MAX)
    }

    /// A new identifier of the present instant.
    pub fn id(&mut self) -> Uuid {
        self.made += 1;
        let millis = u128::from((self.micros / 1_000).unsigned_abs());
        let counter = self.within & 0xFFF;
        self.within += 1;
        let random = u128::from(mixed(self.made) >> 2);
        Uuid::from_u128((millis << 80) | (7 << 76) | (counter << 64) | (2 << 62) | random)
    }
}

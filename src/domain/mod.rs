//! The pure floor: words, state machines, policy, quota, votes, money and time. No I/O, no clock reads.

pub mod caller;
pub mod vocabulary;

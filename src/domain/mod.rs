//! The pure floor: words, state machines, policy, quota, votes, money and time. No I/O, no clock reads.

pub mod caller;
pub mod codes;
pub mod ids;
pub mod machine;
pub mod money;
pub mod quota;
pub mod states;
pub mod time;
pub mod vocabulary;
pub mod votes;

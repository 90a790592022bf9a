//! The pure floor: words, state machines, policy, quota, votes, money and time. No I/O, no clock reads.

pub mod archive;
pub mod caller;
pub mod canonical;
pub mod codes;
pub mod document;
pub mod error;
pub mod event;
pub mod expansion;
pub mod file;
pub mod ids;
pub mod json;
pub mod machine;
pub mod merge_patch;
pub mod money;
pub mod papers;
pub mod plan;
pub mod policy;
pub mod quota;
pub mod ranking;
pub mod states;
pub mod statistics;
pub mod text;
pub mod time;
pub mod vocabulary;
pub mod votes;

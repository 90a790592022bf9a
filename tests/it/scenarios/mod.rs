//! The scenarios of `domain.md` 5.11, by their numbers, each told over HTTP from beginning to end.

mod begin;
mod campaign;
mod scenario_10;
mod scenario_11;
mod scenario_12;
mod scenario_13;
mod scenario_2;
mod scenario_3;
mod scenario_4;
mod scenario_5;
mod scenario_6;
mod scenario_7;
mod scenario_8;
mod scenario_9;

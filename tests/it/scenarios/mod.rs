//! The scenarios of `domain.md` 5.11, by their numbers, each told over HTTP from beginning to end.

mod campaign;
mod scenario_11;
mod scenario_12;
mod scenario_2;
mod scenario_3;
mod scenario_4;
mod scenario_5;

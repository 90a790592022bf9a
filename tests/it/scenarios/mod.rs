//! The scenarios of `domain.md` 5.11, by their numbers, each told over HTTP from beginning to end.

mod campaign;
mod scenario_12;
mod scenario_2;

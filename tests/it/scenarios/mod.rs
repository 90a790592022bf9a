//! The scenarios of the domain, each told over HTTP from beginning to end.

mod scenario_12;
mod scenario_3;
mod scenario_4;
mod scenario_5;

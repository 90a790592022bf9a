//! The scenarios of the domain, each told over HTTP from beginning to end.

mod scenario_12;

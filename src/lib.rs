pub mod domain;
pub mod identity;

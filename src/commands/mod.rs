//! The sub-commands that do more than call one function of the library.

pub mod contents;
pub mod demo;
pub mod output;
pub mod reload;

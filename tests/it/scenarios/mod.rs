//! The acceptance scenarios of `domain.md` 5.11, by their numbers.

mod campaign;

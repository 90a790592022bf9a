//! The public list of honours: awards of published decisions, with nothing that is not public (4.5).

use std::collections::BTreeMap;

use super::{Rows, Slice};
use crate::domain::codes::{DecisionItemState, DecisionType};
use crate::domain::error::Result;
use crate::domain::ids::DecisionItemId;
use crate::store::connection::Conn;
use crate::store::decisions;

pub use crate::store::decisions::{Honor, HonorsWanted};

/// Names of an award form in Vietnamese and English.
pub type FormName = (String, String);

/// A page of honours, the latest decision first, with the names of their forms. What was corrected is
/// shown as corrected.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    wanted: &HonorsWanted,
    slice: &Slice,
) -> Result<(Rows<Honor>, BTreeMap<String, FormName>)> {
    let mut page = decisions::honors(conn, wanted, slice)?;
    let corrected: Vec<DecisionItemId> = page
        .rows
        .iter()
        .filter(|honor| honor.state != DecisionItemState::Valid)
        .map(|honor| honor.id)
        .collect();
    for (item, state) in decisions::followers(conn, &corrected, DecisionType::Correction)? {
        let in_force = decisions::IN_FORCE.contains(&state);
        for honor in page
            .rows
            .iter_mut()
            .filter(|honor| in_force && item.original_item_id == Some(honor.id))
        {
            honor.name.clone_from(&item.subject_name);
            honor.position.clone_from(&item.subject_position);
            honor.unit.clone_from(&item.subject_unit);
        }
    }
    let mut codes: Vec<String> = page.rows.iter().map(|honor| honor.form.clone()).collect();
    codes.sort();
    codes.dedup();
    let names = decisions::form_names(conn, &codes)?
        .into_iter()
        .map(|(code, vi, en)| (code, (vi, en)))
        .collect();
    Ok((page, names))
}

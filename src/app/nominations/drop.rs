//! The head drops what the council recommended (R-D2), also what goes up or came back from above: a list that
//! is not wanted needs no decision that leaves it out.

use super::{Nomination, permitted, unchanged};
use crate::app::guards;
use crate::app::moves::{self, Cause};
use crate::app::{Command, Tx};
use crate::domain::error::{Code, Fault, Result};
use crate::domain::ids::NominationId;
use crate::domain::policy::Action;
use crate::domain::states::{NOMINATION, NominationAct};
use crate::store::{decisions, dialect};

/// Drops a recommended subject with the reason.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Drop {
    /// Which.
    pub id: NominationId,
    /// Why.
    pub reason: String,
}

impl Command for Drop {
    type Target = Nomination;
    type Output = Nomination;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Nomination> {
        permitted(tx, self.id, Action::DropNomination)
    }

    fn version(target: &Nomination) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Nomination) -> Result<Nomination> {
        // A place of the quota becomes free.
        dialect::hold(tx.conn, seen.campaign_id)?;
        let before = unchanged(tx, &seen)?;
        moves::after(before.state, &[NominationAct::NotAward])?;
        guards::refuse(listed(tx, &before)?.into_iter().collect())?;
        let cause = Cause {
            kind: "nomination.dropped",
            by: None,
            reason: Some(&self.reason),
        };
        let after = moves::advance(tx, &before, before.clone(), &[NominationAct::NotAward], cause)?;
        moves::close_settled(tx, &[after.id])?;
        tx.changed(&before, &after);
        Ok(after)
    }
}

/// Whether the head may drop it in this state.
pub(super) fn is_droppable(nomination: &Nomination) -> bool {
    nomination.live
        && NOMINATION
            .next(nomination.state, NominationAct::NotAward)
            .is_some()
}

/// Whoever is on the list of a decision is dropped there, so that the list and its number of items agree.
pub(super) fn listed(tx: &mut Tx<'_>, nomination: &Nomination) -> Result<Option<Fault>> {
    let listed = decisions::listing(tx.conn, nomination.id)?;
    Ok(listed.map(|(decision, item)| {
        Fault::new(Code::DecisionItemTaken)
            .says(
                "Đề nghị đang có trong danh sách của một quyết định; hãy loại ở đó (items/{item_id}/drop), hoặc hủy quyết định nếu đã có số",
                "The nomination is on the list of a decision; drop it there (items/{item_id}/drop), or cancel the decision when it has its number",
            )
            .with("decision_id", decision.to_string())
            .with("item_id", item.to_string())
    }))
}

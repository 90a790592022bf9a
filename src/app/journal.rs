//! Reading the journal: the sealed journal for auditors and leaders, and the history of one object for
//! everyone who may read the object (M-11).

use serde_json::{Map, Value};

use super::{AnyId, JsonText, Rows, Slice, Tx};
use crate::domain::error::Result;
use crate::domain::ids::{
    CampaignId, CollectiveId, CouncilId, DecisionId, ForwardingId, IndividualId, NominationId,
    OrganizationId, ReviewSessionId, RoleGrantId, SubmissionId,
};
use crate::domain::policy::{Action, Place};
use crate::store::{
    campaigns, collectives, councils, decisions, filter, forwardings, grants, individuals, journal,
    nominations, organizations, review_sessions, submissions,
};
use nominations::Nomination;

pub use crate::store::journal::{Detailed, Entry, Wanted};

/// An object whose history is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Object {
    /// An organisation.
    Organization(OrganizationId),
    /// An individual.
    Individual(IndividualId),
    /// A collective.
    Collective(CollectiveId),
    /// A role grant.
    RoleGrant(RoleGrantId),
    /// A campaign.
    Campaign(CampaignId),
    /// A submission.
    Submission(SubmissionId),
    /// A nomination.
    Nomination(NominationId),
    /// A council.
    Council(CouncilId),
    /// A review session.
    ReviewSession(ReviewSessionId),
    /// A decision.
    Decision(DecisionId),
    /// A forwarding.
    Forwarding(ForwardingId),
}

impl Object {
    /// Where it stands, and the action that reads it.
    fn place(self, tx: &mut Tx<'_>) -> Result<(AnyId, Action, Place)> {
        Ok(match self {
            Self::Organization(id) => {
                organizations::get(tx.conn, id)?;
                (id.into(), Action::ReadOrganization, Place::of(id))
            }
            Self::Individual(id) => {
                let row = individuals::get(tx.conn, id)?;
                let place = Place {
                    individual: Some(id),
                    ..Place::in_division(row.owner_organization_id, row.unit_id)
                };
                (id.into(), Action::ReadPerson, place)
            }
            Self::Collective(id) => {
                let row = collectives::get(tx.conn, id)?;
                let place = Place::in_division(row.owner_organization_id, row.unit_id);
                (id.into(), Action::ReadPerson, place)
            }
            Self::RoleGrant(id) => {
                let row = grants::get(tx.conn, id)?;
                let place = row.organization_id.map(Place::of).unwrap_or_default();
                (id.into(), Action::ReadRoleGrant, place)
            }
            Self::Campaign(id) => {
                let row = campaigns::get(tx.conn, id)?;
                let place =
                    filter::place_of_campaign(row.owner_organization_id, row.council_id, row.published_at);
                (id.into(), Action::ReadCampaign, place)
            }
            Self::Council(id) => {
                let row = councils::get(tx.conn, id)?;
                let place = filter::place_of_council(row.owner_organization_id, id);
                (id.into(), Action::ReadCouncil, place)
            }
            Self::ReviewSession(id) => {
                let row = review_sessions::get(tx.conn, id)?;
                let place = filter::place_of_council(row.owner_organization_id, row.council_id);
                (id.into(), Action::ReadSession, place)
            }
            Self::Decision(id) => {
                let row = decisions::get(tx.conn, id)?;
                let place = filter::place_of_decision(
                    tx.conn,
                    row.owner_organization_id,
                    row.state,
                    row.forwarding_id,
                )?;
                (id.into(), Action::ReadDecision, place)
            }
            Self::Submission(_) | Self::Nomination(_) | Self::Forwarding(_) => return self.place_of_case(tx),
        })
    }

    /// As [`Object::place`], for what can be forwarded.
    fn place_of_case(self, tx: &mut Tx<'_>) -> Result<(AnyId, Action, Place)> {
        Ok(match self {
            Self::Submission(id) => {
                let row = submissions::get(tx.conn, id)?;
                let (owner, division) = (row.owner_organization_id, row.division_id);
                let regard = tx.regard();
                let place = filter::place_of_submission(tx.conn, regard, id, owner, division)?;
                (id.into(), Action::ReadSubmission, place)
            }
            Self::Nomination(id) => {
                let row = nominations::get(tx.conn, id)?;
                let (owner, division) = (row.owner_organization_id, row.division_id);
                let regard = tx.regard();
                let place =
                    filter::place_of_nomination(tx.conn, regard, id, owner, division, row.individual_id)?;
                (id.into(), Action::ReadNomination, place)
            }
            Self::Forwarding(id) => {
                let row = forwardings::get(tx.conn, id)?;
                let place = filter::place_of_forwarding(
                    row.owner_organization_id,
                    row.receiver_organization_id,
                    row.state,
                );
                (id.into(), Action::ReadForwarding, place)
            }
            other => return other.place(tx),
        })
    }
}

/// What happened to one object, oldest first, not yet sealed entries included. Whoever sees the object
/// only because it is public gets who, when and which state, but no names, reasons and differences; so does
/// the receiver of some nominations of a dossier for the dossier, whose entries tell of the others (M-4).
///
/// # Errors
/// `resource.not_found` when the caller may not read the object.
pub fn history(tx: &mut Tx<'_>, object: Object, slice: &Slice) -> Result<Rows<Detailed>> {
    let (id, action, place) = object.place(tx)?;
    tx.require(action, &place)?;
    let inside = Place {
        published: false,
        receivers: match object {
            Object::Submission(_) => Vec::new(),
            _ => place.receivers.clone(),
        },
        ..place
    };
    let detailed = tx.may(action, &inside);
    let told = match object {
        Object::Nomination(_) => {
            super::dossiers::sees_hold(tx, &inside) || tx.may(Action::ReadJournal, &inside)
        }
        _ => true,
    };
    // Left out by the statement: a page that is too short would tell of them.
    let wanted = Wanted {
        without: if told { &[] } else { PROPOSALS },
        ..Wanted::default()
    };
    let mut page = journal::of_object(tx.conn, id, None, &wanted, slice)?;
    if !detailed {
        page.rows.iter_mut().for_each(|(_, detail)| *detail = None);
    }
    if !told {
        conceal_holds(&mut page.rows)?;
    }
    // Whose account it is is told to those alone who may link one.
    if matches!(object, Object::Individual(_))
        && ![Action::LinkIdentity, Action::ReadJournal]
            .into_iter()
            .any(|action| tx.may(action, &inside))
    {
        for (entry, detail) in &mut page.rows {
            if ["individual.identity_linked", "individual.identity_unlinked"].contains(&entry.kind.as_str()) {
                *detail = None;
            }
        }
    }
    Ok(page)
}

/// That a hold was proposed, which is told to those alone who decide on it.
const PROPOSALS: &[&str] = &["nomination.hold_proposed", "nomination.hold_proposal_dismissed"];

/// What [`sees_hold`](super::dossiers::sees_hold) conceals in the resource is concealed in its history:
/// why it is on hold, and that a hold was proposed at all, which has no version of its own. Who reads the journal
/// reads it here too.
fn conceal_holds(rows: &mut [Detailed]) -> Result<()> {
    for (entry, detail) in rows {
        if matches!(entry.kind.as_str(), "nomination.held" | "nomination.released") {
            *detail = None;
        }
        // Whatever ends a nomination takes its hold away and tells what was there before.
        if let Some(text) = detail {
            *text = without_holds(text)?;
        }
    }
    Ok(())
}

/// The detail of an entry without the members that tell of a hold.
fn without_holds(detail: &JsonText) -> Result<JsonText> {
    let mut members: Map<String, Value> = detail.read()?;
    if let Some(Value::Object(changes)) = members.get_mut("changes") {
        changes.retain(|name, _| !Nomination::OF_HOLDS.contains(&name.as_str()));
    }
    JsonText::of(&members)
}

/// The sealed journal in the order of its positions; with an object also what waits for its position.
///
/// # Errors
/// `access.forbidden` for callers who may read no journal at all.
pub fn entries(
    tx: &mut Tx<'_>,
    object: Option<AnyId>,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Detailed>> {
    let visibility = tx.sees(Action::ReadJournal);
    if !visibility.everything && visibility.owners.is_empty() {
        tx.permit(Action::ReadJournal, &Place::default())?;
    }
    match object {
        Some(object) => journal::of_object(tx.conn, object, Some(&visibility), wanted, slice),
        None => journal::sealed(tx.conn, &visibility, wanted, slice),
    }
}

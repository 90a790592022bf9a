//! What a caller may see, as SQL: the same [`Visibility`] that `policy::decide` uses, turned into one
//! condition a table (LST-11: part of the query, never a filter after it), and the [`Place`] of one
//! row for `decide`. A property test holds both readings together (AZN-14).

use diesel::dsl::exists;
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::connection::{Backend, Conn};
use super::schema::{
    addressed, agenda_items, campaigns, collectives, councils, decisions, forwardings, individuals,
    nominations, participants, review_sessions, reviews, role_grants, submissions,
};
use super::sql_types::AnyId;
use crate::domain::error::Result;
use crate::domain::ids::{
    CampaignId, CouncilId, ForwardingId, IndividualId, NominationId, OrganizationId, SubmissionId,
};
use crate::domain::policy::{Place, Regard, Visibility};
use crate::domain::states::{DecisionState, ForwardingState};
use crate::domain::time::Instant;

/// A condition on table `T`.
pub type Condition<T> = Box<dyn BoxableExpression<T, Backend, SqlType = Nullable<Bool>>>;

macro_rules! always {
    () => {
        Box::new(diesel::dsl::sql::<Nullable<Bool>>("1 = 1"))
    };
}

/// One condition out of those that can hold at all: what the caller has no list for is left out, because an
/// `OR` with it keeps the database from walking an index in the order of the list.
macro_rules! any_of {
    ($table:ident: $($holds:expr => $condition:expr),+ $(,)?) => {{
        let mut whole: Option<Condition<$table::table>> = None;
        $(if $holds {
            let next = $condition;
            whole = Some(match whole {
                None => Box::new(next),
                Some(before) => Box::new(before.or(next)),
            });
        })+
        whole.unwrap_or_else(|| Box::new(diesel::dsl::sql::<Nullable<Bool>>("1 = 0")))
    }};
}

/// A column that is one of a list. Of one value PostgreSQL walks an index in the order of the list, which it does not do
/// for `ANY` of one: it would read and sort all that the caller sees.
macro_rules! one_of {
    ($list:expr, $table:ident :: $column:ident) => {{
        let list = $list.clone();
        let one: Condition<$table::table> = match list.as_slice() {
            [single] => Box::new($table::$column.eq(*single).nullable()),
            _ => Box::new($table::$column.eq_any(list).nullable()),
        };
        one
    }};
}

/// Whether the nomination or dossier of a column was forwarded to one of the receivers, from SENT on.
macro_rules! is_addressed {
    ($visibility:expr, $kept:expr, $column:expr) => {
        exists(
            addressed::table
                .filter($kept.eq($column))
                .filter(addressed::receiver_organization_id.eq_any($visibility.receivers.clone())),
        )
        .nullable()
    };
}

/// Nominations on an agenda of one of the councils.
macro_rules! nominations_before {
    ($visibility:expr) => {
        agenda_items::table
            .inner_join(review_sessions::table.on(review_sessions::id.eq(agenda_items::session_id)))
            .filter(review_sessions::council_id.eq_any($visibility.councils.clone()))
            .select(agenda_items::nomination_id)
    };
}

/// Campaigns within the visibility.
pub fn campaigns(visibility: &Visibility) -> Condition<campaigns::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(campaigns:
        !visibility.owners.is_empty() => one_of!(visibility.owners, campaigns::owner_organization_id),
        visibility.published => campaigns::published_at.is_not_null().nullable(),
        !visibility.councils.is_empty() => campaigns::council_id.eq_any(visibility.councils.clone()),
    )
}

/// Participants within the visibility.
pub fn participants(visibility: &Visibility) -> Condition<participants::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(participants:
        !visibility.owners.is_empty() => one_of!(visibility.owners, participants::owner_organization_id),
        !visibility.divisions.is_empty() => one_of!(visibility.divisions, participants::division_id),
    )
}

/// Individuals within the visibility.
pub fn individuals(visibility: &Visibility) -> Condition<individuals::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(individuals:
        !visibility.owners.is_empty() => one_of!(visibility.owners, individuals::owner_organization_id),
        !visibility.divisions.is_empty() => one_of!(visibility.divisions, individuals::unit_id),
        visibility.individual.is_some() => one_of!(own(visibility), individuals::id),
    )
}

/// Collectives within the visibility.
pub fn collectives(visibility: &Visibility) -> Condition<collectives::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(collectives:
        !visibility.owners.is_empty() => one_of!(visibility.owners, collectives::owner_organization_id),
        !visibility.divisions.is_empty() => one_of!(visibility.divisions, collectives::unit_id),
    )
}

/// Submissions within the visibility.
pub fn submissions(visibility: &Visibility) -> Condition<submissions::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(submissions:
        !visibility.owners.is_empty() => one_of!(visibility.owners, submissions::owner_organization_id),
        !visibility.divisions.is_empty() => one_of!(visibility.divisions, submissions::division_id),
        !visibility.receivers.is_empty() => is_addressed!(visibility, addressed::submission_id, submissions::id),
    )
}

/// Nominations within the visibility.
pub fn nominations(visibility: &Visibility) -> Condition<nominations::table> {
    if visibility.everything {
        return always!();
    }
    let before = nominations_before!(visibility);
    any_of!(nominations:
        !visibility.owners.is_empty() => one_of!(visibility.owners, nominations::owner_organization_id),
        !visibility.divisions.is_empty() => one_of!(visibility.divisions, nominations::division_id),
        !visibility.councils.is_empty() => nominations::id.eq_any(before).nullable(),
        !visibility.receivers.is_empty() => is_addressed!(visibility, addressed::nomination_id, nominations::id),
        // The index is over subjects of either kind; identifiers are unique over both.
        visibility.individual.is_some() => nominations::subject_id.eq_any(own_subject(visibility)).nullable(),
    )
}

/// Reviews within the visibility: those of nominations that the caller may review or consider.
pub fn reviews(visibility: &Visibility) -> Condition<reviews::table> {
    if visibility.everything {
        return always!();
    }
    let before = nominations_before!(visibility);
    any_of!(reviews:
        !visibility.owners.is_empty() => one_of!(visibility.owners, reviews::owner_organization_id),
        !visibility.divisions.is_empty() => one_of!(visibility.divisions, reviews::division_id),
        !visibility.councils.is_empty() => reviews::nomination_id.eq_any(before).nullable(),
        !visibility.receivers.is_empty() => is_addressed!(visibility, addressed::nomination_id, reviews::nomination_id),
    )
}

/// Councils within the visibility.
pub fn councils(visibility: &Visibility) -> Condition<councils::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(councils:
        !visibility.owners.is_empty() => one_of!(visibility.owners, councils::owner_organization_id),
        !visibility.councils.is_empty() => one_of!(visibility.councils, councils::id),
    )
}

/// Review sessions within the visibility.
pub fn review_sessions(visibility: &Visibility) -> Condition<review_sessions::table> {
    if visibility.everything {
        return always!();
    }
    any_of!(review_sessions:
        !visibility.owners.is_empty() => one_of!(visibility.owners, review_sessions::owner_organization_id),
        !visibility.councils.is_empty() => one_of!(visibility.councils, review_sessions::council_id),
    )
}

/// Decisions within the visibility.
pub fn decisions(visibility: &Visibility) -> Condition<decisions::table> {
    if visibility.everything {
        return always!();
    }
    let addressed = forwardings::table
        .filter(forwardings::state.ne(ForwardingState::Draft))
        .filter(forwardings::receiver_organization_id.eq_any(visibility.receivers.clone()))
        .select(forwardings::id.nullable());
    any_of!(decisions:
        !visibility.owners.is_empty() => one_of!(visibility.owners, decisions::owner_organization_id),
        visibility.published => decisions::state.eq(DecisionState::Published).nullable(),
        !visibility.receivers.is_empty() => decisions::forwarding_id.eq_any(addressed),
    )
}

/// Forwardings within the visibility.
pub fn forwardings(visibility: &Visibility) -> Condition<forwardings::table> {
    if visibility.everything {
        return always!();
    }
    let received = forwardings::receiver_organization_id
        .eq_any(visibility.receivers.clone())
        .and(forwardings::state.ne(ForwardingState::Draft))
        .nullable();
    any_of!(forwardings:
        !visibility.owners.is_empty() => one_of!(visibility.owners, forwardings::owner_organization_id),
        !visibility.receivers.is_empty() => received,
    )
}

/// The caller's own individual, as a list of none or one.
fn own(visibility: &Visibility) -> Vec<IndividualId> {
    visibility.individual.into_iter().collect()
}

fn own_subject(visibility: &Visibility) -> Vec<AnyId> {
    visibility.individual.into_iter().map(AnyId::from).collect()
}

/// Role grants within the visibility.
pub fn role_grants(visibility: &Visibility) -> Condition<role_grants::table> {
    if visibility.everything {
        return always!();
    }
    Box::new(role_grants::organization_id.eq_any(visibility.owners.clone()))
}

/// Organisations to which a nomination was forwarded.
fn receivers_of_nomination(conn: &mut Conn, id: NominationId) -> QueryResult<Vec<OrganizationId>> {
    addressed::table
        .filter(addressed::nomination_id.eq(id))
        .select(addressed::receiver_organization_id)
        .load(conn)
}

/// Where a nomination stands.
///
/// # Errors
/// The driver's error.
pub fn place_of_nomination(
    conn: &mut Conn,
    regard: Regard,
    id: NominationId,
    owner: OrganizationId,
    division: OrganizationId,
    individual: Option<IndividualId>,
) -> Result<Place> {
    let councils: Vec<CouncilId> = if regard.councils {
        agenda_items::table
            .inner_join(review_sessions::table.on(review_sessions::id.eq(agenda_items::session_id)))
            .filter(agenda_items::nomination_id.eq(id))
            .select(review_sessions::council_id)
            .distinct()
            .load(conn)?
    } else {
        Vec::new()
    };
    let receivers = if regard.receivers {
        receivers_of_nomination(conn, id)?
    } else {
        Vec::new()
    };
    Ok(Place {
        councils,
        receivers,
        individual,
        ..Place::in_division(owner, division)
    })
}

/// Where a submission stands.
///
/// # Errors
/// The driver's error.
pub fn place_of_submission(
    conn: &mut Conn,
    regard: Regard,
    id: SubmissionId,
    owner: OrganizationId,
    division: OrganizationId,
) -> Result<Place> {
    let place = Place::in_division(owner, division);
    if !regard.receivers {
        return Ok(place);
    }
    let receivers = addressed::table
        .filter(addressed::submission_id.eq(id))
        .select(addressed::receiver_organization_id)
        .distinct()
        .load(conn)?;
    Ok(Place { receivers, ..place })
}

/// Where a campaign stands. What was published once stays so, also when it was called off: whoever took part
/// reads why.
pub fn place_of_campaign(
    owner: OrganizationId,
    council: Option<CouncilId>,
    published_at: Option<Instant>,
) -> Place {
    Place {
        councils: council.into_iter().collect(),
        published: published_at.is_some(),
        ..Place::of(owner)
    }
}

/// Where a council or one of its sessions stands.
pub fn place_of_council(owner: OrganizationId, council: CouncilId) -> Place {
    Place {
        councils: vec![council],
        ..Place::of(owner)
    }
}

/// Where a decision stands. What follows from a forwarding stands before its receiver, too.
///
/// # Errors
/// The driver's error.
pub fn place_of_decision(
    conn: &mut Conn,
    owner: OrganizationId,
    state: DecisionState,
    forwarding: Option<ForwardingId>,
) -> Result<Place> {
    let receivers = match forwarding {
        Some(id) => forwardings::table
            .find(id)
            .filter(forwardings::state.ne(ForwardingState::Draft))
            .select(forwardings::receiver_organization_id)
            .load(conn)?,
        None => Vec::new(),
    };
    Ok(Place {
        receivers,
        published: state == DecisionState::Published,
        ..Place::of(owner)
    })
}

/// Where a forwarding stands.
pub fn place_of_forwarding(owner: OrganizationId, receiver: OrganizationId, state: ForwardingState) -> Place {
    let receivers = if state == ForwardingState::Draft {
        Vec::new()
    } else {
        vec![receiver]
    };
    Place {
        receivers,
        ..Place::of(owner)
    }
}

/// Whether any decision of the campaign was issued.
///
/// # Errors
/// The driver's error.
pub fn campaign_has_decisions(conn: &mut Conn, campaign: CampaignId) -> Result<bool> {
    let issued = decisions::table
        .filter(decisions::campaign_id.eq(campaign))
        .filter(decisions::state.eq_any([DecisionState::Issued, DecisionState::Published]));
    Ok(diesel::select(exists(issued)).get_result(conn)?)
}

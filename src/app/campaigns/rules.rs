//! What a plan must keep to, and what stands in the way of each act (R-C1 to R-C5, 5.3). The same
//! functions enforce and answer `allowed_actions`.

use chrono::NaiveDate;

use super::{Campaign, Shown};
use crate::app::Tx;
use crate::app::guards::{require_in_force, told};
use crate::domain::codes::{OrganizationKind, Route};
use crate::domain::document::DocumentRef;
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CampaignId, OrganizationId};
use crate::domain::plan::{AwardOption, Plan};
use crate::domain::policy::Action;
use crate::domain::states::CampaignAct;
use crate::store::campaigns::{Awaiting, UnderWay};
use crate::store::{campaigns, councils, dialect, filter, nominations, organizations, reference};

/// How many open nominations a refusal names.
const NAMED: i64 = 100;
/// How many sessions, decisions and forwardings each.
const NAMED_UNDER_WAY: i64 = 10;

/// What stands in the way of an act, whoever asks.
///
/// # Errors
/// The driver's error.
pub fn guards(tx: &mut Tx<'_>, shown: &Shown, act: CampaignAct) -> Result<Vec<Fault>> {
    let campaign = &shown.campaign;
    Ok(match act {
        // What could not be published is not approved either.
        CampaignAct::RequestApproval | CampaignAct::Approve | CampaignAct::Publish => incomplete(&shown.plan)
            .into_iter()
            .chain(deadline_over(tx, &shown.plan)?)
            .chain(owner_over(tx, campaign)?)
            .collect(),
        CampaignAct::Conclude => match awaiting(tx, campaign).count(tx.conn)? {
            0 => under_way(tx, campaign)?.into_iter().collect(),
            open => vec![Fault::new(Code::CampaignOpenNominations).with("open", open)],
        },
        CampaignAct::Cancel if filter::campaign_has_decisions(tx.conn, campaign.id)? => {
            vec![Fault::new(Code::CampaignHasDecisions)]
        }
        CampaignAct::Cancel => under_way(tx, campaign)?.into_iter().collect(),
        CampaignAct::Return | CampaignAct::Archive => Vec::new(),
    })
}

/// What has ended launches nothing any more.
fn owner_over(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<Vec<Fault>> {
    let owner = organizations::get(tx.conn, campaign.owner_organization_id)?;
    told(require_in_force(tx, &owner))
}

/// What is being decided here or above must come to its end first (5.3), or it would award in a campaign that was
/// given up, or after the report of its end.
fn under_way(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<Option<Fault>> {
    let under_way = campaigns::under_way(tx.conn, campaign.id)?;
    let UnderWay {
        sessions,
        decisions,
        forwardings,
    } = under_way;
    Ok((under_way != UnderWay::default()).then(|| {
        Fault::new(Code::CampaignUnderWay)
            .says(
                format!(
                    "Còn {sessions} phiên họp, {decisions} quyết định, {forwardings} hồ sơ trình cấp trên chưa kết thúc"
                ),
                format!("Not ended yet: sessions {sessions}, decisions {decisions}, forwardings {forwardings}"),
            )
            .with("sessions", under_way.sessions)
            .with("decisions", under_way.decisions)
            .with("forwardings", under_way.forwardings)
    }))
}

/// Nominations that keep a campaign from being concluded. After the deadline a dossier that its unit neither
/// handed in nor answered in time is no proposal: it must not hold the others up.
fn awaiting(tx: &Tx<'_>, campaign: &Campaign) -> Awaiting<'static> {
    Awaiting {
        campaign: campaign.id,
        forms: None,
        closed_at: Some(tx.now).filter(|now| campaign.deadline_at.is_some_and(|deadline| deadline <= *now)),
    }
}

/// Terms that are taken away while nominations rest on them would leave these without an end.
///
/// # Errors
/// `campaign.form_in_use` with the first of them.
pub fn check_forms(tx: &mut Tx<'_>, campaign: &Campaign, before: &Plan, after: &Plan) -> Result<()> {
    let gone: Vec<String> = before
        .award_options
        .iter()
        .filter(|option| after.option(&option.form).is_none())
        .map(|option| option.form.clone())
        .collect();
    let awaiting = Awaiting {
        forms: Some(&gone),
        ..awaiting(tx, campaign)
    };
    if gone.is_empty() {
        return Ok(());
    }
    let pending = awaiting.first(tx.conn, NAMED)?;
    if pending.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = pending.iter().map(ToString::to_string).collect();
    let fault = Fault::at("/plan/award_options", Code::CampaignFormInUse).with("forms", gone);
    Err(Error::new(Code::CampaignFormInUse)
        .with("nomination_ids", ids)
        .fault(fault))
}

/// Another time of the campaign puts nobody outside of it who is nominated (R-S5), as the roll does not either.
///
/// # Errors
/// `participant.in_use` with the first of them.
pub fn check_period(tx: &mut Tx<'_>, before: &Campaign, after: &Campaign) -> Result<()> {
    let time = |campaign: &Campaign| (campaign.period_from, campaign.period_to);
    if time(before) == time(after) {
        return Ok(());
    }
    let outside = nominations::outside_of(tx.conn, after.id, time(after), NAMED)?;
    if outside.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = outside.iter().map(ToString::to_string).collect();
    let fault = Fault::at("/plan/period", Code::ParticipantInUse);
    Err(Error::new(Code::ParticipantInUse)
        .with("nomination_ids", ids)
        .fault(fault))
}

/// Refuses an act that something stands in the way of.
///
/// # Errors
/// The first guard's code, with what is missing.
pub fn enforce(tx: &mut Tx<'_>, shown: &Shown, act: CampaignAct) -> Result<()> {
    match guards(tx, shown, act)?.into_iter().next() {
        None => Ok(()),
        Some(guard) if guard.code == Code::CampaignIncomplete => Err(Error {
            faults: shown.plan.missing_for_publication(),
            ..Error::new(Code::CampaignIncomplete)
        }),
        Some(guard) => {
            let placed = guard.place.is_some().then(|| guard.clone());
            let mut refusal = Error {
                detail: guard.detail,
                members: guard.params,
                faults: placed.into_iter().collect(),
                ..Error::new(guard.code)
            };
            // Which they are is told to the one who acts, not to everyone who reads the campaign.
            if refusal.code == Code::CampaignOpenNominations {
                let open = awaiting(tx, &shown.campaign).first(tx.conn, NAMED)?;
                let ids: Vec<String> = open.iter().map(ToString::to_string).collect();
                refusal = refusal.with("nomination_ids", ids);
            }
            if refusal.code == Code::CampaignUnderWay {
                let first = campaigns::first_under_way(tx.conn, shown.campaign.id, NAMED_UNDER_WAY)?;
                refusal = refusal
                    .with("session_ids", first.sessions)
                    .with("decision_ids", first.decisions)
                    .with("forwarding_ids", first.forwardings);
            }
            Err(refusal)
        }
    }
}

/// An incomplete plan neither goes to approval nor is published: an approved one cannot be edited.
fn incomplete(plan: &Plan) -> Option<Fault> {
    // Each place once: criteria may be missing for collectives and for individuals.
    let mut missing: Vec<String> = plan
        .missing_for_publication()
        .into_iter()
        .filter_map(|fault| match fault.place {
            Some(crate::domain::error::Place::Pointer(pointer)) => Some(pointer),
            _ => None,
        })
        .collect();
    missing.dedup();
    (!missing.is_empty()).then(|| Fault::new(Code::CampaignIncomplete).with("missing", missing))
}

/// R-C3: the deadline lies after the instant of publication, which computes it anew: days were perhaps added to the
/// calendar since the draft. Nothing else is asked of the dates (R-C2).
fn deadline_over(tx: &mut Tx<'_>, plan: &Plan) -> Result<Option<Fault>> {
    let over = super::deadline(tx, plan)?.is_some_and(|deadline| deadline <= tx.now);
    Ok(over.then(|| Fault::at("/plan/submission/deadline", Code::CampaignDeadlinePast)))
}

/// The organisation that launches: one with authority of its own.
///
/// # Errors
/// `body.invalid`, `organization.closed`.
pub fn check_owner(tx: &mut Tx<'_>, owner: OrganizationId) -> Result<()> {
    match organizations::find(tx.conn, owner)? {
        Some(owner) if !owner.kind.is_internal_unit() => require_in_force(tx, &owner),
        _ => Err(Error::invalid(vec![Fault::at(
            "/owner_organization_id",
            Code::FieldReference,
        )])),
    }
}

/// R-C4: the campaign above belongs to the same or a higher organisation, and is not below this one.
///
/// # Errors
/// `body.invalid`, `campaign.parent_cycle`.
pub fn check_parent(
    tx: &mut Tx<'_>,
    owner: OrganizationId,
    id: Option<CampaignId>,
    parent: Option<CampaignId>,
) -> Result<()> {
    let Some(parent) = parent else { return Ok(()) };
    let refuse = |code| Err(Error::invalid(vec![Fault::at("/parent_campaign_id", code)]));
    let above = match campaigns::find(tx.conn, parent)? {
        Some(above) if tx.may(Action::ReadCampaign, &super::place(&above)) => above,
        _ => return refuse(Code::FieldReference),
    };
    if !organizations::is_below(tx.conn, owner, above.owner_organization_id)? {
        return refuse(Code::CampaignParentLevel);
    }
    if let Some(id) = id
        && campaigns::is_above(tx.conn, parent, id)?
    {
        return Err(Error::new(Code::CampaignParentCycle));
    }
    Ok(())
}

/// What keeps a draft from being removed: campaigns below it would lose the one above them.
///
/// # Errors
/// The driver's error.
pub fn irremovable(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<Vec<Fault>> {
    let parent = campaigns::is_parent(tx.conn, campaign.id)?;
    Ok(parent
        .then(|| Fault::new(Code::CampaignIsParent))
        .into_iter()
        .collect())
}

/// Everything in the plan that must hold in every state, all violations at once.
///
/// # Errors
/// `body.invalid` with every violation.
pub fn check_plan(tx: &mut Tx<'_>, owner: OrganizationId, plan: &Plan) -> Result<()> {
    let mut faults = plan.faults();
    faults.extend(plan.contradictions(tx.config.zone, &reference::calendar(tx.conn)?));
    for (index, option) in plan.award_options.iter().enumerate() {
        check_option(tx, owner, index, option, &mut faults)?;
    }
    check_references(tx, owner, plan, &mut faults)?;
    for fault in &mut faults {
        if let Some(crate::domain::error::Place::Pointer(pointer)) = &mut fault.place {
            pointer.insert_str(0, "/plan");
        }
    }
    all_valid(faults)
}

/// R-C5: the decider has authority for the form, is the launching organisation or one above it, and
/// the route says which.
fn check_option(
    tx: &mut Tx<'_>,
    owner: OrganizationId,
    index: usize,
    option: &AwardOption,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    let at = |member: &str, code| Fault::at(format!("/award_options/{index}/{member}"), code);
    let Some(form) = reference::award_form(tx.conn, &option.form, tx.today())? else {
        faults.push(at("form", Code::FieldReference));
        return Ok(());
    };
    let Some(decider) = organizations::find(tx.conn, option.decider_organization_id)? else {
        faults.push(at("decider_organization_id", Code::FieldReference));
        return Ok(());
    };
    let above = organizations::is_below(tx.conn, owner, decider.id)?;
    if !above || !has_authority(decider.kind, form.decider_kind) {
        faults.push(at("decider_organization_id", Code::CampaignDeciderAuthority));
    }
    if (option.route == Route::SelfDecided) != (decider.id == owner) {
        faults.push(at("route", Code::CampaignDeciderAuthority));
    }
    Ok(())
}

/// Sở Nội vụ is a department like the others, with a kind of its own in the tree.
fn has_authority(decider: OrganizationKind, asked: OrganizationKind) -> bool {
    decider == asked || (asked == OrganizationKind::Department && decider == OrganizationKind::HomeAffairs)
}

fn check_references(
    tx: &mut Tx<'_>,
    owner: OrganizationId,
    plan: &Plan,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    let mut refuse = |pointer: String| faults.push(Fault::at(pointer, Code::FieldReference));
    if let Some(unit) = plan.submission.intake_unit_id
        && !organizations::is_below(tx.conn, unit, owner)?
    {
        refuse("/submission/intake_unit_id".to_owned());
    }
    for (index, unit) in plan.submission.invited_unit_ids.iter().enumerate() {
        if organizations::find(tx.conn, *unit)?.is_none() {
            refuse(format!("/submission/invited_unit_ids/{index}"));
        }
    }
    for (index, recipient) in plan.recipients.iter().enumerate() {
        if let Some(id) = recipient.organization_id
            && organizations::find(tx.conn, id)?.is_none()
        {
            refuse(format!("/recipients/{index}/organization_id"));
        }
    }
    if let Some(council) = plan.council_id {
        let council = councils::find(tx.conn, council)?;
        if council.is_none_or(|council| council.owner_organization_id != owner) {
            refuse("/council_id".to_owned());
        }
    }
    Ok(())
}

/// The rules that are pinned to a campaign (M-21).
///
/// # Errors
/// `campaign.incomplete` when no rule set is known for the day, which stands at the pointer.
pub fn rule_set(
    tx: &mut Tx<'_>,
    day: NaiveDate,
    pointer: Option<&'static str>,
) -> Result<crate::domain::ids::RuleSetId> {
    reference::rule_set_on(tx.conn, day)?
        .map(|set| set.id)
        .ok_or_else(|| {
            let unknown = Error::new(Code::CampaignIncomplete).says(
                "Chưa có bộ quy định pháp luật cho ngày này",
                "No set of legal rules is known for this day",
            );
            match pointer {
                Some(pointer) => unknown.fault(Fault::at(pointer, Code::FieldRange)),
                None => unknown,
            }
        })
}

/// A document number is given once by an organisation in a year (2.3), to a plan or to an amendment.
///
/// # Errors
/// `campaign.number_taken` at the pointer.
pub fn check_number(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    document: &DocumentRef,
    pointer: &'static str,
) -> Result<()> {
    dialect::hold_register(tx.conn, campaign.owner_organization_id)?;
    for (id, given) in campaigns::documents_of(tx.conn, campaign.owner_organization_id)? {
        if given.same_number(document) {
            let fault = Fault::at(pointer, Code::CampaignNumberTaken).with("campaign_id", id.to_string());
            return Err(Error::new(Code::CampaignNumberTaken).fault(fault));
        }
    }
    Ok(())
}

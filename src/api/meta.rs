//! `/v1/meta/…`: the service about itself, from the same constants that it works with. Public.

use std::fmt::Display;

use actix_web::{HttpRequest, get};
use utoipa::ToSchema;

use super::Routes;
use super::answer::{self, Reply};
use super::call;
use super::problem;
use crate::domain::caller::Role;
use crate::domain::error::Code;
use crate::domain::event::EVENTS;
use crate::domain::machine::Machine;
use crate::domain::policy::{Action, RULES, Reach};
use crate::domain::states::{
    CAMPAIGN, CampaignState, DECISION, DecisionState, FILE, FORWARDING, FileState, ForwardingState,
    NOMINATION, NominationState, REVIEW_SESSION, ReviewSessionState, SUBMISSION, SubmissionState,
};

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(state_machines)
        .service(permissions)
        .service(errors)
        .service(events);
}

/// The life of one noun.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct StateMachine {
    /// Name of the noun.
    #[schema(example = "submission")]
    pub noun: String,
    /// State of a newly made object.
    pub initial: String,
    /// All states.
    pub states: Vec<String>,
    /// All transitions. An act may have further conditions, which refuse with codes of their own.
    pub transitions: Vec<StateTransition>,
    /// The machine as a Mermaid state diagram.
    pub mermaid: String,
}

/// One row of a machine.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct StateTransition {
    /// States in which the act is possible.
    pub from: Vec<String>,
    /// The act.
    pub act: String,
    /// State afterwards.
    pub to: String,
}

/// Every machine.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct StateMachines {
    /// All of them, in their documented order.
    pub items: Vec<StateMachine>,
}

fn described<S, A>(machine: &Machine<S, A>, states: &[&str]) -> StateMachine
where
    S: Copy + PartialEq + Display + 'static,
    A: Copy + PartialEq + Display + 'static,
{
    StateMachine {
        noun: machine.noun.to_owned(),
        initial: machine.initial.to_string(),
        states: states.iter().map(ToString::to_string).collect(),
        transitions: machine
            .transitions
            .iter()
            .map(|row| StateTransition {
                from: row.from.iter().map(ToString::to_string).collect(),
                act: row.act.to_string(),
                to: row.to.to_string(),
            })
            .collect(),
        mermaid: machine.mermaid(),
    }
}

/// State machines
///
/// What can be done with every noun in which state, as data and as a diagram.
#[utoipa::path(tag = "meta", operation_id = "listStateMachines", security(()),
    responses((status = 200, description = "All machines.", body = StateMachines)))]
#[get("/v1/meta/state-machines")]
async fn state_machines(request: HttpRequest) -> Reply {
    let items = vec![
        described(&CAMPAIGN, CampaignState::CODES),
        described(&SUBMISSION, SubmissionState::CODES),
        described(&NOMINATION, NominationState::CODES),
        described(&REVIEW_SESSION, ReviewSessionState::CODES),
        described(&DECISION, DecisionState::CODES),
        described(&FORWARDING, ForwardingState::CODES),
        described(&FILE, FileState::CODES),
    ];
    call::published(&request, answer::json(&StateMachines { items })?)
}

/// Who may do one action.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Permission {
    /// The action, as in `x-action` of the operations.
    pub action: Action,
    /// Whether it only reads.
    pub reads: bool,
    /// Roles and how far each reaches.
    pub granted_to: Vec<PermittedRole>,
}

/// A role that may do an action.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct PermittedRole {
    /// The role.
    pub role: Role,
    /// How far, seen from the grant.
    pub reach: Reach,
}

/// Every action.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Permissions {
    /// All of them, in their documented order.
    pub items: Vec<Permission>,
}

/// Permissions
///
/// Which role may do which action within which reach; the table that the service enforces.
#[utoipa::path(tag = "meta", operation_id = "listPermissions", security(()),
    responses((status = 200, description = "All actions.", body = Permissions)))]
#[get("/v1/meta/permissions")]
async fn permissions(request: HttpRequest) -> Reply {
    let permitted = |action: Action| {
        RULES
            .iter()
            .filter(|rule| rule.actions.contains(&action))
            .map(|rule| PermittedRole {
                role: rule.role,
                reach: rule.reach,
            })
            .collect()
    };
    let items = Action::ALL
        .iter()
        .map(|action| Permission {
            action: *action,
            reads: action.is_read(),
            granted_to: permitted(*action),
        })
        .collect();
    call::published(&request, answer::json(&Permissions { items })?)
}

/// One way to be refused.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct ErrorCode {
    /// Stable code; its anchor is the `type` of the problem document.
    #[schema(example = "quota.exceeded")]
    pub code: String,
    /// HTTP status of an answer with this code.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Title in English.
    pub title_en: String,
}

/// Every code.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct ErrorCodes {
    /// All of them, in their documented order.
    pub items: Vec<ErrorCode>,
}

/// Error codes
///
/// Every `code` that a problem document, a violation or `blocked_by` can carry.
#[utoipa::path(tag = "meta", operation_id = "listErrorCodes", security(()),
    responses((status = 200, description = "All codes.", body = ErrorCodes)))]
#[get("/v1/meta/errors")]
async fn errors(request: HttpRequest) -> Reply {
    let items = Code::ALL
        .iter()
        .map(|code| ErrorCode {
            code: code.as_str().to_owned(),
            status: problem::status(code.class()).as_u16(),
            title_vi: code.title_vi().to_owned(),
            title_en: code.title_en().to_owned(),
        })
        .collect();
    call::published(&request, answer::json(&ErrorCodes { items })?)
}

/// A kind of journal entry.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct EventKind {
    /// Stable name.
    #[schema(example = "submission.submitted")]
    pub kind: String,
    /// Noun of its object.
    #[schema(example = "submission")]
    pub noun: String,
    /// What happened, in Vietnamese.
    pub title_vi: String,
    /// What happened, in English.
    pub title_en: String,
}

/// Every kind.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct EventKinds {
    /// All of them, in their documented order.
    pub items: Vec<EventKind>,
}

/// Kinds of events
///
/// Every `kind` of an entry in the journal; new ones may appear.
#[utoipa::path(tag = "meta", operation_id = "listEventKinds", security(()),
    responses((status = 200, description = "All kinds.", body = EventKinds)))]
#[get("/v1/meta/events")]
async fn events(request: HttpRequest) -> Reply {
    let items = EVENTS
        .iter()
        .map(|event| EventKind {
            kind: event.kind.to_owned(),
            noun: event.noun.to_owned(),
            title_vi: event.vi.to_owned(),
            title_en: event.en.to_owned(),
        })
        .collect();
    call::published(&request, answer::json(&EventKinds { items })?)
}
